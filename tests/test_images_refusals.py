"""What cannot be loaded right is refused: at once, and in one sentence."""

import os
import pickle
import re
import struct
import sys
import time
import tracemalloc
import zlib
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
from PIL import Image, ImageFile
from PIL.TiffImagePlugin import TiffImageFile

from gan_course.images import ImageFileError, image_info, load_image
from gan_course.images.formats import jpeg
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


@pytest.fixture
def refuse(tmp_path):
    """Refuse the content of a file, and return the error."""

    def refuse(content, **options):
        path = tmp_path / "some picture.png"
        path.write_bytes(content)
        with pytest.raises(ImageFileError) as raised:
            load_image(path, **options)
        return raised.value

    return refuse


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


ROW = bytes(1 + 8)
DAMAGED = {
    "no rows": (png_of(png_header(8, 8), b""), "is truncated"),
    "too few rows": (png_of(png_header(8, 8), ROW * 7), "is truncated"),
    "too few interlaced rows": (
        png_of(png_header(8, 8, 8, 0, 1), ROW * 2),
        "is truncated",
    ),
    "no pixels": (png_header(8, 8) + chunk(b"IEND", b""), "is damaged"),
    "no end": (png(noise(8, 8, 1))[:-12], "is truncated"),
    "two headers": (
        png_of(png_header(8, 8) + png_header(8, 8)[8:], ROW * 8),
        "is damaged",
    ),
    "a header too short": (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", b"1234") + chunk(b"IEND", b""),
        "is damaged",
    ),
    "no width": (png_of(png_header(0, 8), ROW * 8), "has no pixels"),
    "a depth of 3": (png_of(png_header(8, 8, 3), ROW * 8), "is damaged"),
    "an unknown filter": (png_of(png_header(8, 8), b"\7" + bytes(8) * 8), "is damaged"),
    "no palette": (
        png_of(png_header(8, 8, 8, 3), ROW * 8),
        "uses a colour that its palette lacks",
    ),
    "a colour beyond the palette": (
        png(noise(8, 8, 1, below=4), 2, 3, chunk(b"PLTE", bytes(9))),
        "uses a colour that its palette lacks",
    ),
    "Apple's own PNG": (
        png_of(png_header(8, 8), ROW * 8, chunk(b"CgBI", bytes(4))),
        "is no standard PNG",
    ),
    "a 16-bit colour for nothing": (
        png(noise(4, 4, 3), 16, 2, chunk(b"tRNS", bytes(6))),
        "marks one 16-bit colour as transparent",
    ),
    "a missing strip": (grey_tiff({278: (4, 4)}), "is truncated"),
    "a strip behind the end": (grey_tiff({273: (4, 5000)}), "is truncated"),
    "no strips": (grey_tiff({273: None}), "is damaged"),
    "strips and tiles": (
        grey_tiff({322: (3, 8), 323: (3, 8), 324: (4, 8)}),
        "is damaged",
    ),
    "no number for black": (
        grey_tiff({262: None}),
        "does not say which number is black",
    ),
    "Zstandard": (grey_tiff({259: (3, 50_000)}), "is compressed in a rare way"),
    "fax": (encoded(picture("1"), "TIFF", compression="group4"), "is compressed in"),
    "coarse colours": (grey_tiff({262: (3, 6)}), "stores colours more coarsely"),
    "a table far away": (b"II+\0\x08\0\0\0" + b"\xff" * 8, "is truncated"),
    "a table cut off": (grey_tiff()[:-20], "is truncated"),
    "32-bit numbers": (
        encoded(Image.new("I", (8, 8), 77), "TIFF"),
        "holds 32-bit numbers",
    ),
    "floats": (
        encoded(Image.new("F", (8, 8), 0.5), "TIFF"),
        "holds floating-point numbers",
    ),
    "Lab": (encoded(Image.new("LAB", (8, 8)), "TIFF"), "holds Lab colours"),
    "levels above the largest": (b"P5 2 2 100\n\x64\x65\x64\x64", "is damaged"),
    "too few levels": (b"P6 2 2 255\n" + bytes(11), "is truncated"),
    "a GIF without a frame": (
        b"GIF89a" + struct.pack("<HHBBB", 9, 9, 0, 0, 0) + b";",
        "is damaged",
    ),
}


@pytest.mark.parametrize(("content", "reason"), DAMAGED.values(), ids=DAMAGED)
def test_damage(refuse, content, reason):
    assert refuse(content).reason.startswith(reason)


