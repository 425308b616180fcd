import numpy
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from gan_course.preprocess.hashing import (
    EQUAL,
    hash_distance,
    perceptual_hash,
    signature,
)
from tests.messy_folder import photographs


def tensor(image):
    return torch.from_numpy(numpy.array(image)).permute(2, 0, 1)[None]


@pytest.fixture(scope="module")
def photos():
    return torch.cat([tensor(image) for image in photographs(30, side=72)])


def test_hashes_equal_those_of_pillow_and_numpy(photos):
    for image, bits in zip(photos, perceptual_hash(photos)):
        red, green, blue = image.double().numpy()
        grey = 0.299 * red + 0.587 * green + 0.114 * blue
        areas = Image.fromarray(grey.astype(numpy.float32)).resize(
            (9, 8), Image.Resampling.BOX
        )
        steps = numpy.diff(numpy.asarray(areas), axis=1)
        clear = numpy.abs(steps - EQUAL) > 1e-3
        assert numpy.array_equal(bits.view(8, 8).numpy()[clear], (steps > EQUAL)[clear])


def test_a_bit_says_that_the_right_neighbour_is_brighter():
    steps = torch.tensor([0, 30, 20, 21, 50, 50, 80, 10, 90], dtype=torch.uint8)
    image = steps.repeat_interleave(5).expand(1, 1, 40, 45)
    expected = [True, False, False, True, False, True, False, True]
    assert perceptual_hash(image).view(8, 8).tolist() == [expected] * 8


def test_grey_images_and_their_rgb_copies_have_one_hash(photos):
    grey = photos[:, :1]
    assert torch.equal(
        perceptual_hash(grey), perceptual_hash(grey.expand(-1, 3, -1, -1))
    )


def test_light_and_noise_on_an_even_wall_change_no_bit():
    generator = torch.Generator().manual_seed(0)
    wall = torch.full((20, 1, 64, 64), 120.0)
    wall += torch.randn(wall.shape, generator=generator) * 2
    assert not perceptual_hash(wall.byte()).any()


@settings(max_examples=50, deadline=None)
@given(st.lists(st.binary(min_size=8, max_size=8), min_size=1, max_size=9), st.data())
def test_distances_count_different_bits(numbers, data):
    other = data.draw(st.lists(st.binary(min_size=8, max_size=8), max_size=5))

    def bits(rows):
        packed = numpy.array([list(row) for row in rows], numpy.uint8).reshape(-1, 8)
        return torch.from_numpy(numpy.unpackbits(packed, axis=1).astype(bool))

    expected = [
        [(int.from_bytes(a) ^ int.from_bytes(b)).bit_count() for b in other]
        for a in numbers
    ]
    distances = hash_distance(bits(numbers), bits(other))
    assert distances.shape == (len(numbers), len(other))
    assert distances.tolist() == expected


def test_signatures_give_the_correlation_without_the_slope_of_light(photos):
    """The reference takes mean and slope off by least squares, in float64."""
    y, x = numpy.mgrid[-1:1:16j, -1:1:16j]
    plane = numpy.stack([numpy.ones(256), x.ravel(), y.ravel()], axis=1)

    def shown(image):
        areas = image[:, :64, :64].reshape(3, 16, 4, 16, 4).mean((2, 4)).reshape(3, 256)
        fit = plane @ numpy.linalg.lstsq(plane, areas.T, rcond=None)[0]
        return (areas - fit.T).ravel()

    small = photos[:8, :, :64, :64]
    pictures = [shown(image.double().numpy()) for image in small]
    expected = numpy.corrcoef(pictures)
    signatures = signature(small)
    assert signatures.shape == (8, 3 * 256)
    assert numpy.allclose(signatures @ signatures.T, expected, atol=1e-5)


def test_signatures_ignore_brightness_contrast_and_a_slope_of_light():
    generator = torch.Generator().manual_seed(1)
    image = torch.randint(0, 60, (1, 3, 64, 64), generator=generator)
    changed = image * 2 + 20 + torch.arange(64)
    likeness = signature(image.byte()) @ signature(changed.byte()).T
    assert likeness.item() == pytest.approx(1, abs=1e-5)


def test_an_even_picture_is_like_no_other(photos):
    even = torch.full_like(photos[:1], 77)
    assert torch.count_nonzero(signature(even)) == 0


@pytest.mark.parametrize("function", [perceptual_hash, signature])
def test_sets_of_any_size_in_any_chunks(function, photos, monkeypatch):
    whole = function(photos)
    monkeypatch.setattr("gan_course.preprocess.hashing.CHUNK", 7)
    assert torch.equal(function(photos), whole)
    assert function(photos[:0]).shape == (0, whole.shape[1])
    assert function(photos[:1, :, :5, :3]).shape == (1, whole.shape[1])


@pytest.mark.parametrize("function", [perceptual_hash, signature])
def test_wrong_images_are_one_sentence(function):
    with pytest.raises(ValueError, match=r"float32 of shape .* with to_uint8"):
        function(torch.zeros(1, 3, 8, 8))
    with pytest.raises(ValueError, match=r"\(3, 8, 8\), but expects torch.uint8"):
        function(torch.zeros(3, 8, 8, dtype=torch.uint8))
    with pytest.raises(ValueError, match="without any pixel"):
        function(torch.zeros(1, 3, 0, 8, dtype=torch.uint8))
