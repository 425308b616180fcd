"""Precision and recall of images: does each look real, and is each kind there?"""

from dataclasses import dataclass

import torch
from torch import Tensor

from gan_course.metrics.neighbours import CHUNK, neighbour_radii
from gan_course.metrics.rows import rows, same_width, squared_distances

NEIGHBOURS = 3  # k of Kynkäänniemi et al., and of all scores that the course publishes
TIE = 1 + 1e-9  # a point on the edge of a ball lies in it, whatever the rounding


@dataclass(frozen=True)
class PrecisionRecall:
    """Four shares of images; read the first and the third for quality, the others
    for variety.

    Attributes:
        precision: share of generated images among the real ones, 0…1.
        recall: share of real images among the generated ones, 0…1.
        density: how many real balls hold a generated image, relative to what equal
            sets would have: 0 or more, 1 in the mean for equal distributions.
        coverage: share of real images with a generated one nearby, 0…1.
    """

    precision: float
    recall: float
    density: float
    coverage: float


def precision_recall(
    real: Tensor, generated: Tensor, *, k: int = NEIGHBOURS
) -> PrecisionRecall:
    """Compare the regions that two sets fill, each a union of balls around its images.

    B(x) is the ball around x up to the k-th nearest other image of x's own set:

        precision  share of y that lie in B(x) of at least one x
        recall     share of x that lie in B(y) of at least one y
        density    mean over y of the number of x with y in B(x), divided by k
        coverage   share of x with at least one y in B(x)

    for real images x and generated images y. Precision and recall of equal
    distributions depend on the features, so measure them for real images against real
    ones. Density and coverage do not: they are 1 and `expected_coverage` in the mean.
    A single generated outlier has a large ball and may raise the recall, as a real
    outlier may raise the precision; density and coverage are less easily fooled, since
    their balls are around real images and are counted one by one.

    Args:
        real: features (N, d), N > k.
        generated: features (M, d), M > k.
        k: which neighbour gives the radius, 1 or more.

    Raises:
        ValueError: k is below 1, a set has no more than k images, a shape is another,
            or a number is not finite.

    Source: T. Kynkäänniemi et al., "Improved precision and recall metric for assessing
    generative models", 2019, equations 1 and 2, https://arxiv.org/abs/1904.06991;
    M. F. Naeem et al., "Reliable fidelity and diversity metrics for generative
    models", 2020, section 3, https://arxiv.org/abs/2002.09797.

    >>> line = torch.arange(10.0).unsqueeze(1)
    >>> precision_recall(line, line[:5]).recall
    0.8
    """
    if k < 1:
        raise ValueError(f"k is {k}; choose 1 neighbour or more, such as 3.")
    x = rows(real, "real", least=k + 1)
    y = rows(generated, "generated", least=k + 1)
    same_width(x, y)
    centre = x.mean(dim=0)
    x, y = x - centre, y - centre
    real_radii = neighbour_radii(x, k) * TIE
    made_radii = neighbour_radii(y, k) * TIE
    in_real = torch.zeros(len(y), dtype=torch.int64)  # balls of x that hold each y
    recalled, covered = [], []
    for chunk, radii in zip(x.split(CHUNK), real_radii.split(CHUNK)):
        squares = squared_distances(chunk, y)
        held = squares <= radii.unsqueeze(1)
        in_real += held.sum(dim=0)
        covered.append(held.any(dim=1))
        recalled.append((squares <= made_radii).any(dim=1))
    return PrecisionRecall(
        precision=(in_real > 0).double().mean().item(),
        recall=torch.cat(recalled).double().mean().item(),
        density=in_real.double().mean().item() / k,
        coverage=torch.cat(covered).double().mean().item(),
    )


def expected_coverage(real: int, generated: int, k: int = NEIGHBOURS) -> float:
    """Mean coverage of equal distributions: 1 - Π_{i=1…k} (N - i) / (N + M - i).

    It is 1 - 2⁻ᵏ for many images, N = M, whatever the distribution and the features:
    a real ball stays empty if the k nearest of the N + M - 1 other images are real.

    Args:
        real: N, more than k.
        generated: M, at least 1.
        k: which neighbour gives the radius.

    Raises:
        ValueError: one of them is out of its range.

    Source: M. F. Naeem et al., 2020, https://arxiv.org/abs/2002.09797.
    """
    if not 1 <= k < real or generated < 1:
        raise ValueError(
            f"There are {real} real and {generated} generated images and k = {k}; "
            "choose k from 1 to one less than there are real images."
        )
    empty = 1.0
    for i in range(1, k + 1):
        empty *= (real - i) / (real + generated - i)
    return 1 - empty
