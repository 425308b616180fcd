"""Compose the editions of a notebook from its text: cells, header and footer."""

from __future__ import annotations

import base64
import hashlib
import os
from dataclasses import asdict, dataclass

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from tools.colab import address
from tools.course import READER, SOLUTIONS, Course, Stop
from tools.source import Source, read_source, tags

IN_SOLUTIONS = frozenset({"setup", "exercise", "solution", "check"})
GENERATED = frozenset({"header", "install", "footer"})
KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}
LANGUAGE = {"name": "python", "pygments_lexer": "ipython3"}


@dataclass(frozen=True)
class Measured:
    """What one execution took: wall seconds, and resident memory at its peak.

    `cell_seconds` has one entry per code cell, in order.
    """

    seconds: float
    peak_memory_mb: int
    cell_seconds: list[float]
    cores: int


UNMEASURED = Measured(0.0, 0, [], os.cpu_count() or 1)


def editions_of(source: Source) -> list[str]:
    """The editions a text has: the reader's, and solutions where it has solutions."""
    solved = any("solution" in tags(cell) for cell in source.cells)
    return [READER, SOLUTIONS] if solved else [READER]


def belongs(cell: NotebookNode, edition: str) -> bool:
    """Whether a cell of the text is part of an edition."""
    if edition == SOLUTIONS:
        return bool(tags(cell) & IN_SOLUTIONS)
    return "solution" not in tags(cell)


def compose(
    course: Course, source: Source, edition: str, measured: Measured = UNMEASURED
) -> NotebookNode:
    """An edition without outputs; `measured` is what its header says."""
    home = address(course.root)
    first = _header_cell(course, source, edition, measured)
    install = []
    if home:
        path = course.edition_path(source.name, edition).relative_to(course.root)
        badges = home.badges(path.as_posix())
        first["source"] += f"\n\n{badges}" if badges else ""
        install = [_generated(new_code_cell(home.install_cell()), "install")]
    own = [_copy(cell) for cell in source.cells if belongs(cell, edition)]
    cells = [first, *install, *own, _footer_cell(course, source, edition)]
    metadata = {"kernelspec": KERNEL, "language_info": LANGUAGE}
    return new_notebook(cells=cells, metadata=metadata)


def record(source: Source, edition: str, measured: Measured) -> dict:
    """The metadata that every edition stores under `gan_course`, less the hashes."""
    return {"edition": edition, "title": source.header.title, **asdict(measured)}


def stored_measurement(notebook: NotebookNode) -> Measured:
    """The measurement that an edition stores."""
    stored = notebook.metadata["gan_course"]
    return Measured(
        stored["seconds"],
        stored["peak_memory_mb"],
        list(stored["cell_seconds"]),
        stored["cores"],
    )


def _header_cell(
    course: Course, source: Source, edition: str, measured: Measured
) -> NotebookNode:
    header = source.header
    facts = (
        f"Measured: {max(1, round(measured.seconds))} s and "
        f"{measured.peak_memory_mb:,} MB of memory on {measured.cores} CPU cores"
    )
    if edition == READER:
        text = (
            f"# {header.title}\n\n*{header.part}*  \n{facts}. "
            f"Estimated: {header.learning_minutes} minutes to learn."
        )
    else:
        text = (
            f"# {header.title}: solutions\n\n*{header.part}*  \n{facts}.\n\n"
            f"Every exercise of [the notebook](../{source.name}.ipynb) "
            "with its solution, its check and a discussion."
        )
    cell = _generated(new_markdown_cell(text), "header")
    if edition == READER and header.picture:
        _add_picture(cell, course, source)
    return cell


def _add_picture(cell: NotebookNode, course: Course, source: Source) -> None:
    """Put the author's picture into the cell itself, so that a copy alone shows it.

    Its name holds a hash of its content: another picture makes the edition stale.
    """
    header = source.header
    path = course.notebooks / header.picture
    if not path.is_file():
        raise Stop(f"{source.name} names the picture {path}, which does not exist.")
    if not header.picture_alt:
        raise Stop(f"{source.name}: give the picture {header.picture} a picture_alt.")
    content = path.read_bytes()
    name = f"{path.stem}-{hashlib.sha256(content).hexdigest()[:8]}.png"
    cell["attachments"] = {name: {"image/png": base64.b64encode(content).decode()}}
    cell["source"] += f"\n\n![{header.picture_alt}](attachment:{name})"
    if header.picture_caption:
        cell["source"] += f"\n\n*{header.picture_caption}*"


def _footer_cell(course: Course, source: Source, edition: str) -> NotebookNode:
    names = [n for n in course.names() if edition in _editions(course, n)]
    place = names.index(source.name)
    links = []
    if place > 0:
        links.append(f"Previous: {_link(course, names[place - 1])}")
    if place + 1 < len(names):
        links.append(f"Next: {_link(course, names[place + 1])}")
    text = "\n\n".join(["---", " · ".join(links) or "The only notebook so far."])
    return _generated(new_markdown_cell(text), "footer")


def _editions(course: Course, name: str) -> list[str]:
    return editions_of(read_source(course.source_path(name)))


def _link(course: Course, name: str) -> str:
    title = read_source(course.source_path(name)).header.title
    return f"[{title}]({name}.ipynb)"


def _generated(cell: NotebookNode, name: str) -> NotebookNode:
    cell["id"] = name
    return cell


def _copy(cell: NotebookNode) -> NotebookNode:
    make = new_code_cell if cell.cell_type == "code" else new_markdown_cell
    return make(cell.source, id=cell.id, metadata=dict(cell.metadata))
