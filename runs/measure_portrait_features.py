"""Measure what the networks of portraits see: the table in their card.

python runs/measure_portrait_features.py
"""

import torch
from measure_features import print_distances
from spoilt_portraits import bend, blends, patched, shuffled, soft
from torch import Tensor

from gan_course.datasets import portraits
from gan_course.datasets.portraits import CATEGORIES
from gan_course.images import to_float
from gan_course.metrics.faces import portrait_features

COUNT = 2_000
SEED = 3  # of held-out portraits, which no training has seen


def artefacts(images: Tensor) -> dict[str, Tensor]:
    """The same portraits, spoilt, by name, in [-1, 1]."""
    noise = torch.randn_like(images)
    board = (torch.arange(32).unsqueeze(1) + torch.arange(32)) % 2 * 2 - 1
    kept = COUNT * 4 // 5
    most, rest = images[:kept], images[kept:]
    return {
        "normal noise of 0.1": (images + 0.1 * noise).clamp(-1, 1),
        "normal noise of 0.3": (images + 0.3 * noise).clamp(-1, 1),
        "half blurred by a mean of 3×3": (images + soft(images)) / 2,
        "blurred by a mean of 3×3": soft(images),
        "checkerboard of ±0.1": (images + 0.1 * board).clamp(-1, 1),
        "contrast of 90 %": images * 0.9,
        "bent by about a pixel": bend(images, torch.ones(COUNT, 1, 1, 1)),
        "a fifth are blends": torch.cat([most, blends(rest)]),
        "a fifth are patchworks": torch.cat([most, patched(rest)]),
        "500 portraits, each five times": images[:500].repeat(5, 1, 1, 1),
        "shuffled": shuffled(images),
    }


def collapses() -> dict[str, Tensor]:
    """Real portraits of which some values are missing, by name, in [-1, 1]."""
    pool = portraits(16 * COUNT, split="held-out", seed=SEED + 1)
    known = pool.factors

    def value(factor: str, name: str) -> Tensor:
        return known[factor] == CATEGORIES[factor].index(name)

    kept = {
        "no glasses": value("glasses", "none"),
        "no round glasses": ~value("glasses", "round"),
        "no blue eyes": ~value("eye_colour", "blue"),
        "brown eyes only": value("eye_colour", "brown"),
        "no afro": ~value("hair_style", "afro"),
        "one hair style": value("hair_style", "bob"),
        "no teal hair": ~value("hair_colour", "teal"),
        "no full beard": ~value("beard", "full"),
        "no earrings": value("earrings", "none"),
        "smile of at most 0.4": known["smile"] <= 0.4,
        "all mouths closed": known["mouth_open"] <= 0.2,
        "all look ahead": (known["gaze_x"].abs() < 0.4) & (known["gaze_y"].abs() < 0.4),
        "no head tilted above 2°": known["tilt"].abs() <= 2,
    }
    return {
        name: to_float(pool.images[mask.nonzero()[:COUNT, 0]])
        for name, mask in kept.items()
    }


def main() -> None:
    """Print a row for each disturbance: distances relative to the undisturbed one."""
    torch.manual_seed(0)
    held_out = portraits(2 * COUNT, split="held-out", seed=SEED)
    real, other = (to_float(part) for part in held_out.images.split(COUNT))
    networks = {which: portrait_features(which) for which in ("first", "second")}
    print_distances(real, other, networks, artefacts(other) | collapses())


if __name__ == "__main__":
    main()
