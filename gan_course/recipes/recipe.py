"""What a recipe is: a row of values that says all there is to say about a training.

A recipe knows no code. `build` makes the networks and the trainer that it describes.
"""

import dataclasses
import typing
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from gan_course.choices import nearest


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """One row: what is trained, on what, and how. None where a value does not apply.

    Attributes:
        name: what is typed after --recipe.
        data: the set that it trains on.
        count: images or points that are drawn, of a set that is made on demand.
        pair: the two networks, a name in `build.PAIRS`.
        size: pixels per side.
        channels: 1 for grey, 3 for RGB.
        latent_size: numbers in a latent.
        codes: groups of 16 latents of which only the place of the largest counts, for
            the pair "residual".
        generator_width: maps or numbers in the generator's narrowest hidden layer.
        discriminator_width: likewise of the discriminator.
        generator_layers: hidden layers of the generator, or its residual blocks at each
            size, where that can be chosen.
        last_blocks: residual blocks of the generator at the full size, for the pair
            "residual".
        discriminator_layers: hidden layers of the discriminator, of the pair
            "residual" its dense ones, where that can be chosen.
        scale: about the standard deviation of the data, where networks of points
            are to know it.
        gain: how much larger the generator's first layer starts, after He
            initialisation of both networks; None keeps the weights that the networks
            begin with by themselves, as the pair "residual" demands.
        loss: a name in `losses.LOSSES`.
        r1: γ of the R1 penalty, 0 for none.
        r2: γ of the R2 penalty, 0 for none.
        penalty_every: the penalties are computed in one of so many steps.
        batch_size: images in a step.
        learning_rate: of both networks.
        decay_from: share of the length, 0…1, after which the learning rate falls in a
            line to 0; 1 for a constant one.
        half_life: of the averaged generator, in images.
        augment: names of changes in `gan_course.augment`, with a blank between them.
        images: length of the training, in images seen by the discriminator.
    """

    name: str
    data: str
    count: int | None
    pair: str
    size: int | None
    channels: int | None
    latent_size: int
    codes: int | None
    generator_width: int | None
    discriminator_width: int | None
    generator_layers: int | None
    last_blocks: int | None
    discriminator_layers: int | None
    scale: float | None
    gain: float | None
    loss: str
    r1: float
    r2: float
    penalty_every: int
    batch_size: int
    learning_rate: float
    decay_from: float
    half_life: int
    augment: str
    images: int


def changed(recipe: Recipe, changes: Iterable[str]) -> Recipe:
    """Return a recipe with other values, each written as "name=value".

        changed(find("glyphs"), ["loss=hinge", "r1=0.5", "gain=none"])

    Raises:
        ValueError: a change names no value of a recipe, or cannot be read as one.
    """
    kinds = typing.get_type_hints(Recipe)
    del kinds["name"]
    values = {}
    for change in changes:
        name, _, text = change.partition("=")
        name = nearest("value of a recipe", name, kinds)
        values[name] = _read(name, text, kinds[name])
    return dataclasses.replace(recipe, **values)


def from_settings(settings: Mapping[str, Any]) -> Recipe:
    """Return the recipe that the settings of a run hold.

    Raises:
        ValueError: a value is missing, or of another kind.
    """
    values = {"name": settings.get("recipe")} | dict(settings)
    kinds = typing.get_type_hints(Recipe)
    for name, kind in kinds.items():
        if name not in values or not _fits(values[name], kind):
            raise ValueError(
                f"The settings hold {name}={values.get(name)!r}, which is none that a "
                "recipe can have; they were edited, or `train` did not write them."
            )
    return Recipe(**{name: values[name] for name in kinds})


def _fits(value: object, kind: object) -> bool:
    possible = typing.get_args(kind) or (kind,)
    return type(value) in possible or (type(value) is int and float in possible)


def _read(name: str, text: str, kind: object) -> object:
    possible = typing.get_args(kind) or (kind,)
    if text == "none" and type(None) in possible:
        return None
    try:
        return possible[0](text)
    except ValueError:
        expected = {int: "a whole number", float: "a number"}[possible[0]]
        raise ValueError(
            f"{name} is set to {text!r}, but takes {expected}; write {name}=…."
        ) from None
