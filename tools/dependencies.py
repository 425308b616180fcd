"""Which files of the checkout a notebook's outputs depend on.

Modules: every `gan_course` module that the cells import, those that these import,
and so on, at any depth of nesting, found by reading the code (never by running it).

Data: a file below `data/` counts when a string in one of those modules or cells is
its name, its name without the ending, its path below `data/`, or a folder on that
path. A name that is put together at run time is not seen; write it out, or
rebuild with `--force`.
"""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path

from IPython.core.inputtransformer2 import TransformerManager
from nbformat import NotebookNode

PACKAGE = "gan_course"


def cell_tree(cell: NotebookNode) -> ast.Module:
    """The syntax tree of a code cell; magics are read as IPython reads them."""
    return ast.parse(TransformerManager().transform_cell(cell.source))


def dependencies(root: Path, cells: Iterable[NotebookNode]) -> list[Path]:
    """Modules and data files behind the code cells, sorted, relative to `root`."""
    trees = [cell_tree(cell) for cell in cells if cell.cell_type == "code"]
    waiting = [name for tree in trees for name in imports(tree)]
    modules: dict[Path, ast.Module] = {}
    while waiting:
        name = waiting.pop()
        for path in _files(root, name):
            if path not in modules:
                modules[path] = ast.parse(path.read_text(encoding="utf-8"))
                package = _package_of(root, path)
                waiting.extend(imports(modules[path], package))
    words = {w for tree in [*trees, *modules.values()] for w in _strings(tree)}
    found = [*modules, *_data_files(root / "data", words)]
    return sorted(path.relative_to(root) for path in found)


def dependencies_sha256(root: Path, cells: Iterable[NotebookNode]) -> str:
    """One hash over the paths and contents of all dependencies."""
    digest = hashlib.sha256()
    for path in dependencies(root, cells):
        content = (root / path).read_bytes()
        if path.suffix == ".py":
            content = content.replace(b"\r\n", b"\n")
        digest.update(f"{path.as_posix()}\n".encode())
        digest.update(hashlib.sha256(content).digest())
    return digest.hexdigest()


def imports(tree: ast.AST, package: str = "") -> Iterator[str]:
    """Modules that code may import; relative names are resolved in `package`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = _absolute(node, package)
            yield base
            yield from (f"{base}.{alias.name}" for alias in node.names)


def _absolute(node: ast.ImportFrom, package: str) -> str:
    if node.level == 0:
        return node.module or ""
    parents = package.split(".")
    kept = parents[: len(parents) - node.level + 1]
    return ".".join([*kept, *([node.module] if node.module else [])])


def _files(root: Path, name: str) -> Iterator[Path]:
    """The file of module `name` and the `__init__` of each package on the way."""
    parts = name.split(".")
    if parts[0] != PACKAGE:
        return
    for depth in range(1, len(parts) + 1):
        place = root.joinpath(*parts[:depth])
        for path in (place / "__init__.py", place.with_suffix(".py")):
            if path.is_file():
                yield path


def _package_of(root: Path, path: Path) -> str:
    return ".".join(path.parent.relative_to(root).parts)


def _strings(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value.strip("/")


def _data_files(data: Path, words: set[str]) -> Iterator[Path]:
    for path in sorted(data.rglob("*")):
        if path.is_file() and _names(path.relative_to(data)) & words:
            yield path


def _names(path: Path) -> set[str]:
    folders = {parent.as_posix() for parent in path.parents} - {"."}
    return {path.name, path.stem, path.as_posix()} | folders
