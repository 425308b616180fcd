import pytest
import torch

from gan_course.datasets import load
from gan_course.metrics.embeddings import glyph_features
from gan_course.metrics.evaluation import Yardstick, references
from gan_course.metrics.faces import FACTORS, portrait_features
from gan_course.metrics.readers import glyph_reader, handwriting_reader, portrait_reader

COUNT = 600


@pytest.fixture(scope="module")
def held_out():
    return load("glyphs", count=3 * COUNT, split="held-out", seed=79)


@pytest.fixture(scope="module")
def yardstick(held_out):
    return Yardstick(
        held_out.images[:COUNT],
        glyph_features(),
        training=load("glyphs", count=2 * COUNT).images,
        reader=glyph_reader(),
    )


@pytest.fixture(scope="module")
def scores(held_out, yardstick):
    other, labels = held_out.images[COUNT : 2 * COUNT], held_out.labels
    sets = references(other, labels[COUNT : 2 * COUNT])
    return {name: yardstick.measure(images) for name, images in sets.items()}


def test_the_ceiling_is_high_and_the_floor_low(scores):
    ceiling, floors = scores["held-out"], (scores["shuffled"], scores["noise"])
    assert ceiling.recognised > 0.99
    assert ceiling.found >= 0.9 * ceiling.possible
    assert ceiling.precision > 0.8
    assert ceiling.recall > 0.8
    assert ceiling.density == pytest.approx(1, abs=0.1)
    assert ceiling.coverage == pytest.approx(0.875, abs=0.06)
    assert ceiling.nearer == pytest.approx(0.5, abs=0.06)
    assert ceiling.copies < 0.03
    assert abs(ceiling.kernel) < 4 * ceiling.kernel_error
    for floor in floors:
        assert floor.recognised == floor.recall == 0
        assert floor.coverage < 0.1
        assert floor.precision < ceiling.precision / 2
        assert (floor.found, floor.reverse_kl) == (0, None)
        assert floor.frechet > 30 * ceiling.frechet
        assert floor.high_frequencies > 3 * ceiling.high_frequencies


def test_class_means_are_read_and_have_no_variety(scores):
    means = scores["class means"]
    assert means.recognised > 0.7
    assert means.recall == 0
    assert means.coverage < 0.15
    assert means.found <= 10


def test_copies_of_training_images_score_well_and_are_found(yardstick):
    copies = yardstick.measure(load("glyphs", count=2 * COUNT).images[:COUNT])
    assert copies.recognised > 0.99
    assert copies.precision > 0.8
    assert copies.coverage == pytest.approx(0.875, abs=0.06)
    assert copies.nearer == 1
    assert copies.copies == 1


def test_a_collapse_is_seen_in_what_measures_variety(yardstick, held_out, scores):
    rest = held_out.images[2 * COUNT :]
    digit = rest[held_out.labels[2 * COUNT :] == 3].repeat(10, 1, 1, 1)
    seen = yardstick.measure(digit)
    assert seen.precision > 0.8
    assert seen.recall < 0.3
    assert seen.coverage < 0.2
    assert seen.found <= 9
    assert seen.reverse_kl > 2
    assert seen.frechet > 20 * scores["held-out"].frechet


def test_without_labels_or_reader_less_is_known(held_out):
    images = held_out.images
    assert set(references(images[:50])) == {"held-out", "shuffled", "noise"}
    seen = Yardstick(images[:100], glyph_features()).measure(images[100:200])
    unknown = [name for name, value in vars(seen).items() if value is None]
    known = {"frechet", "kernel", "kernel_error", "precision", "recall", "density"}
    assert set(vars(seen)) - set(unknown) == known | {"coverage", "high_frequencies"}
    assert seen.factor_distance is None


def test_of_handwriting_the_ten_digits_are_counted(held_out):
    """Printed digits will do: the judge of handwriting reads most of them."""
    images, labels = held_out.images[:400], held_out.labels[:400]
    yardstick = Yardstick(images[:200], glyph_features(), reader=handwriting_reader())
    seen = yardstick.measure(images[200:400][labels[200:400] < 5])
    assert seen.possible == 10
    assert 1 <= seen.found < 10
    assert seen.factor_distances is None


@pytest.mark.filterwarnings("ignore:The Fréchet distance")
def test_of_portraits_the_values_of_each_factor_are_counted():
    portraits = load("portraits", count=3 * COUNT, split="held-out", seed=79)
    images, bare = portraits.images, portraits.factors["glasses"] == 0
    yardstick = Yardstick(images[:COUNT], portrait_features(), reader=portrait_reader())
    ceiling = yardstick.measure(images[COUNT : 2 * COUNT])
    assert ceiling.recognised > 0.95
    assert ceiling.values_found == ceiling.values_possible
    assert ceiling.values_possible >= sum(FACTORS.values()) - 1
    assert ceiling.factor_distance < 0.06
    lost = yardstick.measure(images[COUNT:][bare[COUNT:]])
    assert lost.values_found < lost.values_possible
    assert lost.factor_distances["glasses"] == pytest.approx(1 / 3, abs=0.08)
    assert lost.factor_distances["skin"] < 0.1
    assert (lost.found, lost.possible, lost.reverse_kl) == (None, None, None)
    noise = references(images[:COUNT])["noise"]
    nothing = yardstick.measure(noise)
    assert (nothing.recognised, nothing.values_found) == (0, 0)
    assert nothing.factor_distances is None


def test_the_references_are_made_of_the_real_images_and_the_same_again(held_out):
    real = held_out.images[:60]
    first, second = (references(real, held_out.labels[:60]) for _ in range(2))
    for name, images in first.items():
        assert images.shape == real.shape
        assert images.dtype == torch.uint8
        assert torch.equal(images, second[name])
    shuffled = first["shuffled"].flatten(1).sort(dim=1).values
    assert torch.equal(shuffled, real.flatten(1).sort(dim=1).values)
    assert not torch.equal(first["shuffled"], real)
    assert len(first["class means"].unique(dim=0)) == 10


def test_the_colours_of_a_pixel_stay_together_when_it_is_moved():
    real = torch.randint(0, 256, (4, 3, 8, 8), dtype=torch.uint8)
    moved = references(real)["shuffled"]
    for before, after in zip(real.flatten(2), moved.flatten(2)):
        pairs = [sorted(map(tuple, each.T.tolist())) for each in (before, after)]
        assert pairs[0] == pairs[1]
