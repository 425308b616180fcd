import math

import pytest
import torch

from gan_course.datasets import load
from gan_course.images import to_float
from gan_course.metrics.spectrum import spectrum


def wave(cycles_down, cycles_right, size=32):
    place = torch.arange(size).double() / size
    phase = cycles_down * place.unsqueeze(1) + cycles_right * place
    return (2 * math.pi * phase).cos().expand(1, 1, size, size)


@pytest.mark.parametrize(("down", "right"), [(0, 5), (8, 0), (3, 4), (16, 16)])
def test_a_wave_has_all_its_variance_in_its_own_ring(down, right):
    image = wave(down, right)
    seen = spectrum(image)
    strongest = seen.energy.argmax()
    assert seen.energy[strongest] == pytest.approx(seen.energy.sum().item())
    assert seen.frequencies[strongest] == pytest.approx(
        math.hypot(down, right) / 32, abs=0.5 / 32
    )


def test_the_energies_are_the_variance_of_a_pixel():
    images = torch.randn(20, 3, 12, 17)
    away = images - images.mean(dim=(2, 3), keepdim=True)
    seen = spectrum(images)
    assert seen.energy.sum().item() == pytest.approx(away.square().mean().item())
    assert (seen.energy >= seen.power - 1e-12).all()


def test_white_noise_is_flat_and_has_the_share_of_the_area():
    seen = spectrum(torch.randn(400, 1, 32, 32))
    assert seen.power[1:].std() / seen.power[1:].mean() < 0.05
    # Of the square of frequencies, all but a disc of radius ¼.
    assert seen.share_above(0.25) == pytest.approx(1 - math.pi / 16, abs=0.03)
    assert seen.share_above(0) == pytest.approx(1)


def test_a_checkerboard_shows_at_the_corner_and_in_the_share():
    glyphs = to_float(load("glyphs", count=200).images)
    signs = (torch.arange(28).unsqueeze(1) + torch.arange(28)) % 2 * 2 - 1
    before, after = spectrum(glyphs), spectrum(glyphs + 0.2 * signs)
    assert after.frequencies[-1] == pytest.approx(math.sqrt(0.5), abs=0.02)
    assert after.energy[-1] - before.energy[-1] == pytest.approx(0.04, rel=0.05)
    assert after.share_above() > before.share_above() + 0.03


def test_blur_takes_high_frequencies_away():
    images = to_float(load("glyphs", count=200).images)
    blurred = torch.nn.functional.avg_pool2d(images, 3, 1, 1)
    assert spectrum(blurred).share_above() < 0.5 * spectrum(images).share_above()


def test_brightness_flips_turns_and_the_order_leave_it_alone():
    images = torch.randn(10, 2, 16, 16)
    seen = spectrum(images).power
    for other in (images + 5, images.flip(3), images.rot90(1, (2, 3)), images.flip(0)):
        assert torch.allclose(spectrum(other).power, seen)
    assert torch.allclose(spectrum(images.roll(3, 2)).power, seen)


def test_grey_levels_count_as_floats():
    images = load("glyphs", count=20).images
    grey, floats = spectrum(images), spectrum(to_float(images))
    assert torch.equal(grey.power, floats.power)


def test_images_without_variance_have_no_high_frequencies():
    assert spectrum(torch.ones(3, 1, 8, 8)).share_above() == 0


@pytest.mark.parametrize("shape", [(0, 1, 8, 8), (8, 8), (3, 1, 1, 8)])
def test_a_wrong_shape_is_named(shape):
    with pytest.raises(ValueError, match=str(shape[-1])):
        spectrum(torch.zeros(shape))


def test_other_wrong_values_are_refused_in_a_sentence():
    with pytest.raises(ValueError, match="not finite"):
        spectrum(torch.full((1, 1, 8, 8), math.nan))
    with pytest.raises(ValueError, match=r"frequency is 4\.0"):
        spectrum(torch.zeros(1, 1, 8, 8)).share_above(4.0)
