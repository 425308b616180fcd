"""Write files whole or not at all."""

from __future__ import annotations

from pathlib import Path

import nbformat
from nbformat import NotebookNode


def write_text(path: Path, text: str) -> None:
    """Replace `path` by `text` in one step, with LF line endings on every system."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.part")
    try:
        beside.write_text(text, encoding="utf-8", newline="\n")
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def write_notebook(path: Path, notebook: NotebookNode) -> None:
    """Check `notebook` against the format and write it."""
    nbformat.validate(notebook)
    write_text(path, nbformat.writes(notebook) + "\n")
