"""JPEG: find the end of the image, and count the scans before a decoder does.

The decoder behind Pillow fills what is missing with mid-grey and says nothing, and it
redraws the whole image for every scan, of which a small file can hold thousands.

Source: ITU-T T.81 (1992), annex B.
"""

import re
from io import BytesIO

import numpy
from PIL import Image, ImageChops
from PIL.JpegImagePlugin import JpegImageFile

from gan_course.images.errors import Refused
from gan_course.images.formats.checked import Checked

MOST_SCANS = 50  # cameras and web sites write about 10
MARKER = re.compile(rb"\xff[\x01-\xcf\xd8-\xfe]")  # restarts lie inside the data
START_OF_SCAN, START, END = 0xDA, 0xD8, 0xD9
# Data that any Huffman code reads as something else than flat grey, at once and
# after every restart.
NOISE = bytes(range(1, 255))
PADDING = NOISE + b"".join(bytes([0xFF, 0xD0 + n]) + NOISE for n in range(8))


def check(content: bytes) -> Checked:
    """Return the first image, from its start to its end marker.

    Raises:
        Refused: the end marker is missing, or there are more than 50 scans.
    """
    position, scans = 2, 0
    while marker := MARKER.search(content, position):
        kind, position = content[marker.end() - 1], marker.end()
        if kind == END:
            return Checked(content[:position])
        scans += kind == START_OF_SCAN
        if scans > MOST_SCANS:
            raise Refused(
                f"has more than {MOST_SCANS} scans", "save it with another program"
            )
        if kind not in (START, 0x01):
            position += int.from_bytes(content[position : position + 2])
    raise Refused("is truncated")


def is_complete(checked: Checked, image: Image.Image) -> bool:
    """Return whether the data reach to the last pixel of the decoded image.

    Missing blocks are flat mid-grey. Where the last block is, noise is added behind
    the data: it changes the image only if the data had come to an end too early.
    """
    width, height = image.size
    corner = image.crop((max(0, width - 8), max(0, height - 8), width, height))
    if not numpy.isin(numpy.asarray(corner), (127, 128)).all():
        return True
    padded = BytesIO(checked.content[:-2] + PADDING + checked.content[-2:])
    with JpegImageFile(padded) as other:
        return ImageChops.difference(image, other).getbbox() is None
