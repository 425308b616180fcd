"""The card of a set, cut out of data/README.md and laid out for a terminal."""

import itertools
import re
import textwrap


def section(text: str, name: str) -> list[str]:
    """Return the lines under the heading that names a set, the heading first.

    Raises:
        ValueError: there is no such heading.
    """
    lines = text.splitlines()
    headings = [n for n, line in enumerate(lines) if re.match("##? ", line)]
    for start, end in zip(headings, [*headings[1:], len(lines)]):
        if lines[start].startswith("## ") and f"`{name}`" in lines[start]:
            return lines[start:end]
    raise ValueError(f"There is no card of {name!r} in data/README.md.")


def laid_out(lines: list[str], width: int) -> str:
    """Lay out a card: heading underlined, tables aligned, paragraphs wrapped."""
    blocks = []
    for kind, block in itertools.groupby(map(_plain, lines), key=_kind):
        if kind == "heading":
            titles = [line.lstrip("# ") for line in block]
            blocks += [f"{title}\n{'=' * len(title)}" for title in titles]
        elif kind == "table":
            blocks.append("\n".join(_table(list(block), width)))
        elif kind == "text":
            blocks.append(textwrap.fill(" ".join(block), width))
    return "\n\n".join(blocks)


def _kind(line: str) -> str:
    starts = {"#": "heading", "|": "table", "": ""}
    return starts.get(line[:1], "text")


def _plain(line: str) -> str:
    """The line without the marks of code, emphasis and links."""
    line = re.sub(r"\[([^]]+)\]\(([^)]+)\)", r"\1 <\2>", line.replace("`", ""))
    return re.sub(r"\*+([^*]+)\*+", r"\1", line)


def _table(lines: list[str], width: int) -> list[str]:
    """Align the first column; the others follow it, wrapped as one text."""
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    rows = [row for row in rows if "".join(row).strip("-: ")]  # no rule, no empty head
    indent = max(len(row[0]) for row in rows) + 2
    return [
        textwrap.fill(
            "; ".join(cell for cell in row[1:] if cell),
            width,
            initial_indent=f"{row[0]:<{indent}}",
            subsequent_indent=" " * indent,
            break_on_hyphens=False,
            break_long_words=False,
        )
        for row in rows
    ]
