from itertools import combinations

import numpy as np
import pytest
import torch
from scipy.stats import chi2_contingency, chisquare, f_oneway, kstest
from torch.nn.functional import avg_pool2d

from gan_course.datasets.portraits import (
    CATEGORIES,
    COLOURS,
    ODDS,
    RANGES,
    draw,
    portraits,
)
from gan_course.datasets.portraits.canvas import Canvas
from gan_course.datasets.portraits.factors import colours, random_factors

UPRIGHT = {"tilt": 0.0, "shift_x": 0.0, "shift_y": 0.0, "gaze_x": 0.0, "gaze_y": 0.0}
BARE = {"glasses": "none", "beard": "none", "pattern": "plain", "earrings": "none"}
# The most that a change of one factor may touch: left, top, right and bottom in pixels
# of a 32x32 image, of an upright and bald head.
MAY_TOUCH = {
    "skin": (4, 6, 28, 32),
    "hair_colour": (9, 13, 23, 18),
    "hair_style": (1, 0, 31, 32),
    "eye_colour": (9, 15, 23, 21),
    "glasses": (6, 14, 26, 22),
    "beard": (7, 18, 25, 28),
    "earrings": (5, 19, 27, 24),
    "shirt": (2, 26, 30, 32),
    "neckline": (9, 25, 23, 32),
    "smile": (11, 20, 21, 28),
    "mouth_open": (11, 21, 21, 28),
    "eyes_open": (9, 14, 23, 22),
    "gaze_x": (9, 15, 23, 21),
    "gaze_y": (9, 15, 23, 21),
    "brow_height": (9, 12, 23, 18),
    "blush": (8, 19, 24, 25),
    "face_width": (3, 6, 29, 29),
}


@pytest.fixture(autouse=True)
def _own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("GAN_COURSE_CACHE", str(tmp_path))


def rows(count=1, **changes):
    """Factors of an upright, bald, bare face, but for the changes: names or numbers."""
    middle = {name: (low + high) / 2 for name, (low, high) in RANGES.items()}
    values = middle | UPRIGHT | {"hair_style": "bald"} | BARE | changes
    factors = {}
    for name in (*CATEGORIES, *RANGES):
        value = values.get(name, 0)
        if isinstance(value, str):
            value = CATEGORIES[name].index(value)
        factors[name] = torch.as_tensor(value).expand(count).clone()
    return factors


def drawn(size=32, **changes):
    """One image of `rows` as whole numbers (3, size, size)."""
    return draw(rows(**changes), size=size)[0].int()


def level(factor, value):
    """The colour of a value in grey levels, as an image of one pixel (3, 1, 1)."""
    colour = colours(factor)[CATEGORIES[factor].index(value)]
    return (colour * 255).round().int().reshape(3, 1, 1)


def random_rows(count, seed=0):
    return random_factors(count, np.random.default_rng(seed))


@pytest.mark.parametrize(
    ("factor", "place"),
    [
        ("skin", (slice(9, 12), slice(15, 20))),  # the forehead
        ("background", (slice(0, 5), slice(0, 32))),
        ("shirt", (slice(30, 32), slice(5, 8))),
    ],
)
def test_a_surface_has_exactly_the_colour_of_its_factor(factor, place):
    for value in CATEGORIES[factor]:
        patch = drawn(**{factor: value})[:, *place]
        assert torch.equal(patch, level(factor, value).expand_as(patch))


def test_the_colours_are_the_ones_that_are_listed():
    assert COLOURS["skin"]["honey"] == "#dfa06e"
    honey = level("skin", "honey").flatten().tolist()
    assert honey == [0xDF, 0xA0, 0x6E]


@pytest.mark.parametrize("factor", MAY_TOUCH)
def test_one_factor_changes_only_the_pixels_that_show_it(factor):
    left, top, right, bottom = (4 * edge for edge in MAY_TOUCH[factor])
    ends = CATEGORIES[factor] if factor in CATEGORIES else RANGES[factor]
    first, last = (drawn(128, **{factor: ends[k]}) for k in (0, -1))
    changed = (first != last).any(dim=0)
    assert changed[top:bottom, left:right].any()
    changed[top:bottom, left:right] = False
    assert not changed.any()


