"""Rules on what an edition costs: bytes, and the seconds and memory it stores."""

from __future__ import annotations

from collections.abc import Iterator

from nbformat import NotebookNode

from tools.course import READER, SOLUTIONS
from tools.rules.edition import Edition, Rule

MAXIMUM_BYTES = 700_000
MAXIMUM_SECONDS = 120
MAXIMUM_CELL_SECONDS = 45
MAXIMUM_MEMORY_MB = 1500
MAXIMUM_SETUP_SECONDS = 15
MAXIMUM_MINUTES_TOGETHER = {READER: 20, SOLUTIONS: 6}


def size(edition: Edition) -> Iterator[str]:
    """A file that opens quickly and diffs."""
    if edition.bytes > MAXIMUM_BYTES:
        yield f"the file has {edition.bytes:,} bytes; at most {MAXIMUM_BYTES:,}."


def stored_cost(edition: Edition) -> Iterator[str]:
    """Seconds and memory that the build measured, in all and for each cell."""
    stored = edition.notebook.metadata["gan_course"]
    if stored["seconds"] > MAXIMUM_SECONDS:
        yield f"it took {stored['seconds']} s; at most {MAXIMUM_SECONDS} s."
    if stored["peak_memory_mb"] > MAXIMUM_MEMORY_MB:
        yield (
            f"its memory peaked at {stored['peak_memory_mb']} MB; "
            f"at most {MAXIMUM_MEMORY_MB} MB."
        )
    seconds = stored["cell_seconds"]
    for number, taken in enumerate(seconds, start=1):
        if taken > MAXIMUM_CELL_SECONDS:
            yield (
                f"code cell {number} took {taken} s; at most {MAXIMUM_CELL_SECONDS} s."
            )
    setup = sum(
        taken
        for cell, taken in zip(edition.code, seconds, strict=True)
        if "setup" in cell.metadata.get("tags", [])
    )
    if edition.kind == SOLUTIONS and setup > MAXIMUM_SETUP_SECONDS:
        yield (
            f"its setup cells took {setup:.1f} s together; exercises rest on "
            f"at most {MAXIMUM_SETUP_SECONDS} s of setup."
        )


def together(kind: str, editions: list[NotebookNode]) -> Iterator[str]:
    """The budget of all editions of one kind."""
    stored = [notebook.metadata["gan_course"]["seconds"] for notebook in editions]
    limit = MAXIMUM_MINUTES_TOGETHER[kind]
    if sum(stored) > 60 * limit:
        yield (
            f"the {kind} editions took {sum(stored) / 60:.1f} minutes together; "
            f"at most {limit} minutes."
        )


RULES: tuple[Rule, ...] = (size, stored_cost)
