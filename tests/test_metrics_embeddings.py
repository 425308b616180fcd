import pytest
import torch
from torch.nn.functional import avg_pool2d

from gan_course.datasets import load
from gan_course.datasets.glyphs import FAMILIES
from gan_course.images import to_float
from gan_course.metrics.embeddings import (
    KINDS,
    embed,
    embedding,
    glyph_features,
    kinds,
    random_features,
)
from gan_course.metrics.frechet import frechet_distance
from gan_course.metrics.precision_recall import precision_recall

BOTH = pytest.mark.parametrize("which", ["first", "second"])
COUNT = 1_000


@pytest.fixture(scope="module")
def held_out():
    return load("glyphs", count=8 * COUNT, split="held-out", seed=78)


@BOTH
def test_digit_and_family_of_held_out_glyphs_are_known(which, held_out):
    seen = kinds(held_out.images[:2_000], which)
    digit, family = seen // len(FAMILIES), seen % len(FAMILIES)
    least = {"first": 0.955, "second": 0.97}[which]
    assert (digit == held_out.labels[:2_000]).float().mean() >= 0.999
    assert (family == held_out.factors["family"][:2_000]).float().mean() >= least
    assert len(seen.unique()) == KINDS


@BOTH
def test_the_features_of_glyphs_are_standardised(which, held_out):
    features = embed(held_out.images[:2_000], glyph_features(which))
    assert features.shape == (2_000, 64)
    assert features.mean(dim=0).abs().max() < 0.3
    assert features.var(dim=0).mean() == pytest.approx(1, abs=0.1)


def disturbed(held_out):
    """Sets that are worse than real ones, by name, each as images in [-1, 1]."""
    labels, factors = held_out.labels[COUNT:], held_out.factors
    family, face = factors["family"][COUNT:], factors["face"][COUNT:]
    images = to_float(held_out.images[COUNT:])
    other = images[:COUNT]
    soft = avg_pool2d(other, 3, 1, 1, count_include_pad=False)
    board = (torch.arange(28).unsqueeze(1) + torch.arange(28)) % 2 * 2.0 - 1
    noise = torch.randn_like(other)
    few = images[face == 2 * labels]
    return {
        "real": other,
        "noise 0.2": (other + 0.2 * noise).clamp(-1, 1),
        "noise 0.4": (other + 0.4 * noise).clamp(-1, 1),
        "blur ½": (other + soft) / 2,
        "blur": soft,
        "checkerboard": (other + 0.3 * board).clamp(-1, 1),
        "no four": images[labels != 4][:COUNT],
        "no family": images[family != FAMILIES.index("STIX")][:COUNT],
        "a face a digit": few.repeat(9, 1, 1, 1)[:COUNT],
        "shuffled": other.flatten(1)[:, torch.randperm(784)].view_as(other),
    }


def distances(held_out, features, *names):
    """Fréchet distance of disturbed sets to one real set, by name; all if none."""
    real = embed(held_out.images[:COUNT], features)
    sets = disturbed(held_out)
    return {
        name: frechet_distance(real, embed(sets[name], features))
        for name in names or sets
    }


@BOTH
def test_each_disturbance_and_each_collapse_shows(which, held_out):
    seen = distances(held_out, glyph_features(which))
    assert seen["real"] < 0.8
    assert seen["real"] < seen["noise 0.2"] < seen["noise 0.4"] < seen["shuffled"]
    assert 1.5 * seen["real"] < seen["blur ½"] < seen["blur"] < seen["shuffled"]
    assert seen["checkerboard"] > 1.5 * seen["real"]
    assert seen["no four"] > 2 * seen["real"]
    assert seen["no family"] > 3 * seen["real"]
    assert seen["a face a digit"] > 20 * seen["real"]


def test_random_features_see_artefacts_but_hardly_a_missing_family(held_out):
    random = distances(
        held_out, random_features(held_out.images[:COUNT]), "real", "blur", "no family"
    )
    trained = distances(held_out, glyph_features(), "real", "no family")
    assert random["blur"] > 10 * random["real"]
    relative = [each["no family"] / each["real"] for each in (random, trained)]
    assert relative[0] < relative[1] / 2


def test_a_lost_type_face_family_costs_recall_and_no_precision(held_out):
    features = embed(held_out.images)
    real, rest = features[:COUNT], features[COUNT:]
    known = held_out.factors["family"][COUNT:] != FAMILIES.index("DejaVu Sans")
    whole = precision_recall(real, rest[:COUNT])
    lost = precision_recall(real, rest[known][:COUNT])
    assert lost.precision == pytest.approx(whole.precision, abs=0.03)
    assert lost.recall < whole.recall - 0.08
    assert lost.coverage < whole.coverage - 0.06


@pytest.mark.parametrize("shape", [(1, 8, 8), (3, 32, 32), (1, 20, 36), (3, 64, 64)])
def test_random_features_take_any_size_and_are_the_same_again(shape):
    real = torch.randint(0, 256, (30, *shape), dtype=torch.uint8)
    features = embed(real, random_features(real))
    assert features.shape == (30, 64)
    assert features.mean(dim=0).abs().max() < 1e-4
    assert features.var(dim=0).mean() == pytest.approx(1, abs=1e-4)
    assert torch.equal(features, embed(real, random_features(real)))


def test_the_two_networks_differ_and_each_is_loaded_once():
    first, second = embedding("first"), embedding("second")
    assert set(first.state_dict()) != set(second.state_dict())
    assert embedding("first") is first
    assert not any(weights.requires_grad for weights in first.parameters())


def test_batches_and_grey_levels_do_not_matter(held_out):
    images = held_out.images[:700]
    whole = embed(images)
    assert torch.allclose(embed(to_float(images)), whole)
    assert torch.allclose(torch.cat([embed(p) for p in images.split(300)]), whole)


@pytest.mark.parametrize(
    ("images", "features", "said"),
    [
        (torch.zeros(0, 1, 28, 28), None, r"\(0, 1, 28, 28\)"),
        (torch.zeros(4, 28, 28), None, r"\(4, 28, 28\)"),
        (torch.zeros(4, 3, 32, 32), None, "random_features"),
        (torch.zeros(4, 1, 8, 8), lambda images: images, "flatten what the network"),
        (
            torch.zeros(4, 1, 8, 8),
            lambda images: images.mean(0),
            "features of 4 images",
        ),
    ],
)
def test_wrong_images_are_refused_in_a_sentence(images, features, said):
    with pytest.raises(ValueError, match=said):
        embed(images, features)


def test_other_wrong_values_are_refused_in_a_sentence():
    with pytest.raises(ValueError, match="did you mean 'second'"):
        embedding("secnd")
    with pytest.raises(ValueError, match=r"\(1, 1, 8, 8\)"):
        random_features(torch.zeros(1, 1, 8, 8))
    with pytest.raises(ValueError, match="All real images are equal"):
        random_features(torch.zeros(9, 1, 8, 8))
