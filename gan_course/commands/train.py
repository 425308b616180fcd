"""`python -m gan_course train …`: a recipe, trained in a folder that can go on."""

import argparse
import contextlib
import dataclasses
import io
import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from gan_course.commands.command import Command
from gan_course.commands.options import seconds, seed, whole_number

if TYPE_CHECKING:
    from torch import Tensor

    from gan_course.recipes import Recipe
    from gan_course.training import Trainer
    from gan_course.training.distributed import World

MOMENTS, FARTHEST = 10, 200_000  # kept in a run, at least; images between two, at most
WARM_UP = 8  # steps before those that are timed
TIMED = 0.02  # of the seconds asked for are spent on timing, in whole penalty periods


def _options(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--recipe", required=True, help="a name that `recipes` lists")
    add("--data", help="a set, a folder of images, or an array in an .npy file")
    add("--out", required=True, type=Path, metavar="RUN", help="folder of the run")
    length = parser.add_mutually_exclusive_group()
    length.add_argument(
        "--images", type=whole_number, metavar="N", help="length in images seen"
    )
    length.add_argument(
        "--seconds",
        type=seconds,
        metavar="S",
        help="length in seconds: some steps are timed, once, to turn it into images",
    )
    add("--seed", type=seed, default=0, help="of everything random (default 0)")
    add("--precision", default="float32", help="float32 (default) or bf16")
    add(
        "--set",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="another value of the recipe, such as loss=hinge; may be repeated",
    )
    add(
        "--keep-every",
        type=whole_number,
        metavar="N",
        help="images between two checkpoints (default: a tenth of the length)",
    )
    mode = parser.add_mutually_exclusive_group()
    mode.add_argument("--fresh", action="store_true", help="insist on an empty folder")
    mode.add_argument("--resume", action="store_true", help="insist on a run to go on")


def _run(options: argparse.Namespace) -> int:
    from gan_course.recipes import changed, find, load_images
    from gan_course.recipes.sources import named_data
    from gan_course.training.distributed import processes

    recipe = changed(find(options.recipe), options.set)
    data = named_data(options.data or recipe.data)
    recipe = dataclasses.replace(recipe, data=data)
    with processes() as world:
        shown = sys.stdout if world.writes else io.StringIO()
        with contextlib.redirect_stdout(shown):
            images = load_images(recipe).to(world.device)
            length = _length(options, recipe, images, world)
            _train(options, dataclasses.replace(recipe, images=length), images, world)
    return 0


def _train(
    options: argparse.Namespace, recipe: "Recipe", images: "Tensor", world: "World"
) -> None:
    from gan_course.commands.progress import Progress
    from gan_course.recipes import build_trainer
    from gan_course.recipes.runs import settings_of
    from gan_course.training import train_in_folder

    chosen = {"seed": options.seed, "precision": options.precision}
    trainer = build_trainer(recipe, images, **chosen, world=world)
    print(_opening(recipe, trainer, world), flush=True)
    farthest = max(1, min(recipe.images // MOMENTS, FARTHEST))
    with Progress(recipe.images, hidden=not world.writes) as progress:
        train_in_folder(
            options.out,
            trainer,
            settings_of(recipe, **chosen, seconds=options.seconds),
            until=recipe.images,
            keep_every=options.keep_every or farthest,
            fresh=options.fresh,
            resume=options.resume,
            callbacks=[progress],
        )
    print(
        f"The run in {options.out} is finished after {trainer.images_seen:,} images; "
        f"see it with `python -m gan_course sample {options.out} -o samples.png`."
    )


def _opening(recipe: "Recipe", trainer: "Trainer", world: "World") -> str:
    generator, discriminator = (
        f"{sum(weights.numel() for weights in network.parameters()):,}"
        for network in (trainer.generator, trainer.discriminator)
    )
    several = f"{world.size} processes on " if world.size > 1 else ""
    return (
        f"{recipe.name}: {recipe.images:,} images to see, from the "
        f"{len(trainer.images):,} of {recipe.data}; {generator} parameters against "
        f"{discriminator}; {several}{world.device}"
    )


def _length(
    options: argparse.Namespace, recipe: "Recipe", images: "Tensor", world: "World"
) -> int:
    """Return the images of the whole training; the first process decides."""
    if options.seconds is None:
        return options.images or recipe.images
    noted = world.from_first(lambda: _noted_length(options.out))
    if noted:
        return int(noted)
    measured = _measured_length(options, recipe, images, world)
    return int(world.from_first(lambda: b"%d" % measured))


def _noted_length(folder: Path) -> bytes:
    """Return the length of a run that has begun, as digits; nothing if there is none.

    Raises:
        ValueError: its settings are damaged.
    """
    from gan_course.training.run import CONFIG, read_settings

    if not (folder / CONFIG).exists():
        return b""
    length = read_settings(folder).get("images")
    if type(length) is not int or length < 1:
        raise ValueError(
            f"{folder / CONFIG} holds images={json.dumps(length)}, but a run has a "
            "length of 1 or more; it was edited, so choose an empty folder."
        )
    return b"%d" % length


def _measured_length(
    options: argparse.Namespace, recipe: "Recipe", images: "Tensor", world: "World"
) -> int:
    """Time some steps of a copy that is thrown away; return whole batches of images."""
    from gan_course.recipes import build_trainer

    trial = build_trainer(
        recipe, images, seed=options.seed, precision=options.precision, world=world
    )
    step, steps, passed = trial.images_per_step, 0, 0.0
    trial.train(until=WARM_UP * step)
    start = time.perf_counter()
    while passed < TIMED * options.seconds:
        steps += recipe.penalty_every
        trial.train(until=(WARM_UP + steps) * step)
        passed = time.perf_counter() - start
    return max(1, round(options.seconds * steps / passed)) * step


TRAIN = Command(
    "train", "train a recipe; the same command goes on after a stop", _options, _run
)
