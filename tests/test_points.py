import math

import numpy as np
import pytest
import torch
from scipy.stats import chisquare, multivariate_normal

from gan_course.datasets.points import (
    _chain,
    checkerboard,
    grid,
    moons,
    ring,
    spiral,
)

SETS = {
    "ring": ring,
    "grid": grid,
    "spiral": spiral,
    "moons": moons,
    "checkerboard": checkerboard,
}
# Half the side of a square that holds all of the density, and cells along it.
AREAS = {
    "ring": (1.1, 300),
    "grid": (4.4, 300),
    "spiral": (1.2, 200),
    "moons": (2.0, 120),
    "checkerboard": (2.5, 50),
}


def midpoints(name, dtype=torch.float64):
    """Centres of square cells that tile the area of a set, and the area of a cell."""
    half, cells = AREAS[name]
    ticks = (torch.arange(cells, dtype=dtype) + 0.5) / cells * 2 * half - half
    return torch.cartesian_prod(ticks, ticks), (2 * half / cells) ** 2


@pytest.mark.parametrize("name", SETS)
def test_the_density_integrates_to_one(name):
    places, area = midpoints(name)
    total = SETS[name](10).log_density(places).exp().sum() * area
    assert abs(total - 1) < 1e-6


@pytest.mark.parametrize("name", SETS)
def test_samples_fall_where_the_density_says(name):
    """A chi-square test over 10 x 10 squares, of which the density fills some."""
    half, cells = AREAS[name]
    sample = SETS[name](20_000, seed=3)
    places, area = midpoints(name)
    mass = sample.log_density(places).exp().reshape(cells, cells) * area
    share = mass.reshape(10, cells // 10, 10, cells // 10).sum(dim=(1, 3)).numpy()
    edges = np.linspace(-half, half, 11)
    seen, _, _ = np.histogram2d(*sample.points.numpy().T, bins=(edges, edges))
    expected = share * len(sample)
    likely = expected >= 5
    assert abs(seen[~likely].sum() - expected[~likely].sum()) < 20
    scale = seen[likely].sum() / expected[likely].sum()
    assert chisquare(seen[likely], expected[likely] * scale).pvalue > 1e-3


@pytest.mark.parametrize(
    ("sample", "entropy"),
    [
        (ring(20_000), math.log(8) + math.log(2 * math.pi * math.e * 0.01**2)),
        (grid(20_000), math.log(25) + math.log(2 * math.pi * math.e * 0.05**2)),
        (checkerboard(20_000), math.log(8)),
    ],
    ids=["ring", "grid", "checkerboard"],
)
def test_the_mean_log_density_is_minus_the_entropy(sample, entropy):
    """The standard deviation of log p of a Gaussian in the plane is 1."""
    mean = sample.log_density(sample.points).double().mean()
    assert abs(mean + entropy) < 4 / math.sqrt(20_000)


@pytest.mark.parametrize("name", ["spiral", "moons"])
def test_the_mean_log_density_is_the_integral_of_p_log_p(name):
    sample = SETS[name](20_000)
    places, area = midpoints(name)
    log_p = sample.log_density(places)
    expected = (log_p.exp() * log_p).sum() * area
    values = sample.log_density(sample.points)
    assert abs(values.mean() - expected) < 4 * values.std() / math.sqrt(20_000)


@pytest.mark.parametrize("make", [ring, grid])
def test_the_share_within_three_sigma_is_that_of_rayleigh(make):
    sample = make(20_000)
    distances = (sample.points - sample.centres[sample.labels]).norm(dim=1)
    share = (distances < 3 * sample.sigma).double().mean()
    assert abs(share - (1 - math.exp(-4.5))) < 0.004
    nearest = torch.cdist(sample.points, sample.centres).argmin(dim=1)
    assert torch.equal(nearest, sample.labels)


@pytest.mark.parametrize(
    ("make", "modes"), [(ring, 8), (grid, 25), (moons, 2), (checkerboard, 8)]
)
def test_every_mode_is_equally_likely(make, modes):
    counts = make(20_000, seed=1).labels.bincount(minlength=modes)
    assert len(counts) == modes
    assert chisquare(counts.numpy()).pvalue > 1e-3


@pytest.mark.parametrize(
    "sample", [ring(1), ring(1, sigma=0.3), grid(1, side=3), grid(1, sigma=0.7)]
)
def test_a_mixture_equals_scipy_in_float64(sample):
    places = torch.rand(200, 2, dtype=torch.float64) * 3 - 1.5
    parts = [
        multivariate_normal(centre, sample.sigma**2).logpdf(places.numpy())
        for centre in sample.centres.double().numpy()
    ]
    expected = np.logaddexp.reduce(parts, axis=0) - math.log(len(parts))
    # The centres are stored in float32; sigma magnifies what that rounds away.
    error = np.abs(sample.log_density(places).numpy() - expected)
    assert (error <= 1e-5 + 1e-5 * np.abs(expected)).all()


def test_the_gradient_of_a_single_mode_points_to_its_centre():
    lone = ring(1, modes=1, sigma=0.5)
    places = torch.randn(20, 2, dtype=torch.float64, requires_grad=True)
    lone.log_density(places).sum().backward()
    expected = (torch.tensor([1.0, 0.0]) - places.detach()) / 0.5**2
    assert torch.allclose(places.grad, expected)


@pytest.mark.parametrize("name", ["ring", "grid", "spiral", "moons"])
def test_the_gradient_is_that_of_finite_differences(name):
    sample = SETS[name](6)
    places = sample.points.double().requires_grad_()
    assert torch.autograd.gradcheck(sample.log_density, places)


def test_the_checkerboard_is_flat_and_empty_where_it_is_light():
    board = checkerboard(5_000)
    places = board.points.clone().requires_grad_()
    values = board.log_density(places)
    values.sum().backward()
    assert torch.equal(places.grad, torch.zeros(5_000, 2))
    assert torch.allclose(values, torch.tensor(-math.log(8)))
    outside = torch.tensor([[-1.5, -0.5], [-0.5, -1.5], [2.5, 2.5], [-2.1, -1.9]])
    assert (board.log_density(outside) == -math.inf).all()


def test_the_density_along_the_spiral_has_no_ripple():
    """Away from its ends it is that of a straight line: 1 / (length σ √(2π))."""
    sample = spiral(10, turns=1, radius=100, sigma=0.1)
    angle = torch.linspace(3, 3.01, 500, dtype=torch.float64)
    radius = 100 * angle / (2 * math.pi)
    arm = torch.stack([radius * angle.cos(), radius * angle.sin()], dim=1)
    values = sample.log_density(arm)
    full = 2 * math.pi
    grown = 100 / full * (full * math.hypot(1, full) + math.asinh(full)) / 2
    expected = -math.log(grown * 0.1 * math.sqrt(2 * math.pi))
    assert values.max() - values.min() < 1e-5
    assert abs(values.mean() - expected) < 1e-3


def test_a_chain_has_a_node_in_the_middle_of_each_stretch():
    corner = np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0]])
    expected = [[0.2, 0], [0.6, 0], [1, 0], [1, 0.4], [1, 0.8]]
    assert np.allclose(_chain(corner, 0.45), expected)


@pytest.mark.parametrize("name", SETS)
def test_the_seed_decides_the_points(name):
    first, same, other = (SETS[name](100, seed=seed).points for seed in (4, 4, 5))
    assert torch.equal(first, same) and not torch.equal(first, other)
    assert first.shape == (100, 2) and first.dtype == torch.float32
    assert len(SETS[name](7)) == 7 and SETS[name](7).name == name


@pytest.mark.parametrize(
    ("make", "options", "sentence"),
    [
        (ring, {"count": 0}, "count=0"),
        (grid, {"seed": -1}, "whole number ≥ 0"),
        (ring, {"modes": 2.5}, r"modes=2\.5; choose a whole number"),
        (grid, {"sigma": 0}, "sigma=0; choose a number above 0"),
        (checkerboard, {"side": 0}, "side=0"),
        (spiral, {"turns": math.inf}, "turns=inf"),
        (moons, {"radius": math.nan}, "radius=nan"),
    ],
)
def test_a_wrong_argument_is_one_sentence(make, options, sentence):
    with pytest.raises(ValueError, match=sentence):
        make(**options)
