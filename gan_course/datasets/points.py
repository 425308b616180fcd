"""Points of the plane whose density is known: toys on which theory can be checked."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

CHUNK = 4096  # points compared with all nodes at once, to bound memory


@dataclass(frozen=True)
class PointSet:
    """Independent samples of a density in the plane, and the density itself.

    Attributes:
        name: the name that `load` knows it by.
        points: float32 (N, 2).
        log_density: log p of points (M, 2) as (M,), in the type of the points, with a
            gradient.
        labels: int64 (N,), the mode that each point belongs to, or None.
        centres: float32 (K, 2), the means of the modes, or None.
        sigma: standard deviation of the noise along each axis; 0 if there is none.
    """

    name: str
    points: Tensor
    log_density: Callable[[Tensor], Tensor]
    labels: Tensor | None = None
    centres: Tensor | None = None
    sigma: float = 0.0

    def __len__(self) -> int:
        return len(self.points)


def ring(
    count: int = 10_000,
    *,
    seed: int = 0,
    modes: int = 8,
    radius: float = 1.0,
    sigma: float = 0.01,
) -> PointSet:
    """Equally likely Gaussian modes on a circle about (0, 0), the first at (radius, 0).

    Raises:
        ValueError: an argument is out of its range.
    """
    _check("ring", count, seed, modes=modes, radius=radius, sigma=sigma)
    angles = np.arange(modes) * 2 * np.pi / modes
    centres = radius * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    return _modes("ring", centres, sigma, count, seed)


def grid(
    count: int = 10_000,
    *,
    seed: int = 0,
    side: int = 5,
    spacing: float = 2.0,
    sigma: float = 0.05,
) -> PointSet:
    """Equally likely Gaussian modes on a square grid of side · side about (0, 0).

    Raises:
        ValueError: an argument is out of its range.
    """
    _check("grid", count, seed, side=side, spacing=spacing, sigma=sigma)
    ticks = (np.arange(side) - (side - 1) / 2) * spacing
    centres = np.stack(np.meshgrid(ticks, ticks), axis=-1).reshape(-1, 2)
    return _modes("grid", centres, sigma, count, seed)


def spiral(
    count: int = 10_000,
    *,
    seed: int = 0,
    turns: float = 2.0,
    radius: float = 1.0,
    sigma: float = 0.02,
) -> PointSet:
    """One spiral arm r = radius · θ / (2π turns) with Gaussian noise; no modes.

    The points are uniform along the arm: see `_chain` for what this means exactly.

    Raises:
        ValueError: an argument is out of its range.
    """
    _check("spiral", count, seed, turns=turns, radius=radius, sigma=sigma)
    turn = np.linspace(0, 1, 10_001)
    angle = 2 * np.pi * turns * turn
    arm = radius * turn[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    nodes = _chain(arm, sigma)
    points, _ = _sample(nodes, sigma, count, seed)
    return PointSet("spiral", points, _mixture(nodes, sigma), sigma=sigma)


def moons(
    count: int = 10_000, *, seed: int = 0, radius: float = 1.0, sigma: float = 0.05
) -> PointSet:
    """Two interlocked half circles with Gaussian noise; the label tells which one.

    The points are uniform along the half circles, see `_chain`.

    Raises:
        ValueError: an argument is out of its range.
    """
    _check("moons", count, seed, radius=radius, sigma=sigma)
    angle = np.linspace(0, np.pi, 10_001)
    upper = np.stack([np.cos(angle) - 0.5, np.sin(angle) - 0.25], axis=1)
    arc = _chain(radius * upper, sigma)
    nodes = np.concatenate([arc, -arc])
    points, drawn = _sample(nodes, sigma, count, seed)
    density = _mixture(nodes, sigma)
    return PointSet("moons", points, density, drawn // len(arc), sigma=sigma)


def checkerboard(
    count: int = 10_000, *, seed: int = 0, side: int = 4, spacing: float = 1.0
) -> PointSet:
    """Uniform on the dark squares of a board of side · side squares about (0, 0).

    The lower left square is dark. The labels number the dark squares row by row from
    below; on the light ones log p = -∞. There is no noise: the gradient is 0.

    Raises:
        ValueError: an argument is out of its range.
    """
    _check("checkerboard", count, seed, side=side, spacing=spacing)
    rows, columns = np.nonzero(np.indices((side, side)).sum(axis=0) % 2 == 0)
    corners = np.stack([columns, rows], axis=1) - side / 2
    random = np.random.default_rng(seed)
    drawn = random.integers(0, len(corners), count)
    inside = random.uniform(1e-6, 1 - 1e-6, (count, 2))  # float32 rounds to no edge
    points = (corners[drawn] + inside) * spacing
    log_height = -math.log(len(corners) * spacing**2)

    def log_density(at: Tensor) -> Tensor:
        place = (at / spacing + side / 2).floor()
        on_board = ((place >= 0) & (place < side)).all(dim=-1)
        dark = on_board & (place.sum(dim=-1) % 2 == 0)
        return torch.where(dark, at.new_tensor(log_height), -math.inf) + 0 * at.sum(-1)

    return PointSet(
        "checkerboard",
        torch.from_numpy(points).float(),
        log_density,
        labels=torch.from_numpy(drawn),
    )


def _modes(
    name: str, centres: np.ndarray, sigma: float, count: int, seed: int
) -> PointSet:
    points, labels = _sample(centres, sigma, count, seed)
    tensor = torch.from_numpy(centres).float()
    return PointSet(name, points, _mixture(centres, sigma), labels, tensor, sigma)


def _chain(curve: np.ndarray, sigma: float) -> np.ndarray:
    """Nodes along a curve, one for each stretch of at most sigma.

    A point is one of them, each as likely, plus Gaussian noise: so the density is that
    of a mixture, exactly. Along the curve it is flat: nodes one sigma apart make a
    ripple of 2 exp(-2π²) < 10⁻⁸ of its height.
    """
    steps = np.hypot(*np.diff(curve, axis=0).T)
    length = np.concatenate([[0], np.cumsum(steps)])
    count = math.ceil(length[-1] / sigma)
    middles = (np.arange(count) + 0.5) / count * length[-1]
    return np.stack([np.interp(middles, length, axis) for axis in curve.T], axis=1)


def _sample(
    nodes: np.ndarray, sigma: float, count: int, seed: int
) -> tuple[Tensor, Tensor]:
    """Points, and the index of the node that each belongs to."""
    random = np.random.default_rng(seed)
    drawn = random.integers(0, len(nodes), count)
    points = nodes[drawn] + sigma * random.standard_normal((count, 2))
    return torch.from_numpy(points).float(), torch.from_numpy(drawn)


def _mixture(nodes: np.ndarray, sigma: float) -> Callable[[Tensor], Tensor]:
    """K equal Gaussians: log p(x) = log Σ exp(-|x - node|² / 2σ²) - log(2πσ² K)."""
    log_scale = math.log(2 * math.pi * sigma**2 * len(nodes))

    def log_density(points: Tensor) -> Tensor:
        places = torch.from_numpy(nodes).to(points)
        sums = []
        for part in points.split(CHUNK):
            squares = ((part[:, None, :] - places) / sigma).square().sum(dim=-1)
            sums.append(torch.logsumexp(-squares / 2, dim=1))
        return torch.cat(sums) - log_scale

    return log_density


def _check(name: str, count: int, seed: int, **lengths: float) -> None:
    if count < 1:
        raise ValueError(f"{name} got count={count}; ask for at least 1 point.")
    if seed < 0:
        raise ValueError(f"{name} got seed={seed}; choose a whole number ≥ 0.")
    for argument, value in lengths.items():
        whole = argument in ("modes", "side")
        if not 0 < value < math.inf or (whole and value != int(value)):
            kind = "a whole number" if whole else "a number"
            raise ValueError(f"{name} got {argument}={value}; choose {kind} above 0.")
