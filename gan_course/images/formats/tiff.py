"""TIFF: read the table of tags, and refuse what a decoder would guess or choke on.

A short table can ask for a tile of gigabytes, name millions of strips, or too few of
them, of which the missing ones would be filled with black.

Source: Adobe, TIFF Revision 6.0, 1992; libtiff, BigTIFF design.
"""

import struct
from typing import NamedTuple

from gan_course.images.errors import Refused
from gan_course.images.formats.checked import Checked

WIDTH, HEIGHT, BITS, COMPRESSION, PHOTOMETRIC = 256, 257, 258, 259, 262
STRIP_OFFSETS, SAMPLES, ROWS_PER_STRIP, PLANES = 273, 277, 278, 284
TILE_WIDTH, TILE_HEIGHT, TILE_OFFSETS = 322, 323, 324
COLOUR_MAP, SAMPLE_FORMAT, SUBSAMPLING = 320, 339, 530
WHITE_IS_0, PALETTE, YCBCR = 0, 3, 6  # values of PHOTOMETRIC
# None, LZW, JPEG, deflate (two numbers), run lengths. Not fax: its decoder guesses.
COMPRESSIONS = (1, 5, 7, 8, 32946, 32773)
# Type of a tag's values → bytes of one, and struct's letter for unsigned numbers.
BYTES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8}
BYTES |= {13: 4, 16: 8, 17: 8, 18: 8}
UNSIGNED = {1: "B", 3: "H", 4: "I", 16: "Q"}
PLAIN = (1, 2, 6, 7)  # types that are bytes: text, colour profiles, previews
MOST_VALUES = 2**18  # of a tag; an image of 64 megapixels needs far fewer strips
LARGEST_TILE = 2**26  # pixels
SAVE_AGAIN = "save it as an 8-bit PNG with another program"


class Tag(NamedTuple):
    """One row of the table; `first` is its first value when that is unsigned."""

    type: int
    count: int
    first: int | None


def check(content: bytes) -> Checked:
    """Return the file once its table of tags makes sense.

    Raises:
        Refused: the table or its data are cut off; the levels are of a rare kind; or
            strips or tiles are missing, too many or too large.
    """
    try:
        tags = _table(content)
    except (struct.error, OverflowError):
        raise Refused("is truncated") from None
    first = {key: tag.first for key, tag in tags.items() if tag.first is not None}
    if not (first.get(WIDTH) and first.get(HEIGHT)):
        raise Refused("is damaged")
    _check_levels(tags, first)
    _check_counts(tags)
    _check_pieces(tags, first)
    return Checked(content, (first[WIDTH], first[HEIGHT]))


def _check_levels(tags: dict[int, Tag], first: dict[int, int]) -> None:
    """Refuse levels of unknown meaning, and those that Pillow takes for others."""
    colours, bits = first.get(PHOTOMETRIC), first.get(BITS, 1)
    packed = first.get(COMPRESSION, 1)
    rare = ""
    if packed not in COMPRESSIONS:
        rare = "is compressed in a rare way"
    elif first.get(SAMPLE_FORMAT, 1) != 1:
        rare = "holds signed or floating-point numbers of unknown range"
    elif bits not in (1, 2, 4, 8, 16):
        rare = f"has {bits} bits for a level"
    elif colours is None:
        rare = "does not say which number is black"
    elif (colours, bits) == (WHITE_IS_0, 16):
        rare = "counts its 16-bit levels from white to black"
    elif (colours, packed) == (YCBCR, 1) and first.get(SUBSAMPLING, 2) != 1:
        rare = "stores colours more coarsely than brightness"
    if rare:
        raise Refused(rare, SAVE_AGAIN)
    if colours == PALETTE and tags.get(COLOUR_MAP, Tag(3, 0, 0)).count != 3 << bits:
        raise Refused("is damaged")


def _check_counts(tags: dict[int, Tag]) -> None:
    for key, tag in tags.items():
        listed = tag.type not in PLAIN or key in (STRIP_OFFSETS, TILE_OFFSETS)
        if listed and tag.type in BYTES and tag.count > MOST_VALUES:
            raise Refused(f"lists {tag.count:,} values in tag {key}", SAVE_AGAIN)


def _check_pieces(tags: dict[int, Tag], first: dict[int, int]) -> None:
    """Compare the number of strips or tiles with the size of the image."""
    if STRIP_OFFSETS in tags:
        offsets = tags[STRIP_OFFSETS]
        width, height = first[WIDTH], first.get(ROWS_PER_STRIP, first[HEIGHT])
    else:
        offsets = tags.get(TILE_OFFSETS)
        width, height = first.get(TILE_WIDTH), first.get(TILE_HEIGHT)
        if width and height and width * height > LARGEST_TILE:
            raise Refused(f"has tiles of {width * height:,} pixels", SAVE_AGAIN)
    if not (offsets and width and height) or {STRIP_OFFSETS, TILE_OFFSETS} <= set(tags):
        raise Refused("is damaged")
    pieces = -(-first[WIDTH] // width) * -(-first[HEIGHT] // height)
    planes = first.get(SAMPLES, 1) if first.get(PLANES) == 2 else 1
    if offsets.count < pieces * planes:
        raise Refused("is truncated")


def _table(content: bytes) -> dict[int, Tag]:
    """Return the first table of tags, tag number → Tag."""
    order = "<" if content[:2] == b"II" else ">"
    big = content[2:4] in (b"+\0", b"\0+")
    offset, number = (order + letter for letter in ("QQ" if big else "IH"))
    row = struct.Struct(order + ("HHQ8s" if big else "HHI4s"))
    (start,) = struct.unpack_from(offset, content, 8 if big else 4)
    (rows,) = struct.unpack_from(number, content, start)
    start += struct.calcsize(number)
    tags, behind = {}, 0
    for at in range(start, start + rows * row.size, row.size):
        key, kind, count, field = row.unpack_from(content, at)
        length = BYTES.get(kind, 0) * count
        if length > len(field):
            (place,) = struct.unpack(offset, field)
            behind += length
            if max(place + length, behind) > len(content):
                raise Refused("is truncated")
            field = content[place : place + 8]
        letter = UNSIGNED.get(kind) if count else None
        value = struct.unpack_from(order + letter, field)[0] if letter else None
        if key in tags:  # readers differ in which of two they believe
            raise Refused("is damaged")
        tags[key] = Tag(kind, count, value)
    return tags
