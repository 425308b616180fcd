"""Rules on what is written in the cells of an edition."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from urllib.parse import unquote

from nbformat import NotebookNode

from tools.course import READER
from tools.dependencies import cell_tree, imports
from tools.editions import GENERATED
from tools.rules.edition import Edition, Rule

MAXIMUM_CELLS = 35
MAXIMUM_LINES = 30
MAXIMUM_COLUMNS = 88
MAXIMUM_WORDS = 3000
FORBIDDEN_CALLS = {
    "clear_output": "each cleared frame counts as an output; update one display id",
    "Output": "output widgets are not emulated in a test; update one display id",
}
UNCHECKED = {"nbval-ignore-output", "nbval-skip"}
UNCHECKED_COMMENT = re.compile(
    r"^\s*#+\s*(PYTEST_VALIDATE|NBVAL)_(IGNORE_OUTPUT|SKIP)\s*$", re.M
)
NOT_WORDS = re.compile(
    r"```.*?```|\$\$.*?\$\$|\$[^$\n]+\$|<[^>]+>|(?<=\])\([^)]*\)|https?://\S+", re.S
)

LINK = re.compile(r"\]\(\s*<?([^)\s>]+)")
NOT_LINKS = re.compile(r"```.*?```|`[^`\n]*`|\$\$.*?\$\$|\$[^$\n]+\$", re.S)
ELSEWHERE = re.compile(r"[a-z]+:|#")


def code_size(edition: Edition) -> Iterator[str]:
    """Few code cells, each short and narrow enough to read without scrolling."""
    written = sum(cell.id not in GENERATED for cell in edition.code)
    if written > MAXIMUM_CELLS:
        yield f"it has {written} code cells; at most {MAXIMUM_CELLS}."
    for number, cell in enumerate(edition.code, start=1):
        lines = cell.source.splitlines()
        if len(lines) > MAXIMUM_LINES:
            yield (
                f"code cell {number} has {len(lines)} lines; at most {MAXIMUM_LINES}."
            )
        widest = max(map(len, lines), default=0)
        if widest > MAXIMUM_COLUMNS and cell.id not in GENERATED:
            yield (
                f"code cell {number} is {widest} columns wide; "
                f"at most {MAXIMUM_COLUMNS}."
            )


def words(edition: Edition) -> Iterator[str]:
    """Enough prose to explain, and no more."""
    if edition.kind != READER:
        return
    least = edition.header.minimum_words
    number = sum(
        count_words(cell.source) for cell in edition.prose if cell.id not in GENERATED
    )
    if not least <= number <= MAXIMUM_WORDS:
        yield f"it has {number:,} words; expected {least:,} to {MAXIMUM_WORDS:,}."


def count_words(markdown: str) -> int:
    """Words of prose: code blocks, formulas, HTML tags and addresses do not count."""
    return len(re.findall(r"[^\W\d_][\w'’-]*", NOT_WORDS.sub(" ", markdown)))


def claims(edition: Edition) -> Iterator[str]:
    """What a notebook says, it shows."""
    found = [cell for cell in edition.code for _ in _calls(cell, "claim")]
    least = edition.header.minimum_claims
    if edition.kind == READER and len(found) < least:
        yield f"it makes {len(found)} claims; expected at least {least}."


def claims_are_compared(edition: Edition) -> Iterator[str]:
    """The printed line of a claim is compared on every machine."""
    for number, cell in enumerate(edition.code, start=1):
        unchecked = set(cell.metadata.get("tags", [])) & UNCHECKED
        ignored = unchecked or UNCHECKED_COMMENT.search(cell.source)
        if ignored and any(_calls(cell, "claim")):
            yield f"code cell {number} makes a claim, but its output is ignored."


def live_output(edition: Edition) -> Iterator[str]:
    """Live output goes through one display id, which nbval can compare."""
    for number, cell in enumerate(edition.code, start=1):
        for name, why in FORBIDDEN_CALLS.items():
            if any(_calls(cell, name)):
                yield f"code cell {number} calls {name}: {why}."


def stands_alone(edition: Edition) -> Iterator[str]:
    """A notebook imports nothing that only a checkout has."""
    for number, cell in enumerate(edition.code, start=1):
        for name in imports(cell_tree(cell)):
            if name.split(".")[0] in ("tools", "tests"):
                yield (
                    f"code cell {number} imports {name}, which a reader who has "
                    "the notebook alone does not have."
                )


def alt_in_prose(edition: Edition) -> Iterator[str]:
    """Each picture in the text says what it shows."""
    for cell in edition.prose:
        for picture in pictures_without_alt(cell.source):
            yield f"a picture in the text has no alt text: {picture}"


def pictures_without_alt(markdown: str) -> list[str]:
    """Markdown and HTML pictures that say nothing to a reader who cannot see them."""
    bare = re.findall(r"!\[\s*\](?:\([^)]*\)|\[[^\]]*\])", markdown)
    html = re.findall(r"<img\b[^>]*>", markdown, flags=re.I)
    told = re.compile(r"""\balt\s*=\s*(["'])\s*[^\s"'].*?\1""", flags=re.I | re.S)
    return bare + [image for image in html if not told.search(image)]


def links_lead_somewhere(edition: Edition) -> Iterator[str]:
    """Pictures and pages of the course that the text names are there."""
    for cell in edition.prose:
        for target in LINK.findall(NOT_LINKS.sub("", cell.source)):
            place = unquote(target.split("#")[0])
            if not ELSEWHERE.match(target) and not (edition.folder / place).exists():
                yield f"the text links to {target!r}, which does not exist."


def _calls(cell: NotebookNode, name: str) -> Iterator[ast.Call]:
    for node in ast.walk(cell_tree(cell)):
        if isinstance(node, ast.Call):
            called = getattr(node.func, "id", getattr(node.func, "attr", None))
            if called == name:
                yield node


RULES: tuple[Rule, ...] = (
    code_size,
    words,
    claims,
    claims_are_compared,
    live_output,
    stands_alone,
    alt_in_prose,
    links_lead_somewhere,
)
