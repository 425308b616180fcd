"""What cleaning did with each file, and why."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from unicodedata import combining, east_asian_width

from torch import Tensor

ACTIONS = ("kept", "repaired", "dropped")
# Why a file is dropped, in the order of the report.
KINDS = (
    *("unreadable", "broken", "too large", "too small", "blank"),
    *("same file", "same picture", "near-duplicate", "outlier", "hidden"),
)
WIDEST_NAME, MOST_LINES = 40, 60


@dataclass(frozen=True)
class Finding:
    """What was done with one file, and why.

    Attributes:
        name: path of the file relative to the folder, with / between its parts.
        action: "kept" as it is, "repaired" and kept, or "dropped".
        reason: what was repaired, or why it was dropped; empty for "kept".
        kind: of a dropped file, one of KINDS.
        thumbnail: the picture as it would have been used, uint8 (C, size, size);
            None where it cannot be opened, and for files that are kept as they are.
        original: the picture that this one repeats, likewise.
    """

    name: str
    action: str
    reason: str = ""
    kind: str = ""
    thumbnail: Tensor | None = field(default=None, repr=False, compare=False)
    original: Tensor | None = field(default=None, repr=False, compare=False)


@dataclass(frozen=True)
class Report:
    """What was done with every file of a folder; `str` gives a table and a summary.

    Attributes:
        rows: one finding for each file, ordered by name.
    """

    rows: tuple[Finding, ...]

    def of(self, action: str) -> list[Finding]:
        """Return the findings with this action; dropped ones are grouped by kind."""
        order = {kind: place for place, kind in enumerate(KINDS)}
        rows = [row for row in self.rows if row.action == action]
        return sorted(rows, key=lambda row: order.get(row.kind, 0))

    def counts(self) -> dict[str, int]:
        """Count the dropped files by kind, in the order of KINDS."""
        found = Counter(row.kind for row in self.rows if row.action == "dropped")
        return {kind: found[kind] for kind in KINDS if found[kind]}

    def summary(self) -> str:
        """Say how many files were kept, repaired and dropped."""
        kept, repaired, dropped = (len(self.of(action)) for action in ACTIONS)
        files = "1 file" if len(self.rows) == 1 else f"{len(self.rows):,} files"
        return (
            f"{files}: {kept:,} kept as they are, {repaired:,} repaired, "
            f"{dropped:,} dropped"
        )

    def __str__(self) -> str:
        lines = table([*self.of("dropped"), *self.of("repaired")])
        return "\n".join([*lines, "", self.summary()] if lines else [self.summary()])


def table(rows: Sequence[Finding]) -> list[str]:
    """Write findings below each other in columns, MOST_LINES of each action at most."""
    lines = []
    for action in ("dropped", "repaired"):
        all_rows = [row for row in rows if row.action == action]
        some = spread(all_rows, MOST_LINES)
        lines += [(action, shown(row.name), row.reason) for row in some]
        if len(some) < len(all_rows):
            lines.append((action, f"… and {len(all_rows) - len(some):,} more", ""))
    width = max((columns(name) for _, name, _ in lines), default=0)
    return [
        f"{action:<8}  {name}{' ' * (width - columns(name))}  {reason}".rstrip()
        for action, name, reason in lines
    ]


def spread(rows: Sequence[Finding], most: int) -> list[Finding]:
    """Choose `most` findings so that every kind is among them, in the order given."""
    met: Counter[str] = Counter()
    turns = []
    for place, row in enumerate(rows):
        turns.append((met[row.kind], place))
        met[row.kind] += 1
    return [rows[place] for place in sorted(place for _, place in sorted(turns)[:most])]


def shown(name: str, widest: int = WIDEST_NAME) -> str:
    """Write a file name on one line: escaped where not printable, cut if too long."""
    # A name that is not valid UTF-8 holds lone surrogates, which cannot be printed.
    text = "".join(
        letter if letter.isprintable() else letter.encode("unicode_escape").decode()
        for letter in name
    )
    if columns(text) <= widest:
        return text
    half = (widest - 1) // 2
    return f"{_first(text, half)}…{_first(text[::-1], widest - 1 - half)[::-1]}"


def columns(text: str) -> int:
    """Count the columns that a text takes on a screen: wide letters take two."""
    return sum(_columns(letter) for letter in text)


def _columns(letter: str) -> int:
    if combining(letter):
        return 0
    return 2 if east_asian_width(letter) in "WF" else 1


def _first(text: Iterable[str], widest: int) -> str:
    taken, width = "", 0
    for letter in text:
        width += _columns(letter)
        if width > widest:
            break
        taken += letter
    return taken
