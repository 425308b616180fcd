"""PPM and PGM: scale levels of any range to 0…255, where Pillow would take minutes.

Source: Netpbm, ppm(5), pgm(5) and pbm(5).
"""

import re

import numpy

from gan_course.images.errors import Refused
from gan_course.images.formats.checked import Checked

GAP = rb"(?:\s|#[^\r\n]*[\r\n])+"
HEADER = re.compile(rb"P([1-6])" + GAP + rb"(\d{1,9})" + GAP + rb"(\d{1,9})")
LARGEST = re.compile(GAP + rb"(\d{1,5})\s")
PIECE = 2**20  # levels scaled at a time
BITS, COLOUR = 4, 6  # kinds; 5 is grey, 1 to 3 are the same in plain text


def check(content: bytes) -> Checked:
    """Return the file with its levels scaled to 0…255: round(255 v / largest).

    Raises:
        Refused: the header is damaged, the levels are text, too few or too large.
    """
    header = HEADER.match(content)
    if header is None:
        raise Refused("is damaged")
    kind, width, height = (int(number) for number in header.groups())
    if kind < BITS:
        raise Refused("is a PPM file in plain text", "save it as PNG")
    if kind == BITS:
        return Checked(content, (width, height))
    found = LARGEST.match(content, header.end())
    largest = int(found[1]) if found else 0
    if not 0 < largest < 2**16:
        raise Refused("is damaged")
    count = width * height * (3 if kind == COLOUR else 1)
    depth = numpy.dtype(numpy.uint8 if largest < 256 else ">u2")
    if len(content) - found.end() < count * depth.itemsize:
        raise Refused("is truncated")
    levels = numpy.frombuffer(content, depth, count, found.end())
    head = b"P%d %d %d 255\n" % (kind, width, height)
    return Checked(head + _scaled(levels, largest), (width, height))


def _scaled(levels: numpy.ndarray, largest: int) -> bytes:
    if largest == 255:
        return levels.tobytes()
    if levels.size and levels.max() > largest:
        raise Refused("is damaged")
    table = (numpy.arange(largest + 1) * 510 + largest) // (2 * largest)
    pieces = (levels[at : at + PIECE] for at in range(0, levels.size, PIECE))
    return b"".join(table.astype(numpy.uint8)[piece].tobytes() for piece in pieces)
