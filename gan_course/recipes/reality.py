"""The real images that a run is scored against: some to compare with, some to beat."""

import dataclasses
import inspect
from dataclasses import dataclass

import torch
from torch import Tensor

from gan_course.datasets import SETS, ImageSet, PointSet
from gan_course.recipes.recipe import Recipe
from gan_course.recipes.sources import load_data, named_data

SAMPLES = 5_000  # on either side, in all scores that the course publishes
LEAST = 20  # images on either side, below which no score means anything


@dataclass(frozen=True)
class RealImages:
    """Two halves of real images of one kind, in a random order that is always the same.

    Attributes:
        name: of the data, a name of a set or a path.
        reference: uint8 (N, C, H, W), what everything is compared with.
        other: uint8 (N, C, H, W), real images that are scored as if they were
            generated: their scores are the ceiling.
        other_labels: int64 (N,) of `other`, or None where nothing is known.
        training: uint8 (K, C, H, W), what the run was trained with, if it was trained
            with images of the same kind; else None.
        held_out: whether the run was trained without any of `reference` and `other`.
    """

    name: str
    reference: Tensor
    other: Tensor
    other_labels: Tensor | None
    training: Tensor | None
    held_out: bool


def real_images(
    recipe: Recipe, against: str | None = None, *, count: int = SAMPLES
) -> RealImages:
    """Return what a run of this recipe is scored against.

    Sets with a held-out part give images of that; no training has seen them. Others
    are taken as they are, and `held_out` is then False.

    Args:
        recipe: of the run.
        against: a set, a folder or an array; the recipe's own data, if not given.
        count: images in each half, if there are as many.

    Raises:
        ValueError: the recipe makes points, the data are of another shape, or there
            are too few of them.
        OSError: they cannot be read or downloaded.
    """
    if recipe.pair == "points" or recipe.size is None:
        raise ValueError(
            f"The recipe {recipe.name!r} makes points of the plane, and `evaluate` "
            "scores images; for points, gan_course.metrics.modes.count_modes says "
            "which modes were found, how evenly and how exactly."
        )
    name = named_data(against or recipe.data)
    own = name == named_data(recipe.data)
    drawn = dataclasses.replace(recipe, data=name)
    options = _held_out(name, count)
    loaded = load_data(drawn, **options)
    _check(recipe, name, loaded, count)
    held_out = bool(options) or not own
    random = torch.Generator().manual_seed(0)
    order = torch.randperm(len(loaded), generator=random)
    half = min(count, len(loaded) // 2)
    first, second = order[:half], order[half : 2 * half]
    labels, training = loaded.labels, own and held_out
    return RealImages(
        name=name,
        reference=loaded.images[first],
        other=loaded.images[second],
        other_labels=None if labels is None else labels[second],
        training=load_data(recipe).images if training else None,
        held_out=held_out,
    )


def _held_out(name: str, count: int) -> dict[str, object]:
    """Options that make a set give twice as many held-out images; none if it cannot."""
    known = inspect.signature(SETS[name]).parameters if name in SETS else {}
    if "split" not in known:
        return {}
    amount = {"count": 2 * count} if "count" in known else {}
    return {"split": "held-out"} | amount


def _check(recipe: Recipe, name: str, loaded: ImageSet | PointSet, count: int) -> None:
    made = recipe.channels, recipe.size, recipe.size
    if isinstance(loaded, PointSet):
        raise ValueError(f"{name} is a set of points; choose a set of images.")
    if tuple(loaded.images.shape[1:]) != made:
        raise ValueError(
            f"The data {name} have the shape {tuple(loaded.images.shape[1:])}, but the "
            f"run makes {made}; choose data of that shape."
        )
    if min(count, len(loaded) // 2) < LEAST:
        raise ValueError(
            f"{len(loaded)} images of {name} are compared by {count}, but a score "
            f"needs at least {LEAST} on either side, so {2 * LEAST} images."
        )
