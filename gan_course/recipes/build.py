"""The networks and the trainer that a recipe describes."""

from collections.abc import Callable, Mapping
from functools import reduce
from types import MappingProxyType, ModuleType
from typing import Any

import torch
from torch import Tensor, nn

from gan_course import augment
from gan_course.choices import nearest
from gan_course.losses import LOSSES
from gan_course.networks import convolutional, mlp, points, residual
from gan_course.networks.initialise import he_initialise
from gan_course.penalties import r1_penalty, r2_penalty
from gan_course.recipes.recipe import Recipe
from gan_course.training import Penalty, Trainer, constant, linear_decay
from gan_course.training.distributed import ALONE, World
from gan_course.training.schedules import Schedule

Pair = tuple[nn.Module, nn.Module]
NO_OPTIONS: Mapping[str, Any] = MappingProxyType({})
AUGMENTATIONS = {
    name: getattr(augment, name)
    for name in ("flip", "translate", "crop", "rotate", "colour", "cutout")
}


def _mlp(recipe: Recipe) -> Pair:
    if (recipe.size, recipe.channels) != (28, 1):
        raise ValueError(
            f"The pair 'mlp' makes images of 28×28 pixels in 1 channel, but the recipe "
            f"asks for size={recipe.size} and channels={recipe.channels}; set "
            "pair=convolutional."
        )
    return mlp.Generator(recipe.latent_size), mlp.Discriminator()


def _of_images(
    recipe: Recipe,
    family: ModuleType,
    generator_options: Mapping[str, Any] = NO_OPTIONS,
    discriminator_options: Mapping[str, Any] = NO_OPTIONS,
) -> Pair:
    shape = _given(recipe, "size", "channels")
    widths = _given(recipe, "generator_width", "discriminator_width")
    generator = family.Generator(
        recipe.latent_size,
        **shape,
        width=widths["generator_width"],
        **generator_options,
    )
    discriminator = family.Discriminator(
        **shape, width=widths["discriminator_width"], **discriminator_options
    )
    last = torch.channels_last  # the order in which convolutions are fastest
    return generator.to(memory_format=last), discriminator.to(memory_format=last)


def _convolutional(recipe: Recipe) -> Pair:
    return _of_images(recipe, convolutional)


def _transposed(recipe: Recipe) -> Pair:
    return _of_images(recipe, convolutional, {"upsampling": "transposed-4"})


def _residual(recipe: Recipe) -> Pair:
    if recipe.gain is not None:
        raise ValueError(
            f"The pair 'residual' begins with weights of its own, but the recipe asks "
            f"for gain={recipe.gain}; set gain=none."
        )
    generator = {
        "codes": recipe.codes,
        "blocks": recipe.generator_layers,
        "last_blocks": recipe.last_blocks,
    }
    discriminator = {"layers": recipe.discriminator_layers}
    return _of_images(recipe, residual, _set(generator), _set(discriminator))


def _set(options: Mapping[str, Any]) -> dict[str, Any]:
    """The options that the recipe does not leave to the network."""
    return {name: value for name, value in options.items() if value is not None}


def _points(recipe: Recipe) -> Pair:
    widths = _given(recipe, "generator_width", "discriminator_width")
    layers = _given(recipe, "generator_layers", "discriminator_layers")
    scale = _given(recipe, "scale")
    generator = points.PointGenerator(
        recipe.latent_size,
        widths["generator_width"],
        layers["generator_layers"],
        **scale,
    )
    discriminator = points.PointDiscriminator(
        widths["discriminator_width"], layers["discriminator_layers"], **scale
    )
    return generator, discriminator


PAIRS: dict[str, Callable[[Recipe], Pair]] = {
    "mlp": _mlp,
    "convolutional": _convolutional,
    "transposed": _transposed,
    "residual": _residual,
    "points": _points,
}


def networks(recipe: Recipe, *, seed: int = 0) -> Pair:
    """Return a new generator and discriminator, on the CPU.

    The same seed gives the same weights; the caller's random numbers are left alone.

    Raises:
        ValueError: the pair is unknown, or a value is none that it can be built with.
    """
    make = PAIRS[nearest("pair of networks", recipe.pair, PAIRS)]
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        generator, discriminator = make(recipe)
        if recipe.gain is not None:
            he_initialise(generator, gain=recipe.gain)
            he_initialise(discriminator)
    return generator, discriminator


def build_trainer(
    recipe: Recipe,
    images: Tensor,
    *,
    seed: int = 0,
    precision: str = "float32",
    world: World = ALONE,
) -> Trainer:
    """Return a new trainer for a recipe, on the device of its world.

    Args:
        recipe: all that is to be done.
        images: what `load_images` returned.
        seed: of everything random, 0 or more.
        precision: "float32" or "bf16".
        world: the processes that train together.

    Raises:
        ValueError: a value of the recipe, the seed or the precision is none with which
            anything can be trained.
    """
    generator, discriminator = networks(recipe, seed=seed)
    return Trainer(
        generator.to(world.device),
        discriminator.to(world.device),
        images,
        loss=LOSSES[nearest("loss", recipe.loss, LOSSES)],
        penalties=_penalties(recipe),
        augment=_augmentation(recipe.augment.split()),
        batch_size=recipe.batch_size,
        learning_rate=recipe.learning_rate,
        schedule=_schedule(recipe),
        half_life=recipe.half_life,
        seed=seed,
        precision=precision,
        world=world,
    )


def _given(recipe: Recipe, *names: str) -> dict[str, Any]:
    values = {name: getattr(recipe, name) for name in names}
    for name, value in values.items():
        if value is None:
            raise ValueError(
                f"The pair {recipe.pair!r} needs {name}, which the recipe "
                f"{recipe.name!r} leaves open; set {name}=…."
            )
    return values


def _penalties(recipe: Recipe) -> dict[str, Penalty]:
    rows = {
        "R1": Penalty(r1_penalty, recipe.r1, "real", recipe.penalty_every),
        "R2": Penalty(r2_penalty, recipe.r2, "fake", recipe.penalty_every),
    }
    return {name: row for name, row in rows.items() if row.gamma > 0}


def _augmentation(names: list[str]) -> Callable[[Tensor], Tensor]:
    changes = [AUGMENTATIONS[nearest("augmentation", n, AUGMENTATIONS)] for n in names]
    return lambda images: reduce(lambda seen, change: change(seen), changes, images)


def _schedule(recipe: Recipe) -> Schedule:
    share, length = recipe.decay_from, recipe.images
    if not 0 <= share <= 1 or length < 1:
        raise ValueError(
            f"The recipe has decay_from={share} and images={length}; choose a share "
            "from 0 to 1, and 1 image or more."
        )
    start = round(share * length)
    return linear_decay(length, start=start) if start < length else constant
