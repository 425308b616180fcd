"""Broken files of every kind: refused or loaded right, in bounded time and memory."""

import faulthandler
import hashlib
import json
import os
import subprocess
import sys
import warnings
import zlib
from contextlib import suppress
from pathlib import Path

import numpy
import psutil
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from gan_course.images import ImageFileError, image_info, load_image
from tests.image_files import INKS, encoded, grey_tiff, noise, picture, png

ROOT = Path(__file__).parents[2]
SECONDS, MEGABYTES = 20, 150  # for one file; a healthy one takes 0.002 s and 1 MB
FILES = {
    "grey.png": encoded(picture("L"), "PNG"),
    "colour.png": encoded(picture(), "PNG"),
    "palette.png": encoded(picture("P"), "PNG", transparency=3),
    "alpha.png": encoded(picture("RGBA"), "PNG"),
    "sixteen.png": png(noise(20, 30, 1, below=65536), 16, interlaced=True),
    "grey.jpg": encoded(picture("L"), "JPEG"),
    "colour.jpg": encoded(
        picture(), "JPEG", exif=b"Exif\0\0II*\0\x08\0\0\0" + bytes(9)
    ),
    "progressive.jpg": encoded(picture(), "JPEG", progressive=True),
    "cmyk.jpg": encoded(picture("CMYK"), "JPEG", restart_marker_blocks=2),
    "palette.gif": encoded(picture("P"), "GIF"),
    "animated.gif": encoded(
        picture(), "GIF", save_all=True, append_images=[Image.new("RGB", (40, 30))]
    ),
    "lossy.webp": encoded(picture(), "WEBP"),
    "lossless.webp": encoded(picture(), "WEBP", lossless=True),
    "alpha.webp": encoded(picture("RGBA"), "WEBP", exif=b"Exif\0\0II*\0" + bytes(9)),
    "plain.tif": encoded(picture(), "TIFF"),
    "lzw.tif": encoded(picture(), "TIFF", compression="tiff_lzw"),
    "deflate.tif": encoded(picture("RGBA"), "TIFF", compression="tiff_deflate"),
    "jpeg.tif": encoded(picture(), "TIFF", compression="jpeg"),
    "bits.tif": encoded(picture("1"), "TIFF", compression="packbits"),
    "palette.tif": encoded(picture("P"), "TIFF"),
    "big-endian.tif": grey_tiff({278: (4, 4), 273: (4, [8, 40])}, INKS, ">"),
    "big.tif": encoded(picture("I;16"), "TIFF", big_tiff=True),
    "colour.bmp": encoded(picture(), "BMP"),
    "palette.bmp": encoded(picture("P"), "BMP"),
    "colour.ppm": encoded(picture(), "PPM"),
    "sixteen.pgm": b"P5 20 20 999\n" + bytes(800),
}


def broken(content, rng):
    """Change a few bytes, most often near the beginning, or cut, or both."""
    changed = bytearray(content)
    way = rng.integers(6)
    for _ in range(rng.integers(1, 9) if way < 4 else 0):
        reach = len(changed) if rng.integers(2) else min(len(changed), 200)
        changed[rng.integers(reach)] = rng.integers(256)
    if way in (3, 4):
        del changed[rng.integers(len(changed)) :]
    if way == 5:
        start, other = rng.integers(len(changed), size=2)
        changed[start:start] = changed[other : other + rng.integers(1, 50)]
    return bytes(changed)


def signed(content):
    """Make the checksums of a PNG right again, so that only its content is broken."""
    content, start = bytearray(content), 8
    while start + 12 <= len(content):
        end = start + 12 + int.from_bytes(content[start : start + 4])
        if end <= len(content):
            checksum = zlib.crc32(content[start + 4 : end - 4])
            content[end - 4 : end] = checksum.to_bytes(4)
        start = end
    return bytes(content)


def outcome(path):
    """What became of a file: the reason why it was refused, or shape and content."""
    try:
        image = load_image(path)
    except ImageFileError as error:
        sentence = str(error)
        assert sentence == f"{path} {error.reason}; {error.remedy}."  # noqa: PT017
        return error.reason
    info = image_info(path)
    assert image.dtype == torch.uint8 and image.shape[0] in (1, 3)
    assert tuple(image.shape[1:]) == (info.height, info.width)
    with warnings.catch_warnings(action="ignore"), Image.open(path) as header:
        assert sorted(header.size) == sorted(image.shape[1:])
    return [*image.shape, hashlib.sha256(image.numpy().tobytes()).hexdigest()]


def load_all(folder):
    """Load every file of a folder; run in a process of its own, which may crash."""
    paths = sorted(Path(folder).iterdir())
    outcome(paths[0])
    before, found = peak_bytes(), {}
    for path in paths:
        faulthandler.dump_traceback_later(SECONDS, exit=True)
        found[path.name] = outcome(path)
    faulthandler.cancel_dump_traceback_later()
    print(json.dumps({"growth": peak_bytes() - before, "found": found}))


def peak_bytes():
    """The largest memory that this process has ever held."""
    if sys.platform == "linux":
        status = Path("/proc/self/status").read_text()
        return 1024 * int(status.split("VmHWM:")[1].split()[0])
    if sys.platform == "win32":
        return psutil.Process().memory_info().peak_wset
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def test_a_thousand_broken_files(tmp_path):
    rng = numpy.random.default_rng(0)
    names = list(FILES)
    for index in range(1000 + len(names)):
        name = names[index % len(names)]
        content = FILES[name]
        if index >= len(names):
            content = broken(content, rng)
        if name.endswith(".png") and index // len(names) % 2:
            name, content = f"signed {name}", signed(content)
        (tmp_path / f"{index:04d} {name}").write_bytes(content)
    module = "tests.images.test_image_fuzz"
    command = f"from {module} import load_all; load_all({str(tmp_path)!r})"
    result = subprocess.run(
        [sys.executable, "-c", command],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr[-2000:]
    report = json.loads(result.stdout)
    assert report["growth"] < MEGABYTES * 2**20
    found = report["found"]
    whole = {file[5:]: outcome for file, outcome in list(found.items())[: len(names)]}
    assert all(isinstance(outcome, list) for outcome in whole.values())
    for file, outcome in found.items():
        checked = file.endswith(".png") and " signed" not in file
        if checked and isinstance(outcome, list):  # checksums: right, or refused
            assert outcome == whole[file[5:]]
    refused = sum(isinstance(outcome, str) for outcome in found.values())
    assert len(found) == 1000 + len(names) and 400 < refused < 900


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return tmp_path_factory.mktemp("fuzz") / "picture"


EXAMPLES = settings(
    deadline=5000,
    max_examples=150,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)
BEGINNINGS = [
    b"",
    *sorted({content[:n] for content in FILES.values() for n in (4, 30)}),
]


@EXAMPLES
@given(st.sampled_from(BEGINNINGS), st.binary(max_size=300))
def test_any_bytes(place, beginning, rest):
    place.write_bytes(beginning + rest)
    with suppress(ImageFileError):
        image_info(place)
    outcome(place)


@EXAMPLES
@given(
    st.sampled_from(sorted(FILES)),
    st.lists(
        st.tuples(st.integers(0, 400), st.binary(min_size=1, max_size=8)), max_size=6
    ),
)
def test_any_bytes_in_place_of_others(place, name, changes):
    content = bytearray(FILES[name])
    for at, replacement in changes:
        content[at : at + len(replacement)] = replacement
    place.write_bytes(signed(content) if name.endswith(".png") else content)
    outcome(place)
