import os

import pytest
import torch

from gan_course.datasets import load
from gan_course.files import data_folder
from gan_course.images import to_float
from gan_course.metrics.features import OTHER, recognise
from gan_course.metrics.handwriting import (
    FILE,
    handwriting_judge,
    recognise_handwriting,
)


@pytest.fixture(scope="module")
def held_out():
    """The 10,000 held-out images of MNIST, where there are some."""
    if not os.environ.get("GAN_COURSE_DATA"):
        pytest.skip("GAN_COURSE_DATA names no folder with MNIST")
    return load("mnist", split="held-out")


def test_the_ceiling_held_out_handwriting_is_read(held_out):
    seen = recognise_handwriting(held_out.images)
    assert (seen.labels == held_out.labels).float().mean() >= 0.985
    assert seen.share >= 0.9
    assert (seen.digit_shares - held_out.labels.bincount() / 1e4).abs().max() < 0.02


def test_the_judge_of_glyphs_reads_less_of_it(held_out):
    images, labels = held_out.images[:2_000], held_out.labels[:2_000]
    own, printed = recognise_handwriting(images), recognise(images)
    right = [(seen.labels == labels).float().mean() for seen in (own, printed)]
    assert right[0] > right[1] + 0.05


def test_shuffled_handwriting_and_blends_are_refused(held_out):
    images = to_float(held_out.images[:2_000])
    random = torch.Generator().manual_seed(5)
    order = torch.rand(2_000, 784, generator=random).argsort(dim=1)
    shuffled = images.flatten(1).gather(1, order).view_as(images)
    assert recognise_handwriting(shuffled).share <= 0.05
    labels = held_out.labels[:2_000]
    differ = labels != labels.roll(1)
    blends = ((images + images.roll(1, dims=0)) / 2)[differ]
    assert recognise_handwriting(blends).share <= 0.2


def test_the_floor_noise_and_blank_images_are_refused():
    random = torch.Generator().manual_seed(5)
    uniform = torch.randint(0, 256, (2_000, 1, 28, 28), generator=random)
    normal = torch.randn(2_000, 1, 28, 28, generator=random).clamp(-1, 1)
    blank = torch.arange(256).byte().view(-1, 1, 1, 1).expand(-1, 1, 28, 28)
    for floor in (uniform.byte(), normal, blank):
        assert recognise_handwriting(floor).share <= 0.05


def test_uint8_and_float_images_are_judged_alike():
    images = load("glyphs", count=50).images
    grey, floats = (recognise_handwriting(x) for x in (images, to_float(images)))
    assert torch.equal(grey.probabilities, floats.probabilities)
    assert grey.probabilities.shape == (50, OTHER + 1)
    assert recognise_handwriting(images, confidence=0.0).share == 1.0


def test_the_judge_is_small_and_loaded_once():
    assert (data_folder() / FILE).stat().st_size <= 200_000
    assert handwriting_judge() is handwriting_judge()


@pytest.mark.parametrize("shape", [(0, 1, 28, 28), (5, 28, 28), (5, 3, 28, 28)])
def test_a_wrong_shape_is_named(shape):
    with pytest.raises(ValueError, match="reads grey 28x28 images"):
        recognise_handwriting(torch.zeros(shape))