@pytest.mark.parametrize("factor", ["background", "pattern"])
def test_the_background_leaves_the_person_as_they_are(factor):
    images = [drawn(128, **{factor: value}) for value in CATEGORIES[factor]]
    person = torch.zeros(128, 128, dtype=torch.bool)
    person[48:88, 40:88] = True
    person[122:, 28:100] = True
    for image in images[1:]:
        changed = (image != images[0]).any(dim=0)
        assert changed.any() and not changed[person].any()


@pytest.mark.parametrize(("factor", "values"), CATEGORIES.items())
def test_every_value_can_be_told_from_the_others_at_32_pixels(factor, values):
    """At least six pixels differ by at least 25 of 255 levels."""
    own = {"hair_style": "short", "beard": "full"} if factor == "hair_colour" else {}
    images = {value: drawn(**own | {factor: value}) for value in values}
    for one, other in combinations(values, 2):
        distance = (images[one] - images[other]).abs().amax(dim=0)
        least = 12 if factor in ("eye_colour", "skin", "background") else 25
        assert (distance >= least).sum() >= 6, (one, other)


def test_an_upright_face_is_symmetric_but_for_the_light():
    image = drawn(128, hair_style="buzz", glasses="round", beard="full")
    mirrored = image.flip(-1)
    different = ((image - mirrored).abs() > 1).any(dim=0)
    eyes = torch.zeros(128, 128, dtype=torch.bool)
    eyes[60:84, 36:92] = True  # where the highlights are, at the left of both
    assert different[eyes].any()
    assert not different[~eyes].any()


@pytest.mark.parametrize("style", ["short", "afro", "bob", "long", "puffs", "beanie"])
def test_a_shift_moves_the_head_and_nothing_else(style):
    plain, moved = (drawn(hair_style=style, shift_x=shift) for shift in (0.0, 1.0))
    head = slice(0, 24)  # above the shoulders
    assert (plain[:, head, 1:-2] - moved[:, head, 2:-1]).abs().max() <= 1
    assert torch.equal(plain[:, 31, :5], moved[:, 31, :5])


def darkest(image):
    """Centre of gravity of what is darker than the skin, as x and y."""
    dark = (image.sum(dim=0) < 300).double()
    x, y = torch.arange(dark.shape[1]), torch.arange(dark.shape[0])
    return (dark.sum(dim=0) @ x.double()) / dark.sum(), (
        dark.sum(dim=1) @ y.double()
    ) / dark.sum()


