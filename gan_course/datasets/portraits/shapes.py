"""Shapes as signed distances: positive inside, zero on the outline, negative outside.

Every function takes the coordinates of pixels, tensors that broadcast, and lengths that
are numbers or tensors of one value for each image, (N, 1, 1).
"""

from functools import reduce

import torch
from torch import Tensor

Length = float | Tensor


def circle(x: Tensor, y: Tensor, radius: Length) -> Tensor:
    """Distance to the circle about (0, 0)."""
    return radius - (x * x + y * y).sqrt_()


def ellipse(x: Tensor, y: Tensor, a: Length, b: Length) -> Tensor:
    """Distance to the ellipse with half axes a and b about (0, 0), near its outline.

    With k = |(x/a, y/b)|, which is 1 on the outline, it is k (1 - k) / |(x/a², y/b²)|:
    the distance to first order.
    """
    u, v = x / a, y / b
    k = (u * u + v * v + 1e-9).sqrt_()
    slope = ((u / a) ** 2 + (v / b) ** 2 + 1e-9 / (a * b)).sqrt_()
    return k * (1 - k) / slope


def scallop(
    x: Tensor, y: Tensor, a: Length, b: Length, *, depth: float, bumps: int
) -> Tensor:
    """About the distance to an ellipse whose outline is a ring of round bumps."""
    wave = (torch.atan2(y, x) * (bumps / 2)).sin_().abs_()
    return ellipse(x, y, a, b) + depth * (wave - 0.5)


def box(x: Tensor, y: Tensor, a: Length, b: Length, corner: Length) -> Tensor:
    """Distance to the rectangle with half sides a and b and rounded corners."""
    u, v = x.abs() - (a - corner), y.abs() - (b - corner)
    outside = (u.clamp(min=0) ** 2 + v.clamp(min=0) ** 2).sqrt_()
    return corner - outside - torch.maximum(u, v).clamp_(max=0)


def segment(x: Tensor, y: Tensor, start: tuple, end: tuple) -> Tensor:
    """Distance to the straight line between two points; ≥ 0, there is no inside."""
    (x0, y0), (x1, y1) = start, end
    dx, dy = x1 - x0, y1 - y0
    along = (((x - x0) * dx + (y - y0) * dy) / (dx * dx + dy * dy)).clamp_(0, 1)
    return ((x - x0 - along * dx) ** 2 + (y - y0 - along * dy) ** 2).sqrt_()


def union(*distances: Tensor) -> Tensor:
    """Distance to what lies in any of the shapes."""
    return reduce(torch.maximum, distances)


def common(*distances: Tensor) -> Tensor:
    """Distance to what lies in all of the shapes; minus a distance is its outside."""
    return reduce(torch.minimum, distances)
