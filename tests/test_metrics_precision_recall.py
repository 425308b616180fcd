import statistics

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from gan_course.metrics import neighbours
from gan_course.metrics import precision_recall as module
from gan_course.metrics.precision_recall import (
    PrecisionRecall,
    expected_coverage,
    precision_recall,
)
from tests.feature_sets import gaussian, rotation


def by_loops(x, y, k):
    """The four definitions, a pair of points at a time."""

    def away(a, b):
        return sum((p - q) ** 2 for p, q in zip(a, b))

    def radii(points):
        return [
            sorted(away(a, b) for j, b in enumerate(points) if j != i)[k - 1]
            for i, a in enumerate(points)
        ]

    x, y = x.tolist(), y.tolist()
    in_real = [
        [away(a, b) <= radius for a, radius in zip(x, radii(x))] for b in y
    ]  # of y, of x
    in_made = [[away(a, b) <= radius for b, radius in zip(y, radii(y))] for a in x]
    return PrecisionRecall(
        precision=sum(map(any, in_real)) / len(y),
        recall=sum(map(any, in_made)) / len(x),
        density=sum(map(sum, in_real)) / (k * len(y)),
        coverage=sum(map(any, zip(*in_real))) / len(x),
    )


@given(
    n=st.integers(5, 30),
    m=st.integers(5, 30),
    k=st.integers(1, 4),
    whole=st.booleans(),
    chunk=st.integers(1, 40),
    seed=st.integers(0, 1_000),
)
@settings(max_examples=60, deadline=None)
def test_it_is_what_the_definitions_say(n, m, k, whole, chunk, seed):
    x, y = gaussian(n, 2, seed=seed), gaussian(m, 2, seed=seed + 1) * 1.3
    if whole:  # many ties and duplicates
        x, y = x.round(), y.round()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "CHUNK", chunk)
        patch.setattr(neighbours, "CHUNK", chunk)
        seen = precision_recall(x, y, k=k)
    expected = by_loops(x, y, k)
    assert vars(seen) == pytest.approx(vars(expected))


def test_a_set_and_itself_agree_in_everything():
    x = gaussian(200, 5, seed=1)
    assert vars(precision_recall(x, x)) == pytest.approx(
        {"precision": 1, "recall": 1, "density": 4 / 3, "coverage": 1}, abs=0.02
    )


def test_sets_far_from_each_other_have_nothing_in_common():
    x = gaussian(100, 5, seed=1)
    assert precision_recall(x, x + 100) == PrecisionRecall(0, 0, 0, 0)


def test_a_generator_that_lost_half_the_modes_keeps_its_precision():
    x = gaussian(400, 4, seed=1)
    x[200:] += 50
    y = gaussian(400, 4, seed=2)
    seen, equal = precision_recall(x, y), precision_recall(x[:200], y[:200])
    assert seen.precision > 0.8
    assert seen.recall == pytest.approx(0.5, abs=0.1)
    assert seen.coverage == pytest.approx(0.5, abs=0.03)
    assert equal.recall > 0.8


def test_a_generator_of_which_half_is_noise_keeps_its_recall():
    x, y = gaussian(400, 4, seed=1), gaussian(800, 4, seed=2)
    y[400:] += 50
    seen = precision_recall(x, y)
    assert seen.precision == pytest.approx(0.45, abs=0.06)
    assert seen.recall > 0.8


def test_one_outlier_fools_recall_and_not_coverage():
    # All generated images are one point, but for four far away: their balls hold all.
    x = gaussian(300, 4, seed=1)
    y = torch.zeros(300, 4).double()
    y[:4] = torch.eye(4).double() * 1_000
    seen = precision_recall(x, y)
    assert seen.recall > 0.9
    assert seen.coverage < 0.3


@pytest.mark.parametrize(("n", "m"), [(60, 60), (80, 30)])
@pytest.mark.parametrize("width", [1, 10])
def test_equal_distributions_reach_the_closed_forms(n, m, width):
    seen = [
        precision_recall(
            gaussian(n, width, seed=2 * draw), gaussian(m, width, seed=2 * draw + 1)
        )
        for draw in range(100)
    ]
    for name, truth in (("coverage", expected_coverage(n, m)), ("density", 1)):
        values = [getattr(each, name) for each in seen]
        error = statistics.stdev(values) / 10
        assert abs(statistics.mean(values) - truth) < 4 * error
        assert error < 0.025


def test_the_expected_coverage_is_seven_of_eight_for_many_images():
    assert expected_coverage(5_000, 5_000) == pytest.approx(7 / 8, abs=2e-4)
    assert expected_coverage(2, 1, 1) == pytest.approx(1 / 2)


def test_rotations_scales_shifts_and_the_order_leave_it_alone():
    x, y = gaussian(150, 6, seed=1), gaussian(160, 6, seed=2) * 1.2
    turn, expected = rotation(6), vars(precision_recall(x, y))
    for first, second in (
        (x @ turn, y @ turn),
        (3 * x + 1, 3 * y + 1),
        (x.flip(0), y.roll(9, 0)),
    ):
        assert vars(precision_recall(first, second)) == pytest.approx(expected)


def test_swapping_the_sets_swaps_precision_and_recall():
    x, y = gaussian(150, 6, seed=1), gaussian(100, 6, seed=2) * 1.2
    forth, back = precision_recall(x, y), precision_recall(y, x)
    assert (forth.precision, forth.recall) == (back.recall, back.precision)


@pytest.mark.parametrize(
    ("x", "y", "k", "said"),
    [
        (torch.zeros(3, 2), torch.zeros(9, 2), 3, "There are 3 real features, but at"),
        (torch.zeros(9, 2), torch.zeros(3, 2), 3, "There are 3 generated features"),
        (torch.zeros(9, 2), torch.zeros(9, 2), 0, "k is 0"),
        (torch.zeros(9, 2), torch.zeros(9, 1), 3, "one network"),
        (torch.zeros(9), torch.zeros(9, 2), 3, r"shape \(9,\)"),
    ],
)
def test_wrong_features_are_refused_in_a_sentence(x, y, k, said):
    with pytest.raises(ValueError, match=said):
        precision_recall(x, y, k=k)


@pytest.mark.parametrize(("n", "m", "k"), [(3, 9, 3), (9, 0, 3), (9, 9, 0)])
def test_no_coverage_is_expected_of_impossible_numbers(n, m, k):
    with pytest.raises(ValueError, match=f"There are {n} real and {m}"):
        expected_coverage(n, m, k)
