"""Factors made ready for the brush, and the colours that follow from others."""

import torch
from torch import Tensor

from gan_course.datasets.portraits.factors import CATEGORIES, COLOURS, colours

Look = dict[str, Tensor]  # colours (N, 3), all other values (N, 1, 1)
WHITE = torch.ones(3)


def look_of(factors: dict[str, Tensor]) -> Look:
    """The colours instead of their indices, and numbers that broadcast over pixels."""
    dtype = factors["smile"].dtype
    return {
        name: colours(name)[values].to(dtype)
        if name in COLOURS
        else values.reshape(-1, 1, 1)
        for name, values in factors.items()
    }


def has(look: Look, factor: str, value: str) -> Tensor:
    """Which images have that value of a factor, bool (N, 1, 1)."""
    return look[factor] == CATEGORIES[factor].index(value)


def darker(colour: Tensor, share: float) -> Tensor:
    """The colour in shadow: less light, and a little warmer."""
    return colour * (1 - share * torch.tensor([0.75, 1.0, 1.0]).to(colour))


def lighter(colour: Tensor, share: float) -> Tensor:
    """The colour mixed with that share of white."""
    return colour + (1 - colour) * share
