import itertools
import math
import statistics

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from gan_course.metrics.kernel import (
    block_kernel_distance,
    cubic_kernel,
    kernel_distance,
)
from tests.feature_sets import Passed, gaussian, rotation


def by_loops(x, y):
    """The U-statistic, a pair at a time."""

    def k(a, b):
        return (sum(p * q for p, q in zip(a, b)) / len(a) + 1) ** 3

    def mean(values):
        values = list(values)
        return sum(values) / len(values)

    x, y = x.tolist(), y.tolist()
    within = [
        mean(k(a, b) for a, b in itertools.permutations(each, 2)) for each in (x, y)
    ]
    return sum(within) - 2 * mean(k(a, b) for a in x for b in y)


@given(st.integers(3, 9), st.integers(3, 9), st.integers(1, 4))
@settings(max_examples=25, deadline=None)
def test_it_is_the_mean_over_all_pairs(n, m, width):
    x, y = gaussian(n, width, seed=1), gaussian(m, width, seed=2) + 1
    value = kernel_distance(x, y).value
    assert value == pytest.approx(by_loops(x, y), rel=1e-9, abs=1e-12)


@pytest.mark.parametrize(("count", "width"), [(60, 64), (400, 5)])
@pytest.mark.filterwarnings("ignore:Metric `Kernel Inception Distance`")
def test_it_agrees_with_torchmetrics_on_one_subset_of_all(count, width):
    kid = pytest.importorskip("torchmetrics.image.kid")
    real, made = gaussian(count, width, seed=1), gaussian(count, width, seed=2) * 1.5
    metric = kid.KernelInceptionDistance(
        feature=Passed(width), subsets=1, subset_size=count, normalize=True
    ).set_dtype(torch.float64)
    metric.update(real, real=True)
    metric.update(made, real=False)
    theirs, _ = metric.compute()
    ours = kernel_distance(real, made).value
    assert ours == pytest.approx(theirs.item(), rel=1e-4)


def test_a_shift_has_a_closed_form():
    # Of x ~ N(0, 1) and y = x + a in one dimension: with E(xx' + 1)³ = 1 + 3 E²x²,
    # E k(y, y') and E k(x, y) are polynomials in a.
    a = 0.7
    square, cube = 1 + a**2, a**3 + 3 * a
    within_y = 1 + 3 * a**2 + 3 * square**2 + cube**2
    truth = (1 + 3) + within_y - 2 * (1 + 3 * square)
    values = []
    for draw in range(40):
        x = gaussian(400, 1, seed=2 * draw)
        values.append(kernel_distance(x, gaussian(400, 1, seed=2 * draw + 1) + a).value)
    error = statistics.stdev(values) / math.sqrt(40)
    assert abs(statistics.mean(values) - truth) < 4 * error
    assert error < 0.2 * truth


@pytest.mark.parametrize("count", [10, 40, 160])
def test_it_has_no_bias_at_any_number(count):
    seen = [
        kernel_distance(
            gaussian(count, 6, seed=2 * draw), gaussian(count, 6, seed=2 * draw + 1)
        ).value
        for draw in range(120)
    ]
    error = statistics.stdev(seen) / math.sqrt(120)
    assert abs(statistics.mean(seen)) < 3.5 * error
    assert min(seen) < 0 < max(seen)


@pytest.mark.parametrize(("shift", "scale"), [(0.0, 1.0), (0.4, 1.0), (0.0, 1.4)])
@pytest.mark.parametrize("other", [150, 60])
def test_the_standard_error_is_the_spread_over_new_images(shift, scale, other):
    values, errors = [], []
    for draw in range(150):
        x = gaussian(150, 8, seed=2 * draw)
        y = gaussian(other, 8, seed=2 * draw + 1) * scale + shift
        result = kernel_distance(x, y)
        values.append(result.value)
        errors.append(result.standard_error)
    spread = statistics.stdev(values)
    assert statistics.fmean(errors) == pytest.approx(spread, rel=0.25)


def test_the_error_of_blocks_is_their_spread_and_larger_than_that_of_all_pairs():
    values, errors, all_pairs = [], [], []
    for draw in range(100):
        x, y = gaussian(200, 8, seed=2 * draw), gaussian(200, 8, seed=2 * draw + 1)
        result = block_kernel_distance(x, y, block=20)
        values.append(result.value)
        errors.append(result.standard_error)
        all_pairs.append(kernel_distance(x, y).value)
    spread = statistics.stdev(values)
    assert statistics.fmean(errors) == pytest.approx(spread, rel=0.25)
    assert abs(statistics.fmean(values)) < 3.5 * spread / 10
    assert statistics.stdev(all_pairs) < spread / 2


def test_a_block_estimate_is_the_mean_of_its_blocks():
    x, y = gaussian(23, 3, seed=1), gaussian(30, 3, seed=2) + 1
    result = block_kernel_distance(x, y, block=10, seed=5)
    random = torch.Generator().manual_seed(5)
    x = x[torch.randperm(23, generator=random)[:20]]
    y = y[torch.randperm(30, generator=random)[:20]]
    values = [by_loops(x[:10], y[:10]), by_loops(x[10:], y[10:])]
    assert result.value == pytest.approx(statistics.mean(values))
    assert result.standard_error == pytest.approx(statistics.stdev(values) / 2**0.5)


def test_rotations_and_the_order_leave_it_alone():
    x, y = gaussian(250, 10, seed=1), gaussian(230, 10, seed=2) * 1.2
    turn = rotation(10)
    seen, turned = kernel_distance(x, y), kernel_distance(x @ turn, y @ turn)
    mixed = kernel_distance(x.flip(0), y.roll(7, 0))
    swapped = kernel_distance(y, x)
    for other in (turned, mixed, swapped):
        assert other.value == pytest.approx(seen.value, rel=1e-9)
        assert other.standard_error == pytest.approx(seen.standard_error, rel=1e-9)


def test_the_kernel_is_a_cube():
    x = torch.tensor([[1.0, 2.0], [0.0, -4.0]])
    expected = torch.tensor([[3.5**3, (-3.0) ** 3], [(-3.0) ** 3, 9.0**3]])
    assert torch.allclose(cubic_kernel(x, x), expected)


@pytest.mark.parametrize("measure", [kernel_distance, block_kernel_distance])
@pytest.mark.parametrize(
    ("x", "y", "said"),
    [
        (torch.zeros(2, 2), torch.zeros(5, 2), "There are 2 real features"),
        (torch.zeros(1_000, 2), torch.zeros(2, 2), "There are 2 generated features"),
        (torch.zeros(1_000, 2), torch.zeros(1_000, 3), "one network"),
        (torch.zeros(1_000, 2), torch.full((1_000, 2), math.inf), "1000 of 1000"),
    ],
)
def test_wrong_features_are_refused_in_a_sentence(measure, x, y, said):
    with pytest.raises(ValueError, match=said):
        measure(x, y)


def test_a_block_has_two_images():
    with pytest.raises(ValueError, match="block is 1"):
        block_kernel_distance(torch.zeros(9, 2), torch.zeros(9, 2), block=1)
