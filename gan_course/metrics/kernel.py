"""The kernel distance: a comparison of two sets without bias, with its error."""

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from gan_course.metrics.rows import rows, same_width

CHUNK = 200  # rows of a kernel matrix in memory at once
BLOCK = 500  # images in a block


@dataclass(frozen=True)
class KernelDistance:
    """An estimate of the squared distance, and how far it may be off.

    Attributes:
        value: the estimate; its mean is the truth, so it is below 0 at times.
        standard_error: estimated standard deviation of `value`, 0 or more.
    """

    value: float
    standard_error: float


def cubic_kernel(first: Tensor, second: Tensor) -> Tensor:
    """k(x, y) = (x·y / d + 1)³ of all pairs of rows, (N, d) and (M, d) → (N, M).

    With it, two sets are at distance 0 if their means, covariances and third moments
    agree.

    Source: M. Bińkowski et al., "Demystifying MMD GANs", 2018, section 4,
    https://arxiv.org/abs/1801.01401.
    """
    base = torch.addmm(first.new_ones(()), first, second.T, alpha=1 / first.shape[1])
    return base.square().mul_(base)


def kernel_distance(real: Tensor, generated: Tensor) -> KernelDistance:
    """Squared maximum mean discrepancy with the cubic kernel, from all pairs.

        mean k(x, x') + mean k(y, y') - 2 mean k(x, y)

    over all pairs of different real images x, x', of different generated images y, y',
    and of one of each: a U-statistic, whose mean is the truth for any N and M, 0 for
    equal distributions. It has the unit of the kernel and no upper limit.

    The standard error is that of the jackknife, less what the jackknife counts twice.
    With the parts of Hoeffding's decomposition, s² for the variance of the rows' means
    of the three kernel matrices and τ for what is left within them, it is the root of

        4 s_x² / N + 4 s_y² / M - 2 τ_xx / N² - 2 τ_yy / M² - 4 τ_xy / N M

    Time grows with the square of the number of images, memory does not.

    Args:
        real: features (N, d), N ≥ 3.
        generated: features (M, d), M ≥ 3.

    Raises:
        ValueError: a shape is another, there are too few, or a number is not finite.

    Source: A. Gretton et al., "A kernel two-sample test", 2012, equation 3,
    https://jmlr.org/papers/v13/gretton12a.html; W. Hoeffding, "A class of statistics
    with asymptotically normal distribution", 1948, for the parts of the variance.
    """
    x, y = rows(real, "real", least=3), rows(generated, "generated", least=3)
    same_width(x, y)
    xx, yy, xy = _within(x), _within(y), _between(x, y)
    value = xx.mean + yy.mean - 2 * xy.mean
    jackknife = (xx.by_row - xy.by_row).var() * 4 / len(x)
    jackknife = jackknife + (yy.by_row - xy.by_column).var() * 4 / len(y)
    twice = 2 * xx.rest / len(x) ** 2 + 2 * yy.rest / len(y) ** 2
    twice = twice + 4 * xy.rest / (len(x) * len(y))
    # The jackknife counts `twice` two times, so half of it is left at least.
    variance = torch.maximum(jackknife - twice, jackknife / 2)
    return KernelDistance(value.item(), variance.sqrt().item())


def block_kernel_distance(
    real: Tensor, generated: Tensor, *, block: int = BLOCK, seed: int = 0
) -> KernelDistance:
    """Mean of the kernel distances of blocks that share no image.

    Without bias too, and its error needs no theory: B blocks are independent, so it is
    their standard deviation divided by √B. It is larger than that of all pairs, as
    pairs across blocks are never looked at, but time grows with N alone. (Subsets that
    are drawn anew from the same images overlap; their spread is no standard error.)

    Args:
        real: features (N, d).
        generated: features (M, d).
        block: images of each set in a block, 2 or more; what is over is left out.
        seed: of the order in which the images are dealt out.

    Raises:
        ValueError: as `kernel_distance`, or the images make fewer than two blocks.

    Source: M. Bińkowski et al., "Demystifying MMD GANs", 2018, section 4,
    https://arxiv.org/abs/1801.01401, where the score is the mean over such blocks.
    """
    if block < 2:
        raise ValueError(f"block is {block}; choose 2 images or more.")
    x = rows(real, "real", least=2 * block)
    y = rows(generated, "generated", least=2 * block)
    same_width(x, y)
    blocks = min(len(x), len(y)) // block
    random = torch.Generator().manual_seed(seed)
    x, y = (
        each[torch.randperm(len(each), generator=random)[: blocks * block]]
        for each in (x, y)
    )
    values = torch.stack(
        [
            _within(own).mean + _within(other).mean - 2 * _between(own, other).mean
            for own, other in zip(x.split(block), y.split(block))
        ]
    )
    error = values.std() / blocks**0.5
    return KernelDistance(values.mean().item(), error.item())


class _Pairs(NamedTuple):
    """Means of a kernel matrix: of all, by row, by column; variance within (τ)."""

    mean: Tensor
    by_row: Tensor
    by_column: Tensor
    rest: Tensor


def _between(x: Tensor, y: Tensor) -> _Pairs:
    """What is needed of all k(x, y)."""
    by_row, by_column, squares = _sums(x, y)
    n, m = len(x), len(y)
    mean = by_row.sum() / (n * m)
    by_row, by_column = by_row / m, by_column / n
    variance = squares / (n * m) - mean.square()
    rest = variance - by_row.var() - by_column.var()
    return _Pairs(mean, by_row, by_column, rest.clamp(min=0))


def _within(x: Tensor) -> _Pairs:
    """What is needed of all k(x, x') of different rows: the diagonal is left out."""
    by_row, _, squares = _sums(x, x)
    own = (x.square().mean(dim=1) + 1).pow(3)
    n, pairs = len(x), len(x) * (len(x) - 1)
    by_row = (by_row - own) / (n - 1)
    mean = by_row.mean()
    variance = (squares - own.square().sum()) / pairs - mean.square()
    rest = variance - 2 * by_row.var()
    return _Pairs(mean, by_row, by_row, rest.clamp(min=0))


def _sums(x: Tensor, y: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Sums of k(x, y) over each row and each column, and the sum of all squares."""
    by_row, by_column, squares = [], x.new_zeros(len(y)), x.new_zeros(())
    for chunk in x.split(CHUNK):
        values = cubic_kernel(chunk, y)
        by_row.append(values.sum(dim=1))
        by_column += values.sum(dim=0)
        squares += torch.linalg.vector_norm(values).square()
    return torch.cat(by_row), by_column, squares
