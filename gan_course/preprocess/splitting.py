"""Hold images out for a test, so that none of them was seen in training."""

import numpy
import torch
from torch import Tensor


def split_groups(
    groups: Tensor, held_out: float = 0.1, seed: int = 0
) -> tuple[Tensor, Tensor]:
    """Split images at random so that those of one group stay on the same side.

    Groups are held out in random order as long as they fit into the share. So the
    held-out side is never larger than asked for, and smaller only where the groups
    that remain are too large.

    Args:
        groups: int (N,), one number for the images that show the same picture.
        held_out: share of the images, above 0 and below 1.
        seed: a whole number ≥ 0; the same one gives the same split everywhere.

    Returns:
        Indices to train on and indices held out, int64, ascending, neither empty.

    Raises:
        ValueError: held_out or seed are something else, or no group fits into the
            share.

    >>> train, held_out = split_groups(torch.tensor([0, 0, 1, 2]), held_out=0.5)
    >>> len(train), len(held_out)
    (2, 2)
    """
    _check(groups, held_out, seed)
    numbers, group, sizes = groups.unique(return_inverse=True, return_counts=True)
    room = min(round(held_out * len(groups)), len(groups) - 1)
    if sizes.min() > room:
        raise ValueError(
            f"{len(groups)} images in {len(numbers)} groups cannot be split with "
            f"held_out={held_out}: the smallest group has {int(sizes.min())}; "
            "choose another share, or collect more different images."
        )
    chosen = torch.zeros(len(numbers), dtype=torch.bool)
    for index in numpy.random.default_rng(seed).permutation(len(numbers)).tolist():
        if sizes[index] <= room:
            chosen[index] = True
            room -= int(sizes[index])
    outside = chosen[group]
    return (~outside).nonzero().flatten(), outside.nonzero().flatten()


def _check(groups: Tensor, held_out: float, seed: int) -> None:
    if groups.ndim != 1 or groups.is_floating_point() or not len(groups):
        raise ValueError(
            f"The groups are {groups.dtype} of shape {tuple(groups.shape)}, but must "
            "be whole numbers (N,), one for each image."
        )
    if not 0 < held_out < 1:
        raise ValueError(f"held_out is {held_out}; choose a share between 0 and 1.")
    if seed < 0:
        raise ValueError(f"The seed is {seed}; choose a whole number ≥ 0.")
