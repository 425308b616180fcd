"""The Fréchet distance: how far two sets of images are apart, seen as Gaussians."""

import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce
from operator import add

import torch
from torch import Tensor

from gan_course.metrics.rows import rows, same_width


@dataclass(frozen=True)
class Moments:
    """Mean and spread of N feature vectors; `+` joins those of two sets.

    Attributes:
        count: N.
        mean: float64 (d,).
        scatter: Σ (x - mean)(x - mean)ᵀ, float64 (d, d).
    """

    count: int
    mean: Tensor
    scatter: Tensor

    @property
    def covariance(self) -> Tensor:
        """The scatter divided by N - 1, without bias, float64 (d, d).

        Its rank is at most N - 1.

        Raises:
            ValueError: N is 1, so nothing is known about the spread.
        """
        if self.count < 2:
            raise ValueError(
                f"The moments are of {self.count} image, but a covariance needs at "
                "least 2; pass more images."
            )
        return self.scatter / (self.count - 1)

    def __add__(self, other: "Moments") -> "Moments":
        """Moments of both sets together, to rounding those of all rows at once.

        With a gap g between the means, the scatter is the sum of both and
        g gᵀ · N M / (N + M).

        Source: T. F. Chan, G. H. Golub and R. J. LeVeque, "Updating formulae and a
        pairwise algorithm for computing sample variances", 1979.
        """
        same_width(self.mean, other.mean)
        count, gap = self.count + other.count, other.mean - self.mean
        between = torch.outer(gap, gap) * (self.count * other.count / count)
        return Moments(
            count,
            self.mean + gap * (other.count / count),
            self.scatter + other.scatter + between,
        )


def moments(features: Tensor) -> Moments:
    """Mean and scatter of features (N, d), N ≥ 1, in float64.

    Raises:
        ValueError: they have another shape, or are not finite.
    """
    values = rows(features, "given")
    mean = values.mean(dim=0)
    away = values - mean
    return Moments(len(values), mean, away.T @ away)


def moments_of(batches: Iterable[Tensor]) -> Moments:
    """Moments of many batches of features, of which only one is in memory at a time.

        moments_of(features(batch) for batch in images.split(500))

    Raises:
        ValueError: there is no batch, or one is none of features (N, d).
    """
    parts = map(moments, batches)
    first = next(parts, None)
    if first is None:
        raise ValueError("There is no batch of features; pass at least one image.")
    return reduce(add, parts, first)


def frechet_distance(real: Tensor | Moments, generated: Tensor | Moments) -> float:
    """Distance of two sets, each replaced by the Gaussian with its mean μ and spread Σ.

        |μ₁ - μ₂|² + tr Σ₁ + tr Σ₂ - 2 tr (Σ₁^½ Σ₂ Σ₁^½)^½

    in squared units of the features: 0 for equal moments, without an upper limit. It is
    the smallest mean of |x - y|² over all ways to pair samples of two Gaussians.

    The last trace is the sum of the singular values of Σ₁^½ Σ₂^½, and the two square
    roots come from symmetric eigendecompositions. So nothing is ever complex, as the
    square root of the unsymmetric product Σ₁ Σ₂ is to rounding, and a covariance
    without full rank needs no correction.

    The estimate is too high by about `expected_bias`, which is about c / N: compare
    distances of equal N only. With N ≤ d images, a covariance has rank N - 1 < d and
    says that the images do not vary at all in the other directions, whatever they are
    like; most of the distance is then bias, and a warning says so.

    Args:
        real: features (N, d), N ≥ 2, or their moments.
        generated: features (M, d), M ≥ 2, or their moments.

    Raises:
        ValueError: a shape is another, a set has one image, or a number is not finite.

    Source: D. C. Dowson and B. V. Landau, "The Fréchet distance between multivariate
    normal distributions", 1982; as a score of images M. Heusel et al.,
    "GANs trained by a two time-scale update rule converge to a local Nash
    equilibrium", 2017, equation 6, https://arxiv.org/abs/1706.08500.

    >>> square = torch.tensor([[1.0, 1.0], [1.0, -1.0], [-1.0, 1.0], [-1.0, -1.0]])
    >>> round(frechet_distance(square, square + 2), 6)
    8.0
    """
    first, second = (
        each if isinstance(each, Moments) else moments(each)
        for each in (real, generated)
    )
    same_width(first.mean, second.mean)
    first_spread, second_spread = first.covariance, second.covariance
    _warn_of_few(min(first.count, second.count), len(first.mean))
    overlap = torch.linalg.svdvals(_root(first_spread) @ _root(second_spread)).sum()
    means = (first.mean - second.mean).square().sum()
    distance = means + first_spread.trace() + second_spread.trace() - 2 * overlap
    return max(distance.item(), 0.0)


def expected_bias(covariance: Tensor, count: int, other_count: int) -> float:
    """About what the distance of two samples of one Gaussian is, where 0 is the truth.

        (1/N + 1/M) (Σᵢ λᵢ + ½ Σᵢⱼ λᵢ λⱼ (1 + δᵢⱼ) / (λᵢ + λⱼ))

    for the eigenvalues λ of the covariance: what the two means and the two covariances
    differ by chance. To first order in 1/N, for N and M well above d: at N = 6 d it is
    a few percent too low. That is for Gaussian features; those of images have other
    fourth moments, so it is a guide there, which may be off by a third.

    Args:
        covariance: float64 (d, d), symmetric.
        count: N, images of one set.
        other_count: M, images of the other.

    Raises:
        ValueError: the covariance is no square matrix, or a count is below 2.

    The second sum is half the expected |E|² / (λᵢ + λⱼ), the squared Bures distance to
    second order, of a sample covariance that is wrong by E. That the score falls with
    1/N was seen by M. Chong and D. Forsyth, "Effectively unbiased FID and Inception
    Score and where to find them", 2020, https://arxiv.org/abs/1911.07023.
    """
    if covariance.ndim != 2 or covariance.shape[0] != covariance.shape[1]:
        raise ValueError(
            f"The covariance has shape {tuple(covariance.shape)}, but must be (d, d)."
        )
    if min(count, other_count) < 2:
        raise ValueError(f"The counts are {count} and {other_count}; take 2 or more.")
    spread = torch.linalg.eigvalsh(covariance.cpu().double()).clamp(min=0)
    sums = spread.unsqueeze(1) + spread
    products = torch.outer(spread, spread)
    terms = torch.where(sums > 0, products / sums.clamp(min=1e-300), 0)
    covariances = (terms.sum() + terms.trace()) / 2
    return (1 / count + 1 / other_count) * (spread.sum() + covariances).item()


def _root(covariance: Tensor) -> Tensor:
    """The symmetric square root; eigenvalues that rounding made negative count as 0."""
    values, vectors = torch.linalg.eigh(covariance)
    return (vectors * values.clamp(min=0).sqrt()) @ vectors.T


def _warn_of_few(count: int, width: int) -> None:
    if count <= width:
        warnings.warn(
            f"The Fréchet distance is computed from {count} images with {width} "
            "features each, so most of it comes from the small number; take several "
            f"times {width} images, or the kernel distance, which has no such bias.",
            stacklevel=3,
        )
