"""Read image files of any origin: each is loaded right, or refused with a sentence."""

import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy
import torch
from PIL import Image
from torch import Tensor

from gan_course.images.decoding import ImageInfo, decode, read_header
from gan_course.images.errors import ImageFileError, Refused
from gan_course.images.pixels import levels

MAX_PIXELS = 64_000_000
BYTES_PER_PIXEL = 8  # RGBA of 16 bits each, not compressed
ROOM = 2**24  # bytes for what is no pixel: previews, profiles, text


def image_info(path: str | Path) -> ImageInfo:
    """Read the header of an image file; no pixel is decoded, whatever its size.

    Raises:
        ImageFileError: the file cannot be read, is no image, or is damaged.

    >>> from gan_course.files import data_folder
    >>> image_info(data_folder() / "glyph_atlas.png").format
    'PNG'
    """
    path = Path(path)
    with _named(path):
        return read_header(_content(path, MAX_PIXELS))


def load_image(
    path: str | Path, *, channels: int | None = None, max_pixels: int = MAX_PIXELS
) -> Tensor:
    """Load an image file as uint8 (C, H, W), C = 1 for grey and 3 for RGB.

    Every file is loaded right or refused; nothing missing is filled up. What is not
    8-bit grey or RGB is converted:

    - 16-bit grey to round(v / 257); of 16-bit colours, and of 16 bits with alpha,
      Pillow keeps the upper byte, which is at most one level apart;
    - palette, CMYK and YCbCr to RGB; 1 bit to 0 and 255;
    - what is transparent lies on white;
    - of an animation, the first frame is taken;
    - the picture is turned upright as EXIF says; colour profiles (ICC) are ignored.

    PNG holds checksums, so that damage is always found. JPEG, WebP, GIF, BMP, PPM
    and most TIFF files have none for their pixels: there a changed byte can pass for
    another picture.

    Args:
        path: a PNG, JPEG, WebP, TIFF, GIF, BMP or binary PPM file, known by its
            content and not by its name.
        channels: 1 or 3 to convert to grey (0.299 R + 0.587 G + 0.114 B) or RGB.
        max_pixels: a file of more pixels is refused before it is decoded, and one
            of more than 8 bytes for each of them (and 16 MB) before it is read.

    Raises:
        ImageFileError: the file cannot be loaded right; one sentence says why.
        ValueError: `channels` or `max_pixels` is no such number.

    >>> from gan_course.files import data_folder
    >>> load_image(data_folder() / "glyph_atlas.png").shape[0]
    1
    """
    path = Path(path)
    if channels not in (None, 1, 3):
        raise ValueError(
            f"load_image got channels={channels!r}; choose 1 for grey, 3 for RGB, or "
            "None to keep what the file holds."
        )
    if max_pixels < 1:
        raise ValueError(f"load_image got max_pixels={max_pixels}; choose 1 or more.")
    with _named(path):
        pixels = levels(decode(_content(path, max_pixels), max_pixels))
    if channels and channels != pixels.shape[2]:
        pixels = _converted(pixels, channels)
    return torch.from_numpy(numpy.array(pixels.transpose(2, 0, 1), order="C"))


@contextmanager
def _named(path: Path) -> Iterator[None]:
    """Add the name of the file to the reason why its content is refused."""
    try:
        yield
    except Refused as refused:
        raise ImageFileError(path, refused.reason, refused.remedy) from refused


def _content(path: Path, max_pixels: int) -> bytes:
    """Return the bytes of a regular file; never wait for a pipe or a device."""
    try:
        status = path.stat()
        if stat.S_ISDIR(status.st_mode):
            raise Refused("is a folder", "give a file")
        if not stat.S_ISREG(status.st_mode):
            raise Refused("is no regular file", "give a file on a disk")
        most = BYTES_PER_PIXEL * max_pixels + ROOM
        if status.st_size > most:
            raise Refused(
                f"has {status.st_size:,} bytes",
                f"make it smaller, or allow more than {max_pixels:,} with max_pixels",
            )
        with path.open("rb") as file:
            return file.read(status.st_size)
    except FileNotFoundError as error:
        raise Refused("does not exist", "check its name and folder") from error
    except PermissionError as error:
        raise Refused("may not be read", "change its permissions") from error
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise Refused(f"cannot be read ({why})", "check its name and disk") from error


def _converted(pixels: numpy.ndarray, channels: int) -> numpy.ndarray:
    if channels == 3:
        return pixels.repeat(3, axis=2)
    return numpy.asarray(Image.fromarray(pixels).convert("L"))[..., None]
