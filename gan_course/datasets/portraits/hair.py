"""Thirteen hair styles, each a shape on the head and perhaps one behind it."""

from collections.abc import Callable

import torch
from torch import Tensor

from gan_course.datasets.portraits.canvas import Canvas
from gan_course.datasets.portraits.face import HEAD_Y, head_shape
from gan_course.datasets.portraits.look import Look, darker, lighter
from gan_course.datasets.portraits.shapes import (
    box,
    circle,
    common,
    ellipse,
    scallop,
    union,
)

SHADOW = 0.9  # how far down the hair throws its shadow on the face


def paint_hair_behind(canvas: Canvas, look: Look, style: str) -> None:
    """Paint what hangs or stands behind the head, before the head is painted."""
    if style in BEHIND:
        colour = look["hair_colour"]
        shaded = colour if style == "afro" else darker(colour, 0.2)
        canvas.paint(BEHIND[style](*_position(canvas, look)), shaded)


def paint_hair(canvas: Canvas, look: Look, style: str) -> None:
    """Paint what lies on the head, after the face."""
    if style == "bald":
        _paint_shine(canvas, look)
    elif style == "beanie":
        _paint_beanie(canvas.window(-14, -16, 14, 6), look)
    else:
        bottom = 16 if style in ("bob", "long", "wavy") else 10
        _paint_style(canvas.window(-16, -16, 16, bottom), look, style)


def _position(canvas: Canvas, look: Look) -> tuple[Tensor, Tensor]:
    """Coordinates from the centre of a head of normal width."""
    return canvas.x / look["face_width"], canvas.y - HEAD_Y


def _paint_style(canvas: Canvas, look: Look, style: str) -> None:
    x, y = _position(canvas, look)
    colour, shape = look["hair_colour"], FRONT[style](x, y)
    if style == "buzz":  # so short that the skin shines through
        canvas.paint(shape, torch.lerp(colour, look["skin"], 0.2))
        return
    shadow = common(FRONT[style](x, y - SHADOW), head_shape(canvas, look))
    canvas.paint(shadow, darker(look["skin"], 0.3), 0.85)
    canvas.paint(shape, colour)
    _paint_gloss(canvas.window(-10, -12, 3, 2), look)


def _paint_gloss(canvas: Canvas, look: Look) -> None:
    """A light band along the crown, at the upper left."""
    x, y = _position(canvas, look)
    beyond = ((torch.atan2(y + 0.4, x) + 2.15).abs() - 0.42).clamp(min=0)
    away = (ellipse(x, y + 0.4, 7.3, 8.6) ** 2 + (8 * beyond) ** 2).sqrt()
    canvas.paint(0.62 - away, lighter(look["hair_colour"], 0.28), 0.6)


def _paint_shine(canvas: Canvas, look: Look) -> None:
    canvas = canvas.window(-8, -9, 3, -1)
    x, y = _position(canvas, look)
    canvas.paint(ellipse(x + 3.2, y + 6.6, 2.0, 0.8), lighter(look["skin"], 0.35), 0.6)


def _paint_beanie(canvas: Canvas, look: Look) -> None:
    """A knitted cap in the colour of the shirt; the hair shows below it."""
    x, y = _position(canvas, look)
    cloth, bent = look["shirt"], y - 0.02 * x * x
    tuft = common(_cap(x, y, 8.8, 10.2, 0.6), -ellipse(x, y - 3.4, 7.0, 8.0), 2.2 - y)
    canvas.paint(tuft, look["hair_colour"])
    shadow = common(box(x, bent + 3.7, 9.6, 1.7, 1.4), head_shape(canvas, look))
    canvas.paint(shadow, darker(look["skin"], 0.3), 0.85)
    canvas.paint(common(_cap(x, y, 9.3, 11.0), -3.6 - y), cloth)
    canvas.paint(box(x, bent + 4.5, 9.6, 1.7, 1.4), darker(cloth, 0.18))
    canvas.paint(circle(x, y + 12.6, 2.3), lighter(cloth, 0.35))


def _cap(
    x: Tensor, y: Tensor, a: float = 9.1, b: float = 10.4, up: float = 0.9
) -> Tensor:
    """An ellipse over the head, a little larger than it."""
    return ellipse(x, y + up, a, b)


def _buzz(x: Tensor, y: Tensor) -> Tensor:
    return common(_cap(x, y, 8.6, 9.9, 0.3), -ellipse(x, y - 2.4, 7.3, 8.0), 0.3 - y)


def _short(x: Tensor, y: Tensor) -> Tensor:
    return common(_cap(x, y), -ellipse(x, y - 2.6, 7.2, 7.6), 1.0 - y)


