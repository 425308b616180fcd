"""The head without its hair: ears, cheeks, beard, nose, mouth, eyes, brows, glasses."""

import torch
from torch import Tensor

from gan_course.datasets.portraits.canvas import Canvas
from gan_course.datasets.portraits.look import WHITE, Look, darker, has
from gan_course.datasets.portraits.shapes import (
    box,
    circle,
    common,
    ellipse,
    segment,
)

HEAD_Y = 1.0  # centre of the head, and its half axes
HEAD_WIDTH, HEAD_HEIGHT = 8.3, 9.6
EYE_X, EYE_Y = 3.75, 2.0
MOUTH_Y = 6.8
INK = torch.tensor([0.16, 0.11, 0.13])
LIPS = torch.tensor([0.40, 0.10, 0.13])
TONGUE = torch.tensor([0.93, 0.42, 0.44])
TEETH = torch.tensor([1.0, 0.98, 0.95])
ROSY = torch.tensor([0.96, 0.36, 0.38])
GOLD = torch.tensor([0.98, 0.80, 0.33])
FRAMES = torch.tensor([[0.15, 0.17, 0.30], [0.30, 0.17, 0.15]])  # square, round


def head_shape(canvas: Canvas, look: Look) -> Tensor:
    """Signed distance to the outline of the head: an egg, narrower at the chin."""
    y = canvas.y - HEAD_Y
    narrower = 1 - 0.014 * y.clamp(min=0)
    return ellipse(canvas.x / narrower, y, HEAD_WIDTH * look["face_width"], HEAD_HEIGHT)


def paint_head(canvas: Canvas, look: Look) -> None:
    """Ears, with a ring in them or not, and the skin of the head."""
    skin, edge = look["skin"], HEAD_WIDTH * look["face_width"]
    ears = canvas.window(-14, -2, 14, 9)
    x, y = ears.x.abs() - edge, ears.y - 2.3
    ears.paint(ellipse(x + 0.1, y, 1.9, 2.3), skin)
    ears.paint(ellipse(x - 0.2, y - 0.1, 0.9, 1.3), darker(skin, 0.2))
    ears.paint(circle(x - 0.5, y - 3.5, 0.95), GOLD, has(look, "earrings", "gold"))
    canvas.paint(head_shape(canvas, look), skin)


def paint_face(canvas: Canvas, look: Look) -> None:
    """All that the skin of the face carries, from the back to the front."""
    _paint_cheeks(canvas.window(-10, 0, 10, 11), look)
    _paint_beard(canvas.window(-12, 0, 12, 14), look)
    _paint_nose(canvas.window(-4, 2, 4, 8), look)
    _paint_mouth(canvas.window(-6, 3, 6, 13), look)
    _paint_eyes(canvas.window(-9, -3, 9, 7), look)
    _paint_brows(canvas.window(-9, -6, 9, 4), look)


def _paint_cheeks(canvas: Canvas, look: Look) -> None:
    cheek = ellipse(canvas.x.abs() - 5.4, canvas.y - 5.6, 2.4, 1.7)
    colour = torch.lerp(look["skin"], ROSY.to(look["skin"]), 0.55)
    canvas.mix((cheek / 1.4).clamp_(0, 1), colour, 0.75 * look["blush"])


def _paint_beard(canvas: Canvas, look: Look) -> None:
    x, y, colour = canvas.x.abs(), canvas.y, darker(look["hair_colour"], 0.08)
    bare = ellipse(x, y - 2.6, HEAD_WIDTH * look["face_width"] - 1.7, 4.2)
    full = common(head_shape(canvas, look) + 0.35, -bare, y - 2.5)
    canvas.paint(full, colour, has(look, "beard", "full"))
    moustache = ellipse(x - 1.5, y - 5.9 - 0.12 * x, 2.0, 0.95)
    canvas.paint(moustache, colour, ~has(look, "beard", "none"))


def _paint_nose(canvas: Canvas, look: Look) -> None:
    ridge = segment(canvas.x, canvas.y, (-0.55, 4.75), (0.55, 4.75))
    canvas.line(ridge, 0.55, darker(look["skin"], 0.24))


