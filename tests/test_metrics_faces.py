import pytest
import torch
from torch.nn.functional import avg_pool2d

from gan_course.datasets import load
from gan_course.datasets.portraits import CATEGORIES
from gan_course.files import data_folder
from gan_course.images import to_float
from gan_course.metrics.embeddings import embed, random_features
from gan_course.metrics.faces import (
    FACTORS,
    NETWORKS,
    face_network,
    faces,
    factor_coverage,
    portrait_features,
)
from gan_course.metrics.frechet import frechet_distance

BOTH = pytest.mark.parametrize("which", ["first", "second"])
COUNT = 1_000
HAIRLESS = ("bald", "buzz", "beanie")


@pytest.fixture(scope="module")
def held_out():
    return load("portraits", count=8 * COUNT, split="held-out", seed=81)


@pytest.fixture(scope="module", params=["first", "second"])
def seen(request, held_out):
    return faces(held_out.images[: 2 * COUNT], request.param)


@pytest.mark.parametrize(("which", "least"), [("first", 0.95), ("second", 0.98)])
def test_the_ceiling_held_out_portraits_are_faces(which, least, held_out):
    assert faces(held_out.images[: 2 * COUNT], which).share >= least


def test_the_factors_of_held_out_portraits_are_named(seen, held_out):
    right = {
        name: (labels == held_out.factors[name][: 2 * COUNT]).float().mean().item()
        for name, labels in seen.labels.items()
    }
    assert set(right) == set(CATEGORIES)
    for name in ("shirt", "background", "pattern", "glasses", "neckline"):
        assert right[name] >= 0.95, name
    for name in ("skin", "hair_style", "hair_colour", "beard", "earrings"):
        assert right[name] >= 0.85, name
    assert right["eye_colour"] >= 0.8


def floors(held_out):
    """Pictures that are no faces, made otherwise than in training."""
    random = torch.Generator().manual_seed(6)
    real = held_out.images[:COUNT]
    images, mates = to_float(real), to_float(held_out.images[COUNT : 2 * COUNT])
    order = torch.rand(COUNT, 1, 32 * 32, generator=random).argsort(dim=2)
    soft = images
    for _ in range(2):
        soft = avg_pool2d(soft, 3, 1, 1, count_include_pad=False)
    collage = images.clone()
    collage[:, :, 8:22, 8:22] = mates[:, :, 8:22, 8:22]
    shape = real.shape
    return {
        "noise": torch.randint(0, 256, shape, generator=random, dtype=torch.uint8),
        "single colours": images.mean(dim=(2, 3), keepdim=True).expand(shape),
        "pixels shuffled": images.flatten(2).gather(2, order.expand(-1, 3, -1)),
        "blends": (images + mates) / 2,
        "blurred": soft,
        "upside down": images.flip(2),
        "another's face": collage,
    }


@pytest.mark.parametrize("which", ["first", "second"])
def test_the_floor_what_is_no_face_is_refused(which, held_out):
    for name, pictures in floors(held_out).items():
        share = faces(pictures.reshape(COUNT, 3, 32, 32), which).share
        assert share <= (0.2 if name == "another's face" else 0.05), name


def test_a_grey_level_of_noise_changes_little(held_out):
    images = held_out.images[:COUNT]
    noise = 4 * torch.randn(images.shape, generator=torch.Generator().manual_seed(7))
    noisy = (images + noise).round().clamp(0, 255).to(torch.uint8)
    clean, other = faces(images), faces(noisy)
    assert other.share > 0.95
    for name in ("skin", "hair_style", "glasses", "beard", "background"):
        assert (clean.labels[name] == other.labels[name]).float().mean() > 0.95


def test_what_is_hidden_is_said_without_confidence(held_out):
    seen, known = faces(held_out.images), held_out.factors
    style = torch.tensor([v in HAIRLESS for v in CATEGORIES["hair_style"]])
    shaven = known["beard"] == CATEGORIES["beard"].index("none")
    hidden = style[known["hair_style"]] & shaven
    confidence = seen.confidence["hair_colour"]
    assert confidence[~hidden].mean() > confidence[hidden].mean() + 0.1


