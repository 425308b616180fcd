"""Train eight losses on points of the plane and compare what their generators find.

    sh runs/choose_a_loss.sh

Each row has the networks, data, batches, Adam, falling learning rate and average of the
recipes `ring` and `grid`, and two fifths of their length. It differs in its loss, in
the remedy that belongs to the loss by its source, and in what `tune` chooses for it.
The clock is the real points shown to the discriminator, so a row with several steps of
the discriminator for one of the generator trains its generator less often.

Every run leaves a small file in build/choose_a_loss; one that is there is not repeated.
"""

import dataclasses
import json
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from itertools import product
from pathlib import Path
from statistics import fmean, median
from typing import NamedTuple

import torch
from torch import Tensor

from benchmarks.points import SAMPLES, UNSEEN, compare
from gan_course.files import write_atomically
from gan_course.metrics.modes import LEAST_SHARE
from gan_course.penalties import clip_weights, interpolate, wgan_gp_penalty
from gan_course.recipes import build_trainer, find, load_images
from gan_course.training import Penalty, Trainer

ROOT = Path(__file__).resolve().parents[1]
RUNS = ROOT / "build" / "choose_a_loss"

LENGTHS = {"ring": 480_000, "grid": 640_000}  # images seen, 2/5 of the recipes'
SEEDS = range(10)
RATES = (5e-4, 1e-3, 2e-3)
TUNING_SEEDS = (100, 101)
SHORT_LENGTHS = {"ring": 150_000, "grid": 200_000}  # of the first tuning runs
DRAWN = 1_000  # samples that are published for the picture
UNIT = 1_000  # they are whole numbers of thousandths


class Choice(NamedTuple):
    """What tuning chooses for a row.

    Attributes:
        learning_rate: of both networks.
        strength: of the remedy: the limit of clipped weights, or WGAN-GP's λ.
        steps: of the discriminator for one of the generator.
    """

    learning_rate: float
    strength: float | None = None
    steps: int = 1


def no_remedy(trainer: Trainer, strength: float | None) -> None:
    """Take away the recipe's penalties."""
    trainer.penalties = {}


def clipping(trainer: Trainer, strength: float | None) -> None:
    """Clip the discriminator's weights, and nothing else."""
    trainer.penalties = {}
    trainer.constrain = partial(clip_weights, limit=strength)


def slopes_of_one(trainer: Trainer, strength: float | None) -> None:
    """Draw slopes between real and generated points to 1; the source's λ is γ / 2."""
    penalty = Penalty(wgan_gp_penalty, gamma=2 * strength, at=interpolate)
    trainer.penalties = {"WGAN-GP": penalty}


def own_penalties(trainer: Trainer, strength: float | None) -> None:
    """Keep R1 and R2 with the recipe's γ."""


@dataclass(frozen=True)
class Row:
    """A loss, its remedy, and what tuning may choose from beside the learning rate."""

    loss: str
    remedy: Callable[[Trainer, float | None], None] = no_remedy
    strengths: tuple[float | None, ...] = (None,)
    steps: tuple[int, ...] = (1,)


# The limit 0.01 of clipping's source is for other networks. WGAN-GP's paper has λ = 10,
# its program for points 0.1. Both papers train the critic five times as often.
ROWS = {
    "minimax": Row("minimax"),
    "non-saturating": Row("non-saturating"),
    "least squares": Row("least-squares"),
    "Wasserstein, clipped": Row("wasserstein", clipping, (0.05, 0.1, 0.3), (1, 5)),
    "WGAN-GP": Row("wasserstein", slopes_of_one, (0.1, 10.0), (1, 5)),
    "hinge": Row("hinge"),
    "relativistic": Row("relativistic"),
    "relativistic + R1 + R2": Row("relativistic", own_penalties),
}


