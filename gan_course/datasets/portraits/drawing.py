"""Draw portraits from their factors."""

import torch
from torch import Tensor

from gan_course.datasets.portraits.canvas import Canvas, blank
from gan_course.datasets.portraits.face import paint_face, paint_glasses, paint_head
from gan_course.datasets.portraits.factors import CATEGORIES
from gan_course.datasets.portraits.hair import paint_hair, paint_hair_behind
from gan_course.datasets.portraits.look import Look, look_of
from gan_course.datasets.portraits.scene import paint_background, paint_body

NECK = 11.0  # the head turns about this height
PIXELS_AT_ONCE = 2**18  # so many that the planes of a chunk stay in the CPU's cache


def draw(factors: dict[str, Tensor], *, size: int = 32) -> Tensor:
    """Draw one portrait for each row of the factors, as uint8 (N, 3, size, size).

    Args:
        factors: a tensor of N values for each name in CATEGORIES (an index) and in
            RANGES (a number).
        size: pixels per side; all lengths scale with size / 32.
    """
    styles = factors["hair_style"]
    images = torch.empty(len(styles), 3, size, size, dtype=torch.uint8)
    for index in styles.unique().tolist():
        style = CATEGORIES["hair_style"][index]
        rows = (styles == index).nonzero().squeeze(1)
        for chunk in rows.split(max(1, PIXELS_AT_ONCE // size**2)):
            look = look_of({name: values[chunk] for name, values in factors.items()})
            pixels = _painted(look, style, blank(len(chunk), size, look["skin"].dtype))
            images[chunk] = (pixels * 255).round_().to(torch.uint8)
    return images


def _painted(look: Look, style: str, canvas: Canvas) -> Tensor:
    head = canvas.turned(look["tilt"], NECK, look["shift_x"], look["shift_y"])
    paint_background(canvas, look)
    paint_hair_behind(head, look, style)
    paint_body(canvas, look)
    paint_head(head, look)
    paint_face(head, look)
    paint_hair(head, look, style)
    paint_glasses(head, look)
    return canvas.pixels