def test_no_flipped_bit_of_a_png_goes_unnoticed(tmp_path):
    path, content = tmp_path / "flipped.png", png(noise(3, 4, 3), 8, 2)
    path.write_bytes(content)
    load_image(path)
    for index in range(8 * len(content)):
        flipped = bytearray(content)
        flipped[index // 8] ^= 1 << index % 8
        path.write_bytes(flipped)
        with pytest.raises(ImageFileError):
            load_image(path)


WHOLE = {
    "PNG": encoded(picture(), "PNG"),
    "JPEG": encoded(picture(), "JPEG"),
    "progressive JPEG": encoded(picture(), "JPEG", progressive=True),
    "GIF": encoded(picture("P"), "GIF"),
    "WEBP": encoded(picture(), "WEBP"),
    "lossless WEBP": encoded(picture(), "WEBP", lossless=True),
    "TIFF": encoded(picture(), "TIFF"),
    "packed TIFF": encoded(picture(), "TIFF", compression="tiff_lzw"),
    "BMP": encoded(picture(), "BMP"),
    "PPM": encoded(picture(), "PPM"),
}


@pytest.mark.parametrize("lenient", [False, True])
@pytest.mark.parametrize("content", WHOLE.values(), ids=WHOLE)
def test_a_truncated_file_is_refused_or_has_lost_nothing(
    tmp_path, monkeypatch, content, lenient
):
    # The user's own setting of Pillow must not make the course accept less.
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", lenient)
    path = tmp_path / "cut"
    path.write_bytes(content)
    whole = load_image(path)
    for length in [
        *range(0, len(content), max(1, len(content) // 60)),
        len(content) - 1,
    ]:
        path.write_bytes(content[:length])
        with suppress(ImageFileError):
            assert load_image(path).equal(whole)
    assert lenient == ImageFile.LOAD_TRUNCATED_IMAGES


@pytest.mark.parametrize("options", [{}, {"restart_marker_blocks": 1}, {"quality": 30}])
def test_a_jpeg_that_ends_too_early_is_refused(refuse, options):
    content = encoded(picture(), "JPEG", **options)
    scan = content.index(b"\xff\xda") + 14
    whole = len(content) - 2 - scan
    for share in (0.02, 0.3, 0.6, 0.85):
        early = content[: scan + int(share * whole)].rstrip(b"\xff") + b"\xff\xd9"
        assert refuse(early).reason == "is truncated"


def test_noise_behind_a_jpeg_holds_no_marker_that_ends_it():
    assert not re.search(rb"\xff[\x01-\xcf\xd8-\xff]", jpeg.PADDING)


NO_IMAGES = {
    "nothing": (b"", "is empty"),
    "text": (b"This is no picture, whatever the name says.", "is not an image"),
    "a web page": (b"<!DOCTYPE html><html>404</html>", "is not an image"),
    "HEIC": (b"\0\0\0\x18ftypheic" + bytes(50), "is a HEIC picture"),
    "AVIF": (b"\0\0\0\x18ftypavif" + bytes(50), "is an AVIF picture"),
    "PDF": (b"%PDF-1.7\n", "is a PDF document"),
    "SVG": (b'<svg xmlns="http://www.w3.org/2000/svg"/>', "is a drawing"),
    "a format that Pillow knows, and the course does not": (
        encoded(picture(), "PCX"),
        "is not an image",
    ),
}


@pytest.mark.parametrize(("content", "reason"), NO_IMAGES.values(), ids=NO_IMAGES)
def test_what_is_no_image(refuse, content, reason):
    error = refuse(content)
    assert error.reason.startswith(reason)
    assert str(error).endswith("give one of PNG, JPEG, WEBP, TIFF, GIF, BMP, PPM.")


def test_the_error_names_the_file_and_survives_pickling(refuse):
    error = refuse(png(noise(8, 8, 1))[:50])
    assert str(error) == f"{error.path} is truncated; copy or download it again."
    assert (error.path.name, error.reason) == ("some picture.png", "is truncated")
    again = pickle.loads(pickle.dumps(error))
    assert (str(again), again.path, again.reason) == (
        str(error),
        error.path,
        error.reason,
    )


@pytest.mark.parametrize("read", [load_image, image_info])
def test_places_where_no_file_is(tmp_path, read):
    for place, reason in {
        tmp_path: "is a folder",
        tmp_path / "absent.png": "does not exist",
        tmp_path / ("x" * 5000): "cannot be read",
        "nul\0byte.png": "cannot be read",
    }.items():
        with pytest.raises(ImageFileError, match=reason):
            read(place)


@pytest.mark.skipif(sys.platform == "win32", reason="no pipes or devices among files")
@pytest.mark.parametrize("read", [load_image, image_info])
def test_a_pipe_or_a_device_is_not_waited_for(tmp_path, read):
    os.mkfifo(tmp_path / "pipe.png")
    for place in (tmp_path / "pipe.png", Path("/dev/zero")):
        with pytest.raises(ImageFileError, match="is no regular file"):
            read(place)


@pytest.mark.skipif(
    sys.platform == "win32" or os.geteuid() == 0, reason="nothing is forbidden to root"
)
def test_a_file_that_may_not_be_read(tmp_path):
    path = tmp_path / "secret.png"
    path.write_bytes(png(noise(4, 4, 1)))
    path.chmod(0)
    with pytest.raises(ImageFileError, match="may not be read"):
        load_image(path)


def test_permission_denied(tmp_path, monkeypatch):
    path = tmp_path / "secret.png"
    path.write_bytes(png(noise(4, 4, 1)))
    monkeypatch.setattr(
        Path, "open", lambda *_: (_ for _ in ()).throw(PermissionError())
    )
    with pytest.raises(ImageFileError, match="may not be read; change its permissions"):
        load_image(path)


def test_a_header_of_any_size_can_be_read(tmp_path):
    path = tmp_path / "huge.png"
    path.write_bytes(BOMBS["PNG"])
    assert image_info(path).width == SIDE
