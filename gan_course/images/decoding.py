"""Hand a checked file to Pillow's decoder, and leave Pillow's settings untouched."""

import re
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO

from PIL import Image, ImageFile
from PIL.BmpImagePlugin import BmpImageFile
from PIL.GifImagePlugin import GifImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.PpmImagePlugin import PpmImageFile
from PIL.TiffImagePlugin import TiffImageFile
from PIL.WebPImagePlugin import WebPImageFile

from gan_course.images.errors import Refused
from gan_course.images.formats import gif, jpeg, png, ppm, tiff, webp
from gan_course.images.formats.checked import Checked


@dataclass(frozen=True)
class Format:
    """How files of a format begin, how they are checked, and what decodes them.

    The decoders are called by name and not through `Image.open`, which would guess
    among 40 formats, warn about sizes at a limit of its own, and keep its reason for
    a refusal to itself.
    """

    start: bytes
    decoder: type[ImageFile.ImageFile]
    check: Callable[[bytes], Checked] = Checked
    is_complete: Callable[[Checked, Image.Image], bool] = lambda checked, image: True


FORMATS = {
    "PNG": Format(rb"\x89PNG\r\n\x1a\n", PngImageFile, png.check, png.is_complete),
    "JPEG": Format(rb"\xff\xd8\xff", JpegImageFile, jpeg.check, jpeg.is_complete),
    "WEBP": Format(rb"RIFF.{4}WEBP", WebPImageFile, webp.check),
    "TIFF": Format(rb"II[*+]\0|MM\0[*+]", TiffImageFile, tiff.check),
    "GIF": Format(rb"GIF8[79]a", GifImageFile, gif.check),
    "BMP": Format(rb"BM.{12}[\x0c-\xff]\0\0\0", BmpImageFile),
    "PPM": Format(rb"P[1-6][\s#]", PpmImageFile, ppm.check),
}
OTHERS = {
    rb".{4}ftyp(heic|heix|mif1|msf1)": "a HEIC picture",
    rb".{4}ftypavi[fs]": "an AVIF picture",
    rb"%PDF": "a PDF document",
    rb"\s*<(\?xml|svg)": "a drawing in SVG or another XML file",
}
RUN_LENGTHS = "bmp_rle"  # a decoder written in Python: minutes, and gigabytes
ORIENTATION = 0x0112  # the EXIF tag
UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_LOCK = threading.Lock()  # Python's list of warning filters belongs to all threads


@dataclass(frozen=True)
class ImageInfo:
    """What the header of an image file says.

    Attributes:
        format: "PNG", "JPEG", "WEBP", "TIFF", "GIF", "BMP" or "PPM".
        mode: Pillow's name for channels and depth, such as "L", "RGB", "P", "I;16".
        width: of the upright image, in pixels, as `load_image` returns it.
        height: likewise.
        orientation: EXIF's, 1 (stored upright) to 8.
    """

    format: str
    mode: str
    width: int
    height: int
    orientation: int


@dataclass(frozen=True)
class Decoded:
    """A decoded image, upright, and what is known about its file."""

    format: str
    checked: Checked
    image: Image.Image


def read_header(content: bytes) -> ImageInfo:
    """Return what the header of a file says; no pixel is decoded.

    Raises:
        Refused: the file is no image, or its structure is damaged.
    """
    with _opened(content) as (name, checked, image):
        orientation = _orientation(image)
        size = checked.size or image.size
        width, height = size if orientation < 5 else size[::-1]
        return ImageInfo(name, image.mode, width, height, orientation)


