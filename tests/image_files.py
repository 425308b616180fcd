"""Write image files byte by byte, as no library would: a reference for the reader."""

import io
import struct
import zlib

import numpy
from PIL import Image

SAMPLES = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}  # PNG's colour type → samples per pixel
PASSES = (  # of an interlaced PNG: first column and row, steps
    (0, 0, 8, 8),
    (4, 0, 8, 8),
    (0, 4, 4, 8),
    (2, 0, 4, 4),
    (0, 2, 2, 4),
    (1, 0, 2, 2),
    (0, 1, 1, 2),
)
TYPES = {1: "B", 3: "H", 4: "I"}  # of a TIFF tag's values
SIZE = 8  # pixels a side of the small TIFF files
INKS = bytes(range(1, 1 + SIZE * SIZE))  # their levels


def encoded(image, format_, **options):
    """The bytes of a file as Pillow writes it."""
    file = io.BytesIO()
    image.save(file, format_, **options)
    return file.getvalue()


def noise(*shape, seed=0, below=256):
    rng = numpy.random.default_rng(seed)
    return rng.integers(0, below, shape, dtype=numpy.int64)


def picture(mode="RGB", width=40, height=30):
    """A smooth image with an edge, so that every format keeps it well."""
    y, x = numpy.mgrid[0:height, 0:width]
    planes = [x * 6, y * 8, 255 - x * 3 - y * 3]
    levels = numpy.stack(planes, axis=-1).clip(0, 255).astype(numpy.uint8)
    levels[5:15, 8:20] = (230, 40, 90)
    return Image.fromarray(levels).convert(mode)


def chunk(name, data):
    return (
        struct.pack(">I", len(data))
        + name
        + data
        + struct.pack(">I", zlib.crc32(name + data))
    )


def png_header(width, height, depth=8, colour=0, interlaced=0):
    fields = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, interlaced)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", fields)


def png_of(header, rows, *extra):
    """A PNG of these decompressed rows; extra chunks come before them."""
    return b"".join(
        [header, *extra, chunk(b"IDAT", zlib.compress(rows)), chunk(b"IEND", b"")]
    )


def png(samples, depth=8, colour=0, *extra, interlaced=False):
    """A PNG of samples (H, W, samples per pixel)."""
    height, width, _ = samples.shape
    passes = PASSES if interlaced else ((0, 0, 1, 1),)
    parts = (samples[top::down, left::right] for left, top, right, down in passes)
    rows = b"".join(_rows(part, depth) for part in parts if part.size)
    header = png_header(width, height, depth, colour, int(interlaced))
    return png_of(header, rows, *extra)


def _rows(samples, depth):
    flat = samples.reshape(len(samples), -1)
    if depth == 16:
        packed = flat.astype(">u2").view(numpy.uint8)
    elif depth == 8:
        packed = flat.astype(numpy.uint8)
    else:
        bits = flat[..., None] >> numpy.arange(depth)[::-1] & 1
        packed = numpy.packbits(bits.reshape(len(flat), -1).astype(bool), axis=1)
    return b"".join(b"\0" + row.tobytes() for row in packed)


def tiff(tags, data=b"", order="<"):
    """A TIFF whose pixels are `data`, at byte 8, and whose tags come after them.

    `tags` maps a tag's number to (type, values).
    """
    start = 8 + len(data) + len(data) % 2
    behind = start + 2 + 12 * len(tags) + 4
    rows, extra = b"", b""
    for key, (kind, values) in sorted(tags.items()):
        values = [values] if isinstance(values, int) else list(values)
        packed = struct.pack(f"{order}{len(values)}{TYPES[kind]}", *values)
        field = packed.ljust(4, b"\0")
        if len(packed) > 4:
            field = struct.pack(order + "I", behind + len(extra))
            extra += packed + b"\0" * (len(packed) % 2)
        rows += struct.pack(order + "HHI", key, kind, len(values)) + field
    head = (b"II" if order == "<" else b"MM") + struct.pack(order + "HI", 42, start)
    count = struct.pack(order + "H", len(tags))
    return head + data.ljust(start - 8, b"\0") + count + rows + b"\0" * 4 + extra


def grey_tiff(changes=(), data=INKS, order="<"):
    """An 8-bit grey TIFF of 8 x 8 pixels; `changes` replaces tags, None removes."""
    tags = {
        256: (4, SIZE),  # width
        257: (4, SIZE),  # height
        258: (3, 8),  # bits per sample
        259: (3, 1),  # not compressed
        262: (3, 1),  # 0 is black
        273: (4, 8),  # where the one strip is
        277: (3, 1),  # samples per pixel
        278: (4, SIZE),  # rows per strip
        279: (4, len(data)),  # bytes of the strip
    }
    tags.update(dict(changes))
    return tiff({key: tag for key, tag in tags.items() if tag}, data, order)


def on_white(levels, alpha):
    """The closed form, in exact arithmetic; 255 is odd, so nothing lies half-way."""
    levels, alpha = (
        numpy.asarray(values, dtype=numpy.int64) for values in (levels, alpha)
    )
    return numpy.rint((alpha * levels + (255 - alpha) * 255) / 255).astype(int)
