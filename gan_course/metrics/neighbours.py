"""Nearest neighbours: does a generator invent images, or repeat those it was shown?"""

import math
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from gan_course.metrics.rows import rows, same_width, squared_distances

CHUNK = 500  # rows of a table of distances in memory at once
CLOSEST = 0.01  # of the held-out images: what is nearer than these looks like a copy


class Nearest(NamedTuple):
    """For each of N images the nearest one of another set.

    Attributes:
        distances: float64 (N,), exactly 0 for an exact copy.
        indices: int64 (N,), which one it is.
    """

    distances: Tensor
    indices: Tensor


@dataclass(frozen=True)
class Memorisation:
    """How near generated images are to the training images, beside held-out ones.

    Attributes:
        generated: float64 (N,), distance of each generated image to the nearest
            training image.
        held_out: float64 (M,), the same of each held-out image.
        indices: int64 (N,), the nearest training image of each generated one.
    """

    generated: Tensor
    held_out: Tensor
    indices: Tensor

    @property
    def nearer(self) -> float:
        """P(a generated image is nearer to the training set than a held-out one).

        The share of the N · M pairs, ties counting for a half: ½ if both kinds are
        equally near, 1 for copies, towards 0 for images unlike any training image. So
        noise hides memorisation, and only a value well above ½ shows it.
        """
        ordered = self.held_out.sort().values
        below = torch.searchsorted(ordered, self.generated, side="left")
        up_to = torch.searchsorted(ordered, self.generated, side="right")
        farther = len(ordered) - (below + up_to) / 2
        return (farther.double().mean() / len(ordered)).item()

    @property
    def deviation(self) -> float:
        """(nearer - ½) in standard errors, if both kinds had the same distribution.

        The error is √((N + M + 1) / (12 N M)), that of the rank-sum test of Mann and
        Whitney; above 3 is no chance.
        """
        n, m = len(self.generated), len(self.held_out)
        return (self.nearer - 0.5) / math.sqrt((n + m + 1) / (12 * n * m))

    @property
    def copies(self) -> float:
        """Share of generated images nearer than the nearest 1 % of the held-out ones.

        0.01 for a generator that invents, 1 for one that repeats. It finds a
        generator that repeats only some images, and that the rest is poor does not
        hide it.
        """
        bound = self.held_out.quantile(CLOSEST)
        return (self.generated < bound).double().mean().item()


def nearest(queries: Tensor, references: Tensor) -> Nearest:
    """For each row of the one set, the nearest row of the other, by |x - y|.

    Args:
        queries: (N, d), features or flattened images.
        references: (M, d).

    Raises:
        ValueError: a shape is another, a set is empty, or a number is not finite.
    """
    asked, known = rows(queries, "query"), rows(references, "reference")
    same_width(asked, known)
    centre = known.mean(dim=0)
    known = known - centre
    distances, indices = [], []
    for chunk in asked.split(CHUNK):
        chunk = chunk - centre
        found = squared_distances(chunk, known).argmin(dim=1)
        indices.append(found)
        distances.append((chunk - known[found]).norm(dim=1))
    return Nearest(torch.cat(distances), torch.cat(indices))


def memorisation(generated: Tensor, training: Tensor, held_out: Tensor) -> Memorisation:
    """Compare how near generated and held-out images are to the training images.

    A held-out image is as new as an image can be. A generator whose images are nearer
    to the training set than those repeats what it was shown, however well it scores
    otherwise: a Fréchet distance to the training images is lowest for copies of them.

    Args:
        generated: (N, d), features or flattened images.
        training: (K, d), all images that the generator was trained with.
        held_out: (M, d), images of the same kind that it was not.

    Raises:
        ValueError: a shape is another, a set is empty, or a number is not finite.

    Source: C. Meehan, K. Chaudhuri and S. Dasgupta, "A non-parametric test to detect
    data-copying in generative models", 2020,
    https://arxiv.org/abs/2004.05675; there the images are first divided into cells.
    """
    made, held = nearest(generated, training), nearest(held_out, training)
    return Memorisation(made.distances, held.distances, made.indices)


def neighbour_radii(points: Tensor, k: int) -> Tensor:
    """Squared distance of each row to its k-th nearest other row, float64 (N,).

    Args:
        points: float64 (N, d), N > k.
        k: 1 or more.
    """
    found = []
    for start in range(0, len(points), CHUNK):
        chunk = points[start : start + CHUNK]
        squares = squared_distances(chunk, points)
        itself = torch.arange(len(chunk))
        squares[itself, start + itself] = torch.inf
        found.append(squares.topk(k, dim=1, largest=False).values[:, -1])
    return torch.cat(found)
