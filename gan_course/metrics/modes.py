"""Which modes a generator of points has found, how evenly and how exactly."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

RADIUS = 3.0  # in sigmas: a sample that near to a centre is of high quality
LEAST_SHARE = 0.002  # of all samples, for a mode to be found

# A sampler that is exact, in the plane: the share of its samples within the radius, and
# the standard deviation of those along each axis, in sigmas.
EXACT_QUALITY = 1 - math.exp(-(RADIUS**2) / 2)
EXACT_SPREAD = math.sqrt(1 - RADIUS**2 / 2 * (1 / EXACT_QUALITY - 1))


@dataclass(frozen=True)
class ModeCounts:
    """How N samples of the plane are spread over K modes.

    Attributes:
        nearest: int64 (K,), samples that have this centre as their nearest; N in all.
        near: int64 (K,), those of them within 3σ of it, the high-quality ones.
        spreads: float64 (K,), standard deviation along an axis of the high-quality
            samples about their own mean, in units of an exact sampler's: 1 is right,
            0 a single point. NaN where there are fewer than two.
    """

    nearest: Tensor
    near: Tensor
    spreads: Tensor

    @property
    def found(self) -> int:
        """Modes with at least 0.2 % of all samples within 3σ."""
        return int((self.near / self.nearest.sum() >= LEAST_SHARE).sum())

    @property
    def touched(self) -> int:
        """Modes with at least one sample within 3σ, as PacGAN counts them."""
        return int((self.near > 0).sum())

    @property
    def high_quality(self) -> float:
        """Share of samples within 3σ of their centre; 0.989 for an exact sampler."""
        return (self.near.sum() / self.nearest.sum()).item()

    @property
    def reverse_kl(self) -> float:
        """KL(shares of the modes ‖ uniform), every sample counting for its nearest."""
        return kl_from_uniform(self.nearest)


def count_modes(samples: Tensor, centres: Tensor, sigma: float) -> ModeCounts:
    """Compare samples with equally likely Gaussian modes.

    The spread of a mode is √(Σ |x - mean|² / (2 (n - 1))) over its n high-quality
    samples, divided by 0.9744 σ. That is what an exact sampler has, since the radius of
    3σ cuts its tails off: the radius r of a Gaussian has

        P(r ≤ aσ) = 1 - exp(-a²/2) = q,
        E[r² | r ≤ aσ] / 2σ² = 1 - (a²/2) (1 - q) / q,

    which are 0.9889 and 0.9744² at a = 3. The cut also hides how wide a mode is: one of
    1.5σ has a spread of 1.28 and a flat one 1.54, so read it beside `high_quality`.

    Args:
        samples: (N, 2), finite.
        centres: (K, 2), the means of the modes.
        sigma: standard deviation of a mode along each axis, above 0.

    Raises:
        ValueError: a shape is another, there are no samples or no centres, a sample is
            not finite, or sigma is not above 0.

    Source: Z. Lin et al., "PacGAN: The power of two samples in generative adversarial
    networks", 2018, https://arxiv.org/abs/1712.04086, for 3σ and one sample. Its code
    compares the shares of high-quality samples only; here all of them count.
    """
    _check(samples, centres, sigma)
    places, middles = samples.detach().cpu().double(), centres.cpu().double()
    away = torch.cdist(places, middles, compute_mode="donot_use_mm_for_euclid_dist")
    distances, modes = away.min(dim=1)
    good = distances <= RADIUS * sigma
    spreads = [_spread(places[good & (modes == k)]) for k in range(len(middles))]
    return ModeCounts(
        nearest=modes.bincount(minlength=len(middles)),
        near=modes[good].bincount(minlength=len(middles)),
        spreads=torch.tensor(spreads, dtype=torch.float64) / (EXACT_SPREAD * sigma),
    )


def kl_from_uniform(counts: Tensor) -> float:
    """KL(p ‖ uniform) = Σ p log(K p) of shares p, in nats: 0 if all K are equal.

    It is log K if one of them has all, and about (K - 1) / 2N for N exact samples.

    Args:
        counts: (K,), how many samples each mode or class has; not all 0.

    Raises:
        ValueError: there is nothing to divide into shares.
    """
    if counts.ndim != 1 or (counts < 0).any() or not counts.sum() > 0:
        raise ValueError(
            f"The counts are {counts.tolist()}; pass one number of 0 or more for each "
            "mode, and not only zeros."
        )
    shares = counts.double() / counts.sum()
    return torch.special.xlogy(shares, shares * len(shares)).sum().item()


def _spread(points: Tensor) -> float:
    """Standard deviation along an axis, both axes taken together."""
    if len(points) < 2:
        return math.nan
    return points.var(dim=0).mean().sqrt().item()


def _check(samples: Tensor, centres: Tensor, sigma: float) -> None:
    for name, points in (("samples", samples), ("centres", centres)):
        if points.ndim != 2 or points.shape[1] != 2 or len(points) == 0:
            raise ValueError(
                f"The {name} have shape {tuple(points.shape)}; pass points of the "
                "plane, (N, 2) with N ≥ 1."
            )
    broken = int((~samples.isfinite()).any(dim=1).sum())
    if broken:
        raise ValueError(
            f"{broken} of {len(samples)} samples are not finite; check the network "
            "that made them."
        )
    if not 0 < sigma < math.inf:
        raise ValueError(f"sigma is {sigma}; choose a number above 0, such as 0.05.")