def _paint_mouth(canvas: Canvas, look: Look) -> None:
    """A parabola that smiles; below it the open mouth with teeth and tongue."""
    x, smile, opened = canvas.x, look["smile"], look["mouth_open"] ** 1.5
    half, lift = 2.6 + 0.9 * smile, 0.5 + 1.3 * smile
    inner = x.clamp(-half, half)
    upper = MOUTH_Y + lift * (0.45 - (inner / half) ** 2)
    gap = 2.5 * opened * (1 - (inner / half) ** 2)
    slope = (lift + 1.25 * opened) * 2 * inner / half**2
    above = (canvas.y - upper - gap / 2) / (1 + slope**2).sqrt()
    away = (above**2 + (x - inner) ** 2).sqrt()  # from the middle of the mouth
    lips = LIPS.to(smile) * (0.3 + 0.7 * look["skin"][:, :1])
    canvas.line(away, gap / 2 + 0.47, lips)
    inside = gap / 2 - 0.05 - away
    shown = (6 * opened).clamp(max=1)
    tongue = ellipse(x, canvas.y - upper - 2.8 * opened, 1.8, 1.2)
    canvas.paint(common(inside, tongue), TONGUE, shown)
    teeth = upper + 0.35 + 0.6 * opened - canvas.y
    canvas.paint(common(inside, teeth), TEETH, shown)


def _paint_eyes(canvas: Canvas, look: Look) -> None:
    """Both eyes at once, mirrored; gaze and highlights point the same way in both."""
    side = torch.where(canvas.x < 0, -1.0, 1.0)
    x, y = canvas.x * side - EYE_X, canvas.y - EYE_Y
    wide, high = 2.1, 2.4 * look["eyes_open"]
    white = ellipse(x, y, wide, high)
    shadow = common(white, -ellipse(x, y - 0.75, wide + 0.2, high))
    canvas.paint(white, 0.92 + 0.08 * look["skin"])
    canvas.paint(shadow, darker(look["skin"], 0.4), 0.22)
    iris_x, iris_y = x - 0.6 * look["gaze_x"] * side, y - 0.35 * look["gaze_y"]
    spots = (
        (0.0, 0.0, 1.72, look["eye_colour"]),
        (0.0, 0.0, 0.98, INK),
        (-0.6, -0.7, 0.66, WHITE),
        (0.65, 0.75, 0.28, WHITE),
    )
    for right, down, radius, colour in spots:
        spot = circle(iris_x - right * side, iris_y - down, radius)
        canvas.paint(common(spot, white), colour)
    lid = ellipse(x - 0.1, y + 0.25, wide + 0.35, high + 0.15)
    below = ellipse(x + 0.12, y - 0.42, wide + 0.42, high + 0.2)
    canvas.paint(common(lid, -below), INK)


def _paint_brows(canvas: Canvas, look: Look) -> None:
    along = canvas.x.abs() - EYE_X  # from the brow's middle outwards
    t = (along / 2).clamp(-1, 1)
    arch = canvas.y + 1.9 + 0.8 * look["brow_height"] - 0.5 * t * t - 0.22 * t
    beyond = (along.abs() - 2).clamp(min=0)
    distance = (arch**2 + beyond**2).sqrt_()
    canvas.line(distance, 0.52, darker(look["hair_colour"], 0.32))


def paint_glasses(canvas: Canvas, look: Look) -> None:
    """Two lenses, the bridge between them and the temples."""
    canvas = canvas.window(-12, -4, 12, 8)
    worn, round_ = ~has(look, "glasses", "none"), has(look, "glasses", "round")
    x, y = canvas.x.abs(), canvas.y - EYE_Y - 0.1
    lens = torch.where(
        round_, circle(x - EYE_X, y, 3.1), box(x - EYE_X, y, 3.1, 2.6, 0.9)
    )
    bridge = segment(x, y, (0, -0.6), (0.75, -0.6))
    temple = segment(x, y, (6.7, -0.6), (8.4, -0.9))
    frame = FRAMES[round_.flatten().long()]
    canvas.paint(lens, WHITE, 0.16 * worn)
    canvas.line(common(lens.abs(), bridge, temple), 0.3, frame, worn)
