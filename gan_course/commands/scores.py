"""The table of scores: a line for each score, a column for each set of images."""

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from gan_course.commands.data import table

if TYPE_CHECKING:
    from gan_course.metrics.evaluation import Scores


class Line(NamedTuple):
    """A line of the table: its title, how it is written, and which values are best."""

    title: str
    text: Callable[["Scores"], str]
    best: str


def _share(name: str) -> Callable[["Scores"], str]:
    return lambda scores: f"{100 * getattr(scores, name):.1f} %"


def _number(name: str) -> Callable[["Scores"], str]:
    return lambda scores: f"{getattr(scores, name):.3f}"


# Each line by the score that must be known for it.
LINES = {
    "recognised": Line("recognised", _share("recognised"), "high"),
    "found": Line("kinds found", lambda s: f"{s.found} of {s.possible}", "all"),
    "reverse_kl": Line("reverse KL of kinds", _number("reverse_kl"), "low"),
    "values_found": Line(
        "factors found", lambda s: f"{s.values_found} of {s.values_possible}", "all"
    ),
    "factor_distance": Line(
        "distance of factor shares", _number("factor_distance"), "low"
    ),
    "frechet": Line("Fréchet distance", _number("frechet"), "low"),
    "kernel": Line(
        "kernel distance · 1000",
        lambda s: f"{1000 * s.kernel:.1f} ± {1000 * s.kernel_error:.1f}",
        "low",
    ),
    "precision": Line("precision", _number("precision"), "high"),
    "recall": Line("recall", _number("recall"), "high"),
    "density": Line("density", _number("density"), "1"),
    "coverage": Line("coverage", _number("coverage"), "high"),
    "nearer": Line("nearer to training", _share("nearer"), "50 %"),
    "copies": Line("copies of training", _share("copies"), "1 %"),
    "high_frequencies": Line("high frequencies", _share("high_frequencies"), "real"),
}


def score_table(scores: dict[str, "Scores"]) -> list[str]:
    """A line for each score that is known of any set."""
    rows = [
        (line.title, *(_text(name, line, each) for each in scores.values()), line.best)
        for name, line in LINES.items()
        if any(getattr(each, name) is not None for each in scores.values())
    ]
    return table(("", *scores, "best"), rows)


def _text(name: str, line: Line, scores: "Scores") -> str:
    return "-" if getattr(scores, name) is None else line.text(scores)