@BOTH
def test_features_of_portraits_are_standardised(which, held_out):
    features = embed(held_out.images[: 2 * COUNT], portrait_features(which))
    assert features.shape == (2 * COUNT, 64)
    assert features.mean(dim=0).abs().max() < 0.3
    assert features.var(dim=0).mean() == pytest.approx(1, abs=0.1)


def collapses(held_out):
    """Portraits of which a value is missing, as masks of all but the first ones."""
    known = {name: value[COUNT:] for name, value in held_out.factors.items()}
    bob = CATEGORIES["hair_style"].index("bob")
    blue = CATEGORIES["eye_colour"].index("blue")
    return {
        "real": known["smile"] >= 0,
        "no glasses": known["glasses"] == 0,
        "no round glasses": known["glasses"] != 1,
        "no blue eyes": known["eye_colour"] != blue,
        "one hair style": known["hair_style"] == bob,
    }


def relative(held_out, features):
    """Fréchet distance of each collapse, as a multiple of that of real portraits."""
    real = embed(held_out.images[:COUNT], features)
    rest = embed(held_out.images[COUNT:], features)
    seen = {
        name: frechet_distance(real, rest[mask][:COUNT])
        for name, mask in collapses(held_out).items()
    }
    return {name: value / seen["real"] for name, value in seen.items()}


@BOTH
@pytest.mark.filterwarnings("ignore:The Fréchet distance")
def test_what_is_small_shows_more_than_in_random_features(which, held_out):
    trained = relative(held_out, portrait_features(which))
    random = relative(held_out, random_features(held_out.images[:COUNT]))
    assert trained["no glasses"] > 1.8
    assert trained["no blue eyes"] > 1.8
    assert trained["one hair style"] > 5
    for name in ("no glasses", "no round glasses", "no blue eyes"):
        assert trained[name] > 1.1 * random[name], name


def test_the_shares_of_real_portraits_agree(held_out):
    labels = faces(held_out.images).labels
    halves = [{n: v[k::2] for n, v in labels.items()} for k in range(2)]
    coverage = factor_coverage(*halves)
    assert list(coverage) == list(FACTORS)
    assert all(each.distance < 0.05 for each in coverage.values())
    found = sum(each.found for each in coverage.values())
    assert found == sum(each.possible for each in coverage.values())
    assert found >= sum(FACTORS.values()) - 1


def test_a_lost_value_is_counted_and_its_share_is_the_distance(held_out):
    known = {name: held_out.factors[name] for name in FACTORS}
    bald = known["hair_style"] == CATEGORIES["hair_style"].index("bald")
    left = {name: value[~bald] for name, value in known.items()}
    coverage = factor_coverage(left, known)
    assert (coverage["hair_style"].found, coverage["hair_style"].possible) == (12, 13)
    share = bald.float().mean().item()
    assert coverage["hair_style"].distance == pytest.approx(share)
    assert coverage["skin"].distance < 0.03


@BOTH
def test_what_ships_is_small(which):
    assert (data_folder() / NETWORKS[which].file).stat().st_size <= 200_000


def test_the_networks_differ_and_each_is_loaded_once():
    first, second = face_network("first"), face_network("second")
    shapes = [{v.shape for v in n.state_dict().values()} for n in (first, second)]
    assert shapes[0] != shapes[1]
    assert face_network("first") is first
    assert not any(weights.requires_grad for weights in first.parameters())


def test_grey_levels_and_batches_do_not_matter(held_out):
    images = held_out.images[:600]
    whole, floats = faces(images), faces(to_float(images))
    assert torch.allclose(whole.probability, floats.probability)
    parts = torch.cat([faces(part).probability for part in images.split(250)])
    assert torch.allclose(whole.probability, parts, atol=1e-5)
    assert faces(images, confidence=0.0).share == 1.0


@pytest.mark.parametrize("shape", [(0, 3, 32, 32), (5, 32, 32), (5, 1, 32, 32)])
def test_a_wrong_shape_is_named(shape):
    with pytest.raises(ValueError, match="colour images of 32x32"):
        faces(torch.zeros(shape))


def test_other_wrong_values_are_refused_in_a_sentence(held_out):
    with pytest.raises(ValueError, match="did you mean 'second'"):
        faces(held_out.images[:1], "secnd")
    labels = faces(held_out.images[:10]).labels
    with pytest.raises(ValueError, match="labels are of skin, but must be of"):
        factor_coverage({"skin": labels["skin"]}, labels)
