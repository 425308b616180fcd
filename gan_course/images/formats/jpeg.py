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
END, SCAN, ADOBE = 0xD9, 0xDA, 0xEE
FRAMES = (0xC0, 0xC1, 0xC2)  # markers before size and number of colours
ALONE = (0x01, 0xD8)  # markers that no length follows
AGAIN = "save it as an RGB JPEG with another program"
RESTART = re.compile(rb"\xff([\xd0-\xd7])")  # numbered 0 to 7, again and again
NOISE = bytes(range(1, 255))  # any Huffman code reads it as something else than grey


def check(content: bytes) -> Checked:
    """Return the first image, from its start to its end marker.

    Raises:
        Refused: the end marker is missing, there are more than 50 scans, or the inks
            of four colours are not said to be inverted, as Adobe's are.
    """
    position, scans, inks, adobe = 2, 0, False, False
    while marker := MARKER.search(content, position):
        kind, position = content[marker.end() - 1], marker.end()
        if kind == END:
            break
        if kind in ALONE:
            continue
        scans += kind == SCAN
        inks |= kind in FRAMES and content[position + 7 : position + 8] == b"\4"
        adobe |= kind == ADOBE and content.startswith(b"Adobe", position + 2)
        position += int.from_bytes(content[position : position + 2])
        if scans > MOST_SCANS:
            raise Refused(f"has more than {MOST_SCANS} scans", AGAIN)
    else:
        raise Refused("is truncated")
    if inks and not adobe:
        raise Refused("does not say which number stands for no ink", AGAIN)
    return Checked(content[:position])


def is_complete(checked: Checked, image: Image.Image) -> bool:
    """Return whether the data reach to the last pixel of the decoded image.

    Missing blocks are mid-grey. Where the last pixel is, noise is added behind the
    data: it changes the image only if the data had come to an end too early.
    """
    last = image.getpixel((image.width - 1, image.height - 1))
    if not numpy.isin(last, (127, 128)).all():
        return True
    with JpegImageFile(BytesIO(_with_noise(checked.content))) as other:
        return ImageChops.difference(image, other).getbbox() is None


def _with_noise(content: bytes) -> bytes:
    """Add noise before the end marker, at once and after the restart that is next."""
    restarts = RESTART.findall(content)
    following = (restarts[-1][0] + 1) % 8 if restarts else 0
    noise = NOISE + bytes([0xFF, 0xD0 + following]) + NOISE
    return content[:-2] + noise + content[-2:]
