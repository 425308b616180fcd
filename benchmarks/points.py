"""How well the recipes for points find all modes, seed by seed.

    python -m benchmarks.points

Trains each recipe with ten seeds, one thread each, and writes the tables into
benchmarks/README.md.
"""

import argparse
import math
import os
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from statistics import median
from typing import NamedTuple

import torch

from benchmarks.report import machine, publish, table
from gan_course.datasets import PointSet, load
from gan_course.metrics.modes import ModeCounts, count_modes
from gan_course.recipes import Recipe, build_trainer, changed, find, load_images

SAMPLES = 10_000
UNSEEN = 1_000_000  # seed of latents and of points that no training has drawn
TITLES = (
    "seed",
    "modes",
    "with one sample",
    "within 3σ",
    "reverse KL",
    "spread, least…most",
    "seconds",
)


class Row(NamedTuple):
    """What a training has reached.

    Attributes:
        counts: of samples of the averaged generator.
        seconds: of a processor, which the training took on one thread.
    """

    counts: ModeCounts
    seconds: float


def train(recipe: Recipe, seed: int) -> Row:
    """Train a recipe on one thread and count what its samples find."""
    torch.set_num_threads(1)
    start = time.process_time()
    trainer = build_trainer(recipe, load_images(recipe), seed=seed)
    trainer.train(until=recipe.images)
    seconds = time.process_time() - start
    return Row(compare(recipe, trainer.sample(SAMPLES, seed=UNSEEN)), seconds)


def compare(recipe: Recipe, samples: torch.Tensor) -> ModeCounts:
    """Count the modes of a recipe's data among samples."""
    data = points_of(recipe, count=1)
    return count_modes(samples, data.centres, data.sigma)


def points_of(recipe: Recipe, **options: int) -> PointSet:
    """Draw a recipe's data.

    Raises:
        ValueError: they are not points with modes.
    """
    data = load(recipe.data, **options)
    if not isinstance(data, PointSet) or data.centres is None:
        raise ValueError(f"{recipe.data} has no modes to count; choose ring or grid.")
    return data


def train_all(recipe: Recipe, seeds: int, processes: int) -> list[Row]:
    """Train with the seeds 0, 1, …, as many at a time as there are processes."""
    spawn = get_context("spawn")
    with ProcessPoolExecutor(processes, mp_context=spawn) as pool:
        return list(pool.map(partial(train, recipe), range(seeds)))


def described(recipe: Recipe, rows: Sequence[Row]) -> str:
    """Return the section of a recipe: a heading and its table."""
    exact = points_of(recipe, count=SAMPLES, seed=UNSEEN).points
    lines = [_cells(str(seed), *row) for seed, row in enumerate(rows)]
    lines.append(_cells("exact sampler", compare(recipe, exact), None))
    modes = len(rows[0].counts.nearest)
    worst = max(row.seconds for row in rows)
    middle = median(row.seconds for row in rows)
    told = (
        f"{modes} modes; {recipe.images:,} points seen in {middle:.0f} s of one core "
        f"(at most {worst:.0f} s)."
    )
    return f"### `{recipe.name}`\n\n{told}\n\n{table(TITLES, lines)}"


def _cells(name: str, counts: ModeCounts, seconds: float | None) -> tuple[str, ...]:
    least, most = counts.spreads.min().item(), counts.spreads.max().item()
    return (
        name,
        str(counts.found),
        str(counts.touched),
        f"{counts.high_quality:.1%}",
        f"{counts.reverse_kl:.4f}",
        "none" if math.isnan(least) else f"{least:.2f}…{most:.2f}",
        "" if seconds is None else f"{seconds:.0f}",
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """Train, print and, unless told otherwise, write the tables."""
    recipes, options = _chosen(arguments)
    torch.set_num_threads(1)
    sections = [machine()]
    for recipe in recipes:
        rows = train_all(recipe, options.seeds, options.processes)
        sections.append(described(recipe, rows))
        print(sections[-1], flush=True)
    if not options.print_only:
        publish("points", "\n\n".join(sections))


def _chosen(
    arguments: Sequence[str] | None,
) -> tuple[list[Recipe], argparse.Namespace]:
    """Read the options; leave with a sentence if nothing can be trained with them."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--recipes", nargs="+", default=["ring", "grid"])
    parser.add_argument("--seeds", type=int, default=10, help="how many, from 0 on")
    parser.add_argument("--processes", type=int, default=os.cpu_count())
    parser.add_argument("--set", nargs="+", default=[], metavar="NAME=VALUE")
    parser.add_argument("--print-only", action="store_true", help="write no file")
    options = parser.parse_args(arguments)
    for name in ("seeds", "processes"):
        if getattr(options, name) < 1:
            parser.error(f"--{name} is {getattr(options, name)}; choose 1 or more.")
    try:
        recipes = [changed(find(name), options.set) for name in options.recipes]
        for recipe in recipes:
            points_of(recipe, count=1)
    except ValueError as error:
        parser.error(str(error))
    return recipes, options


if __name__ == "__main__":
    main()
