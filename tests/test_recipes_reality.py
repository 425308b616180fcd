import dataclasses

import pytest
import torch

from gan_course.datasets import load
from gan_course.datasets.array import write_array
from gan_course.recipes import changed, find, reality
from gan_course.recipes.reality import real_images
from tests import small_mnist

GLYPHS = changed(find("glyphs"), ["count=100", "size=8"])


def shared(first, second):
    """How many images of two sets are the same."""
    pixels = {tuple(image.flatten().tolist()) for image in first}
    return sum(tuple(image.flatten().tolist()) in pixels for image in second)


def test_a_set_with_a_held_out_part_gives_two_halves_of_that():
    real = real_images(GLYPHS, count=30)
    held_out = load("glyphs", count=60, size=8, split="held-out")
    assert real.held_out
    assert real.name == "glyphs"
    assert len(real.reference) == len(real.other) == len(real.other_labels) == 30
    both = torch.cat([real.reference, real.other])
    assert shared(held_out.images, both) == 60
    assert torch.equal(real.training, load("glyphs", count=100, size=8).images)


def test_the_order_is_random_and_always_the_same():
    first, second = (real_images(GLYPHS, count=30) for _ in range(2))
    held_out = load("glyphs", count=60, size=8, split="held-out")
    assert torch.equal(first.reference, second.reference)
    assert not torch.equal(first.reference, held_out.images[:30])


def test_data_without_a_held_out_part_say_so(tmp_path):
    images = torch.randint(0, 256, (50, 1, 8, 8), dtype=torch.uint8)
    write_array(images, tmp_path / "images.npy")
    recipe = dataclasses.replace(GLYPHS, data=str(tmp_path / "images.npy"))
    real = real_images(recipe)
    assert not real.held_out
    assert real.training is None
    assert real.other_labels is None
    assert len(real.reference) == len(real.other) == 25
    assert shared(real.reference, real.other) == 0


def test_other_data_than_those_of_the_run_are_new_to_it(tmp_path):
    images = torch.randint(0, 256, (50, 1, 8, 8), dtype=torch.uint8)
    write_array(images, tmp_path / "images.npy")
    real = real_images(GLYPHS, str(tmp_path / "images.npy"))
    assert real.held_out
    assert real.training is None
    digits = real_images(GLYPHS, "digits", count=40)
    assert digits.held_out
    assert digits.training is None


def test_portraits_are_known_by_their_factors_and_have_no_labels():
    recipe = changed(find("portraits"), ["count=30", "size=16"])
    real = real_images(recipe, count=25)
    assert real.reference.shape == (25, 3, 16, 16)
    assert real.other_labels is None
    assert len(real.training) == 30


def test_handwriting_is_read_from_its_held_out_part(tmp_path, monkeypatch):
    small_mnist.use(monkeypatch)
    monkeypatch.setenv("GAN_COURSE_DATA", str(tmp_path))
    small_mnist.put(tmp_path / "mnist", small_mnist.DIGITS)
    monkeypatch.setattr(reality, "LEAST", 10)
    real = real_images(find("mnist"))
    assert real.held_out
    assert len(real.reference) == len(real.other) == 10
    assert len(real.training) == 40


@pytest.mark.parametrize(
    ("recipe", "against", "count", "said"),
    [
        (find("ring"), None, 50, "'ring' makes points of the plane"),
        (GLYPHS, "ring", 50, "ring is a set of points; choose a set of images"),
        (GLYPHS, "glyps", 50, "did you mean 'glyphs'"),
        (GLYPHS, None, 19, "at least 20 on either side"),
    ],
)
def test_what_cannot_be_compared_is_refused(recipe, against, count, said):
    with pytest.raises(ValueError, match=said):
        real_images(recipe, against, count=count)


def test_data_of_another_shape_are_refused(tmp_path):
    images = torch.randint(0, 256, (50, 3, 8, 8), dtype=torch.uint8)
    write_array(images, tmp_path / "images.npy")
    with pytest.raises(ValueError, match=r"\(3, 8, 8\), but the run makes \(1, 8, 8\)"):
        real_images(GLYPHS, str(tmp_path / "images.npy"))
