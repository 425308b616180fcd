"""Draw numbers as lines and bars."""

from collections.abc import Mapping, Sequence

import numpy
from matplotlib.figure import Figure
from numpy.typing import ArrayLike
from torch import Tensor

from gan_course.plots.style import COLOURS, panels


def curves(
    series: Mapping[str, ArrayLike],
    x: ArrayLike | None = None,
    *,
    xlabel: str = "",
    ylabel: str = "",
    title: str = "",
    xscale: str = "linear",
    yscale: str = "linear",
    height: int = 360,
) -> Figure:
    """Draw one line for each series, named in a legend when there are several.

    Args:
        series: name → values; all of one length.
        x: the positions of the values, 0, 1, 2, … when left out.
        xlabel: name of the horizontal axis.
        ylabel: name of the vertical axis.
        title: what the figure shows.
        xscale: "linear" or "log".
        yscale: "linear" or "log".
        height: pixels of the figure.

    Raises:
        ValueError: there is no series, or one is not as long as `x`.
    """
    positions = None if x is None else _as_array(x)
    values = _checked_series(series, positions)
    if positions is None:
        positions = numpy.arange(len(next(iter(values.values()))))
    figure, axes = panels(height=height)
    axis = axes[0, 0]
    axis.set(xlabel=xlabel, ylabel=ylabel, title=title, xscale=xscale, yscale=yscale)
    for name, line in values.items():
        axis.plot(positions, line, label=name)
    if len(values) > 1:
        axis.legend()
    return figure


def bars(
    series: Mapping[str, ArrayLike],
    names: Sequence[object],
    *,
    xlabel: str = "",
    ylabel: str = "",
    title: str = "",
    height: int = 320,
) -> Figure:
    """Draw groups of bars: for each name one bar of each series, side by side.

    Args:
        series: name → heights, one for each group; named in a legend when several.
        names: what stands below each group.
        xlabel: name of the horizontal axis.
        ylabel: name of the vertical axis.
        title: what the figure shows.
        height: pixels of the figure.

    Raises:
        ValueError: there is no series, or one has another length than `names`.
    """
    positions = numpy.arange(len(names))
    values = _checked_series(series, positions)
    figure, axes = panels(height=height)
    axis = axes[0, 0]
    axis.set(xlabel=xlabel, ylabel=ylabel, title=title)
    axis.set_xticks(positions, [str(name) for name in names])
    axis.grid(visible=False, axis="x")
    width = 0.8 / len(values)
    for index, (name, heights) in enumerate(values.items()):
        left = positions - 0.4 + index * width
        axis.bar(left, heights, width, align="edge", label=name, color=COLOURS[index])
    if len(values) > 1:
        # Above the bars, beside the title, where it hides none of them.
        beside = {"loc": "lower right", "bbox_to_anchor": (1, 1), "borderaxespad": 0}
        axis.legend(ncols=len(values), **beside)
    return figure


def _checked_series(
    series: Mapping[str, ArrayLike], positions: numpy.ndarray | None
) -> dict[str, numpy.ndarray]:
    values = {name: _as_array(line) for name, line in series.items()}
    if not values:
        raise ValueError("There is nothing to draw; give at least one series.")
    shape = next(iter(values.values())).shape if positions is None else positions.shape
    for name, line in values.items():
        if line.shape != shape:
            raise ValueError(
                f"The series {name!r} has shape {line.shape}, but should have {shape}: "
                "one value for each position."
            )
    return values


def _as_array(values: ArrayLike) -> numpy.ndarray:
    if isinstance(values, Tensor):
        values = values.detach().cpu().float()
    return numpy.asarray(values)
