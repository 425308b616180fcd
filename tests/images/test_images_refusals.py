"""What cannot be loaded right is refused: at once, and in one sentence."""

import os
import pickle
import re
import struct
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from PIL import Image, ImageFile

from gan_course.images import ImageFileError, image_info, load_image
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

ROW = bytes(1 + 8)
TAG_256, TAG_258 = struct.pack("<HHI", 256, 3, 1), struct.pack("<HHI", 258, 3, 1)
DAMAGED = {
    "no rows": (png_of(png_header(8, 8), b""), "is truncated"),
    "too few rows": (png_of(png_header(8, 8), ROW * 7), "is truncated"),
    "too few interlaced rows": (
        png_of(png_header(8, 8, 8, 0, 1), ROW * 2),
        "is truncated",
    ),
    "the last pixel, but not all passes": (
        png_of(png_header(5, 5, 8, 0, 1), b"\0\1\0\1\0\1\1"),
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
    "no palette": (png_of(png_header(8, 8, 8, 3), ROW * 8), "is damaged"),
    "half a colour": (
        png_of(png_header(8, 8, 8, 3), ROW * 8, chunk(b"PLTE", bytes(4))),
        "is damaged",
    ),
    "more transparent colours than colours": (
        png_of(
            png_header(8, 8, 8, 3),
            ROW * 8,
            chunk(b"PLTE", bytes(6)),
            chunk(b"tRNS", bytes(3)),
        ),
        "is damaged",
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
    "two widths": (grey_tiff({258: (3, 8)}).replace(TAG_258, TAG_256), "is damaged"),
    "12 bits": (grey_tiff({258: (3, 12)}, bytes(96)), "has 12 bits for a level"),
    "32 bits": (grey_tiff({258: (3, 32)}, bytes(256)), "has 32 bits for a level"),
    "signed": (grey_tiff({339: (3, 2)}), "holds signed or floating-point numbers"),
    "floats": (
        encoded(Image.new("F", (8, 8), 0.5), "TIFF"),
        "holds signed or floating-point numbers",
    ),
    "from white to black": (
        grey_tiff({258: (3, 16), 262: (3, 0)}, bytes(128)),
        "counts its 16-bit levels from white to black",
    ),
    "a palette cut short": (
        grey_tiff({262: (3, 3), 320: (3, [0] * 765)}),
        "is damaged",
    ),
    "Lab": (encoded(Image.new("LAB", (8, 8)), "TIFF"), "holds LAB values"),
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


@pytest.mark.parametrize("blocks", [1, 2])
def test_a_jpeg_that_ends_between_two_restarts_is_refused(refuse, blocks):
    image = picture(width=90, height=70)
    content = encoded(image, "JPEG", restart_marker_blocks=blocks)
    restarts = [found.start() for found in re.finditer(rb"\xff[\xd0-\xd7]", content)]
    assert len(restarts) > 10
    for restart in restarts:
        assert refuse(content[:restart] + b"\xff\xd9").reason == "is truncated"


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
