import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from gan_course.datasets import portraits
from gan_course.preprocess import Standardise


@pytest.fixture(scope="module")
def images():
    return portraits(300).images


def test_the_images_it_was_fitted_on_get_mean_0_and_deviation_1(images):
    standardised = Standardise.fit(images)(images).double()
    mean = standardised.mean(dim=(0, 2, 3))
    std = standardised.std(dim=(0, 2, 3), correction=0)
    assert standardised.dtype == torch.float64 and mean.abs().max() < 1e-6
    assert (std - 1).abs().max() < 1e-6


def test_mean_and_deviation_are_those_of_float64(images):
    fitted = Standardise.fit(images)
    levels = images.double()
    mean, std = levels.mean(dim=(0, 2, 3)), levels.std(dim=(0, 2, 3), correction=0)
    assert fitted.mean == pytest.approx(mean.tolist(), rel=1e-12)
    assert fitted.std == pytest.approx(std.tolist(), rel=1e-12)


@settings(max_examples=60, deadline=None)
@given(st.floats(-500, 500), st.floats(0.001, 1e4))
def test_the_inverse_is_exact_for_every_level(mean, std):
    levels = torch.arange(256, dtype=torch.uint8).view(1, 1, 16, 16)
    scaled = Standardise((mean,), (std,))
    assert torch.equal(scaled.inverse(scaled(levels)), levels)


def test_other_images_are_scaled_alike_and_clipped_on_the_way_back(images):
    scaled = Standardise.fit(images[:200])
    assert torch.equal(scaled.inverse(scaled(images[200:])), images[200:])
    assert scaled(images).dtype == torch.float32
    far = torch.full((1, 3, 2, 2), 99.0)
    assert (scaled.inverse(far) == 255).all() and (scaled.inverse(-far) == 0).all()


def test_wrong_images_are_one_sentence(images):
    scaled = Standardise.fit(images)
    with pytest.raises(ValueError, match=r"fitted on \(N, 3, H, W\)"):
        scaled(images[:, :1])
    with pytest.raises(ValueError, match=r"fitted on \(N, 3, H, W\)"):
        scaled.inverse(torch.zeros(3, 4, 4))
    with pytest.raises(ValueError, match=r"expects torch.uint8"):
        Standardise.fit(images.float())
    with pytest.raises(ValueError, match=r"1 images in which channel 1 has one level"):
        Standardise.fit(torch.tensor([[[[0, 9]], [[5, 5]], [[7, 8]]]]).byte())
    with pytest.raises(ValueError, match="deviations above 0"):
        Standardise((0.0,), (0.0,))
