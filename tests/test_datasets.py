import subprocess
import sys

import numpy as np
import pytest
import torch
from PIL import Image
from scipy.ndimage import map_coordinates
from sklearn.datasets import load_digits

from gan_course.datasets import SETS, ImageSet, load
from gan_course.datasets.glyphs import (
    FACES,
    FAMILIES,
    LEVELS_PER_PIXEL,
    SCALE,
    SHIFT,
    SLANT,
    TILE,
    UNIT_PIXELS,
    WEIGHT,
    draw,
)
from gan_course.files import data_folder

RANGES = {
    "slant": (-SLANT, SLANT),
    "weight": WEIGHT,
    "scale": SCALE,
    "shift_x": (-SHIFT, SHIFT),
    "shift_y": (-SHIFT, SHIFT),
}


@pytest.fixture(autouse=True)
def _own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("GAN_COURSE_CACHE", str(tmp_path))


def drawn_with_scipy(image_set, index, size):
    """One glyph in float64 with SciPy's interpolation: the reference for `draw`."""
    levels = np.asarray(Image.open(data_folder() / "glyph_atlas.png"), np.float64)
    row, column = image_set.factors["face"][index], image_set.labels[index]
    tile = levels[row * TILE : (row + 1) * TILE, column * TILE : (column + 1) * TILE]
    slant, weight, scale, shift_x, shift_y = (
        float(image_set.factors[name][index]) for name in RANGES
    )
    offsets = (np.arange(size) + 0.5) * UNIT_PIXELS / size - UNIT_PIXELS / 2
    y = offsets[:, None] - shift_y
    x = offsets[None, :] - shift_x + slant * y
    at = [
        np.broadcast_to(v / scale * TILE / UNIT_PIXELS + TILE / 2 - 0.5, (size, size))
        for v in (y, x)
    ]
    distance = (map_coordinates(tile, at, order=1, mode="nearest") - 128) * scale
    ink = (distance / LEVELS_PER_PIXEL + weight) * size / UNIT_PIXELS + 0.5
    return np.rint(np.clip(ink, 0, 1) * 255)


@pytest.mark.parametrize("size", [16, 28, 64])
def test_glyphs_equal_a_float64_reference_to_one_grey_level(size):
    glyphs = load("glyphs", count=40, size=size, seed=3)
    for index in range(40):
        expected = drawn_with_scipy(glyphs, index, size)
        difference = np.abs(glyphs.images[index, 0].numpy() - expected)
        assert difference.max() <= 1


def test_labels_are_balanced_and_factors_stay_in_their_ranges():
    glyphs = load("glyphs", count=2_005)
    assert set(glyphs.labels.bincount(minlength=10).tolist()) == {200, 201}
    for name, (low, high) in RANGES.items():
        values = glyphs.factors[name]
        assert low <= values.min() and values.max() <= high
        assert abs(values.mean() - (low + high) / 2) < 0.05 * (high - low)
    assert len(glyphs.factors["face"].unique()) == len(FACES) == 20
    families = [FAMILIES[k] for k in glyphs.factors["family"]]
    assert families == [FACES[k].family for k in glyphs.factors["face"]]


def test_the_same_arguments_give_the_same_images_drawn_or_cached():
    first, second = load("glyphs", count=50), load("glyphs", count=50)
    assert torch.equal(first.images, second.images)
    assert torch.equal(first.labels, second.labels)
    assert all(torch.equal(v, second.factors[k]) for k, v in first.factors.items())


@pytest.mark.parametrize("other", [{"split": "held-out"}, {"seed": 1}])
def test_another_split_or_seed_shares_no_image(other):
    train = {bytes(image) for image in load("glyphs", count=500).images.numpy()}
    rest = {bytes(image) for image in load("glyphs", count=500, **other).images.numpy()}
    assert not train & rest


def test_upright_digits_fill_twenty_of_twenty_eight_pixels():
    labels = torch.arange(10).repeat(len(FACES))
    faces = torch.arange(len(FACES)).repeat_interleave(10)
    zero, one = torch.zeros(200), torch.ones(200)
    images = draw(labels, faces, zero, zero, one, zero, zero)
    inked = images[:, 0] >= 128
    heights = inked.any(dim=2).sum(dim=1)
    widths = inked.any(dim=1).sum(dim=1)
    longer = torch.maximum(heights, widths)
    assert longer.min() >= 18 and longer.max() <= 20


