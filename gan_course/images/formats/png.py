"""PNG: every checksum is verified, and only what paints pixels goes to the decoder.

Dropping the other chunks (text, colour profiles, animation) keeps compressed text
that unfolds to gigabytes out of the way, and leaves an animation's default image.

Source: Portable Network Graphics Specification, Third Edition, W3C, 2025.
"""

import struct
import zlib
from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

import numpy
from PIL import Image

from gan_course.images.errors import Refused
from gan_course.images.formats.checked import Checked

SIGNATURE = b"\x89PNG\r\n\x1a\n"
HEADER = 16  # where the fields of the first chunk begin
PIECE = 2**20  # bytes inflated at a time
# Colour type → samples per pixel and allowed bits per sample.
SAMPLES = {
    0: (1, (1, 2, 4, 8, 16)),
    2: (3, (8, 16)),
    3: (1, (1, 2, 4, 8)),
    4: (2, (8, 16)),
    6: (4, (8, 16)),
}
PALETTE = 3
ONCE = (b"IHDR", b"PLTE", b"tRNS", b"eXIf")
CRITICAL = (b"IHDR", b"PLTE", b"IDAT", b"IEND")
# The seven passes of an interlaced image: first column and row, steps between them.
PASSES = (
    (0, 0, 8, 8),
    (4, 0, 8, 8),
    (0, 4, 4, 8),
    (2, 0, 4, 4),
    (0, 2, 2, 4),
    (1, 0, 2, 2),
    (0, 1, 1, 2),
)


class Header(NamedTuple):
    """The fields of IHDR."""

    width: int
    height: int
    depth: int
    colour: int
    compression: int
    filtering: int
    interlaced: int


def check(content: bytes) -> Checked:
    """Return the chunks that paint pixels.

    Raises:
        Refused: a chunk is cut off, missing, repeated or unknown, or its checksum
            is wrong.
    """
    chunks = defaultdict(list)
    for name, chunk in _chunks(content):
        chunks[name].append(chunk)
    head = _header(chunks)
    if not chunks[b"IDAT"] or any(len(chunks[name]) > 1 for name in ONCE):
        raise Refused("is damaged")
    transparent = None
    if head.colour == PALETTE:
        _check_palette(head, chunks)
    elif chunks[b"tRNS"]:
        transparent = _transparent(head, chunks.pop(b"tRNS")[0][8:-4])
    kept = [chunk for name in (*ONCE, b"IDAT", b"IEND") for chunk in chunks[name]]
    content = b"".join([SIGNATURE, *kept])
    return Checked(content, head[:2], transparent, grey=head.colour in (0, 4))


def is_complete(checked: Checked, image: Image.Image) -> bool:
    """Return whether the compressed data hold every row of the decoded image.

    Pillow leaves missing rows at 0 and says nothing. Only where the last pixel is 0,
    the rows are counted, by decompressing them once more.
    """
    head = Header(*struct.unpack_from(">IIBBBBB", checked.content, HEADER))
    last = image.getpixel((head.width - 1, head.height - 1))
    if not head.interlaced and numpy.any(last):
        return True
    missing = _row_bytes(head)
    inflater = zlib.decompressobj()
    for name, chunk in _chunks(checked.content):
        pending = chunk[8:-4] if name == b"IDAT" else b""
        while pending and missing > 0:
            missing -= len(inflater.decompress(pending, PIECE))
            pending = inflater.unconsumed_tail
    return missing <= 0


def _chunks(content: bytes) -> Iterator[tuple[bytes, memoryview]]:
    """Yield the name and the whole of each chunk, up to the last one, IEND."""
    view, name, start = memoryview(content), b"", len(SIGNATURE)
    while name != b"IEND":
        length = int.from_bytes(view[start : start + 4])
        name, end = bytes(view[start + 4 : start + 8]), start + 12 + length
        if end > len(view):
            raise Refused("is truncated")
        if zlib.crc32(view[start + 4 : end - 4]) != int.from_bytes(view[end - 4 : end]):
            raise Refused("is damaged")
        if name[:1].isupper() and name not in CRITICAL:
            raise Refused("is no standard PNG", "save it as PNG with another program")
        yield name, view[start:end]
        start = end


def _header(chunks: dict[bytes, list[memoryview]]) -> Header:
    if next(iter(chunks)) != b"IHDR" or len(chunks[b"IHDR"][0]) != 25:
        raise Refused("is damaged")
    head = Header(*struct.unpack_from(">IIBBBBB", chunks[b"IHDR"][0], 8))
    _, depths = SAMPLES.get(head.colour, (0, ()))
    known = head.compression == head.filtering == 0 and head.interlaced in (0, 1)
    if head.depth not in depths or not known:
        raise Refused("is damaged")
    return head


def _check_palette(head: Header, chunks: dict[bytes, list[memoryview]]) -> None:
    """Refuse a palette that is missing or of another length than it can have."""
    colours, alphas = (
        sum(len(chunk) - 12 for chunk in chunks[name]) for name in (b"PLTE", b"tRNS")
    )
    if not 0 < colours <= 3 << head.depth or colours % 3 or 3 * alphas > colours:
        raise Refused("is damaged")


def _transparent(head: Header, data: memoryview) -> tuple[int, ...]:
    """Return the transparent grey or colour on the scale of the decoded levels."""
    samples, _ = SAMPLES[head.colour]
    if head.colour not in (0, 2) or len(data) != 2 * samples:
        raise Refused("is damaged")
    if head.colour == 2 and head.depth == 16:
        raise Refused(
            "marks one 16-bit colour as transparent", "save it with an alpha channel"
        )
    scale = 255 // (2**head.depth - 1) if head.depth < 8 else 1
    return tuple(scale * level for level in struct.unpack(f">{samples}H", data))


def _row_bytes(head: Header) -> int:
    """Return how many bytes the rows fill, each with its filter's number before."""
    samples, _ = SAMPLES[head.colour]
    passes = PASSES if head.interlaced else ((0, 0, 1, 1),)
    total = 0
    for left, top, step_x, step_y in passes:
        columns = len(range(left, head.width, step_x))
        rows = len(range(top, head.height, step_y))
        row = 1 + -(-columns * samples * head.depth // 8)
        total += rows * row if columns else 0
    return total
