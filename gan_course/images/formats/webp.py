"""WebP: read the size of the canvas, which Pillow's decoder fills on opening.

Source: Google, WebP Container Specification; RFC 9649 (2024).
"""

from gan_course.images.errors import Refused
from gan_course.images.formats.checked import Checked


def check(content: bytes) -> Checked:
    """Return the file with the size of its canvas.

    Raises:
        Refused: the file is shorter than it says, or says no size.
    """
    end = 8 + int.from_bytes(content[4:8], "little")
    if end > len(content) or len(content) < 30:
        raise Refused("is truncated")
    read = {b"VP8X": _extended, b"VP8L": _lossless, b"VP8 ": _lossy}
    kind = content[12:16]
    if kind not in read:
        raise Refused("is damaged")
    return Checked(content[:end], read[kind](content))


def _extended(content: bytes) -> tuple[int, int]:
    width, height = (int.from_bytes(content[at : at + 3], "little") for at in (24, 27))
    return width + 1, height + 1


def _lossless(content: bytes) -> tuple[int, int]:
    bits = int.from_bytes(content[21:25], "little")
    return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1


def _lossy(content: bytes) -> tuple[int, int]:
    width, height = (int.from_bytes(content[at : at + 2], "little") for at in (26, 28))
    return width & 0x3FFF, height & 0x3FFF
