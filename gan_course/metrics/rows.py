"""Feature vectors, a row for each image, checked before they are compared."""

import torch
from torch import Tensor


def rows(features: Tensor, name: str, *, least: int = 1) -> Tensor:
    """Feature vectors as float64 (N, d) on the CPU, whatever they came as.

    Sums of thousands of products lose too many digits in float32, and not every
    accelerator has float64.

    Args:
        features: (N, d), finite, of any type and on any device.
        name: what they are, for the sentence: "real", "generated", …
        least: how many rows there must be.

    Raises:
        ValueError: the shape is another, there are too few rows, or a number is not
            finite.
    """
    if features.ndim != 2 or features.shape[1] == 0:
        raise ValueError(
            f"The {name} features have shape {tuple(features.shape)}, but must be "
            "(N, d): a row for each image; flatten what a network returns."
        )
    if len(features) < least:
        raise ValueError(
            f"There are {len(features)} {name} features, but at least {least} are "
            "needed; pass more images."
        )
    values = features.detach().cpu().double()
    broken = int((~values.isfinite()).any(dim=1).sum())
    if broken:
        raise ValueError(
            f"{broken} of {len(values)} {name} features are not finite; check the "
            "network that made the images, and the one that made the features."
        )
    return values


def same_width(first: Tensor, second: Tensor) -> None:
    """Return if the vectors of two sets are equally long.

    Raises:
        ValueError: they are not, so they come from two different feature networks.
    """
    if first.shape[-1] != second.shape[-1]:
        raise ValueError(
            f"One set has {first.shape[-1]} features an image and the other "
            f"{second.shape[-1]}; take both from one network."
        )


def squared_distances(first: Tensor, second: Tensor) -> Tensor:
    """All squared distances |a - b|² = |a|² + |b|² - 2 a·b of rows, float64 (N, M).

    Rows closer than a millionth of their length count as equal, with distance 0: the
    matrix product is many times faster than the difference, but cannot tell them apart.
    """
    lengths = first.square().sum(1).unsqueeze(1) + second.square().sum(1)
    squares = torch.addmm(lengths, first, second.T, alpha=-2)
    return squares.masked_fill_(squares < 1e-12 * lengths, 0)
