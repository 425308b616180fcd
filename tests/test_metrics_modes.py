import math

import pytest
import torch

from gan_course.datasets.points import grid, ring
from gan_course.metrics.modes import (
    EXACT_QUALITY,
    EXACT_SPREAD,
    count_modes,
    kl_from_uniform,
)

SETS = {"ring": ring, "grid": grid}
CENTRES = torch.tensor([[0.0, 0.0], [10.0, 0.0], [0.0, 10.0]])


@pytest.mark.parametrize("name", SETS)
def test_an_exact_sampler_reaches_the_closed_forms(name):
    points = SETS[name](40_000, seed=7)
    modes = len(points.centres)
    counts = count_modes(points.points, points.centres, points.sigma)
    assert counts.found == counts.touched == modes
    error = math.sqrt(EXACT_QUALITY * (1 - EXACT_QUALITY) / 40_000)
    assert abs(counts.high_quality - (1 - math.exp(-4.5))) < 4 * error
    # 2 N KL follows the chi-square distribution with K - 1 degrees of freedom.
    freedom = modes - 1
    assert abs(2 * 40_000 * counts.reverse_kl - freedom) < 4 * math.sqrt(2 * freedom)
    worst = (counts.spreads - 1).abs().max()
    assert worst < 5 / math.sqrt(4 * 40_000 / modes)
    assert torch.equal(counts.nearest, points.labels.bincount(minlength=modes))


def test_the_constants_are_integrals_of_the_gaussian():
    radius = torch.linspace(0, 3, 300_001, dtype=torch.float64)
    density = radius * (-(radius**2) / 2).exp()
    inside = torch.trapezoid(density, radius)
    assert abs(inside - EXACT_QUALITY) < 1e-9
    square = torch.trapezoid(density * radius**2, radius) / inside / 2
    assert abs(square.sqrt() - EXACT_SPREAD) < 1e-9
    assert abs(EXACT_QUALITY - 0.988891) < 1e-6
    assert abs(EXACT_SPREAD - 0.974396) < 1e-6


@pytest.mark.parametrize(("factor", "spread"), [(0.5, 0.513), (1.0, 1), (1.5, 1.276)])
def test_the_spread_follows_the_width_of_a_mode(factor, spread):
    samples = CENTRES[:1] + 0.1 * factor * torch.randn(50_000, 2)
    (seen,) = count_modes(samples, CENTRES[:1], 0.1).spreads
    assert seen.item() == pytest.approx(spread, abs=0.01)


def test_a_shifted_mode_has_the_spread_of_its_own_samples():
    around = torch.tensor([[0.1, 0], [-0.1, 0], [0, 0.1], [0, -0.1]])
    for shift in (0.0, 1.5):
        counts = count_modes(around + shift, CENTRES[:1], 1.0)
        expected = math.sqrt(4 * 0.1**2 / 3 / 2) / EXACT_SPREAD
        assert counts.spreads.item() == pytest.approx(expected)


def test_samples_on_one_point_are_a_collapse():
    counts = count_modes(torch.full((1000, 2), 0.01), CENTRES, 0.1)
    assert (counts.found, counts.touched) == (1, 1)
    assert counts.high_quality == 1
    assert counts.reverse_kl == pytest.approx(math.log(3))
    assert counts.spreads[0] == 0 and counts.spreads[1:].isnan().all()


def test_a_mode_needs_two_in_a_thousand_and_pacgan_one_sample():
    def counts_with(second, third):
        samples = CENTRES[[0] * (10_000 - second - third) + [1] * second + [2] * third]
        return count_modes(samples, CENTRES, 0.1)

    assert (counts_with(20, 19).found, counts_with(20, 19).touched) == (2, 3)
    assert (counts_with(1, 0).found, counts_with(1, 0).touched) == (1, 2)


def test_only_what_is_within_three_sigma_is_of_high_quality():
    samples = torch.tensor([[2.99, 0.0], [3.01, 0.0], [10.0, 2.9], [10.0, -3.1]])
    counts = count_modes(samples, CENTRES, 1.0)
    assert counts.near.tolist() == [1, 1, 0]
    assert counts.nearest.tolist() == [2, 2, 0]
    assert counts.high_quality == 0.5
    assert counts.reverse_kl == pytest.approx(math.log(3 / 2))


def test_samples_far_from_all_centres_find_nothing():
    counts = count_modes(torch.full((10, 2), 1e6), CENTRES, 0.1)
    assert (counts.found, counts.touched, counts.high_quality) == (0, 0, 0)
    assert counts.spreads.isnan().all()


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ([5, 5, 5, 5], 0),
        ([9, 0, 0, 0], math.log(4)),
        ([1, 1, 0, 0], math.log(2)),
        ([3, 1], math.log(2) - (3 / 4 * math.log(4 / 3) + 1 / 4 * math.log(4))),
    ],
)
def test_the_divergence_has_its_closed_form(counts, expected):
    assert kl_from_uniform(torch.tensor(counts)) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("counts", [[0, 0], [], [3, -1], [[1, 2]]])
def test_counts_that_give_no_shares_are_refused(counts):
    with pytest.raises(ValueError, match="one number of 0 or more for each mode"):
        kl_from_uniform(torch.tensor(counts, dtype=torch.int64))


@pytest.mark.parametrize(
    ("samples", "centres", "sigma", "sentence"),
    [
        (torch.zeros(0, 2), CENTRES, 1, r"samples have shape \(0, 2\)"),
        (torch.zeros(5, 3), CENTRES, 1, r"samples have shape \(5, 3\)"),
        (torch.zeros(5, 2), CENTRES[0], 1, r"centres have shape \(2,\)"),
        (torch.tensor([[0, 0], [0, math.nan]]), CENTRES, 1, "1 of 2 samples are not f"),
        (torch.zeros(5, 2), CENTRES, 0, "sigma is 0; choose a number above 0"),
        (torch.zeros(5, 2), CENTRES, math.inf, "sigma is inf"),
    ],
)
def test_a_wrong_argument_is_one_sentence(samples, centres, sigma, sentence):
    with pytest.raises(ValueError, match=sentence):
        count_modes(samples, centres, sigma)
