"""Turn a decoded image of any mode into 8-bit grey or RGB levels."""

import numpy
from PIL import Image

from gan_course.images.decoding import Decoded, refusing
from gan_course.images.errors import Refused

WHITE = numpy.uint8(255)
SIXTEEN_BITS = ("I;16", "I;16L", "I;16B", "I;16N")
PLAIN = {"1": "L", "L": "L", "P": "RGB", "RGBX": "RGB", "CMYK": "RGB", "YCbCr": "RGB"}
PLAIN |= {"RGB": "RGB"}
ALPHA = {"LA": "LA", "La": "LA", "PA": "RGBA", "RGBA": "RGBA", "RGBa": "RGBA"}


def levels(decoded: Decoded) -> numpy.ndarray:
    """Return uint8 (H, W, 1) for a grey image, else (H, W, 3).

    Raises:
        Refused: the mode is one, such as Lab, that stands for no known grey or RGB.
    """
    image, checked = decoded.image, decoded.checked
    if image.mode in SIXTEEN_BITS or (image.mode == "I" and decoded.format == "PNG"):
        stored = numpy.asarray(image)[..., None]
        result = eight_bits(stored)
    elif image.mode in ALPHA or "transparency" in image.info:
        stored = result = on_white(_converted(image, _alpha_mode(image)))
    elif image.mode in PLAIN:
        stored = result = _converted(image, PLAIN[image.mode])
    else:
        raise Refused(
            f"holds {image.mode} values, which are neither grey nor RGB",
            "save it as an 8-bit PNG with another program",
        )
    if checked.transparent is not None:
        nothing = (stored == checked.transparent).all(-1, keepdims=True)
        result = numpy.where(nothing, WHITE, result)
    if checked.frame is not None:
        result = _inside(result, checked.frame)
    return result[..., :1] if checked.grey else result


def eight_bits(stored: numpy.ndarray) -> numpy.ndarray:
    """Scale 16-bit levels to 8 bits: round(v / 257), since 65535 = 257 · 255.

    >>> eight_bits(numpy.array([0, 257, 65535], dtype=numpy.uint16))
    array([  0,   1, 255], dtype=uint8)
    """
    wide = stored.astype(numpy.uint32)
    wide += 128  # 257 is odd: no v lies half-way, and this rounds every one
    wide //= 257
    return wide.astype(numpy.uint8)


def on_white(pixels: numpy.ndarray) -> numpy.ndarray:
    """Lay (H, W, C + 1), whose last channel is alpha, on white.

    round((a v + (255 - a) 255) / 255) = 255 - round(a (255 - v) / 255), exactly.
    """
    alpha = pixels[..., -1].astype(numpy.uint16)
    result = numpy.empty((*pixels.shape[:2], pixels.shape[2] - 1), numpy.uint8)
    for channel in range(result.shape[2]):
        result[..., channel] = (
            WHITE - (alpha * (WHITE - pixels[..., channel]) + 127) // 255
        )
    return result


def _alpha_mode(image: Image.Image) -> str:
    return ALPHA.get(image.mode) or ("LA" if PLAIN[image.mode] == "L" else "RGBA")


def _converted(image: Image.Image, mode: str) -> numpy.ndarray:
    with refusing():
        same = image if image.mode == mode else image.convert(mode)
    return numpy.asarray(same).reshape(image.height, image.width, -1)


def _inside(result: numpy.ndarray, frame: tuple[int, int, int, int]) -> numpy.ndarray:
    left, top, right, bottom = frame
    white = numpy.full_like(result, WHITE)
    white[top:bottom, left:right] = result[top:bottom, left:right]
    return white
