import io

import pytest
import torch
from PIL import Image, ImageEnhance
from scipy.sparse.csgraph import connected_components

from gan_course.datasets import glyphs, portraits
from gan_course.images import load_image, resize
from gan_course.preprocess.groups import (
    DISTANCE,
    LIKENESS,
    near_duplicate_groups,
    repeated,
    required_likeness,
)
from gan_course.preprocess.hashing import hash_distance, perceptual_hash, signature
from tests.messy_folder import encoded, faces, photographs


def random_hashes(count, bits=7, seed=0):
    """Hashes that differ in few bits, so that many are near each other."""
    generator = torch.Generator().manual_seed(seed)
    hashes = torch.zeros(count, 64, dtype=torch.bool)
    hashes[:, :bits] = torch.rand(count, bits, generator=generator) < 0.5
    return hashes


def described(images):
    return perceptual_hash(images), signature(images)


@pytest.fixture(params=[512, 3])
def chunk(request, monkeypatch):
    monkeypatch.setattr("gan_course.preprocess.groups.CHUNK", request.param)


@pytest.mark.parametrize("distance", [0, 1, 2])
@pytest.mark.parametrize("count", [0, 1, 10, 40])
def test_groups_are_connected_components(chunk, count, distance):
    hashes = random_hashes(count, bits=12)
    linked = hash_distance(hashes, hashes) <= distance
    groups = near_duplicate_groups(hashes, distance=distance)
    number, expected = connected_components(linked.numpy(), directed=False)
    assert groups.tolist() == expected.tolist() if count else len(groups) == 0
    assert len(groups.unique()) == (number if count else 0)


@pytest.mark.parametrize("distance", [0, 1, 2])
def test_what_remains_has_no_near_duplicates_and_nothing_else_is_left_out(
    chunk, distance
):
    hashes = random_hashes(40)
    near = hash_distance(hashes, hashes) <= distance
    originals = repeated(hashes, distance=distance)
    kept = originals < 0
    assert kept.any() and not kept.all()
    assert near[kept][:, kept].sum() == kept.sum()  # each only with itself
    for index in (~kept).nonzero().flatten().tolist():
        original = originals[index]
        assert kept[original] and original < index and near[original, index]


def test_a_chain_is_one_group_but_its_far_ends_both_stay():
    hashes = torch.zeros(3, 64, dtype=torch.bool)
    hashes[1, :6] = hashes[2, :12] = True
    assert near_duplicate_groups(hashes, distance=6).tolist() == [0, 0, 0]
    assert repeated(hashes, distance=6).tolist() == [-1, 0, -1]


def test_hash_and_picture_must_both_agree():
    hashes = torch.zeros(4, 64, dtype=torch.bool)
    hashes[3] = True
    signatures = torch.eye(4)[[0, 0, 1, 0]]
    assert near_duplicate_groups(hashes).tolist() == [0, 0, 0, 1]
    assert near_duplicate_groups(hashes, signatures).tolist() == [0, 0, 1, 2]


KINDS = {
    "JPEG 95": lambda image: compressed(image, "JPEG", 95),
    "JPEG 75": lambda image: compressed(image, "JPEG", 75),
    "JPEG 40": lambda image: compressed(image, "JPEG", 40),
    "WebP 80": lambda image: compressed(image, "WEBP", 80),
    "256 colours": lambda image: image.convert("P").convert("RGB"),
    "15 % brighter": lambda image: ImageEnhance.Brightness(image).enhance(1.15),
    "15 % darker": lambda image: ImageEnhance.Brightness(image).enhance(0.85),
    "more contrast": lambda image: ImageEnhance.Contrast(image).enhance(1.15),
    "half as large": lambda image: scaled(image, 0.5),
    "twice as large": lambda image: scaled(image, 2),
    "small and JPEG 70": lambda image: compressed(scaled(image, 0.7), "JPEG", 70),
    "a border of 1 % cut": lambda image: image.crop((1, 1, 95, 95)),
    "2 % of one corner cut": lambda image: image.crop((2, 2, 96, 96)),
}


