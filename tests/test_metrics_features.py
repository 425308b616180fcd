import pytest
import torch

from gan_course.datasets import load
from gan_course.datasets.glyphs import FAMILIES
from gan_course.images import to_float
from gan_course.metrics.features import OTHER, judge, recognise

BOTH = pytest.mark.parametrize("which", ["first", "second"])


@pytest.fixture(scope="module")
def held_out():
    return load("glyphs", count=2_000, split="held-out", seed=77)


@BOTH
def test_the_ceiling_held_out_glyphs_are_read(which, held_out):
    seen = recognise(held_out.images, which=which)
    assert (seen.labels == held_out.labels).float().mean() >= 0.995
    assert seen.share >= 0.97


@BOTH
def test_the_floor_noise_and_shuffled_glyphs_are_refused(which, held_out):
    random = torch.Generator().manual_seed(5)
    order = torch.rand(2_000, 784, generator=random).argsort(dim=1)
    flat = held_out.images.flatten(1)
    shuffled = flat.gather(1, order).view_as(held_out.images)
    one_order = flat[:, order[0]].view_as(held_out.images)
    uniform = torch.randint(0, 256, flat.shape, generator=random).byte()
    blank = torch.arange(256).byte().view(-1, 1, 1, 1).expand(-1, 1, 28, 28)
    pictures = (shuffled, one_order, uniform.view_as(shuffled), blank)
    for floor in pictures:
        assert recognise(floor, which=which).share <= 0.05


@BOTH
def test_the_mean_image_of_a_class_is_never_taken_for_another_digit(which, held_out):
    images = to_float(held_out.images)
    means = torch.stack([images[held_out.labels == d].mean(dim=0) for d in range(10)])
    seen = recognise(means, which=which)
    assert torch.equal(seen.labels, torch.arange(10))


@BOTH
def test_an_equal_blend_of_two_digits_is_seldom_recognised(which, held_out):
    images, labels = to_float(held_out.images), held_out.labels
    differ = labels != labels.roll(1)
    blends = ((images + images.roll(1, dims=0)) / 2)[differ]
    assert recognise(blends, which=which).share <= 0.4


@pytest.mark.parametrize(("which", "least"), [("first", 0.88), ("second", 0.93)])
def test_families_of_type_faces_are_told_apart(which, least, held_out):
    said = judge(which)(to_float(held_out.images)).family_logits.argmax(dim=1)
    assert said.max() < len(FAMILIES)
    assert (said == held_out.factors["family"]).float().mean() >= least


def test_the_judges_differ_in_architecture():
    first, second = judge("first"), judge("second")
    assert set(first.state_dict()) != set(second.state_dict())


def test_uint8_and_float_images_are_judged_alike(held_out):
    images = held_out.images[:50]
    grey, floats = recognise(images), recognise(to_float(images))
    assert torch.equal(grey.probabilities, floats.probabilities)


def test_recognition_counts_digits_and_never_the_other_class(held_out):
    seen = recognise(torch.cat([held_out.images[:300], torch.zeros_like(images(100))]))
    assert seen.probabilities.shape == (400, OTHER + 1)
    assert seen.labels.max() < OTHER
    assert seen.digit_shares.sum().item() == pytest.approx(seen.share)
    assert not seen.recognised[300:].any()
    assert recognise(images(3), confidence=0.0).share == 1.0


def images(count):
    return torch.zeros(count, 1, 28, 28, dtype=torch.uint8)


@pytest.mark.parametrize("shape", [(0, 1, 28, 28), (5, 28, 28), (5, 3, 28, 28)])
def test_a_wrong_shape_is_named(shape):
    with pytest.raises(ValueError, match=str(shape[-1])):
        recognise(torch.zeros(shape))


def test_an_unknown_judge_is_named():
    with pytest.raises(ValueError, match="third"):
        recognise(images(1), which="third")
