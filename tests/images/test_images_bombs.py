"""A few bytes can ask for gigabytes or minutes: refused before anything is decoded."""

import struct
import time
import tracemalloc
import zlib

import psutil
import pytest
from PIL import Image, ImageFile
from PIL.TiffImagePlugin import TiffImageFile

from gan_course.images import image_info, load_image
from tests.image_files import (
    chunk,
    encoded,
    grey_tiff,
    noise,
    picture,
    png,
    png_header,
    png_of,
)


def webp_canvas(width, height):
    """The header of an extended WebP file."""
    sizes = struct.pack("<I", width - 1)[:3] + struct.pack("<I", height - 1)[:3]
    body = b"WEBPVP8X" + struct.pack("<II", 10, 0) + sizes + b"VP8 " + bytes(64)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def jpeg_of_size(width, height):
    content = encoded(picture("L"), "JPEG")
    at = content.index(b"\xff\xc0") + 5
    return content[:at] + struct.pack(">HH", height, width) + content[at + 4 :]


def bmp_of_size(width, height):
    content = encoded(picture(), "BMP")
    return content[:18] + struct.pack("<ii", width, height) + content[26:90]


SIDE = 50_000
BOMBS = {
    "PNG": png_of(png_header(SIDE, SIDE), bytes(SIDE)),
    "GIF": b"GIF89a"
    + struct.pack("<HH", SIDE, SIDE)
    + encoded(picture("P"), "GIF")[10:],
    "JPEG": jpeg_of_size(SIDE, SIDE),
    "WEBP": webp_canvas(SIDE, SIDE),
    "TIFF": grey_tiff({256: (4, SIDE), 257: (4, SIDE), 278: (4, SIDE)}),
    "BMP": bmp_of_size(SIDE, SIDE),
    "PPM": b"P4 %d %d\n" % (SIDE, SIDE) + bytes(64),
}


@pytest.mark.parametrize("content", BOMBS.values(), ids=BOMBS)
def test_a_bomb_is_refused_from_its_header(refuse, monkeypatch, content):
    refuse(b"")  # what is imported or cached at the first call is not the bomb's
    for decoder in (
        ImageFile.ImageFile,
        Image.Image,
        *ImageFile.ImageFile.__subclasses__(),
    ):
        monkeypatch.setattr(decoder, "load", None)
    assert len(content) < 4096
    before = psutil.Process().memory_info().rss
    tracemalloc.start()
    error = refuse(content)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert error.reason == "has 2,500,000,000 pixels"
    assert error.remedy.endswith("allow more than 64,000,000 with max_pixels")
    assert peak < 2**20
    assert psutil.Process().memory_info().rss - before < 2**24


def test_a_real_bomb_is_refused_without_unpacking_it(refuse):
    rows = zlib.compressobj(9)
    packed = b"".join(rows.compress(bytes(1 + SIDE // 8)) for _ in range(SIDE))
    content = b"".join(
        [
            png_header(SIDE, SIDE, depth=1),
            chunk(b"IDAT", packed + rows.flush()),
            chunk(b"IEND", b""),
        ]
    )
    start = time.perf_counter()
    assert refuse(content).reason == "has 2,500,000,000 pixels"
    assert time.perf_counter() - start < 0.5


def test_the_bound_on_pixels_is_exact(refuse, tmp_path):
    content = encoded(picture(width=40, height=30), "PNG")
    assert refuse(content, max_pixels=1199).reason == "has 1,200 pixels"
    assert load_image(tmp_path / "some picture.png", max_pixels=1200).shape[1:] == (
        30,
        40,
    )


def test_a_file_of_many_bytes_is_not_even_read(refuse):
    error = refuse(bytes(2**24 + 9), max_pixels=1)
    assert error.reason == "has 16,777,225 bytes"


def test_above_pillows_own_limit_pillow_has_the_say(refuse, monkeypatch):
    def refuse_to_load(_):
        raise Image.DecompressionBombError

    monkeypatch.setattr(TiffImageFile, "load", refuse_to_load)
    error = refuse(encoded(picture(), "TIFF"))
    assert error.reason == "is above Pillow's own limit"
    assert "MAX_IMAGE_PIXELS" in error.remedy


SLOW_OR_LARGE = {
    "a tile of gigabytes": (
        grey_tiff(
            {273: None, 278: None, 322: (4, 40_000), 323: (4, 40_000), 324: (4, 8)}
        ),
        "has tiles of 1,600,000,000 pixels",
    ),
    "a million strips": (
        grey_tiff({278: (4, 1), 273: (1, [8] * 1_000_000)}),
        "lists 1,000,000 values in tag 273",
    ),
    "a million bits": (
        grey_tiff({258: (3, [8] * 1_000_000)}),
        "lists 1,000,000 values in tag 258",
    ),
    "a thousand scans": (
        encoded(picture("L"), "JPEG", progressive=True)[:-2]
        + b"\xff\xda\0\x08\x01\x01\0\x01\x3f\x01" * 1000
        + b"\xff\xd9",
        "has more than 50 scans",
    ),
    "run lengths of gigabytes": (
        b"BM"
        + struct.pack("<IIIIiiHHIIiiII", 99, 0, 58, 40, 60_000, 999, 1, 8, 1, *[0] * 5)
        + b"\0\0\0\0"
        + b"\0\2\0\xff" * 9,
        "is a run-length BMP",
    ),
    "pixels as text": (b"P2 9 9 255\n" + b"#\n" * 1000, "is a PPM file in plain text"),
}


@pytest.mark.parametrize(
    ("content", "reason"), SLOW_OR_LARGE.values(), ids=SLOW_OR_LARGE
)
def test_what_would_take_minutes_or_gigabytes_is_refused(refuse, content, reason):
    start = time.perf_counter()
    assert refuse(content).reason == reason
    assert time.perf_counter() - start < 1


def test_text_that_unfolds_to_gigabytes_is_never_unfolded(tmp_path):
    bomb = zlib.compress(bytes(50_000_000), 9)
    texts = [chunk(b"zTXt", b"key\0\0" + bomb), chunk(b"iCCP", b"name\0\0" + bomb)]
    path = tmp_path / "text.png"
    path.write_bytes(png(noise(4, 5, 3), 8, 2, *texts * 3))
    tracemalloc.start()
    assert load_image(path).shape == (3, 4, 5)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 4_000_000


def test_comments_of_a_gif_cost_no_more_than_their_bytes(tmp_path):
    content = encoded(picture("P"), "GIF")
    at = content.index(b",")
    path = tmp_path / "comments.gif"
    path.write_bytes(content[:at] + b"!\xfe\1x\0" * 200_000 + content[at:])
    start = time.perf_counter()
    assert load_image(path).shape == (3, 30, 40)
    assert time.perf_counter() - start < 5


def test_a_header_of_any_size_can_be_read(tmp_path):
    path = tmp_path / "huge.png"
    path.write_bytes(BOMBS["PNG"])
    assert image_info(path).width == SIDE
