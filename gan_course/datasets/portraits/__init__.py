"""Cartoon faces drawn by the course, of which every factor is known."""

import numpy as np
from torch import Tensor

from gan_course.datasets.image_set import ImageSet
from gan_course.datasets.portraits.drawing import draw
from gan_course.datasets.portraits.factors import (
    CATEGORIES,
    COLOURS,
    ODDS,
    RANGES,
    random_factors,
)
from gan_course.datasets.splits import SPLITS, check_request
from gan_course.files import cached

__all__ = ["CATEGORIES", "COLOURS", "ODDS", "RANGES", "draw", "portraits"]

VERSION = 1  # raise it when the same arguments would give other images


def portraits(
    count: int = 12_000, *, size: int = 32, split: str = "train", seed: int = 0
) -> ImageSet:
    """Cartoon faces in colour, each with a smile, of which every factor is known.

    All factors are independent of each other. The values of a factor are equally
    frequent, but for those in ODDS: two of three faces are without glasses, without
    a beard and without earrings. The same arguments give the same images everywhere,
    to ±1 grey level.

    Args:
        count: number of images, at least 1.
        size: pixels per side, 16 to 512; lengths below scale with size / 32.
        split: "train" or "held-out", two sets without an image in common.
        seed: a whole number ≥ 0; another seed gives another set.

    Returns:
        An `ImageSet` of uint8 (count, 3, size, size) with a factor for each name in
        CATEGORIES (an int64 index in its values: `skin`, `hair_colour`, `hair_style`,
        `eye_colour`, `shirt`, `background`, `pattern`, `glasses`, `beard`, `earrings`,
        `neckline`) and in RANGES (float32: `smile`, `mouth_open`, `eyes_open`,
        `blush` and `brow_height` without a unit, `gaze_x` and `gaze_y` -1…1 right and
        down, `face_width` relative to the mean, `tilt` in degrees clockwise, `shift_x`
        and `shift_y` in pixels right and down).

    Raises:
        ValueError: an argument is out of its range.
    """
    check_request("portraits", count, size, (16, 512), split, seed)
    name = f"portraits-{VERSION}-{size}-{split}-{seed}-{count}"
    tensors = cached(name, lambda: _draw_all(count, size, split, seed))
    return ImageSet("portraits", tensors.pop("images"), factors=tensors)


def _draw_all(count: int, size: int, split: str, seed: int) -> dict[str, Tensor]:
    random = np.random.default_rng([seed, SPLITS.index(split)])
    factors = random_factors(count, random)
    return {"images": draw(factors, size=size), **factors}