def test_each_factor_does_what_its_name_says():
    one = {"labels": torch.tensor([1]), "faces": torch.tensor([0])}
    still = {"slant": 0.0, "weight": 0.0, "scale": 1.0, "shift_x": 0.0, "shift_y": 0.0}

    def drawn(**changes):
        values = {k: torch.tensor([v]) for k, v in (still | changes).items()}
        return draw(**one, **values)[0, 0].float()

    plain = drawn()
    assert torch.equal(drawn(shift_x=2.0)[:, 2:], plain[:, :-2])
    assert torch.equal(drawn(shift_y=2.0)[2:], plain[:-2])
    assert drawn(weight=0.5).sum() > 1.2 * plain.sum()
    assert drawn(scale=0.8).sum() < 0.9 * plain.sum()
    columns = torch.arange(28.0)

    def centre(rows):
        return (rows.sum(dim=0) * columns).sum() / rows.sum()

    lean = centre(drawn(slant=0.25)[:12]) - centre(drawn(slant=0.25)[16:])
    assert lean > centre(plain[:12]) - centre(plain[16:]) + 1


def test_digits_are_those_of_scikit_learn():
    digits, bunch = load("digits"), load_digits()
    assert digits.images.shape == (1797, 1, 8, 8)
    assert np.array_equal(digits.labels, bunch.target)
    back = np.rint(digits.images[:, 0].double().numpy() * 16 / 255)
    assert np.array_equal(back, bunch.images)


@pytest.mark.parametrize(
    ("name", "options", "sentence"),
    [
        ("glyfs", {}, "Did you mean 'glyphs'"),
        ("", {}, "choose one of glyphs, portraits, digits"),
        (None, {}, "no data set None; choose one of glyphs"),
        ("glyphs", {"cuont": 5}, "no option 'cuont'; choose one of count, size, split"),
        ("glyphs", {"cuont": 5}, "Did you mean 'count'"),
        ("mnist", {"fodler": "."}, "Did you mean 'folder'"),
        ("digits", {"size": 5}, "digits has no option 'size'; it has none"),
        ("glyphs", {"count": 0}, "count=0"),
        ("glyphs", {"size": 4}, "8 to 512"),
        ("glyphs", {"split": "test"}, "held-out"),
        ("glyphs", {"seed": -1}, "whole number"),
    ],
)
def test_a_wrong_request_is_one_sentence_with_the_remedy(name, options, sentence):
    with pytest.raises(ValueError, match=sentence):
        load(name, **options)


def test_every_set_goes_by_its_name():
    assert {name: function.__name__ for name, function in SETS.items()} == {
        name: name for name in SETS
    }


def test_an_option_that_a_set_needs_is_named(monkeypatch):
    monkeypatch.setitem(SETS, "mine", lambda path, *, size=64: (path, size))
    assert load("mine", path="here") == ("here", 64)
    with pytest.raises(ValueError, match=r"mine needs path=…: load\('mine', path=…\)"):
        load("mine", size=32)


def test_importing_the_sets_loads_no_library_that_only_some_need():
    program = (
        "import sys, gan_course.datasets; "
        "print(sorted({'sklearn', 'skimage', 'requests', 'scipy'} & set(sys.modules)))"
    )
    command = [sys.executable, "-c", program]
    result = subprocess.run(command, capture_output=True, text=True, check=True)
    assert result.stdout == "[]\n"


def test_an_image_set_refuses_tensors_that_do_not_fit_together():
    images = torch.zeros(3, 1, 4, 4, dtype=torch.uint8)
    with pytest.raises(ValueError, match="2 labels for 3 images"):
        ImageSet("mine", images, torch.zeros(2))
    with pytest.raises(ValueError, match=r"torch\.float32"):
        ImageSet("mine", images.float())
    assert len(ImageSet("mine", images)) == 3
