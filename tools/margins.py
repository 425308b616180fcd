"""Measure how far every claim is from failing: seeds times CPU settings.

python -m tools.margins [NOTEBOOKS] [--seeds 5] [--cpu both]

Each notebook is executed from its text, with its outputs thrown away. A claim is
safe when its worst value uses at most half of the distance between its bound and
its typical (median) value; with == every value must be the bound.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

from tools.claim_margins import Claim, gather, table
from tools.course import SOLUTIONS, Course, Stop, this_course
from tools.editions import compose, editions_of
from tools.environment import kernel_environment
from tools.execute import CellFailed, execute
from tools.home import use_writable_home
from tools.pool import run_all
from tools.progress import Progress
from tools.source import Source, read_source, tags
from tools.write import write_text

OTHER = "other"
THIS = "this"


class Run(NamedTuple):
    """One execution to make."""

    edition: str
    seed: int
    cpu: str


class Outcome(NamedTuple):
    """What one execution left: lines of the margins file, and cells that raised."""

    lines: list[dict]
    errors: list[str]


def measure(
    course: Course, name: str, runs: Sequence[Run], progress: Progress
) -> tuple[list[Claim], list[str]]:
    """The claims of notebook `name` over all `runs`, and what went wrong besides."""
    source = read_source(course.source_path(name))
    execute_one = partial(_run, course, source, progress)
    by_cpu = {cpu: [run for run in runs if run.cpu == cpu] for cpu in (THIS, OTHER)}
    outcomes = {run: execute_one(run) for run in by_cpu[THIS]}
    jobs = min(2, os.cpu_count() or 1)  # one thread each
    others = run_all(execute_one, by_cpu[OTHER], jobs)
    outcomes |= dict(zip(by_cpu[OTHER], others, strict=True))
    errors = [
        f"{name} ({run.edition}), seed {run.seed}, {run.cpu} CPU, {error}"
        for run, outcome in outcomes.items()
        for error in outcome.errors
    ]
    claims = []
    for edition in dict.fromkeys(run.edition for run in runs):
        lines = [out.lines for run, out in outcomes.items() if run.edition == edition]
        claims += gather(lines)
    return claims, errors


def editions_with_claims(source: Source) -> list[str]:
    """The reader's edition, and the solutions when they make claims of their own."""
    solved = any("solution" in tags(c) and "claim(" in c.source for c in source.cells)
    return [e for e in editions_of(source) if e != SOLUTIONS or solved]


def _run(course: Course, source: Source, progress: Progress, run: Run) -> Outcome:
    label = f"{source.name} ({run.edition}), seed {run.seed}, {run.cpu} CPU"
    progress.start(label)
    with tempfile.TemporaryDirectory(
        prefix="margins-", ignore_cleanup_errors=True
    ) as folder:
        file = Path(folder) / "margins.jsonl"
        empty = Path(folder) / "alone"
        empty.mkdir()
        environment = kernel_environment(course.root, other_cpu=run.cpu == OTHER)
        environment["GAN_COURSE_SEED"] = str(run.seed)
        environment["GAN_COURSE_MARGINS"] = str(file)
        environment["GAN_COURSE_NOTEBOOK"] = source.name
        errors = _errors(
            course, source, run.edition, empty, environment, progress, label
        )
        lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
    progress.end(label, f"{len(lines)} values of claims, {len(errors)} errors")
    return Outcome([json.loads(line) for line in lines], errors)


def _errors(
    course: Course,
    source: Source,
    edition: str,
    folder: Path,
    environment: dict[str, str],
    progress: Progress,
    label: str,
) -> list[str]:
    """Execute to the end, whatever a cell raises; returns what was raised."""
    try:
        done = execute(
            compose(course, source, edition),
            folder=folder,
            environment=environment,
            on_cell=lambda number, total: progress.cell(label, number, total),
            allow_errors=True,
        )
    except CellFailed as error:
        return [str(error)]
    return done.errors


def main(arguments: Sequence[str] | None = None, course: Course | None = None) -> int:
    """Measure and print a table for each notebook; returns the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m tools.margins",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("notebooks", nargs="*", help='such as "05"; all by default')
    parser.add_argument("--seeds", type=_positive, default=5, metavar="N")
    parser.add_argument("--cpu", choices=[THIS, OTHER, "both"], default="both")
    options = parser.parse_args(arguments)
    course = course or this_course()
    use_writable_home(course.root)
    cpus = [THIS, OTHER] if options.cpu == "both" else [options.cpu]
    try:
        names = course.select(options.notebooks)
        return _report(course, names, options.seeds, cpus)
    except Stop as stop:
        print(stop, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nInterrupted.", file=sys.stderr)
        return 130


def _report(course: Course, names: list[str], seeds: int, cpus: list[str]) -> int:
    claims: list[Claim] = []
    errors: list[str] = []
    with Progress() as progress:
        for name in names:
            source = read_source(course.source_path(name))
            runs = [
                Run(edition, seed, cpu)
                for edition in editions_with_claims(source)
                for cpu in cpus
                for seed in range(seeds)
            ]
            found, wrong = measure(course, name, runs, progress)
            print(f"\n{name}\n{table(found)}\n", flush=True)
            claims, errors = claims + found, errors + wrong
    values = json.dumps([claim._asdict() for claim in claims], indent=2)
    write_text(course.build_folder / "margins.json", values + "\n")
    unsafe = sum(not claim.safe for claim in claims)
    print("\n".join(errors))
    print(f"{len(claims)} claims, {unsafe} unsafe, {len(errors)} cells raised.")
    return 0 if claims and not unsafe and not errors else 1


def _positive(word: str) -> int:
    number = int(word)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{word} is not a number of seeds; at least 1")
    return number


if __name__ == "__main__":
    sys.exit(main())
