"""How fast the trainer is, against a textbook's loop on the same work.

    python -m benchmarks.training

Measures everything in one run and writes the tables into benchmarks/README.md.
"""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

import torch

from benchmarks.cases import BATCH, CASES, LOOPS, Case, loops_of
from benchmarks.measure import (
    KINDS,
    Memory,
    matrix_rate,
    memory,
    operations,
    shares,
    timed_rounds,
)
from benchmarks.report import machine, publish, spread, table

REFERENCE = "textbook"
PRECISIONS = {"float32": torch.float32, "bf16": torch.bfloat16}


@dataclass(frozen=True)
class Result:
    """What was measured of a loop.

    Attributes:
        seconds: of a step, one for each round.
        ratios: the textbook's seconds by its own, one for each round.
        operations: of a step's matrix products and convolutions.
        shares: of a step's time, by kind.
        memory: of a process of its own.
    """

    seconds: Sequence[float]
    ratios: Sequence[float]
    operations: int
    shares: dict[str, float]
    memory: Memory


def measure(name: str, rounds: int, steps: int | None) -> dict[str, Result]:
    """Measure all loops of a case."""
    case = CASES[name]
    steps = steps or case.steps
    images = case.images()
    loops = {loop: LOOPS[loop](case, images) for loop in loops_of(case)}
    seconds = timed_rounds(loops, rounds=rounds, steps=steps)
    reference = seconds[REFERENCE]
    return {
        loop: Result(
            seconds[loop],
            [theirs / own for theirs, own in zip(reference, seconds[loop])],
            operations(training),
            shares(training, steps),
            memory(name, loop),
        )
        for loop, training in loops.items()
    }


def matrix_rates(rounds: int) -> dict[str, float]:
    """Return the machine's median rate of matrix products, by precision."""
    return {
        name: median(matrix_rate(dtype) for _ in range(rounds))
        for name, dtype in PRECISIONS.items()
    }


def described(case: Case, results: dict[str, Result], rates: dict[str, float]) -> str:
    """Return the section of a case: a heading, parameters and two tables."""
    counts = [sum(w.numel() for w in network.parameters()) for network in case.pair()]
    sizes = "Generator {:,} parameters, discriminator {:,}.".format(*counts)
    titles = ("loop", "images/s", "times the textbook", "GFLOP a step", "of the rate")
    speeds = table(
        (*titles, "peak MB", "of which before"),
        [(loop, *_row(loop, result, rates)) for loop, result in results.items()],
    )
    parts = table(
        ("share of a step", *KINDS),
        [
            (loop, *(f"{result.shares[kind]:.0%}" for kind in KINDS))
            for loop, result in results.items()
        ],
    )
    return f"### {case.title}\n\n{sizes}\n\n{speeds}\n\n{parts}"


def _row(loop: str, result: Result, rates: dict[str, float]) -> tuple[str, ...]:
    seconds = median(result.seconds)
    rate = rates["bf16" if "bf16" in loop else "float32"]
    return (
        f"{BATCH / seconds:,.0f}",
        spread(result.ratios),
        f"{result.operations / 1e9:.2f}",
        f"{result.operations / seconds / rate:.0%}",
        f"{result.memory.peak:,}",
        f"{result.memory.before:,}",
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print and, unless told otherwise, write the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cases", nargs="+", choices=CASES, default=list(CASES))
    parser.add_argument("--rounds", type=int, default=11, help="of interleaved timing")
    parser.add_argument("--steps", type=int, help="in a timed stretch")
    parser.add_argument("--print-only", action="store_true", help="write no file")
    options = parser.parse_args(arguments)
    if options.rounds < 1 or (options.steps is not None and options.steps < 1):
        parser.error("--rounds and --steps are counts; choose 1 or more.")
    before = matrix_rates(options.rounds)
    measured = {
        name: measure(name, options.rounds, options.steps) for name in options.cases
    }
    after = matrix_rates(options.rounds)
    rates = {name: median((before[name], after[name])) for name in PRECISIONS}
    told = " and ".join(f"{r / 1e9:.0f} ({name})" for name, r in rates.items())
    sections = [f"{machine()}\n\nMatrix products of 2048×2048: {told} GFLOP/s."]
    sections += [described(CASES[name], measured[name], rates) for name in measured]
    text = "\n\n".join(sections)
    print(text)
    if not options.print_only:
        publish("training", text)


if __name__ == "__main__":
    main()
