import io
import re

import numpy
import pytest
import torch
from PIL import Image

from gan_course.images import load_image, save_image, tile, to_float, writing
from tests.image_files import picture

EXACT = ["png", "webp", "tif", "tiff", "bmp", "ppm"]


def noise(*shape):
    return torch.randint(0, 256, shape, dtype=torch.uint8)


@pytest.mark.parametrize("ending", [*EXACT, "PNG"])
@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("size", [(1, 1), (5, 7), (64, 33)])
def test_what_is_written_is_read_again_exactly(tmp_path, channels, ending, size):
    image, path = noise(channels, *size), tmp_path / f"image.{ending}"
    save_image(image, path)
    assert load_image(path, channels=channels).equal(image)
    assert load_image(path).equal(image if ending != "webp" else image.expand(3, *size))


@pytest.mark.parametrize("ending", EXACT)
def test_other_programs_read_it(tmp_path, ending):
    levels = numpy.asarray(picture())
    save_image(
        torch.from_numpy(levels.copy()).permute(2, 0, 1), tmp_path / f"a.{ending}"
    )
    with Image.open(tmp_path / f"a.{ending}") as found:
        assert numpy.array_equal(numpy.asarray(found.convert("RGB")), levels)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16])
def test_floats_are_written_as_their_levels(tmp_path, dtype):
    levels = torch.arange(256, dtype=torch.uint8).view(1, 16, 16)
    image = to_float(levels).to(dtype).requires_grad_()
    save_image(image, tmp_path / "image.png")
    found = load_image(tmp_path / "image.png")
    assert found.equal(levels) or dtype == torch.bfloat16
    assert (found.int() - levels.int()).abs().max() <= 1


def test_the_quality_of_a_jpeg(tmp_path):
    image = torch.from_numpy(numpy.array(picture())).permute(2, 0, 1)
    sizes, errors = [], []
    for quality in (20, 60, 95):
        path = tmp_path / f"{quality}.jpg"
        save_image(image, path, quality=quality)
        sizes.append(path.stat().st_size)
        errors.append((load_image(path).float() - image).abs().mean().item())
    assert sizes == sorted(sizes) and errors == sorted(errors, reverse=True)
    assert errors[-1] < 1
    save_image(image, tmp_path / "default.jpeg")
    assert (tmp_path / "default.jpeg").read_bytes() == (
        tmp_path / "95.jpg"
    ).read_bytes()


def test_a_view_is_written_as_it_looks(tmp_path):
    image = noise(3, 20, 30)
    save_image(image[:, ::2].transpose(1, 2), tmp_path / "new folder" / "image.png")
    found = load_image(tmp_path / "new folder" / "image.png")
    assert found.equal(image[:, ::2].transpose(1, 2))


def test_a_grid_is_an_image(tmp_path):
    images = noise(5, 3, 8, 8)
    save_image(tile(images, columns=3), tmp_path / "grid.png")
    assert load_image(tmp_path / "grid.png")[:, 9:17, 9:17].equal(images[4])


GREY = torch.zeros(1, 4, 4)
WRONG = {
    "batch": (noise(2, 3, 4, 4), "a.png", ValueError, "(2, 3, 4, 4)"),
    "matrix": (noise(4, 4), "a.png", ValueError, "(4, 4)"),
    "alpha": (noise(4, 8, 8), "a.png", ValueError, "(4, 8, 8)"),
    "last": (noise(8, 8, 3), "a.png", ValueError, "(8, 8, 3)"),
    "empty": (noise(1, 0, 4), "a.png", ValueError, "(1, 0, 4)"),
    "range": (GREY + 255, "a.png", ValueError, "holds 255, but floats must lie in"),
    "infinite": (GREY - torch.inf, "a.png", ValueError, "holds inf"),
    "NaN": (GREY + torch.nan, "a.png", ValueError, "NaN"),
    "integers": (GREY.long(), "a.png", TypeError, "int64"),
    "array": (noise(1, 4, 4).numpy(), "a.png", TypeError, "ndarray"),
    "no ending": (GREY, "a", ValueError, "let the name end in one of .png, .jpg"),
    "misspelt": (GREY, "a.pgn", ValueError, "Did you mean a.png?"),
    "near": (GREY, "a.jpe", ValueError, "Did you mean a.jpeg?"),
    "far": (GREY, "a.docx", ValueError, ".ppm."),
    "wide JPEG": (torch.zeros(1, 1, 65_501), "a.jpg", ValueError, "holds 65500 a side"),
    "high WebP": (
        torch.zeros(1, 16_384, 1),
        "a.webp",
        ValueError,
        "holds 16383 a side",
    ),
}


@pytest.mark.parametrize(("image", "name", "error", "words"), WRONG.values(), ids=WRONG)
def test_wrong_input_is_named_and_nothing_is_written(
    tmp_path, image, name, error, words
):
    with pytest.raises(error, match=re.escape(words)):
        save_image(image, tmp_path / name)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("quality", [0, 101])
def test_a_wrong_quality(tmp_path, quality):
    with pytest.raises(ValueError, match=f"quality is {quality}; choose"):
        save_image(GREY, tmp_path / "a.jpg", quality=quality)


@pytest.mark.parametrize("ending", ["jpg", "webp"])
def test_the_largest_side_is_what_pillow_can_write(ending):
    format_ = writing.FORMATS[f".{ending}"]
    size = (writing.LARGEST_SIDE[format_], 1)
    Image.new("L", size).save(io.BytesIO(), format_)


def test_a_full_disk_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "a.png"
    save_image(GREY, path)
    old = path.read_bytes()

    def fail(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", fail)
    with pytest.raises(OSError, match="No space left on device"):
        save_image(noise(1, 4, 4), path)
    assert [path] == list(tmp_path.iterdir()) and path.read_bytes() == old