def test_each_number_does_what_its_name_says():
    white = {"hair_colour": "silver", "skin": "porcelain", "eye_colour": "brown"}

    def ends(name, top, bottom, **more):
        low, high = RANGES[name]
        images = [drawn(128, **white | more | {name: v}) for v in (low, high)]
        return [image[:, top:bottom, 32:96] for image in images]

    low, high = ends("gaze_x", 60, 84)
    assert darkest(high)[0] > darkest(low)[0] + 1
    low, high = ends("gaze_y", 60, 84)
    assert darkest(high)[1] > darkest(low)[1] + 0.5
    low, high = ends("brow_height", 48, 66, hair_colour="black")
    assert darkest(high)[1] < darkest(low)[1] - 1
    low, high = ends("mouth_open", 84, 104)
    teeth = [(image[2] > 225).sum() for image in (low, high)]
    assert teeth[0] == 0 and teeth[1] > 50
    low, high = ends("eyes_open", 60, 84)
    assert (high[2] > 240).sum() > 1.1 * (low[2] > 240).sum()
    low, high = ends("blush", 80, 100)
    assert high[1].sum() < low[1].sum()
    low, high = ends("smile", 84, 112, mouth_open=0.0)
    corner = [image[:, :, :20].sum(dim=0).argmin() // 20 for image in (low, high)]
    assert corner[1] < corner[0]


def test_the_head_turns_clockwise_and_widens():
    left, right = (drawn(hair_style="bun", tilt=tilt) for tilt in (-8.0, 8.0))
    bun = level("background", CATEGORIES["background"][0])
    columns = [((i - bun).abs().sum(0)[:5] > 60).nonzero()[:, 1] for i in (left, right)]
    assert columns[1].double().mean() > columns[0].double().mean() + 4
    skin = level("skin", CATEGORIES["skin"][0])
    low, high = (
        (drawn(128, face_width=w)[:, 48] == skin[:, 0]).all(dim=0).sum()
        for w in RANGES["face_width"]
    )
    assert 1.09 < high / low < 1.17


def test_the_arithmetic_is_right_to_one_grey_level():
    """Float64 is the reference: no machine can be further away than rounding is."""
    factors = random_rows(200)
    exact = {k: v.double() if k in RANGES else v for k, v in factors.items()}
    assert (draw(factors).int() - draw(exact).int()).abs().max() <= 1


def test_no_shape_is_cut_by_its_window(monkeypatch):
    factors = random_rows(300, seed=1)
    windowed = draw(factors)
    monkeypatch.setattr(Canvas, "window", lambda self, *edges: self)
    assert torch.equal(windowed, draw(factors))


@pytest.mark.parametrize("size", [64, 128])
def test_a_larger_drawing_shrunk_is_the_smaller_one(size):
    factors = random_rows(60, seed=2)
    large = avg_pool2d(draw(factors, size=size).float(), size // 32)
    difference = (large - draw(factors)).abs()
    assert difference.mean() < 2  # a shift by one pixel: 12
    assert (difference > 40).double().mean() < 0.006


def test_a_portrait_does_not_depend_on_its_neighbours():
    factors = random_rows(40, seed=3)
    together = draw(factors)
    for index in (0, 17, 39):
        alone = draw({name: values[[index]] for name, values in factors.items()})
        assert torch.equal(alone[0], together[index])


def test_no_two_factors_tell_anything_about_each_other():
    factors = random_rows(12_000)
    pairs = list(combinations(CATEGORIES, 2))
    worst = 1e-3 / len(pairs)
    for one, other in pairs:
        table = np.histogram2d(
            factors[one].numpy(),
            factors[other].numpy(),
            bins=(len(CATEGORIES[one]), len(CATEGORIES[other])),
        )[0]
        assert chi2_contingency(table).pvalue > worst, (one, other)
    for name in RANGES:
        for other, values in CATEGORIES.items():
            groups = [factors[name][factors[other] == k] for k in range(len(values))]
            assert f_oneway(*groups).pvalue > worst, (name, other)
    numbers = torch.stack([factors[name] for name in RANGES])
    correlation = torch.corrcoef(numbers) - torch.eye(len(RANGES))
    assert correlation.abs().max() < 0.04


def test_every_factor_has_the_distribution_that_the_card_states():
    factors = random_rows(12_000, seed=4)
    for name, values in CATEGORIES.items():
        odds = np.array(ODDS.get(name, [1] * len(values)))
        counts = factors[name].bincount(minlength=len(values)).numpy()
        assert len(counts) == len(values)
        assert chisquare(counts, 12_000 * odds / odds.sum()).pvalue > 1e-4, name
    for name, (low, high) in RANGES.items():
        standard = (factors[name].double() - low) / (high - low)
        assert kstest(standard.numpy(), "uniform").pvalue > 1e-4, name
    assert ODDS == {"glasses": (4, 1, 1), "beard": (4, 1, 1), "earrings": (2, 1)}


def test_a_set_is_what_it_says():
    people = portraits(30, size=24)
    assert people.images.shape == (30, 3, 24, 24)
    assert set(people.factors) == {*CATEGORIES, *RANGES}
    assert all(people.factors[name].dtype == torch.int64 for name in CATEGORIES)
    assert all(people.factors[name].dtype == torch.float32 for name in RANGES)
    assert torch.equal(draw(people.factors, size=24), people.images)


def test_the_same_arguments_give_the_same_portraits_drawn_or_cached():
    first, second = portraits(50), portraits(50)
    assert torch.equal(first.images, second.images)
    assert all(torch.equal(v, second.factors[k]) for k, v in first.factors.items())


@pytest.mark.parametrize("other", [{"split": "held-out"}, {"seed": 1}])
def test_another_split_or_seed_shares_no_portrait(other):
    train = {bytes(image) for image in portraits(400).images.numpy()}
    rest = {bytes(image) for image in portraits(400, **other).images.numpy()}
    assert len(train) == len(rest) == 400
    assert not train & rest


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"count": 0}, "count=0"),
        ({"size": 15}, "16 to 512"),
        ({"size": 513}, "16 to 512"),
        ({"split": "test"}, "held-out"),
        ({"seed": -1}, "whole number"),
    ],
)
def test_a_wrong_argument_is_one_sentence(options, sentence):
    with pytest.raises(ValueError, match=sentence):
        portraits(**options)
