"""Rules on what an executed edition shows."""

from __future__ import annotations

from collections.abc import Iterator

from nbformat import NotebookNode

from tools.execute import WIDGET_VIEW
from tools.rules.cells import pictures_without_alt
from tools.rules.edition import Edition, Rule

NOT_COMPARED_IMAGES = {"image/png", "image/jpeg"}  # nbval compares any other


def executed_in_order(edition: Edition) -> Iterator[str]:
    """All cells were executed once (nbval compares nothing for one that was not)."""
    counts = [cell.execution_count for cell in edition.code]
    if counts != list(range(1, len(counts) + 1)):
        yield f"its execution counts are {counts}; expected 1 to {len(counts)}."


def clean_outputs(edition: Edition) -> Iterator[str]:
    """No warnings and no tracebacks."""
    for place, cell, output in edition.outputs:
        if output.output_type == "stream" and output.name == "stderr":
            yield f"{place} writes to stderr: {output.text[:80]!r}."
        raises = "raises-exception" in cell.metadata.get("tags", [])
        if output.output_type == "error" and not raises:
            yield f"{place} raised {output.ename}: {output.evalue}."


def static_pictures(edition: Edition) -> Iterator[str]:
    """What is saved is a picture that stays, in a format nbval does not compare."""
    for place, _, output in edition.outputs:
        for kind, value in output.get("data", {}).items():
            if kind.startswith("image/") and kind not in NOT_COMPARED_IMAGES:
                yield f"{place} shows {kind}, which differs by machine; use PNG."
            if kind == "text/html" and "<svg" in value.lower():
                yield f"{place} shows an SVG in HTML; use a PNG."
            if kind == WIDGET_VIEW:
                yield f"{place} keeps a widget, empty when saved; use a picture."
    if "widgets" in edition.notebook.metadata:
        yield "it stores widget state; the builder leaves that out."


def alt_in_outputs(edition: Edition) -> Iterator[str]:
    """Each shown picture carries a sentence that says what it shows."""
    for place, _, output in edition.outputs:
        data = output.get("data", {})
        if any(kind.startswith("image/") for kind in data):
            yield from _alt_fault(place, output)
        for picture in pictures_without_alt(data.get("text/html", "")):
            yield f"{place} shows a picture without alt text: {picture[:60]}"


def _alt_fault(place: str, output: NotebookNode) -> Iterator[str]:
    alt = output.get("metadata", {}).get("alt", "")
    if len(alt.split()) < 3:
        yield f"{place} shows a picture whose alt text is {alt!r}; write a sentence."
    elif output.data.get("text/plain") != alt:
        yield (
            f"{place} shows a picture whose text is {output.data.get('text/plain')!r} "
            f"and not its alt text {alt!r}."
        )


RULES: tuple[Rule, ...] = (
    executed_in_order,
    clean_outputs,
    static_pictures,
    alt_in_outputs,
)
