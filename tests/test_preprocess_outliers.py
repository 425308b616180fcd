import numpy
import pytest
import torch
from PIL import Image

from gan_course.datasets import glyphs, portraits
from gan_course.images import resize
from gan_course.preprocess.outliers import (
    FEWEST,
    NOISE,
    is_blank,
    is_noise,
    measurements,
    outlier_scores,
    outliers,
    roughness,
)
from tests.messy_folder import photographs


@pytest.fixture(scope="module")
def photos():
    arrays = [numpy.array(image) for image in photographs(200, side=64)]
    return torch.from_numpy(numpy.stack(arrays)).permute(0, 3, 1, 2)


@pytest.fixture
def generator():
    return torch.Generator().manual_seed(0)


def noise(count, side, generator):
    return torch.randint(0, 256, (count, 3, side, side), generator=generator).byte()


def test_images_of_one_colour_are_blank_even_with_a_little_noise(photos, generator):
    colours = torch.randint(5, 250, (50, 3, 1, 1), generator=generator).expand(
        -1, -1, 40, 40
    )
    blank = colours + torch.randint(-2, 3, colours.shape, generator=generator)
    assert is_blank(blank.byte()).all()
    assert is_blank(torch.zeros(1, 1, 1, 1).byte()).all()
    assert not is_blank(photos).any()
    assert not is_blank(glyphs(500).images).any()
    assert not is_blank(portraits(500).images).any()


def test_one_coloured_channel_is_not_blank():
    image = torch.zeros(1, 3, 8, 8, dtype=torch.uint8)
    image[0, 2, :, 4:] = 200
    assert not is_blank(image).item()


def test_roughness_in_closed_form(generator):
    y, x = torch.meshgrid(torch.arange(64), torch.arange(64), indexing="ij")
    board = (255 * ((x + y) % 2)).byte()[None, None]
    stripes = (255 * (x % 2)).byte()[None, None]
    slope = (x * 4).byte()[None, None]
    even = torch.full((1, 1, 64, 64), 9).byte()
    assert roughness(board).item() == pytest.approx(2)
    assert roughness(stripes).item() == pytest.approx(1)
    assert roughness(slope).item() == pytest.approx(8 / (2 * 16 * (64**2 - 1) / 12))
    assert roughness(even).item() == 0
    assert roughness(noise(4, 64, generator)).mean() == pytest.approx(1, abs=0.03)
    assert roughness(torch.zeros(2, 1, 1, 1).byte()).tolist() == [0, 0]


@pytest.mark.parametrize("side", [32, 48, 64, 65, 100, 256, 700])
def test_noise_of_any_size_is_noise(side, generator):
    images = noise(4, side, generator)
    assert is_noise(resize(images, min(side, 64))).all()


def test_dithered_photographs_are_hardly_ever_called_noise(photos):
    pictures = photos.permute(0, 2, 3, 1).numpy()
    dithered = [Image.fromarray(p).convert("P").convert("RGB") for p in pictures]
    levels = torch.stack([torch.from_numpy(numpy.array(p)) for p in dithered])
    levels = levels.permute(0, 3, 1, 2)
    assert (roughness(levels) > NOISE[1]).sum() >= 10
    assert is_noise(levels).sum() <= 3


def test_pictures_are_not_noise(photos, generator):
    assert not is_noise(photos).any()
    assert not is_noise(glyphs(500).images).any()
    assert not is_noise(portraits(500).images).any()
    # Too few pixels to tell.
    assert not is_noise(noise(9, 8, generator)).any()


def test_measurements_in_closed_form():
    half = torch.zeros(3, 3, 4, 4, dtype=torch.uint8)
    half[0, :, :, 2:] = 255  # black and white
    half[1, 0] = 255  # red all over
    half[2] = 51
    found = measurements(half)
    assert found["brightness"].tolist() == pytest.approx([0.5, 0.299, 0.2])
    assert found["contrast"].tolist() == pytest.approx([0.5, 0, 0], abs=1e-6)
    spread = numpy.std([1, 0, 0])
    assert found["colourfulness"].tolist() == pytest.approx([0, spread, 0], abs=1e-6)
    assert measurements(half[:, :1])["colourfulness"].tolist() == [0, 0, 0]


def test_scores_are_distances_in_reaches():
    values = torch.arange(101.0)
    values[100] = 250.0
    # Median 50; the three farthest are left out, so the reach is 49.
    scores = outlier_scores(values)
    assert scores[100].item() == pytest.approx(200 / 49)
    assert scores[50] == 0 and scores[0].item() == pytest.approx(50 / 49)
    assert outlier_scores(values, floor=100)[100].item() == pytest.approx(2)


def test_few_images_have_no_outliers():
    values = torch.tensor([0.1] * (FEWEST - 2) + [0.9])
    assert torch.equal(outlier_scores(values), torch.zeros(len(values)))
    assert outliers({"brightness": values, "contrast": values}) == {}
    enough = torch.tensor([0.1] * (FEWEST - 1) + [0.9])
    assert list(outliers({"brightness": enough})) == [FEWEST - 1]


def test_an_inverted_digit_is_found_and_explained():
    images = glyphs(60).images.clone()
    images[17] = 255 - images[17]
    found = outliers(measurements(images))
    assert list(found) == [17]
    assert found[17].startswith("has brightness 0.8")
    assert "nearly all others have 0.0" in found[17]


@pytest.mark.parametrize("count", [20, 40, 200])
def test_nothing_good_is_an_outlier(photos, count, generator):
    def some(images):
        order = torch.randperm(len(images), generator=generator)
        return measurements(resize(images[order[:count]], 64))

    faces, digits = portraits(300).images, glyphs(300).images
    digits = digits.expand(-1, 3, -1, -1)
    both = torch.cat([photos[: count // 2], resize(faces[: count // 2], 64)])
    for _ in range(10):
        for images in (photos, faces, digits, both):
            assert outliers(some(images)) == {}


@pytest.mark.parametrize("function", [is_blank, is_noise, roughness, measurements])
def test_wrong_images_are_one_sentence(function):
    with pytest.raises(ValueError, match=f"^{function.__name__}|^roughness"):
        function(torch.zeros(1, 3, 8, 8))
