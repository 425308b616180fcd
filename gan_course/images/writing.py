"""Write images to files, complete or not at all."""

from difflib import get_close_matches
from io import BytesIO
from pathlib import Path

import torch
from PIL import Image
from torch import Tensor

from gan_course.files import write_atomically
from gan_course.images.levels import to_uint8

# Ending → Pillow's name of the format.
FORMATS = {
    ".png": "PNG",
    ".jpg": "JPEG",
    ".jpeg": "JPEG",
    ".webp": "WEBP",
    ".tif": "TIFF",
    ".tiff": "TIFF",
    ".bmp": "BMP",
    ".ppm": "PPM",
    ".pgm": "PPM",
}
LARGEST_SIDE = {"JPEG": 65_500, "WEBP": 16_383}
OPTIONS = {
    "PNG": {"optimize": False},
    "WEBP": {"lossless": True, "quality": 100},
    "TIFF": {"compression": "tiff_adobe_deflate"},
}


def save_image(image: Tensor, path: str | Path, *, quality: int = 95) -> None:
    """Write one image to a file, in the format that the ending of `path` names.

    PNG, TIFF, WebP (written lossless), BMP and PPM give back exactly the same
    levels; JPEG does not. WebP has no grey images: `load_image` finds three equal
    channels there, and `channels=1` gives back the grey one. The file is complete or
    absent, whatever happens meanwhile; missing folders are made.

    Args:
        image: (C, H, W), grey (C = 1) or RGB (C = 3), uint8 or float in [-1, 1].
        path: ends in .png, .jpg, .jpeg, .webp, .tif, .tiff, .bmp, .ppm or .pgm.
        quality: of a JPEG, 1 (small) to 100 (good).

    Raises:
        TypeError: neither uint8 nor floating point.
        ValueError: another shape, range, ending or quality, or too large a side.
        OSError: the file cannot be written; one that was there is unharmed.
    """
    path = Path(path)
    format_ = _format_of(path)
    levels = _checked_levels(image, format_)
    if not 1 <= quality <= 100:
        raise ValueError(f"The quality is {quality}; choose 1 to 100.")
    options = OPTIONS.get(format_, {})
    if format_ == "JPEG":
        options = {"quality": quality, "subsampling": 0}
    array = levels[0] if len(levels) == 1 else levels.permute(1, 2, 0)
    content = BytesIO()
    Image.fromarray(array.contiguous().numpy()).save(content, format_, **options)
    write_atomically(path, content.getvalue())


def _format_of(path: Path) -> str:
    ending = path.suffix.lower()
    if ending in FORMATS:
        return FORMATS[ending]
    near = get_close_matches(ending, FORMATS, n=1, cutoff=0.4)
    hint = f" Did you mean {near[0]}?" if near else ""
    raise ValueError(
        f"The file name {path.name!r} must end in one of {', '.join(FORMATS)}.{hint}"
    )


def _checked_levels(image: Tensor, format_: str) -> Tensor:
    shape = tuple(image.shape)
    if len(shape) != 3 or shape[0] not in (1, 3) or 0 in shape:
        raise ValueError(
            f"The image has shape {shape}, but save_image writes one (1, H, W) or "
            "(3, H, W); take one image of a batch, or put all on one with tile."
        )
    largest = LARGEST_SIDE.get(format_)
    if largest and max(shape) > largest:
        raise ValueError(
            f"The image is {shape[2]} x {shape[1]} pixels, but {format_} holds at "
            f"most {largest:,} a side; save it as .png."
        )
    image = image.detach().cpu()
    if image.dtype == torch.uint8:
        return image
    levels = to_uint8(image)
    extreme = image.abs().max().item()
    if extreme > 1.001:
        raise ValueError(
            f"The image holds {extreme:g}, but floats must lie in [-1, 1]; clamp "
            "them, or give uint8 levels."
        )
    return levels
