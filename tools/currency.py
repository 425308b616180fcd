"""Whether a stored edition still says what its text says."""

from __future__ import annotations

from enum import Enum

import nbformat
from nbformat import NotebookNode

from tools.course import Course
from tools.dependencies import dependencies_sha256
from tools.editions import GENERATED, compose, stored_measurement
from tools.hashes import edition_sha256, text_sha256
from tools.source import Source, content_id


class Reason(Enum):
    """Why an edition is stale."""

    NEVER_BUILT = "it was never built"
    EDITED = "it was edited by hand: its cells or outputs are not what was built"
    CODE = "its code is not that of its text"
    TEXT = "its text, header or footer has changed"
    DEPENDENCIES = "a module or data file it uses has changed"


NEEDS_EXECUTION = {
    Reason.NEVER_BUILT,
    Reason.EDITED,
    Reason.CODE,
    Reason.DEPENDENCIES,
}


def stored_edition(course: Course, name: str, edition: str) -> NotebookNode | None:
    """The edition on disk; None where the builder has not written one."""
    path = course.edition_path(name, edition)
    if not path.exists():
        return None
    notebook = nbformat.read(path, as_version=4)
    built = "edition_sha256" in notebook.metadata.get("gan_course", {})
    return notebook if built else None


def reasons(course: Course, source: Source, edition: str) -> set[Reason]:
    """Everything that makes the stored edition stale; empty when it is current."""
    stored = stored_edition(course, source.name, edition)
    if stored is None:
        return {Reason.NEVER_BUILT}
    record = stored.metadata["gan_course"]
    fresh = compose(course, source, edition, stored_measurement(stored))
    found = {
        Reason.EDITED: edition_sha256(stored) != record["edition_sha256"],
        Reason.CODE: _code(fresh) != _code(stored),
        Reason.TEXT: _labels(fresh) != _labels(stored)
        or text_sha256(source.text) != record["text_sha256"],
        Reason.DEPENDENCIES: dependencies_sha256(course.root, fresh.cells)
        != record["dependencies_sha256"],
    }
    return {reason for reason, holds in found.items() if holds}


def unsaved_edits(course: Course, source: Source, edition: str) -> list[NotebookNode]:
    """Cells that someone wrote in the edition and that stand nowhere else."""
    stored = stored_edition(course, source.name, edition)
    if stored is None:
        return []
    in_text = {content_id(cell) for cell in source.cells}
    return [
        cell
        for cell in stored.cells
        if cell.id not in GENERATED
        and content_id(cell) not in in_text
        and content_id(cell) != cell.id.split("-")[0]
    ]


def _code(notebook: NotebookNode) -> list[str]:
    return [cell.source for cell in notebook.cells if cell.cell_type == "code"]


def _labels(notebook: NotebookNode) -> list[tuple]:
    return [
        (cell.id, cell.cell_type, cell.source, cell.metadata.get("tags", []))
        for cell in notebook.cells
    ]
