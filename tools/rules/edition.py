"""An edition as the rules see it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from tools.source import Header


@dataclass(frozen=True)
class Edition:
    """An edition as it lies on disk, with its author's header."""

    kind: str
    header: Header
    notebook: NotebookNode
    bytes: int
    folder: Path

    @property
    def code(self) -> list[NotebookNode]:
        """Its code cells."""
        return [c for c in self.notebook.cells if c.cell_type == "code"]

    @property
    def prose(self) -> list[NotebookNode]:
        """Its markdown cells."""
        return [c for c in self.notebook.cells if c.cell_type == "markdown"]

    @property
    def outputs(self) -> Iterator[tuple[str, NotebookNode, NotebookNode]]:
        """Each output with the place and the cell that it belongs to."""
        for number, cell in enumerate(self.code, start=1):
            for output in cell.outputs:
                yield f"code cell {number}", cell, output


Rule = Callable[[Edition], Iterator[str]]


def read_edition(path: Path, kind: str, header: Header) -> Edition:
    """Read the edition of `kind` at `path`."""
    notebook = nbformat.read(path, as_version=4)
    return Edition(kind, header, notebook, path.stat().st_size, path.parent)
