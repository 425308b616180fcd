"""Write `notebooks/README.md`: one table row per notebook, from what was measured."""

from __future__ import annotations

from itertools import groupby

from tools.course import READER, SOLUTIONS, Course
from tools.currency import stored_edition
from tools.editions import Measured, stored_measurement
from tools.source import Source, read_source

INTRODUCTION = """\
# The notebooks

Seconds and megabytes are measured when a notebook is built; learning minutes are
estimated. This page is generated: `make course` writes it.
"""
TABLE = """\
| notebook | the question it answers | run | memory | learn (estimate) | solutions |
|---|---|--:|--:|--:|---|
"""


def index_text(course: Course) -> str:
    """The whole page, from the texts and the stored measurements."""
    rows = [_row_facts(course, name) for name in course.names()]
    built = [(source, measured) for source, measured in rows if measured]
    text = INTRODUCTION
    for part, group in groupby(built, key=lambda row: row[0].header.part):
        lines = "".join(_row(course, *row) for row in group)
        text += f"\n## {part}\n\n{TABLE}{lines}"
    return text + _total(built)


def _row_facts(course: Course, name: str) -> tuple[Source, Measured | None]:
    stored = stored_edition(course, name, READER)
    measured = stored_measurement(stored) if stored else None
    return read_source(course.source_path(name)), measured


def _row(course: Course, source: Source, measured: Measured) -> str:
    header = source.header
    solved = course.edition_path(source.name, SOLUTIONS).exists()
    solutions = f"[solutions]({SOLUTIONS}/{source.name}.ipynb)" if solved else ""
    cells = [
        f"[{source.name[:2]} {header.title}]({source.name}.ipynb)",
        header.question,
        f"{max(1, round(measured.seconds))} s",
        f"{measured.peak_memory_mb:,} MB",
        f"{header.learning_minutes} min",
        solutions,
    ]
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |\n"


def _total(built: list[tuple[Source, Measured]]) -> str:
    if not built:
        return "\nNo notebook is built yet.\n"
    seconds = sum(measured.seconds for _, measured in built)
    memory = max(measured.peak_memory_mb for _, measured in built)
    cores = sorted({measured.cores for _, measured in built})
    minutes = sum(source.header.learning_minutes for source, _ in built)
    return (
        f"\nTogether: {seconds / 60:.1f} minutes to run on "
        f"{' or '.join(map(str, cores))} CPU cores, at most {memory:,} MB of memory, "
        f"about {minutes / 60:.1f} hours to learn.\n"
    )
