"""Write an image to a file, complete or not at all."""

from difflib import get_close_matches
from io import BytesIO
from pathlib import Path

import torch
from PIL import Image
from torch import Tensor

from gan_course.files import write_atomically
from gan_course.images.levels import to_uint8

# Ending of the file's name → Pillow's name of the format.
FORMATS = {
    ".png": "PNG",
    ".jpg": "JPEG",
    ".jpeg": "JPEG",
    ".webp": "WEBP",
    ".tif": "TIFF",
    ".tiff": "TIFF",
    ".bmp": "BMP",
    ".ppm": "PPM",
}
OPTIONS = {"TIFF": {"compression": "tiff_adobe_deflate"}, "WEBP": {"lossless": True}}
LARGEST_SIDE = {"JPEG": 65_500, "WEBP": 16_383}  # pixels
ROUNDING = 1e-3  # by which 16-bit floats may pass 1


def save_image(image: Tensor, path: str | Path, *, quality: int = 95) -> None:
    """Write one image to a file, in the format that the ending of its name tells.

    PNG, TIFF, lossless WebP, BMP and PPM give back exactly the same levels; JPEG
    gives back similar ones. WebP knows no grey: `load_image` returns three equal
    channels, or the grey one with `channels=1`.

    Args:
        image: (C, H, W), grey (C = 1) or RGB (C = 3), uint8 or float in [-1, 1].
        path: ends in .png, .jpg, .jpeg, .webp, .tif, .tiff, .bmp or .ppm; missing
            folders are made, and a file that stands there is replaced.
        quality: of a JPEG, from 1 (small) to 100 (good).

    Raises:
        TypeError: the image is no tensor of uint8 or floats.
        ValueError: its shape or range, the ending or the quality is another one, or
            the format cannot hold so large an image.
        OSError: the file cannot be written; one that was there is unharmed.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     save_image(torch.zeros(3, 28, 28), f"{folder}/grey.png")
    """
    path = Path(path)
    format_ = _format_of(path)
    levels = _checked_levels(image, format_)
    if not 1 <= quality <= 100:
        raise ValueError(f"The quality is {quality}; choose a number from 1 to 100.")
    options = OPTIONS.get(format_, {})
    if format_ == "JPEG":  # subsampling=0: colours as sharp as brightness
        options = {"quality": quality, "subsampling": 0}
    rows = levels[0] if len(levels) == 1 else levels.permute(1, 2, 0)
    content = BytesIO()
    Image.fromarray(rows.contiguous().numpy()).save(content, format_, **options)
    write_atomically(path, content.getvalue())


def _format_of(path: Path) -> str:
    ending = path.suffix.lower()
    if ending in FORMATS:
        return FORMATS[ending]
    near = get_close_matches(ending, FORMATS, n=1, cutoff=0.4)
    hint = f" Did you mean {path.stem}{near[0]}?" if near else ""
    raise ValueError(
        f"No format is known for {path.name!r}; let the name end in one of "
        f"{', '.join(FORMATS)}.{hint}"
    )


def _checked_levels(image: Tensor, format_: str) -> Tensor:
    """Return the image as uint8 on the CPU, or say what it should be."""
    if not isinstance(image, Tensor):
        raise TypeError(
            f"save_image got {type(image).__name__}, but expects a tensor (C, H, W); "
            "torch.from_numpy makes one of an array."
        )
    shape = tuple(image.shape)
    if len(shape) != 3 or shape[0] not in (1, 3) or 0 in shape:
        raise ValueError(
            f"The image has shape {shape}, but a file holds one of (1, H, W) or "
            "(3, H, W); index one image of a batch, or put all on one with tile."
        )
    largest = LARGEST_SIDE.get(format_, max(shape))
    if max(shape) > largest:
        raise ValueError(
            f"The image has {shape[1]} rows of {shape[2]} pixels, but {format_} holds "
            f"{largest} a side at most; save it as .png."
        )
    image = image.detach().cpu()
    if image.dtype == torch.uint8:
        return image
    levels = to_uint8(image)
    extreme = image.abs().max().item()
    if extreme > 1 + ROUNDING:
        raise ValueError(
            f"The image holds {extreme:g}, but floats must lie in [-1, 1]; clamp "
            "them, or give uint8 levels."
        )
    return levels
