import hashlib
import re
import sys

import numpy as np
import pytest
import torch
from PIL import Image
from skimage import data as skimage_data
from sklearn.datasets import load_sample_image

from gan_course.datasets.photos import (
    COLOUR,
    PHOTOS,
    TEXTURES,
    _square,
    photo,
    photos,
    textures,
)

KINDS = [(photos, COLOUR), (textures, TEXTURES)]
IDS = ["photos", "textures"]


def as_packages_load_it(name):
    """The same photograph by the package's own function."""
    if name in ("china", "flower"):
        return load_sample_image(f"{name}.jpg")
    return getattr(skimage_data, {"cat": "chelsea"}.get(name, name))()


@pytest.mark.parametrize("name", [known.name for known in PHOTOS])
def test_a_photo_is_what_its_package_shows(name):
    image = photo(name)
    expected = np.atleast_3d(as_packages_load_it(name)).transpose(2, 0, 1)
    assert image.dtype == torch.uint8
    assert image.shape[0] == (3 if name in COLOUR else 1)
    assert np.array_equal(image.numpy(), expected)


@pytest.mark.parametrize("known", [p for p in PHOTOS if p.file.startswith("skimage")])
def test_the_licences_are_those_the_package_states(known):
    name = {"cat": "chelsea"}.get(known.name, known.name)
    notes = " ".join(getattr(skimage_data, name).__doc__.split())
    licence = re.split(r",| by | from ", known.licence)[0]
    licence = {"CC0": r"CC0|Creative Commons CC0"}.get(licence, licence)
    assert re.search(licence, notes, flags=re.IGNORECASE)


def test_a_photo_may_be_changed_without_changing_the_next_one():
    before = photo("cat").clone()
    photo("cat").zero_()
    assert torch.equal(photo("cat"), before)


def test_an_unknown_photo_is_one_sentence_with_the_nearest_name():
    with pytest.raises(ValueError, match=r"'cofee'.*'coffee'"):
        photo("cofee")


def test_a_package_without_its_pictures_is_named(monkeypatch, tmp_path):
    class Empty:
        origin = str(tmp_path / "__init__.py")

    # As an attribute of gan_course.datasets, the name is the function's.
    module = sys.modules["gan_course.datasets.photos"]
    monkeypatch.setattr(module, "find_spec", lambda name: Empty)
    module._read.cache_clear()
    with pytest.raises(FileNotFoundError, match=r"install .* scikit-image"):
        photo("coffee")


@pytest.mark.parametrize(("make", "names"), KINDS, ids=IDS)
@pytest.mark.parametrize("split", ["train", "held-out"])
def test_a_patch_is_its_square_of_the_photo_shrunk(make, names, split):
    """Pillow's bicubic resize is the reference; it rounds once more on its way."""
    patches = make(24, size=32, split=split, seed=5)
    squares = zip(*(patches.factors[k].tolist() for k in ("top", "left", "side")))
    for image, label, (top, left, side) in zip(patches.images, patches.labels, squares):
        whole = photo(names[label]).permute(1, 2, 0).squeeze().numpy()
        crop = Image.fromarray(whole[top : top + side, left : left + side])
        expected = np.asarray(crop.resize((32, 32), Image.Resampling.BICUBIC))
        found = image.permute(1, 2, 0).squeeze().numpy().astype(int)
        difference = np.abs(found - expected)
        assert difference.max() <= 5 and difference.mean() < 0.5


@pytest.mark.parametrize(("make", "names"), KINDS, ids=IDS)
def test_the_splits_share_no_pixel(make, names):
    used = {split: {} for split in ("train", "held-out")}
    for split, pixels in used.items():
        patches = make(300, size=64, split=split)
        squares = [patches.factors[k].tolist() for k in ("top", "left", "side")]
        for label, top, left, side in zip(patches.labels.tolist(), *squares):
            mask = pixels.setdefault(label, torch.zeros(photo(names[label]).shape[1:]))
            assert top >= 0 and left >= 0 and side >= 64
            assert top + side <= mask.shape[0] and left + side <= mask.shape[1]
            mask[top : top + side, left : left + side] = 1
    for label in range(len(names)):
        train, held_out = used["train"][label], used["held-out"][label]
        assert (train * held_out).sum() == 0
        assert train.mean() > 0.5 and held_out.mean() > 0.2


class Extreme:
    """Draws the smallest or the largest number that it may."""

    def __init__(self, largest):
        self.largest = largest

    def integers(self, low, high):
        return high - 1 if self.largest else low


@pytest.mark.parametrize("name", [*COLOUR, *TEXTURES])
def test_the_splits_meet_at_the_seam(name):
    whole = photo(name)
    _, left, side = _square(whole, 64, "train", Extreme(largest=True))
    _, first, _ = _square(whole, 64, "held-out", Extreme(largest=False))
    assert left + side == first
    _, left, side = _square(whole, 64, "held-out", Extreme(largest=True))
    assert left + side == whole.shape[2]
    assert _square(whole, 64, "train", Extreme(largest=False)) == (0, 0, 64)


def test_both_splits_see_the_photos_equally_often_and_at_the_same_scales():
    train, held_out = photos(1_200, size=16), photos(1_200, size=16, split="held-out")
    for patches in (train, held_out):
        assert patches.labels.bincount().tolist() == [200] * 6
        assert patches.classes == COLOUR
        assert torch.equal(patches.labels, patches.factors["photo"])
    means = [p.factors["side"].double().mean() for p in (train, held_out)]
    assert abs(means[0] - means[1]) < 5


def test_the_same_arguments_give_the_same_patches():
    first, same = photos(20), photos(20)
    other = photos(20, seed=1)
    assert torch.equal(first.images, same.images)
    assert not torch.equal(first.images, other.images)
    digests = {hashlib.sha256(bytes(image.numpy())).digest() for image in first.images}
    assert len(digests) == 20


@pytest.mark.parametrize(
    ("make", "options", "sentence"),
    [
        (photos, {"count": 0}, "photos got count=0"),
        (photos, {"size": 113}, "8 to 112"),
        (textures, {"size": 129}, "textures got size=129; choose 8 to 128"),
        (photos, {"split": "test"}, "held-out"),
        (textures, {"seed": -1}, "whole number"),
    ],
)
def test_a_wrong_argument_is_one_sentence(make, options, sentence):
    with pytest.raises(ValueError, match=sentence):
        make(**options)


@pytest.mark.parametrize("size", [112, 128])
def test_the_largest_size_that_is_promised_works(size):
    make = photos if size == 112 else textures
    for split in ("train", "held-out"):
        assert make(6, size=size, split=split).images.shape[-1] == size