def compressed(image, kind, quality):
    return Image.open(io.BytesIO(encoded(image, kind, quality=quality))).convert("RGB")


def scaled(image, factor):
    size = [round(side * factor) for side in image.size]
    return image.resize(size, Image.Resampling.LANCZOS)


def views(pictures, folder):
    def view(image):
        image.save(folder / "picture.png")
        return resize(load_image(folder / "picture.png", channels=3), 64)

    return torch.stack([view(image) for image in pictures])


@pytest.fixture(scope="module")
def pictures():
    return [*photographs(20), *faces(20)]


@pytest.mark.parametrize("kind", KINDS)
def test_planted_near_duplicates_are_found_and_nothing_else(pictures, kind, tmp_path):
    copies = [KINDS[kind](image) for image in pictures[::4]]
    images = views([*pictures, *copies], tmp_path)
    originals = repeated(*described(images))
    assert (originals[:40] == -1).all()
    found = (originals[40:] == torch.arange(0, 40, 4)).sum()
    assert found >= (9 if "corner" in kind else 10)


def test_portraits_are_not_taken_for_each_other_although_their_hashes_are():
    hashes, signatures = described(portraits(600).images)
    assert (repeated(hashes) >= 0).sum() > 300
    assert (repeated(hashes, signatures) >= 0).sum() <= 3


def test_few_glyphs_are_taken_for_each_other():
    # Digits of one type face differ little: the limit of what pictures can tell.
    hashes, signatures = described(glyphs(1000).images)
    assert (repeated(hashes) >= 0).sum() > 800
    assert (repeated(hashes, signatures) >= 0).sum() <= 15


def test_sets_of_alike_images_ask_for_more_likeness():
    photos = torch.randint(0, 256, (200, 3, 64, 64)).byte()
    assert required_likeness(signature(photos)) == LIKENESS
    strict = required_likeness(signature(glyphs(500).images))
    assert 0.96 < strict < 0.999
    assert required_likeness(signature(glyphs(9).images)) == LIKENESS


def test_copies_do_not_change_what_is_usual():
    signatures = signature(portraits(300).images)
    tripled = signatures.repeat(3, 1)
    assert required_likeness(tripled) == pytest.approx(
        required_likeness(signatures), abs=0.02
    )
    assert required_likeness(tripled) < 0.999


def test_ten_thousand_images_are_compared_in_bounded_memory(monkeypatch):
    shapes = []
    compare = hash_distance

    def watched(first, second):
        shapes.append(first.shape[0] * second.shape[0])
        return compare(first, second)

    monkeypatch.setattr("gan_course.preprocess.groups.hash_distance", watched)
    generator = torch.Generator().manual_seed(0)
    hashes = torch.rand(10_000, 64, generator=generator) < 0.5
    hashes[7_000] = hashes[5]
    originals = repeated(hashes, distance=2)
    assert originals[7_000] == 5 and (originals >= 0).sum() == 1
    assert max(shapes) <= 512 * 10_000


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ((torch.zeros(3, 64),), r"float32 of shape \(3, 64\).*perceptual_hash"),
        ((torch.zeros(3).bool(),), r"shape \(3,\)"),
        ((torch.zeros(3, 64).bool(), torch.zeros(2, 9)), "2 signatures for 3 hashes"),
    ],
)
def test_wrong_arguments_are_one_sentence(arguments, sentence):
    for function in (near_duplicate_groups, repeated):
        with pytest.raises(ValueError, match=sentence):
            function(*arguments)


@pytest.mark.parametrize("distance", [-1, 65])
def test_a_wrong_distance_is_one_sentence(distance):
    with pytest.raises(ValueError, match=f"{distance}; choose 0 to 64 bits"):
        repeated(torch.zeros(2, 64).bool(), distance=distance)
    assert 0 <= DISTANCE <= 64
