"""What is around the head: the background, the neck and the shirt."""

import torch

from gan_course.datasets.portraits.canvas import Canvas
from gan_course.datasets.portraits.look import Look, darker, has, lighter
from gan_course.datasets.portraits.shapes import box, circle, common, ellipse


def paint_background(canvas: Canvas, look: Look) -> None:
    """One colour, and on it a lighter sun, dots or stripes."""
    x, y = canvas.x, canvas.y
    colour = look["background"]
    canvas.mix(torch.ones_like(x), colour)
    right, down = (x + y) / 8**0.5, (x - y) / 8**0.5  # turned by 45°, half as large
    dots = 2 * circle(_repeat(right, 2.6), _repeat(down, 2.6), 0.5)
    stripes = 2 * (1.3 - _repeat(right, 5.2).abs())
    distance = torch.where(has(look, "pattern", "dots"), dots, stripes)
    distance = torch.where(has(look, "pattern", "sun"), circle(x, y, 13.2), distance)
    canvas.paint(distance, lighter(colour, 0.4), ~has(look, "pattern", "plain"))


def _repeat(values: torch.Tensor, period: float) -> torch.Tensor:
    """Fold the axis so that everything recurs: values in ±period / 2."""
    return (values + period / 2) % period - period / 2


def paint_body(canvas: Canvas, look: Look) -> None:
    """Shoulders in a shirt with one of three necklines, and a neck in the shadow."""
    canvas = canvas.window(-16, 5, 16, 16)
    x, y, shirt, skin = canvas.x, canvas.y, look["shirt"], look["skin"]
    vee, roll = has(look, "neckline", "vee"), has(look, "neckline", "roll")
    shoulders = box(x, y - 21, 13.6, 8.4, 6.5)
    scoop = ellipse(x, y - 12.8, 4.5, 2.6)
    wedge = 0.66 * (4.0 - 1.15 * (y - 12.4) - x.abs())
    opening = torch.where(vee, common(wedge, shoulders), scoop)
    canvas.paint(shoulders, shirt)
    canvas.paint(common(opening + 1, shoulders), darker(shirt, 0.16), ~roll)
    canvas.paint(opening, skin, ~roll)
    neck = box(x, y - 9.6, 3.2, 4.4, 2.2)
    canvas.paint(neck, skin)
    canvas.paint(common(neck, ellipse(x, y - 2.4, 7.6, 9.9)), darker(skin, 0.22))
    canvas.paint(box(x, y - 13.3, 4.0, 1.7, 1.3), lighter(shirt, 0.14), roll)