def decode(content: bytes, most_pixels: int) -> Decoded:
    """Decode the content of a file of at most `most_pixels`.

    Raises:
        Refused: the file is no image, is damaged, or has more pixels.
    """
    with _opened(content, most_pixels) as (name, checked, image):
        colours = _palette_size(image)
        image.load()
        if not FORMATS[name].is_complete(checked, image):
            raise Refused("is truncated")
        if image.mode in ("P", "PA") and image.getchannel(0).getextrema()[1] >= colours:
            raise Refused("uses a colour that its palette lacks")
        # Pillow turns TIFF files upright itself, and then says so.
        turn = UPRIGHT.get(_orientation(image))
        return Decoded(name, checked, image if turn is None else image.transpose(turn))


@contextmanager
def _opened(
    content: bytes, most_pixels: float = float("inf")
) -> Iterator[tuple[str, Checked, ImageFile.ImageFile]]:
    """Yield format, check and Pillow's image, of which only the header is read."""
    name = _identify(content)
    checked = FORMATS[name].check(content)
    _check_size(checked.size or (1, 1), most_pixels)
    decoder, file = FORMATS[name].decoder, BytesIO(checked.content)
    with _quietly(), _strictly(), refusing(), decoder(file) as image:
        _check_size(image.size, most_pixels)
        # A file that two readers understand differently is a trap for one of them.
        if checked.size and sorted(checked.size) != sorted(image.size):
            raise Refused("is damaged")
        if any(tile[0] == RUN_LENGTHS for tile in image.tile):
            raise Refused("is a run-length BMP", "save it as PNG")
        yield name, checked, image


def _identify(content: bytes) -> str:
    for name, format_ in FORMATS.items():
        if re.match(format_.start, content, re.DOTALL):
            return name
    remedy = f"give one of {', '.join(FORMATS)}"
    for start, what in OTHERS.items():
        if re.match(start, content, re.DOTALL):
            raise Refused(f"is {what}", remedy)
    raise Refused("is not an image" if content else "is empty", remedy)


def _check_size(size: tuple[int, int], most_pixels: float) -> None:
    pixels = size[0] * size[1]
    if pixels > most_pixels:
        raise Refused(
            f"has {pixels:,} pixels",
            f"make it smaller, or allow more than {most_pixels:,} with max_pixels",
        )
    if pixels < 1:
        raise Refused("has no pixels")


@contextmanager
def refusing() -> Iterator[None]:
    """Turn whatever Pillow raises into `Refused`."""
    try:
        yield
    except Refused:
        raise
    except Image.DecompressionBombError as error:
        raise Refused(
            "is above Pillow's own limit",
            "make it smaller, or raise PIL.Image.MAX_IMAGE_PIXELS",
        ) from error
    except MemoryError as error:
        raise Refused("needs more memory than is free", "make it smaller") from error
    except Exception as error:  # its decoders raise about anything on bad input
        cut = re.search("truncated|end of file|EOF", str(error), re.IGNORECASE)
        raise Refused("is truncated" if cut else "is damaged") from error


@contextmanager
def _quietly() -> Iterator[None]:
    """Silence Pillow's warnings, one thread at a time."""
    with _LOCK, warnings.catch_warnings():
        warnings.filterwarnings("ignore", module=r"PIL\b")
        yield


@contextmanager
def _strictly() -> Iterator[None]:
    """Undo, for a moment, a setting by which Pillow fills up broken files.

    It is off unless the user, or a library, has switched it on for all threads.
    """
    if not ImageFile.LOAD_TRUNCATED_IMAGES:
        yield
        return
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    try:
        yield
    finally:
        ImageFile.LOAD_TRUNCATED_IMAGES = True


def _palette_size(image: Image.Image) -> int:
    if image.mode not in ("P", "PA") or image.palette is None:
        return 0
    layout, stored = image.palette.getdata()
    return len(stored) // len(layout.split(";")[0])


def _orientation(image: Image.Image) -> int:
    """Return EXIF's orientation, 1…8; 1 (upright) when it is missing or broken."""
    try:
        value = image.getexif().get(ORIENTATION)
    except Exception:  # broken EXIF costs its orientation, never the picture
        return 1
    return value if isinstance(value, int) and value in UPRIGHT else 1
