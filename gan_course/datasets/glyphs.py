"""Digits in twenty type faces, deformed at random: labels and factors are known."""

from functools import cache
from typing import NamedTuple

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.nn.functional import grid_sample

from gan_course.datasets.image_set import ImageSet
from gan_course.datasets.splits import SPLITS, check_request
from gan_course.files import cached, data_folder

ATLAS = "glyph_atlas.png"
VERSION = 1  # raise it when the same arguments would give other images
TILE = 64  # pixels per side of a tile of the atlas
UNIT_PIXELS = 28  # a tile shows what a 28x28 image shows
LEVELS_PER_PIXEL = 24  # grey levels of the atlas per pixel of distance
CHUNK = 2000  # images deformed at once, to bound memory

SLANT = 0.25  # at most so many pixels to the right per pixel upwards
WEIGHT = (-0.2, 0.5)  # pixels added to either side of a stroke
SCALE = (0.85, 1.1)
SHIFT = 1.0  # pixels, either way; MNIST centres its digits too


class Face(NamedTuple):
    """A type face: the file Matplotlib ships, and the family it belongs to."""

    file: str
    family: str


FACES = (
    Face("DejaVuSans.ttf", "DejaVu Sans"),
    Face("DejaVuSans-Bold.ttf", "DejaVu Sans"),
    Face("DejaVuSans-Oblique.ttf", "DejaVu Sans"),
    Face("DejaVuSans-BoldOblique.ttf", "DejaVu Sans"),
    Face("DejaVuSansMono.ttf", "DejaVu Mono"),
    Face("DejaVuSansMono-Bold.ttf", "DejaVu Mono"),
    Face("DejaVuSansMono-Oblique.ttf", "DejaVu Mono"),
    Face("DejaVuSerif.ttf", "DejaVu Serif"),
    Face("DejaVuSerif-Bold.ttf", "DejaVu Serif"),
    Face("DejaVuSerif-Italic.ttf", "DejaVu Serif"),
    Face("STIXGeneral.ttf", "STIX"),
    Face("STIXGeneralBol.ttf", "STIX"),
    Face("STIXGeneralItalic.ttf", "STIX"),
    Face("STIXGeneralBolIta.ttf", "STIX"),
    Face("cmr10.ttf", "CM Roman"),
    Face("cmb10.ttf", "CM Roman"),
    Face("cmti10.ttf", "CM Italic"),
    Face("cmss10.ttf", "CM Sans"),
    Face("cmtt10.ttf", "CM Typewriter"),
    Face("cmmi10.ttf", "CM Old Style"),
)
FAMILIES = tuple(dict.fromkeys(face.family for face in FACES))


def glyphs(
    count: int = 12_000, *, size: int = 28, split: str = "train", seed: int = 0
) -> ImageSet:
    """Grey digits 0…9 in twenty type faces with random slant, weight, scale and shift.

    Every digit is as frequent as the others, up to one image; the other factors are
    independent and uniform. At scale 1 a digit is 20/28 of the image tall, as in
    MNIST. The same arguments give the same images everywhere, to ±1 grey level.

    Args:
        count: number of images, at least 1.
        size: pixels per side, 8 to 512; lengths below scale with size / 28.
        split: "train" or "held-out", two sets without an image in common.
        seed: a whole number ≥ 0; another seed gives another set.

    Returns:
        An `ImageSet` of uint8 (count, 1, size, size), 0 = paper, 255 = ink, with
        labels and the factors `face` (index in FACES), `family` (index in FAMILIES),
        `slant` (-0.25…0.25 pixels to the right per pixel up), `weight` (-0.2…0.5
        pixels added to each side of a stroke), `scale` (0.85…1.1), `shift_x` and
        `shift_y` (-1…1 pixels right and down).

    Raises:
        ValueError: an argument is out of its range.
    """
    check_request("glyphs", count, size, (8, 512), split, seed)
    name = f"glyphs-{VERSION}-{size}-{split}-{seed}-{count}"
    tensors = cached(name, lambda: _draw_all(count, size, split, seed))
    images, labels = tensors.pop("images"), tensors.pop("labels")
    return ImageSet("glyphs", images, labels, tensors, tuple("0123456789"))


def _draw_all(count: int, size: int, split: str, seed: int) -> dict[str, Tensor]:
    random = np.random.default_rng([seed, SPLITS.index(split)])
    labels = random.permutation(np.arange(count) % 10)
    faces = random.integers(0, len(FACES), count)

    def uniform(low: float, high: float) -> Tensor:
        return torch.from_numpy(random.uniform(low, high, count)).float()

    factors = {
        "slant": uniform(-SLANT, SLANT),
        "weight": uniform(*WEIGHT),
        "scale": uniform(*SCALE),
        "shift_x": uniform(-SHIFT, SHIFT),
        "shift_y": uniform(-SHIFT, SHIFT),
    }
    labels, faces = torch.from_numpy(labels), torch.from_numpy(faces)
    families = torch.tensor([FAMILIES.index(face.family) for face in FACES])
    images = torch.cat(
        [
            draw(
                labels[chunk],
                faces[chunk],
                **{k: v[chunk] for k, v in factors.items()},
                size=size,
            )
            for chunk in torch.arange(count).split(CHUNK)
        ]
    )
    identity = {"labels": labels, "face": faces, "family": families[faces]}
    return {"images": images, **identity, **factors}


def draw(
    labels: Tensor,
    faces: Tensor,
    slant: Tensor,
    weight: Tensor,
    scale: Tensor,
    shift_x: Tensor,
    shift_y: Tensor,
    *,
    size: int = 28,
) -> Tensor:
    """Draw one glyph for each row of the factors, as uint8 (N, 1, size, size).

    A pixel of the image at offset (x, y) from its centre, in pixels of a 28x28 image,
    looks up the atlas at offset ((x - shift_x + slant (y - shift_y)) / scale,
    (y - shift_y) / scale), which gives its distance d to the outline, positive
    inside. Its ink is the share of the pixel that a straight edge at that distance
    covers: scale · d + weight + 1/2, clipped to [0, 1].
    """
    tiles = _atlas()[faces, labels]
    grid = _lookup(slant, scale, shift_x, shift_y, size)
    distance = grid_sample(
        tiles.unsqueeze(1), grid, padding_mode="border", align_corners=False
    )
    column = (slice(None), None, None, None)
    ink = (distance * scale[column] + weight[column]) * size / UNIT_PIXELS + 0.5
    return (ink.clamp(0, 1) * 255).round().to(torch.uint8)


def _lookup(
    slant: Tensor, scale: Tensor, shift_x: Tensor, shift_y: Tensor, size: int
) -> Tensor:
    """Where each pixel looks in its tile, (N, size, size, 2) with ±1 at the edges."""
    centres = (torch.arange(size) + 0.5) / size * UNIT_PIXELS - UNIT_PIXELS / 2
    y = centres[None, :, None] - shift_y[:, None, None]
    x = centres[None, None, :] - shift_x[:, None, None] + slant[:, None, None] * y
    place = torch.stack(torch.broadcast_tensors(x, y), dim=-1)
    return place / scale[:, None, None, None] / (UNIT_PIXELS / 2)


@cache
def _atlas() -> Tensor:
    """Distances to the outline in pixels of a 28x28 image, (faces, 10, TILE, TILE)."""
    levels = np.asarray(Image.open(data_folder() / ATLAS), dtype=np.float32)
    tiles = levels.reshape(len(FACES), TILE, 10, TILE).swapaxes(1, 2)
    return torch.from_numpy((tiles - 128) / LEVELS_PER_PIXEL)
