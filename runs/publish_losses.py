"""Ship the comparison of the eight losses as data/choose_a_loss.json and .safetensors.

Runs of `runs.compare_losses` that are not finished are left out. The .safetensors hold
the first samples of each row's median run, by modes found times share near a mode, as
whole numbers of thousandths.
"""

import json
import re
from pathlib import Path

import torch
from safetensors.torch import save

from benchmarks.points import SAMPLES, UNSEEN, points_of
from benchmarks.report import machine
from gan_course.files import write_atomically
from gan_course.recipes import find
from runs.compare_losses import (
    LENGTHS,
    RATES,
    ROOT,
    ROWS,
    SEEDS,
    SHORT_LENGTHS,
    TUNING_SEEDS,
    long_scores,
    measured,
    reported_runs,
    score,
    short_scores,
    tune,
)


def publish(folder: Path = ROOT / "data") -> None:
    """Write the numbers of all runs, and samples of each row's median run."""
    drawn: dict[str, torch.Tensor] = {}
    known = {
        "machine": machine(),
        "threads": torch.get_num_threads(),
        "samples": SAMPLES,
        "learning_rates": RATES,
        "tuning_seeds": TUNING_SEEDS,
        "sets": {data: described_set(data, drawn) for data in LENGTHS},
    }
    path = folder / "choose_a_loss.json"
    write_atomically(path, compact(known).encode())
    write_atomically(path.with_suffix(".safetensors"), save(drawn))


def described_set(data: str, drawn: dict[str, torch.Tensor]) -> dict:
    """Return all numbers of a data set; add the samples of its rows to `drawn`."""
    points = points_of(find(data), count=1)
    rows = {}
    for row in ROWS:
        results = [run.result() for run in reported_runs(data, row) if run.finished]
        if results:
            median = sorted(results, key=score)[(len(results) - 1) // 2]
            drawn[f"{data}/{row}"] = torch.tensor(median["drawn"], dtype=torch.int16)
            rows[row] = described_row(data, row, results, median["seed"])
    return {
        "modes": len(points.centres),
        "sigma": points.sigma,
        "images": LENGTHS[data],
        "rows": rows,
        "exact": [exact(data, UNSEEN + seed) for seed in SEEDS],
    }


def described_row(data: str, row: str, results: list[dict], median_seed: int) -> dict:
    """Return what tuning chose, all runs without their samples, and all scores."""
    runs = [
        {name: value for name, value in result.items() if name != "drawn"}
        for result in results
    ]
    tuning = [
        choice._asdict() | {"images": images, "score": round(mean, 4)}
        for images, scores in (
            (SHORT_LENGTHS[data], short_scores(data, row)),
            (LENGTHS[data], long_scores(data, row)),
        )
        for choice, mean in scores.items()
    ]
    chosen = tune(data, row)._asdict()
    return chosen | {"median_seed": median_seed, "runs": runs, "tuning": tuning}


def exact(data: str, seed: int) -> dict:
    """Return what as many samples of the data themselves reach."""
    samples = points_of(find(data), count=SAMPLES, seed=seed).points
    return {"seed": seed, **measured(data, samples)}


def compact(known: dict) -> str:
    """Return JSON with one line for each run, so that a difference can be read."""
    text = json.dumps(known, indent=1)
    joined = re.sub(r"\{[^{}\[\]]*\}", lambda run: " ".join(run[0].split()), text)
    return joined + "\n"


if __name__ == "__main__":
    torch.set_num_threads(1)
    publish()
