"""A brush that paints shapes on many images at once, with smooth edges.

Lengths are in pixels of a 32x32 image, whatever the size: x goes right and y down from
the image's centre, so that both run from -16 to 16.
"""

from dataclasses import dataclass, replace

import torch
from torch import Tensor

UNIT_PIXELS = 32


@dataclass(frozen=True)
class Canvas:
    """Images to paint on, and where each of their pixels lies.

    Attributes:
        pixels: float (N, 3, H, W) in [0, 1], changed in place.
        x: position of the pixels' centres, (1 or N, H, W).
        y: the same, downwards.
        scale: pixels per unit of length.
    """

    pixels: Tensor
    x: Tensor
    y: Tensor
    scale: float

    def paint(
        self, distance: Tensor, colour: Tensor, opacity: float | Tensor = 1
    ) -> None:
        """Lay a colour over the inside of a shape, given its signed distance.

        A pixel is covered by clip(scale · distance + 1/2, 0, 1): the share of it that
        lies inside, where the outline is straight.
        """
        self.mix((distance * self.scale + 0.5).clamp_(0, 1), colour, opacity)

    def line(
        self,
        distance: Tensor,
        half: float | Tensor,
        colour: Tensor,
        opacity: float | Tensor = 1,
    ) -> None:
        """Lay a colour over all that is less than `half` away from a line.

        It is covered as what lies between two outlines, so that a line thinner than
        a pixel keeps its right amount of colour.
        """
        near = ((half - distance) * self.scale + 0.5).clamp_(0, 1)
        far = ((half + distance) * self.scale + 0.5).clamp_(0, 1)
        self.mix(near + far - 1, colour, opacity)

    def mix(self, weight: Tensor, colour: Tensor, opacity: float | Tensor = 1) -> None:
        """Move every pixel towards a colour, (3,) or (N, 3), by weight · opacity."""
        colour = colour.to(self.pixels).reshape(-1, 3, 1, 1).expand_as(self.pixels)
        self.pixels.lerp_(colour, (weight * opacity).to(self.pixels).unsqueeze(1))

    def window(self, left: float, top: float, right: float, bottom: float) -> "Canvas":
        """The pixels in and around a rectangle of the images: small shapes cost less.

        What is painted there must not reach beyond it.
        """
        columns, rows = self._span(left, right), self._span(top, bottom)
        return replace(
            self,
            pixels=self.pixels[:, :, rows, columns],
            x=self.x[:, rows, columns],
            y=self.y[:, rows, columns],
        )

    def _span(self, low: float, high: float) -> slice:
        start, end = ((v + UNIT_PIXELS / 2) * self.scale for v in (low, high))
        return slice(max(int(start), 0), int(end) + 1)

    def turned(
        self, degrees: Tensor, pivot: float, right: Tensor, down: Tensor
    ) -> "Canvas":
        """The same pixels in a frame turned clockwise about (0, pivot), then moved."""
        angle = torch.deg2rad(degrees)
        x, y = self.x - right, self.y - down - pivot
        cos, sin = angle.cos(), angle.sin()
        return replace(self, x=cos * x + sin * y, y=cos * y - sin * x + pivot)


def blank(count: int, size: int, dtype: torch.dtype = torch.float32) -> Canvas:
    """A black canvas of `count` images with `size` pixels per side."""
    centres = ((torch.arange(size, dtype=dtype) + 0.5) / size - 0.5) * UNIT_PIXELS
    return Canvas(
        pixels=torch.zeros(count, 3, size, size, dtype=dtype),
        x=centres.reshape(1, 1, size).expand(1, size, size),
        y=centres.reshape(1, size, 1).expand(1, size, size),
        scale=size / UNIT_PIXELS,
    )
