"""GIF: keep the first frame, and drop comments and the rest of the animation.

Source: CompuServe, Graphics Interchange Format, Version 89a, 1990.
"""

import struct

from gan_course.images.errors import Refused
from gan_course.images.formats.checked import Checked

HEADER = 13  # bytes before the first palette
EXTENSION, FRAME = 0x21, 0x2C
GRAPHIC_CONTROL = 0xF9  # the extension that says which level is transparent


def check(content: bytes) -> Checked:
    """Return the first frame as a GIF of its own.

    Raises:
        Refused: the frame is missing, cut off, or not where one can be.
    """
    try:
        return _first_frame(content)
    except (IndexError, struct.error):
        raise Refused("is truncated") from None


def _first_frame(content: bytes) -> Checked:
    size = struct.unpack_from("<HH", content, 6)
    position = HEADER + _palette_bytes(content[10])
    head, control = content[:position], b""
    while content[position] == EXTENSION:
        end = _after_blocks(content, position + 2)
        if content[position + 1] == GRAPHIC_CONTROL:
            control = content[position:end]
        position = end
    if content[position] != FRAME:
        raise Refused("is damaged")
    left, top, width, height, flags = struct.unpack_from(
        "<HHHHB", content, position + 1
    )
    pixels = position + 10 + _palette_bytes(flags)
    end = _after_blocks(content, pixels + 1)
    if end > len(content):
        raise Refused("is truncated")
    frame = (left, top, left + width, top + height)
    size = (max(size[0], frame[2]), max(size[1], frame[3]))
    return Checked(head + control + content[position:end] + b";", size, frame=frame)


def _palette_bytes(flags: int) -> int:
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0


def _after_blocks(content: bytes, position: int) -> int:
    """Return where a chain of blocks ends: each starts with its length, 0 ends it."""
    while length := content[position]:
        position += 1 + length
    return position + 1
