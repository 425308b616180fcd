"""Build the editions of the notebooks from their text; only those that are stale.

python -m tools.build [NOTEBOOKS] [--force] [--list-stale]
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from nbformat import NotebookNode

from tools.course import SOLUTIONS, Course, Stop, this_course
from tools.currency import (
    NEEDS_EXECUTION,
    Reason,
    reasons,
    stored_edition,
    unsaved_edits,
)
from tools.dependencies import dependencies_sha256
from tools.editions import (
    Measured,
    compose,
    editions_of,
    record,
    stored_measurement,
)
from tools.environment import kernel_environment
from tools.execute import CellFailed, execute
from tools.hashes import edition_sha256, text_sha256
from tools.home import use_writable_home
from tools.index import index_text
from tools.progress import Progress
from tools.source import Source, read_source
from tools.write import write_notebook, write_text


def build(course: Course, names: Sequence[str], *, force: bool = False) -> None:
    """Bring the editions of `names` up to date, one after the other.

    An edition is executed when its code, or a file that the code uses, has changed.
    When only prose has changed, the outputs are kept. Both editions of a notebook
    are written together, or neither is. Raises `Stop` for the first fault.
    """
    with Progress() as progress:
        for name in names:
            _build_one(course, read_source(course.source_path(name)), force, progress)
    _tidy(course)
    write_text(course.notebooks / "README.md", index_text(course))


def list_stale(course: Course, names: Sequence[str]) -> list[str]:
    """One line for each stale edition of `names`: its path, and why."""
    lines = []
    for name in names:
        source = read_source(course.source_path(name))
        for edition in editions_of(source):
            path = course.edition_path(name, edition).relative_to(course.root)
            why = sorted(reason.value for reason in reasons(course, source, edition))
            lines += [f"{path.as_posix()}: {'; '.join(why)}"] if why else []
    return lines


def _build_one(course: Course, source: Source, force: bool, progress: Progress) -> None:
    made = {}
    for edition in editions_of(source):
        why = reasons(course, source, edition)
        if force:
            why.add(Reason.EDITED)
        elif unsaved_edits(course, source, edition):
            path = course.edition_path(source.name, edition).relative_to(course.root)
            raise Stop(
                f"{path} has cells that were edited by hand and would be lost; carry "
                f'them to the text with `make carry NOTEBOOK="{path}"`, or drop them '
                f"with `python -m tools.build {source.name} --force`."
            )
        if why & NEEDS_EXECUTION:
            made[edition] = _executed(course, source, edition, progress)
        elif why:
            made[edition] = _relabelled(course, source, edition)
    for edition, notebook in made.items():
        write_notebook(course.edition_path(source.name, edition), notebook)


def _executed(
    course: Course, source: Source, edition: str, progress: Progress
) -> NotebookNode:
    """The edition with fresh outputs, computed on the CPU in an empty folder."""
    label = f"{source.name} ({edition})"
    environment = kernel_environment(course.root) | {"GAN_COURSE_DEVICE": "cpu"}
    plain = compose(course, source, edition)
    dependencies = dependencies_sha256(course.root, plain.cells)  # as they are executed
    progress.start(label)
    try:
        with tempfile.TemporaryDirectory(
            prefix="build-", ignore_cleanup_errors=True
        ) as folder:
            done = execute(
                plain,
                folder=Path(folder),
                environment=environment,
                on_cell=lambda number, total: progress.cell(label, number, total),
            )
    except CellFailed as error:
        progress.end(label, "failed")
        raise Stop(f"{label}, {error}\nNothing of {source.name} was written.") from None
    progress.end(label, f"executed, {done.peak_memory_mb:,} MB")
    measured = Measured(
        round(done.seconds, 1),
        done.peak_memory_mb,
        done.cell_seconds,
        os.cpu_count() or 1,
    )
    return _finished(course, source, edition, measured, done.notebook, dependencies)


def _relabelled(course: Course, source: Source, edition: str) -> NotebookNode:
    """The edition with new prose and the outputs that it already has."""
    stored = stored_edition(course, source.name, edition)
    measured = stored_measurement(stored)
    dependencies = stored.metadata["gan_course"]["dependencies_sha256"]
    return _finished(course, source, edition, measured, stored, dependencies)


def _finished(
    course: Course,
    source: Source,
    edition: str,
    measured: Measured,
    outputs: NotebookNode,
    dependencies: str,
) -> NotebookNode:
    notebook = compose(course, source, edition, measured)
    ran = (cell for cell in outputs.cells if cell.cell_type == "code")
    for cell in notebook.cells:
        if cell.cell_type == "code":
            done = next(ran)
            cell.execution_count, cell.outputs = done.execution_count, done.outputs
    stored = record(source, edition, measured)
    stored["text_sha256"] = text_sha256(source.text)
    stored["dependencies_sha256"] = dependencies
    notebook.metadata["gan_course"] = stored
    notebook.metadata["gan_course"]["edition_sha256"] = edition_sha256(notebook)
    return notebook


def _tidy(course: Course) -> None:
    """Remove solutions whose notebook has none any more."""
    for path in (course.notebooks / SOLUTIONS).glob("*.ipynb"):
        text = course.source_path(path.stem)
        if not text.exists() or SOLUTIONS not in editions_of(read_source(text)):
            path.unlink()


def main(arguments: Sequence[str] | None = None, course: Course | None = None) -> int:
    """Build or list, as the command line says; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tools.build", description=__doc__)
    parser.add_argument("notebooks", nargs="*", help='such as "05"; all by default')
    parser.add_argument("--force", action="store_true", help="rebuild in any case")
    parser.add_argument("--list-stale", action="store_true", help="only say what is")
    options = parser.parse_args(arguments)
    course = course or this_course()
    use_writable_home(course.root)
    try:
        names = course.select(options.notebooks)
        if options.list_stale:
            lines = list_stale(course, names)
            print("\n".join(lines) or "Every edition is current.")
        else:
            build(course, names, force=options.force)
    except Stop as stop:
        print(stop, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nInterrupted; of this notebook nothing was written.", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
