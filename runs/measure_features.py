"""Measure what the feature networks see: the table in their card in data/README.md.

python runs/measure_features.py
"""

import torch
from torch import Tensor
from torch.nn.functional import avg_pool2d
from train_judge import bend, blend, fray, shuffle_pixels

from gan_course.datasets import glyphs
from gan_course.datasets.glyphs import FAMILIES
from gan_course.images import to_float
from gan_course.metrics.embeddings import (
    Features,
    embed,
    glyph_features,
    random_features,
)
from gan_course.metrics.frechet import frechet_distance

COUNT = 2_500
SEED = 3  # of held-out glyphs, which no training has seen


def artefacts(images: Tensor, labels: Tensor) -> dict[str, Tensor]:
    """The same glyphs, spoilt, by name, in [-1, 1]."""
    noise = torch.randn_like(images)
    board = (torch.arange(28).unsqueeze(1) + torch.arange(28)) % 2 * 2 - 1
    kept = COUNT * 4 // 5
    blends, _ = blend(images[kept:], labels[kept:])
    return {
        "normal noise of 0.1": (images + 0.1 * noise).clamp(-1, 1),
        "normal noise of 0.3": (images + 0.3 * noise).clamp(-1, 1),
        "blurred by a mean of 3×3": avg_pool2d(images, 3, 1, 1, False, False),
        "checkerboard of ±0.1": (images + 0.1 * board).clamp(-1, 1),
        "contrast of 90 %": (images + 1) * 0.9 - 1,
        "strokes bent": bend(images),
        "strokes frayed": fray(images).clamp(-1, 1),
        "a fifth are blends": torch.cat([images[:kept], blends]),
        "500 glyphs, each five times": images[:500].repeat(5, 1, 1, 1),
        "pixels shuffled": shuffle_pixels(images),
    }


def collapses() -> dict[str, Tensor]:
    """Real glyphs of which some kinds are missing, by name, in [-1, 1]."""
    pool = glyphs(20 * COUNT, split="held-out", seed=SEED + 1)
    family, face = pool.factors["family"], pool.factors["face"]
    kept = {
        "no digit 4": pool.labels != 4,
        "no STIX": family != FAMILIES.index("STIX"),
        "no DejaVu Sans": family != FAMILIES.index("DejaVu Sans"),
        "one type face for each digit": face == 2 * pool.labels,
        "slant of at most 0.05": pool.factors["slant"].abs() <= 0.05,
    }
    return {
        name: to_float(pool.images[mask.nonzero()[:COUNT, 0]])
        for name, mask in kept.items()
    }


def main() -> None:
    """Print a row for each disturbance: distances relative to the undisturbed one."""
    torch.manual_seed(0)
    held_out = glyphs(2 * COUNT, split="held-out", seed=SEED)
    real, other = (to_float(part) for part in held_out.images.split(COUNT))
    sets = artefacts(other, held_out.labels[COUNT:]) | collapses()
    networks = {which: glyph_features(which) for which in ("first", "second")}
    print_distances(real, other, networks, sets)


def print_distances(
    real: Tensor, other: Tensor, networks: dict[str, Features], sets: dict[str, Tensor]
) -> None:
    """For each set and network, and random features: over the distance of `other`."""
    networks = networks | {"random": random_features(real)}
    known = {name: embed(real, network) for name, network in networks.items()}
    ceiling = {
        name: frechet_distance(known[name], embed(other, network))
        for name, network in networks.items()
    }
    for disturbance, images in sets.items():
        ratios = [
            frechet_distance(known[name], embed(images, network)) / ceiling[name]
            for name, network in networks.items()
        ]
        print(f"{disturbance:<32}", *(f"{ratio:8.1f}" for ratio in ratios))


if __name__ == "__main__":
    main()
