"""Load code and claims out of the text of a notebook, for tests of what it teaches.

`definitions` gives a test the functions that a reader sees; `run` executes the reader's
cells, with lines replaced to make a broken variant, and records the claims.
"""

import ast
import contextlib
import io
import linecache
import os
import re
import tempfile
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import jupytext

from gan_course.checks import claims

SOURCES = Path(__file__).resolve().parent.parent / "notebooks" / "src"
MAGIC = re.compile(r"^\s*[%!].*$", re.MULTILINE)


class Cell(NamedTuple):
    """A cell of a notebook's text."""

    kind: str  # "code", "markdown", or "raw" for the header
    tags: frozenset[str]
    source: str


class Claim(NamedTuple):
    """A claim that a notebook made when it was run."""

    text: str
    value: float
    op: str
    bound: float
    holds: bool


def cells(name: str, folder: Path = SOURCES) -> list[Cell]:
    """Return the cells of a notebook, named in full or by its number ("05")."""
    notebook = jupytext.reads(find(name, folder).read_text("utf-8"), fmt="py:percent")
    return [
        Cell(cell.cell_type, frozenset(cell.metadata.get("tags", [])), cell.source)
        for cell in notebook.cells
    ]


def find(name: str, folder: Path = SOURCES) -> Path:
    """Return the file of a notebook's text; there must be exactly one."""
    found = [path for path in folder.glob("*.py") if path.stem == name]
    found = found or sorted(folder.glob(f"{name}_*.py"))
    if len(found) != 1:
        raise ValueError(f"{len(found)} notebooks in {folder} are called {name!r}.")
    return found[0]


def reader_code(name: str, folder: Path = SOURCES) -> list[Cell]:
    """Return the code cells of the reader's edition, without magic commands."""
    return [
        cell._replace(source=MAGIC.sub("", cell.source))
        for cell in cells(name, folder)
        if cell.kind == "code" and "solution" not in cell.tags
    ]


def definitions(
    name: str, tag: str | None = None, folder: Path = SOURCES
) -> dict[str, Any]:
    """Return the functions and classes of a notebook without running the rest.

    Imports and literal constants are there too.

    Args:
        name: the notebook.
        tag: only the cells with this tag define something, "solution" or "stub" for
            instance; without it, all cells but these two.
        folder: where the texts lie.
    """
    namespace: dict[str, Any] = {"__name__": f"notebook_{name}"}
    for index, cell in enumerate(cells(name, folder)):
        if cell.kind != "code":
            continue
        chosen = tag in cell.tags if tag else not cell.tags & {"solution", "stub"}
        source = MAGIC.sub("", cell.source)
        kept = [node for node in ast.parse(source).body if _defines(node, chosen)]
        if kept:
            file = _remember(f"<{name}, cell {index}>", source)
            exec(compile(ast.Module(kept, []), file, "exec"), namespace)
    return namespace


def _defines(node: ast.stmt, chosen: bool) -> bool:
    if isinstance(node, ast.Import | ast.ImportFrom):
        return True
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return chosen
    return (
        isinstance(node, ast.Assign)
        and all(isinstance(target, ast.Name) for target in node.targets)
        and _is_constant(node.value)
    )


def _is_constant(node: ast.expr) -> bool:
    try:
        ast.literal_eval(node)
    except ValueError:
        return False
    return True


def run(
    name: str,
    replace: Mapping[str, str] | None = None,
    *,
    until: str | None = None,
    folder: Path = SOURCES,
) -> list[Claim]:
    """Execute the reader's code cells and return the claims, held or not.

    The cells run in a namespace and an empty folder of their own. Nothing is printed
    and, outside a kernel, nothing is drawn.

    Args:
        name: the notebook.
        replace: old text → new text, in the cells; makes a broken variant.
        until: stop after the first cell that contains this text.
        folder: where the texts lie.

    Raises:
        ValueError: a text to replace, or `until`, does not occur.
    """
    sources = _replaced([cell.source for cell in reader_code(name, folder)], replace)
    if until is not None:
        holding = [index for index, text in enumerate(sources) if until in text]
        if not holding:
            raise ValueError(f"No cell of {name} contains {until!r}.")
        sources = sources[: holding[0] + 1]
    namespace: dict[str, Any] = {"__name__": "__main__"}
    with _recorded_claims() as made, _quiet_empty_folder():
        for index, source in enumerate(sources):
            file = _remember(f"<{name}, reader's cell {index}>", source)
            exec(compile(source, file, "exec"), namespace)
    return made


def _replaced(sources: list[str], replace: Mapping[str, str] | None) -> list[str]:
    for old, new in (replace or {}).items():
        if not any(old in source for source in sources):
            raise ValueError(f"The text to replace does not occur: {old!r}.")
        sources = [source.replace(old, new) for source in sources]
    return sources


def _remember(file: str, source: str) -> str:
    """Let `inspect.getsource` find the source of an executed cell, as IPython does."""
    linecache.cache[file] = (len(source), None, source.splitlines(True), file)
    return file


@contextlib.contextmanager
def _recorded_claims() -> Iterator[list[Claim]]:
    made: list[Claim] = []

    def record(text, value, op, bound, *, name=""):
        value, bound = claims.one_number(value, text), claims.one_number(bound, text)
        holds = claims.compare(value, op, bound)
        made.append(Claim(text, value, op, bound, holds))

    original, claims.claim = claims.claim, record
    try:
        yield made
    finally:
        claims.claim = original


@contextlib.contextmanager
def _quiet_empty_folder() -> Iterator[None]:
    before = Path.cwd()
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as empty,
        contextlib.redirect_stdout(io.StringIO()),
    ):
        os.chdir(empty)
        try:
            yield
        finally:
            os.chdir(before)


def claim_texts(name: str, folder: Path = SOURCES) -> list[str]:
    """Return the text of every claim in the reader's code, in order."""
    calls = [
        node
        for cell in reader_code(name, folder)
        for node in ast.walk(ast.parse(cell.source))
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("claim")
    ]
    return [ast.literal_eval(call.args[0]) for call in calls]


def assert_broken_variants_cover(
    name: str, covered: Collection[str], folder: Path = SOURCES
) -> None:
    """Assert that a table of broken variants names each claim, and nothing else."""
    made = set(claim_texts(name, folder))
    missing, unknown = made - set(covered), set(covered) - made
    assert not missing, f"no broken variant makes these claims fail: {missing}"
    assert not unknown, f"the notebook makes no such claims: {unknown}"


def broken_by(variant: str, broken: Mapping[str, str]) -> list[str]:
    """The claims that must fail under a variant; `broken` names one for each claim."""
    return [text for text, named in broken.items() if named == variant]


def assert_claims_fail(
    name: str,
    texts: Collection[str],
    replace: Mapping[str, str],
    *,
    until: str | None = None,
) -> None:
    """Assert that none of these claims holds in a broken variant of a notebook.

    Args:
        name: the notebook.
        texts: of the claims.
        replace, until: as for `run`.
    """
    made = {claim.text: claim.holds for claim in run(name, replace, until=until)}
    still = [text for text in texts if made[text]]
    assert not still, f"these claims hold in the broken variant, too: {still}"
