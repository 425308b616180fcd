"""Execute a notebook without a browser, into `work/executed/`.

    python -m tools.run_notebook [05]

Prints the paths of the executed copy and of its main picture as PNG. Earlier runs
are kept: the next one gets the next free name.
"""

from __future__ import annotations

import argparse
import base64
import sys
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from tools.course import READER, Course, Stop, this_course
from tools.execute import CellFailed, execute
from tools.home import use_writable_home
from tools.progress import Progress
from tools.workspace import free_name

FIRST_GAN = "05"


def main_picture(notebook: NotebookNode) -> bytes | None:
    """The last PNG of the cell tagged `main-picture`, or else of the notebook."""
    tagged = [
        cell
        for cell in notebook.cells
        if "main-picture" in cell.metadata.get("tags", [])
    ]
    pictures = _pictures(tagged) or _pictures(notebook.cells)
    return pictures[-1] if pictures else None


def _pictures(cells: list[NotebookNode]) -> list[bytes]:
    return [
        base64.b64decode(output.data["image/png"])
        for cell in cells
        for output in cell.get("outputs", [])
        if "image/png" in output.get("data", {})
    ]


def choose(course: Course, word: str) -> Path:
    """The reader's edition that a number or a name stands for."""
    (name, *others) = course.select([word])
    if others:
        raise Stop(f"One notebook at a time, not {word!r}: NOTEBOOK=05 runs one.")
    path = course.edition_path(name, READER)
    if not path.exists():
        raise Stop(f"{path} has not been built yet: `make course NOTEBOOKS={name}`.")
    return path


def run(course: Course, word: str) -> list[Path]:
    """Execute the notebook; the paths of the copy and of its picture, if it has one."""
    source = choose(course, word)
    notebook = nbformat.read(source, as_version=4)
    folder = course.root / "work" / "executed"
    folder.mkdir(parents=True, exist_ok=True)
    with Progress() as progress:
        progress.start(source.stem)
        execution = execute(
            notebook,
            folder=folder,
            on_cell=lambda cell, total: progress.cell(source.stem, cell, total),
        )
        progress.end(source.stem, f"done, {execution.peak_memory_mb:,} MB at most")
    copy = free_name(folder / source.name)
    nbformat.write(execution.notebook, copy)
    picture = main_picture(execution.notebook)
    if picture is None:
        return [copy]
    copy.with_suffix(".png").write_bytes(picture)
    return [copy, copy.with_suffix(".png")]


def main(arguments: list[str] | None = None) -> int:
    """Run it from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("notebook", nargs="?", default=FIRST_GAN)
    options = parser.parse_args(arguments)
    course = this_course()
    use_writable_home(course.root)
    try:
        paths = run(course, options.notebook or FIRST_GAN)
    except (Stop, CellFailed) as trouble:
        print(trouble, file=sys.stderr)
        return 1
    except OSError as error:
        print(f"The executed copy cannot be kept: {error}.", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nInterrupted; nothing was written.", file=sys.stderr)
        return 130
    print("Executed notebook:", paths[0])
    if paths[1:]:
        print("Main picture:", paths[1])
    return 0


if __name__ == "__main__":
    sys.exit(main())
