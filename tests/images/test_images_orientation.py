"""Every picture is upright, whatever its EXIF data say or fail to say."""

import io
import warnings
from concurrent.futures import ThreadPoolExecutor

import numpy
import pytest
from PIL import Image, ImageOps

from gan_course.images import ImageFileError, image_info, load_image
from tests.image_files import encoded, grey_tiff, picture

LOSSLESS = [("PNG", {}), ("TIFF", {}), ("WEBP", {"lossless": True})]
# EXIF's orientation → what turns the stored image upright.
TURNS = {
    1: lambda stored: stored,
    2: numpy.fliplr,
    3: lambda stored: numpy.rot90(stored, 2),
    4: numpy.flipud,
    5: lambda stored: stored.swapaxes(0, 1),
    6: lambda stored: numpy.rot90(stored, -1),
    7: lambda stored: numpy.rot90(stored, 2).swapaxes(0, 1),
    8: numpy.rot90,
}


@pytest.fixture
def load(tmp_path):
    """Load the content of a file: levels (H, W, C)."""

    def load(content):
        path = tmp_path / "file"
        path.write_bytes(content)
        return load_image(path).permute(1, 2, 0).numpy()

    return load


@pytest.mark.parametrize("orientation", TURNS)
@pytest.mark.parametrize(("format_", "options"), [*LOSSLESS, ("JPEG", {})])
def test_orientation(load, tmp_path, format_, options, orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    content = encoded(picture(), format_, exif=exif, **options)
    found = load(content)
    reference = ImageOps.exif_transpose(Image.open(io.BytesIO(content)))
    assert numpy.array_equal(found, numpy.asarray(reference.convert("RGB")))
    if format_ != "JPEG":
        expected = TURNS[orientation](numpy.asarray(picture()))
        assert numpy.array_equal(found, expected)
    assert image_info(tmp_path / "file").orientation == orientation


BROKEN_EXIF = {
    "empty": b"",
    "no header": b"nonsense",
    "cut off": b"II*\0",
    "a table far away": b"II*\0\xff\xff\xff\x7f",
    "more rows than bytes": b"MM\0*\0\0\0\x08\xff\xff",
    "orientation 0": b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\0\0\0\0\0\0\0\0",
    "orientation 9": b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x09\0\0\0\0\0\0\0",
    "as text": b"II*\0\x08\0\0\0\x01\0\x12\x01\x02\0\x02\0\0\x006\0\0\0\0\0\0\0",
    "a table that names itself": b"II*\0\x08\0\0\0\0\0\x08\0\0\0",
}


@pytest.mark.parametrize("exif", BROKEN_EXIF.values(), ids=BROKEN_EXIF)
@pytest.mark.parametrize(("format_", "options"), [LOSSLESS[0], LOSSLESS[2]])
def test_broken_exif_costs_nothing_but_its_orientation(load, format_, options, exif):
    content = encoded(picture(), format_, exif=b"Exif\0\0" + exif, **options)
    assert numpy.array_equal(load(content), numpy.asarray(picture()))


@pytest.mark.parametrize("exif", BROKEN_EXIF.values(), ids=BROKEN_EXIF)
def test_broken_exif_in_a_jpeg(load, exif):
    content = encoded(picture(), "JPEG", exif=b"Exif\0\0" + exif)
    assert numpy.array_equal(load(content), load(encoded(picture(), "JPEG")))


def test_pillows_warnings_about_exif_are_not_shown(load):
    exif = b"Exif\0\0" + BROKEN_EXIF["more rows than bytes"]
    content = encoded(picture(), "JPEG", exif=exif)
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        load(content)
        assert not seen
        Image.open(io.BytesIO(content)).getexif()
        assert seen  # else this test would prove nothing


def test_many_threads(tmp_path):
    files = [
        encoded(picture(), "JPEG", exif=b"Exif\0\0" + exif)
        for exif in BROKEN_EXIF.values()
    ]
    files += [encoded(picture(), "PNG"), encoded(picture(), "TIFF"), grey_tiff()[:-9]]
    for index, content in enumerate(files):
        (tmp_path / str(index)).write_bytes(content)

    def outcome(index):
        try:
            return load_image(tmp_path / str(index % len(files))).tolist()
        except ImageFileError as error:
            return error.reason

    filters = list(warnings.filters)
    one_by_one = [outcome(index) for index in range(len(files))]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(outcome, range(5 * len(files))))
    assert together == one_by_one * 5
    assert warnings.filters == filters
