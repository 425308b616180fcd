"""Hashes that tell whether an edition still is what the builder wrote."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from nbformat import NotebookNode


def text_sha256(text: str) -> str:
    """Hash of a notebook's text; line endings do not count."""
    return hashlib.sha256(text.replace("\r\n", "\n").encode()).hexdigest()


def edition_sha256(notebook: NotebookNode) -> str:
    """Hash over cells, tags, outputs and the builder's own record.

    Left out is what saving in Jupyter or a checkout changes without meaning: cell
    ids, other metadata, line endings, `12.0` against `12`, line breaks in pictures.
    """
    stored = dict(notebook.metadata.get("gan_course", {}))
    stored.pop("edition_sha256", None)
    cells = [_cell(cell) for cell in notebook.cells]
    document = json.dumps(_plain({"record": stored, "cells": cells}), sort_keys=True)
    return hashlib.sha256(document.encode()).hexdigest()


def _cell(cell: NotebookNode) -> dict[str, Any]:
    kept = {"type": cell.cell_type, "source": cell.source}
    kept["tags"] = sorted(cell.metadata.get("tags", []))
    if cell.cell_type == "code":
        kept["count"] = cell.execution_count
        kept["outputs"] = [_output(output) for output in cell.outputs]
    return kept


def _output(output: NotebookNode) -> dict[str, Any]:
    kept = dict(output)
    if "data" in kept:
        kept["data"] = {
            kind: "".join(value.split()) if kind.startswith("image/") else value
            for kind, value in kept["data"].items()
        }
    return kept


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, str):
        return value.replace("\r\n", "\n")
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value
