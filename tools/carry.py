"""Carry edits made in an .ipynb edition back to the notebook's text.

python -m tools.carry PATH.ipynb
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from tools.course import SOLUTIONS, Course, Stop, this_course
from tools.editions import GENERATED, IN_SOLUTIONS, belongs
from tools.hashes import text_sha256
from tools.source import (
    Source,
    cell_text,
    content_id,
    parse_source,
    read_source,
    tags,
)
from tools.write import write_text


@dataclass(frozen=True)
class Carried:
    """The new text, and how many cells of it are changed, new and deleted."""

    text: str
    changed: int
    new: int
    deleted: int


def carry(source: Source, notebook: NotebookNode) -> Carried:
    """The text of `source` with the edits made in `notebook`, one of its editions.

    Cells are recognised by their ids; cells that this edition does not show, the
    header and the lines of unedited cells stay as they are. Raises `Stop` where
    more than one text could be meant.
    """
    edition = notebook.metadata.get("gan_course", {}).get("edition")
    if edition is None:
        raise Stop("The notebook is not an edition that `make course` has built.")
    own = _own_cells(notebook)
    shown = [cell.id for cell in source.cells if belongs(cell, edition)]
    _expect_known_order(own, shown)
    gone = set(shown) - {cell.id for cell in own}
    stored = notebook.metadata["gan_course"]["text_sha256"]
    _expect_no_conflict(own, gone, shown, stored != text_sha256(source.text))
    after = _new_cells(source, own, set(shown), edition)
    return _rewritten(source, {cell.id: cell for cell in own}, gone, after)


def _own_cells(notebook: NotebookNode) -> list[NotebookNode]:
    """The cells between the generated header and footer."""
    ids = [cell.id for cell in notebook.cells]
    lost = {"header", "footer"} - set(ids)
    if lost or len(set(ids)) < len(ids) or ids[0] != "header" or ids[-1] != "footer":
        raise Stop(
            "The generated header must stay the first cell and the footer the last, "
            "and each cell must keep an id of its own; put them back and try again."
        )
    return [cell for cell in notebook.cells if cell.id not in GENERATED]


def _expect_known_order(own: list[NotebookNode], shown: list[str]) -> None:
    order = [cell.id for cell in own if cell.id in shown]
    if order != [name for name in shown if name in order]:
        raise Stop(
            "Cells were moved; move them in the text itself, where the cells that "
            "this edition does not show are seen too."
        )


def _expect_no_conflict(
    own: list[NotebookNode], gone: set[str], shown: list[str], text_changed: bool
) -> None:
    if not text_changed:
        return
    unknown = [cell for cell in own if cell.id not in shown]
    unedited = [cell for cell in unknown if content_id(cell) == cell.id.split("-")[0]]
    if gone or unedited:
        raise Stop(
            "The text has changed since this edition was built, in cells that it "
            "shows; what was changed where cannot be told apart. Make the edit in the "
            "text, then rebuild with `python -m tools.build --force`."
        )


def _new_cells(
    source: Source, own: list[NotebookNode], shown: set[str], edition: str
) -> dict[str | None, list[NotebookNode]]:
    """New cells, by the id of the cell of the text that they follow."""
    place: str | None = None
    after: dict[str | None, list[NotebookNode]] = {}
    for cell in own:
        if cell.id in shown:
            place = cell.id
        else:
            _expect_shown_again(cell, edition)
            after.setdefault(place, []).append(cell)
    for place, cells in after.items():
        _expect_one_place(source, place, cells[0], edition)
    return after


def _expect_shown_again(cell: NotebookNode, edition: str) -> None:
    if edition == SOLUTIONS and not belongs(cell, edition):
        raise Stop(
            f"The new cell {_start(cell)} would not appear in the solutions again; "
            f"give it one of the tags {', '.join(sorted(IN_SOLUTIONS))}."
        )


def _expect_one_place(
    source: Source, place: str | None, new: NotebookNode, edition: str
) -> None:
    ids = [cell.id for cell in source.cells]
    following = 0 if place is None else ids.index(place) + 1
    at_end = following == len(ids)
    if not at_end and not belongs(source.cells[following], edition):
        raise Stop(
            f"The new cell {_start(new)} stands where the text has cells that this "
            "edition does not show, so before or after them cannot be told; put it "
            "into the text itself."
        )


def _rewritten(
    source: Source,
    own: dict[str, NotebookNode],
    gone: set[str],
    after: dict[str | None, list[NotebookNode]],
) -> Carried:
    text = _followed_by(source.preamble, after.get(None, []))
    changed = 0
    for cell, chunk in zip(source.cells, source.chunks, strict=True):
        edited = own.get(cell.id, cell)
        if _differ(cell, edited):
            changed += 1
            blank = len(chunk) - len(chunk.rstrip("\n"))
            chunk = cell_text(edited).rstrip("\n") + "\n" * blank
        text += "" if cell.id in gone else chunk
        text = _followed_by(text, after.get(cell.id, []))
    text = text.rstrip("\n") + "\n"
    parse_source(source.name, text)
    return Carried(text, changed, sum(map(len, after.values())), len(gone))


def _followed_by(text: str, new: list[NotebookNode]) -> str:
    """`text` and the lines of new cells, with blank lines between them."""
    for cell in new:
        text = text.rstrip("\n") + "\n\n" + cell_text(cell) + "\n"
    return text


def _differ(cell: NotebookNode, edited: NotebookNode) -> bool:
    kept = (cell.cell_type, cell.source, tags(cell))
    return kept != (edited.cell_type, edited.source, tags(edited))


def _start(cell: NotebookNode) -> str:
    return repr(cell.source.split("\n")[0][:40])


def carry_file(course: Course, path: Path) -> str:
    """Carry the edition at `path` to its text; returns a sentence that says what."""
    if not path.exists():
        raise Stop(f"There is no file {path}.")
    [name] = course.select([path.stem])
    notebook = nbformat.read(path, as_version=4)
    source = read_source(course.source_path(name))
    done = carry(source, notebook)
    text = course.source_path(name).relative_to(course.root).as_posix()
    if not (done.changed or done.new or done.deleted):
        return f"{path.name} says what {text} says; nothing to carry."
    write_text(course.source_path(name), done.text)
    return (
        f"{text}: {done.changed} changed, {done.new} new and {done.deleted} deleted "
        "cells; `make course` rebuilds the editions."
    )


def main(arguments: Sequence[str] | None = None, course: Course | None = None) -> int:
    """Carry one notebook; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tools.carry", description=__doc__)
    parser.add_argument("notebook", type=Path, help="an edited edition (.ipynb)")
    options = parser.parse_args(arguments)
    try:
        print(carry_file(course or this_course(), options.notebook))
    except (Stop, nbformat.reader.NotJSONError) as stop:
        print(stop, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