@dataclass(frozen=True)
class Run:
    """One training: a row of the comparison on one data set with one seed."""

    data: str
    row: str
    choice: Choice
    images: int
    seed: int

    @property
    def path(self) -> Path:
        """The file that keeps its result; its name says all but the recipe."""
        values = (self.data, self.row, *self.choice, self.images, self.seed)
        return RUNS / ("_".join(map(str, values)).replace(" ", "-") + ".json")

    @property
    def finished(self) -> bool:
        """Whether there is a result."""
        return self.path.exists()

    def trainer(self) -> Trainer:
        """Return the recipe's trainer with this row's loss and remedy."""
        row, choice = ROWS[self.row], self.choice
        recipe = dataclasses.replace(
            find(self.data),
            loss=row.loss,
            learning_rate=choice.learning_rate,
            images=self.images,
        )
        trainer = build_trainer(recipe, load_images(recipe), seed=self.seed)
        trainer.discriminator_steps = choice.steps
        row.remedy(trainer, choice.strength)
        return trainer

    def result(self) -> dict:
        """Return what the run has reached, from its file if there is one."""
        if not self.finished:
            known = self.train()
            write_atomically(self.path, json.dumps(known).encode())
            told = {name: value for name, value in known.items() if name != "drawn"}
            print(self.path.stem, told, flush=True)
        return json.loads(self.path.read_text(encoding="utf-8"))

    def train(self) -> dict:
        """Train, and measure samples of the averaged generator."""
        start = time.process_time()
        trainer = self.trainer()
        try:
            trainer.train(until=self.images)
            samples = trainer.sample(SAMPLES, seed=UNSEEN)
        except FloatingPointError:
            samples = torch.full((SAMPLES, 2), torch.nan)
        seconds = round(time.process_time() - start, 1)
        drawn = (samples[:DRAWN].nan_to_num() * UNIT).round().clamp(-32_000, 32_000)
        known = {"seed": self.seed, **measured(self.data, samples), "seconds": seconds}
        return known | {"drawn": drawn.int().tolist()}


def measured(data: str, samples: Tensor) -> dict:
    """Return the counts of a set's modes among samples, as JSON can hold them.

    The spreads are those of the modes that are found, None if there are none.
    """
    finite = bool(samples.isfinite().all())
    if not finite:
        names = "reverse_kl", "spread_least", "spread_median"
        nothing = {"found": 0, "touched": 0, "high_quality": 0.0}
        return {"finite": False, **nothing, **dict.fromkeys(names)}
    counts = compare(find(data), samples)
    spreads = counts.spreads[counts.near >= LEAST_SHARE * len(samples)].tolist()
    return {
        "finite": True,
        "found": counts.found,
        "touched": counts.touched,
        "high_quality": round(counts.high_quality, 4),
        "reverse_kl": round(counts.reverse_kl, 5),
        "spread_least": round(min(spreads), 3) if spreads else None,
        "spread_median": round(median(spreads), 3) if spreads else None,
    }


def score(result: dict) -> float:
    """Return the modes found times the share of samples near a mode."""
    return result["found"] * result["high_quality"]


def tune(data: str, row: str) -> Choice:
    """Return the choice that is best at full length."""
    return best(long_scores(data, row))


def best(scores: dict[Choice, float]) -> Choice:
    """Return the choice with the highest score, the first of equals."""
    return max(scores, key=scores.__getitem__)


def long_scores(data: str, row: str) -> dict[Choice, float]:
    """Return the scores, at full length, of the two best rates of the short runs.

    Short runs alone would mislead: a high rate gets further in a short run, and loses
    modes in a long one.
    """
    short = short_scores(data, row)
    start = best(short)
    rates = [choice for choice in short if choice[1:] == start[1:]]
    finalists = sorted(rates, key=short.__getitem__, reverse=True)[:2]
    return mean_scores(data, row, finalists, LENGTHS[data])


def short_scores(data: str, row: str) -> dict[Choice, float]:
    """Return the score of every choice that is tried, in short runs.

    On the ring the strength of the remedy and the steps are chosen at the middle
    learning rate, and then kept for all rates and for the grid.
    """
    images = SHORT_LENGTHS[data]
    scores = {}
    if data == "ring":
        options = product(ROWS[row].strengths, ROWS[row].steps)
        middle = [Choice(RATES[1], *option) for option in options]
        scores = mean_scores(data, row, middle, images)
    start = best(scores) if scores else tune("ring", row)
    rates = [start._replace(learning_rate=rate) for rate in RATES]
    return scores | mean_scores(data, row, rates, images)


def mean_scores(
    data: str, row: str, choices: Iterable[Choice], images: int
) -> dict[Choice, float]:
    """Return the mean score of the tuning seeds for each choice."""
    return {
        choice: fmean(
            score(Run(data, row, choice, images, seed).result())
            for seed in TUNING_SEEDS
        )
        for choice in choices
    }


def reported_runs(data: str, row: str) -> list[Run]:
    """Return the runs of the comparison, one for each seed."""
    choice = tune(data, row)
    return [Run(data, row, choice, LENGTHS[data], seed) for seed in SEEDS]


def train_all() -> None:
    """Tune every row, then train every row seed by seed."""
    rows = []
    for data, row in product(LENGTHS, ROWS):
        runs = reported_runs(data, row)
        print(data, row, runs[0].choice, flush=True)
        rows.append(runs)
    for of_one_seed in zip(*rows):
        for run in of_one_seed:
            run.result()


if __name__ == "__main__":
    torch.set_num_threads(1)
    train_all()
