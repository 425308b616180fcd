"""Copy missing notebooks into `work/`, the reader's own folder; overwrite nothing.

    python -m tools.workspace

Solutions go to `work/solutions/`. When an edition differs from the one that the
reader was given, it arrives once, beside their copy, as NAME.new-DATE.ipynb.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from tools.course import SOLUTIONS, Stop, this_course

GENERATED = frozenset({"header", "install", "footer"})  # cells that the builder adds
RECORD = ".editions.json"


def text_hash(notebook: Path) -> str:
    """A hash of what a notebook's author wrote: no outputs, no generated cells."""
    try:
        cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
        written = [
            [cell["cell_type"], "".join(cell["source"])]
            for cell in cells
            if cell.get("id") not in GENERATED
        ]
    except (ValueError, KeyError, TypeError):
        raise Stop(
            f"{notebook} is not a notebook: restore it with `git checkout {notebook}`."
        ) from None
    return hashlib.sha256(json.dumps(written).encode()).hexdigest()


def free_name(path: Path) -> Path:
    """`path`, or the first of NAME-2, NAME-3, … that is not taken."""
    number, free = 1, path
    while free.exists():
        number += 1
        free = path.with_name(f"{path.stem}-{number}{path.suffix}")
    return free


def copy_new(source: Path, target: Path) -> Path:
    """Copy to a name that is not taken; a kill leaves no half-written notebook."""
    target.parent.mkdir(parents=True, exist_ok=True)
    target = free_name(target)
    beside = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    try:
        beside.write_bytes(source.read_bytes())
        beside.replace(target)
    finally:
        beside.unlink(missing_ok=True)
    return target


def fill(notebooks: Path, work: Path, today: date) -> list[str]:
    """Bring `work` up to date with the published editions; sentences about it."""
    work.mkdir(parents=True, exist_ok=True)
    given = read_record(work)
    sentences = []
    for source, place in published(notebooks):
        text, target = text_hash(source), work / place
        if not target.exists():
            copy_new(source, target)
            sentences.append(f"New in work: {place}")
        elif given.get(place, text_hash_or_none(target)) != text:
            dated = target.with_name(f"{target.stem}.new-{today.isoformat()}.ipynb")
            name = copy_new(source, dated).relative_to(work)
            sentences.append(
                f"{place} has a newer edition: it is in work as {name.as_posix()}, "
                "and your own copy stays as it is"
            )
        given[place] = text
    write_record(work, given)
    return sentences


def published(notebooks: Path) -> Iterator[tuple[Path, str]]:
    """Every edition and its place in `work`, readers' editions first."""
    for source in sorted(notebooks.glob("[0-9][0-9]_*.ipynb")):
        yield source, source.name
    for source in sorted((notebooks / SOLUTIONS).glob("[0-9][0-9]_*.ipynb")):
        yield source, f"{SOLUTIONS}/{source.name}"


def text_hash_or_none(notebook: Path) -> str | None:
    """The hash of a reader's own file, whatever they made of it."""
    try:
        return text_hash(notebook)
    except (Stop, OSError):
        return None


def read_record(work: Path) -> dict[str, str]:
    """Which edition of each notebook the reader was given last."""
    try:
        record = json.loads((work / RECORD).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return record if isinstance(record, dict) else {}


def write_record(work: Path, given: dict[str, str]) -> None:
    """Note which editions the reader has; the old note is replaced in one step."""
    beside = work / f"{RECORD}.{os.getpid()}.tmp"
    beside.write_text(json.dumps(given, indent=1), encoding="utf-8")
    beside.replace(work / RECORD)


def fill_workspace() -> Path:
    """Bring the checkout's `work/` up to date, say what is new, and return it."""
    course = this_course()
    work = course.root / "work"
    try:
        sentences = fill(course.notebooks, work, date.today())
    except OSError as error:
        raise Stop(
            f"{work} cannot be filled ({error}): make room, or give this user the "
            "right to write there."
        ) from None
    for sentence in sentences:
        print(sentence)
    return work


def main() -> int:
    """Run it from the command line."""
    argparse.ArgumentParser(description=__doc__.splitlines()[0]).parse_args()
    try:
        fill_workspace()
    except Stop as trouble:
        print(trouble, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
