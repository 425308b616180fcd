"""Draw what cleaning a folder dropped or repaired, and why."""

import textwrap
from functools import cache

from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ft2font import FT2Font
from matplotlib.patches import Rectangle
from torch import Tensor

from gan_course.plots.style import DPI, GREEN, INK, PALE, VERMILLION, WIDTH
from gan_course.preprocess.report import Finding, Report, shown, spread

COLUMNS, MOST = 2, 24  # cards side by side; cards on a figure
MARGIN, TITLE, NOTE = 12, 44, 26  # screen pixels
CARD, PICTURE, GAP = 100, 84, 12
FONT = "DejaVu Sans"
NAME_SIZE, TEXT_SIZE, LINE = 10, 9, 16  # points, points, pixels


def cleaning_figure(report: Report, action: str = "dropped") -> Figure:
    """Draw a card for each file that was dropped: its picture, its name and why.

    On the right of a copy stands the picture that it repeats. Where no picture can be
    shown there is a grey box. Hidden files are counted, not drawn.

    Args:
        report: of `preprocess.clean_folder`.
        action: "dropped", or "repaired" for what was converted and kept.

    Raises:
        ValueError: another action.
    """
    if action not in ("dropped", "repaired"):
        raise ValueError(f"There is no figure of {action!r}; choose dropped, repaired.")
    rows = [row for row in report.of(action) if row.kind != "hidden"]
    drawn = spread(rows, MOST)
    note = _note(len(rows) - len(drawn), report.of(action))
    height = TITLE + -(-len(drawn) // COLUMNS) * CARD + (NOTE if note else 0)
    figure, axis = _page(height + MARGIN)
    title = {"va": "center", "fontsize": 12, "color": INK}
    axis.text(MARGIN, TITLE / 2, report.summary(), **title)
    if any(row.original is not None for row in drawn):
        right = {"ha": "right", "va": "center", "fontsize": TEXT_SIZE, "color": GREEN}
        axis.text(WIDTH - MARGIN, TITLE / 2, "framed green: what it repeats", **right)
    for index, row in enumerate(drawn):
        line, column = divmod(index, COLUMNS)
        _card(axis, row, MARGIN + column * (WIDTH // COLUMNS), TITLE + line * CARD)
    axis.text(MARGIN, height - NOTE / 2, note, fontsize=TEXT_SIZE, va="center")
    return figure


def _note(more: int, rows: list[Finding]) -> str:
    """Count what is not drawn."""
    hidden = sum(row.kind == "hidden" for row in rows)
    notes = [f"{more:,} more"] if more else []
    if hidden:
        notes.append(f"{hidden} hidden file{'s' if hidden > 1 else ''}")
    return f"Not shown: {' and '.join(notes)}." if notes else ""


def _page(height: int) -> tuple[Figure, Axes]:
    """Return a figure with one axis over all of it, in pixels from the top left."""
    figure = Figure(figsize=(WIDTH / DPI, height / DPI), dpi=DPI)
    axis = figure.add_axes((0, 0, 1, 1))
    axis.set(xlim=(0, WIDTH), ylim=(height, 0), autoscale_on=False)
    axis.set_axis_off()
    return figure, axis


def _card(axis: Axes, row: Finding, x: int, y: int) -> None:
    edge = VERMILLION if row.action == "dropped" else GREEN
    _picture(axis, row.thumbnail, x, y, edge, _instead(row))
    left, right = x + PICTURE + GAP, x + WIDTH // COLUMNS - 2 * MARGIN
    if row.original is not None:
        right -= PICTURE
        _picture(axis, row.original, right, y, GREEN)
        right -= GAP
    lines = _wrapped(_drawable(row.reason), right - left)
    top = y + PICTURE / 2 - LINE * len(lines) / 2
    style = {"color": INK, "va": "center", "family": FONT, "parse_math": False}
    name = _cut(row.name, right - left)
    axis.text(left, top, name, fontsize=NAME_SIZE, weight="bold", **style)
    for index, line in enumerate(lines, start=1):
        axis.text(left, top + index * LINE + 2, line, fontsize=TEXT_SIZE, **style)


def _wrapped(text: str, width: int) -> list[str]:
    """Break a text into at most four lines that fit into `width` pixels."""
    for letters in range(60, 0, -1):
        lines = textwrap.wrap(text, letters, max_lines=4, placeholder=" …")
        if all(_width(line, TEXT_SIZE) <= width for line in lines):
            return lines
    return []


def _cut(name: str, width: int) -> str:
    """Cut a file name in the middle until it fits into `width` pixels."""
    for letters in range(60, 0, -1):
        text = _drawable(shown(name, letters))
        if _width(text, NAME_SIZE, "bold") <= width:
            return text
    return ""


def _picture(
    axis: Axes, picture: Tensor | None, x: int, y: int, edge: str, instead: str = ""
) -> None:
    """Draw a picture of uint8 (C, H, W) in its frame, or a grey box with a text."""
    face = "none" if picture is not None else PALE
    if picture is not None:
        levels = picture.expand(3, -1, -1).permute(1, 2, 0).numpy()
        axis.imshow(levels, extent=(x, x + PICTURE, y + PICTURE, y), aspect="auto")
    else:
        middle = {"ha": "center", "va": "center", "color": INK, "fontsize": TEXT_SIZE}
        axis.text(x + PICTURE / 2, y + PICTURE / 2, instead, **middle)
    frame = Rectangle((x, y), PICTURE, PICTURE, facecolor=face, edgecolor=edge)
    axis.add_patch(frame)


def _instead(row: Finding) -> str:
    return "not opened" if row.kind.startswith("too") else "cannot\nbe opened"


def _drawable(text: str) -> str:
    """Put a box in place of each letter that the font lacks."""
    return "".join(c if _font().get_char_index(ord(c)) else "□" for c in text)


def _width(text: str, points: int, weight: str = "normal") -> float:
    """Measure a line of text, in pixels."""
    font = _font(weight)
    font.set_size(points, DPI)
    font.set_text(text)
    return font.get_width_height()[0] / 64


@cache
def _font(weight: str = "normal") -> FT2Font:
    wanted = font_manager.FontProperties(family=FONT, weight=weight)
    return font_manager.get_font(font_manager.findfont(wanted))
