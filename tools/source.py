"""Read a notebook's text: its header, its cells, and the lines each cell stands on."""

from __future__ import annotations

import hashlib
import re
from dataclasses import MISSING, dataclass, fields
from functools import lru_cache
from pathlib import Path
from typing import Any

import jupytext
import yaml
from nbformat import NotebookNode

from tools.course import Stop

FORMAT = "py:percent"
MARKER = re.compile(r"^# %%(?=\s|$)", re.MULTILINE)
PREAMBLE = re.compile(r"\A# ---\n(?P<yaml>(?:#.*\n)*?)# ---\n", re.MULTILINE)


@dataclass(frozen=True)
class Header:
    """What the author says about a notebook in the YAML at the top of its text.

    `picture` is the file of the picture below the title, relative to `notebooks/`;
    `picture_alt` is its text alternative, and `picture_caption` stands below it.
    """

    title: str
    part: str
    question: str
    learning_minutes: int
    minimum_words: int = 1200
    minimum_claims: int = 6
    picture: str = ""
    picture_alt: str = ""
    picture_caption: str = ""


@dataclass(frozen=True)
class Source:
    """A notebook as its author wrote it.

    `preamble + "".join(chunks)` is `text`, and `chunks[i]` holds the lines of
    `cells[i]`. The cells carry the ids that every edition gives them.
    """

    name: str
    text: str
    header: Header
    preamble: str
    chunks: tuple[str, ...]
    cells: tuple[NotebookNode, ...]


def tags(cell: NotebookNode) -> frozenset[str]:
    """The tags of a cell, as a set."""
    return frozenset(cell.metadata.get("tags", []))


def content_id(cell: NotebookNode) -> str:
    """An id made of the cell's type and source alone, so that rebuilds agree."""
    words = f"{cell.cell_type}\n{cell.source}".encode()
    return "c" + hashlib.sha256(words).hexdigest()[:11]


def read_source(path: Path) -> Source:
    """Parse `notebooks/src/NN_name.py`; raises `Stop` with the file and the fault."""
    text = path.read_text(encoding="utf-8")
    return parse_source(path.stem, text)


@lru_cache(maxsize=128)
def parse_source(name: str, text: str) -> Source:
    """Parse py:percent text (line endings are read as LF); do not change its cells."""
    text = text.replace("\r\n", "\n")
    preamble, chunks = _split(name, text)
    header = _header(name, preamble)
    cells = [cell for chunk in chunks for cell in _cells(chunk)]
    _expect_same_cells(name, text, cells, len(chunks))
    return Source(name, text, header, preamble, tuple(chunks), tuple(with_ids(cells)))


def with_ids(cells: list[NotebookNode]) -> list[NotebookNode]:
    """Give each cell its content id; a repeated cell gets a running number as well."""
    seen: dict[str, int] = {}
    for cell in cells:
        base = content_id(cell)
        seen[base] = seen.get(base, 0) + 1
        cell["id"] = base if seen[base] == 1 else f"{base}-{seen[base]}"
    return cells


def cell_text(cell: NotebookNode) -> str:
    """The py:percent lines of one cell, ending in one newline."""
    notebook = jupytext.reads("", fmt=FORMAT)
    plain = NotebookNode(cell_type=cell.cell_type, source=cell.source, metadata={})
    plain.metadata = NotebookNode({"tags": sorted(tags(cell))} if tags(cell) else {})
    if cell.cell_type == "code":
        plain.update(outputs=[], execution_count=None)
    notebook.cells = [plain]
    notebook.metadata = NotebookNode(jupytext={"notebook_metadata_filter": "-all"})
    text = jupytext.writes(notebook, fmt=FORMAT)
    return text[MARKER.search(text).start() :].rstrip("\n") + "\n"


def _split(name: str, text: str) -> tuple[str, list[str]]:
    starts = [match.start() for match in MARKER.finditer(text)]
    if not starts:
        raise Stop(f"{name}: the text has no cell; begin one with a line '# %%'.")
    ends = [*starts[1:], len(text)]
    chunks = [text[start:end] for start, end in zip(starts, ends, strict=True)]
    return text[: starts[0]], chunks


def _cells(text: str) -> list[NotebookNode]:
    cells = jupytext.reads(text, fmt=FORMAT).cells
    for cell in cells:
        kept = sorted(tags(cell))
        cell["metadata"] = NotebookNode({"tags": kept} if kept else {})
    return cells


def _expect_same_cells(name: str, text: str, cells: list, chunks: int) -> None:
    whole = [cell for cell in _cells(text) if cell.cell_type != "raw"]
    same = [(c.cell_type, c.source) for c in whole] == [
        (c.cell_type, c.source) for c in cells
    ]
    if not same or len(cells) != chunks:
        raise Stop(
            f"{name}: the text cannot be cut into cells; keep lines that begin with "
            "'# %%' out of strings, and use code and markdown cells only."
        )


def _header(name: str, preamble: str) -> Header:
    match = PREAMBLE.match(preamble)
    if not match:
        raise Stop(f"{name}: the text must begin with a YAML header between '# ---'.")
    try:
        document = yaml.safe_load(re.sub(r"^# ?", "", match["yaml"], flags=re.M))
    except yaml.YAMLError as error:
        raise Stop(f"{name}: the YAML header cannot be read: {error}") from error
    values = (document or {}).get("gan_course") or {}
    _check_header(name, values)
    return Header(**values)


def _check_header(name: str, values: dict[str, Any]) -> None:
    known = {field.name: field for field in fields(Header)}
    missing = [
        name
        for name, field in known.items()
        if field.default is MISSING and name not in values
    ]
    unknown = sorted(set(values) - set(known))
    if missing or unknown:
        raise Stop(
            f"{name}: 'gan_course' in the YAML header lacks {missing} and has unknown "
            f"{unknown}; it takes {sorted(known)}."
        )
    for key, value in values.items():
        kind = int if known[key].type == "int" else str
        if not isinstance(value, kind) or value == "":
            raise Stop(
                f"{name}: header {key!r} is {value!r}; expected {kind.__name__}."
            )