def _parted(x: Tensor, y: Tensor) -> Tensor:
    sweep = ellipse(x + 4.0, y - 4.6, 11.0, 9.6)  # from the left over the forehead
    face = common(ellipse(x, y - 2.6, 7.4, 9.0), sweep)
    return common(_cap(x, y, 9.3, 10.9), -face, 1.5 - y)


def _spiky(x: Tensor, y: Tensor) -> Tensor:
    angle = 5.5 * torch.atan2(y + 1.0, x)
    spikes = 2.6 * (1 - angle.sin().abs()) * ((-y - 1) / 5).clamp(0, 1)
    fringe = 0.6 - angle.cos().abs()
    face = ellipse(x, y - 2.6, 7.2, 7.8) + fringe
    return common(_cap(x, y, 8.9, 9.4, 0.4) + spikes, -face, 0.8 - y)


def _curly(x: Tensor, y: Tensor) -> Tensor:
    face = scallop(x, y - 3.0, 7.0, 7.4, depth=-0.9, bumps=14)
    return common(scallop(x, y + 1.0, 9.8, 10.6, depth=1.7, bumps=13), -face, 2.0 - y)


def _afro_behind(x: Tensor, y: Tensor) -> Tensor:
    return scallop(x, y + 1.8, 11.6, 11.4, depth=1.2, bumps=18)


def _afro(x: Tensor, y: Tensor) -> Tensor:
    face = ellipse(x, y - 3.0, 7.3, 8.0)
    return common(_afro_behind(x, y), -face, 6 - y - 0.4 * x.abs())


def _bob_behind(x: Tensor, y: Tensor) -> Tensor:
    return union(_cap(x, y, 9.6, 10.7), box(x, y - 2.5, 9.8, 6.0, 3.0))


def _bob(x: Tensor, y: Tensor) -> Tensor:
    sides = box(x, y - 1.5, 9.6, 5.8, 2.5)
    face = box(x, y - 5.8, 6.7, 9.6, 3.4)
    return common(union(_cap(x, y, 9.6, 10.7), sides), -face)


def _long_behind(x: Tensor, y: Tensor) -> Tensor:
    return union(_cap(x, y, 9.6, 10.7), box(x, y - 6.0, 9.6, 10.5, 3.0))


def _long(x: Tensor, y: Tensor) -> Tensor:
    arches = ellipse(x.abs() - 4.6, y - 4.6, 5.4, 9.6)  # parted in the middle
    face = common(union(arches, y - 4.6), 7.2 - x.abs())
    return common(union(_cap(x, y, 9.4, 10.7), box(x, y - 6.0, 9.4, 10.0, 2.0)), -face)


def _wavy_behind(x: Tensor, y: Tensor) -> Tensor:
    sides = box(x.abs() - 0.7 * (1.1 * y).sin(), y - 4.0, 10.4, 9.0, 4.0)
    return union(_cap(x, y, 9.9, 10.9, 1.1), sides)


def _wavy(x: Tensor, y: Tensor) -> Tensor:
    sides = box(x.abs() - 0.42 * (1.1 * y).sin(), y - 4.0, 9.9, 8.5, 3.0)
    face = common(ellipse(x + 1.0, y - 4.2, 8.6, 9.8), ellipse(x, y - 3.4, 7.2, 10.5))
    chest = ellipse(x, y - 11.0, 6.6, 9.0)
    return common(union(_cap(x, y, 9.9, 10.9, 1.1), sides), -face, -chest)


def _bun_behind(x: Tensor, y: Tensor) -> Tensor:
    return circle(x, y + 12.0, 4.0)


def _bun(x: Tensor, y: Tensor) -> Tensor:
    face = ellipse(x, y - 2.8, 7.5, 8.6)
    return common(_cap(x, y, 8.8, 10.2, 0.6), -face, 1.5 - y)


def _puffs_behind(x: Tensor, y: Tensor) -> Tensor:
    return scallop(x.abs() - 9.6, y + 7.4, 4.4, 4.4, depth=0.7, bumps=12)


def _puffs(x: Tensor, y: Tensor) -> Tensor:
    face = ellipse(x.abs() - 3.6, y - 3.4, 4.6, 9.0)
    return common(_cap(x, y, 8.8, 10.2, 0.6), -face, 1.5 - y)


Shape = Callable[[Tensor, Tensor], Tensor]
BEHIND: dict[str, Shape] = {
    "afro": _afro_behind,
    "bob": _bob_behind,
    "long": _long_behind,
    "wavy": _wavy_behind,
    "bun": _bun_behind,
    "puffs": _puffs_behind,
}
FRONT: dict[str, Shape] = {
    "buzz": _buzz,
    "short": _short,
    "parted": _parted,
    "spiky": _spiky,
    "curly": _curly,
    "afro": _afro,
    "bob": _bob,
    "long": _long,
    "wavy": _wavy,
    "bun": _bun,
    "puffs": _puffs,
}
