"""One readable style for every figure of the course.

The colours are those of Okabe and Ito, which stay apart for every kind of colour
vision; lines differ in their dashes too.
"""

import matplotlib.pyplot as plt
import numpy
from matplotlib import rcParams
from matplotlib.figure import Figure

BLUE, VERMILLION, GREEN = "#0072B2", "#D55E00", "#009E73"
ORANGE, PURPLE, SKY = "#E69F00", "#CC79A7", "#56B4E9"
COLOURS = (BLUE, VERMILLION, GREEN, ORANGE, PURPLE, SKY)
DASHES = ("-", "--", "-.", ":", (0, (6, 1, 1, 1, 1, 1)), (0, (1, 1)))
INK, PALE = "#333333", "#D9DEE3"

DPI = 100
WIDTH = 900  # pixels of a full-width figure

STYLE = {
    "figure.dpi": DPI,
    "figure.facecolor": "white",
    "font.size": 11,
    "axes.titlesize": 12,
    "axes.titlelocation": "left",
    "axes.labelsize": 11,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "grid.color": PALE,
    "grid.linewidth": 0.8,
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "lines.linewidth": 2.0,
    "legend.framealpha": 0.85,
    "legend.edgecolor": "white",
    "axes.prop_cycle": plt.cycler(color=COLOURS, linestyle=DASHES),
}
# For the whole session: what a reader adds to a figure is drawn in the same style.
rcParams.update(STYLE)


def panels(
    rows: int = 1, columns: int = 1, *, height: int = 360, width: int = WIDTH
) -> tuple[Figure, numpy.ndarray]:
    """Return an empty figure in the style of the course and its axes.

    Args:
        rows: panels below each other.
        columns: panels side by side.
        height: pixels of the whole figure.
        width: pixels of the whole figure.

    Returns:
        The figure, and an array (rows, columns) of axes.
    """
    figure = Figure(figsize=(width / DPI, height / DPI), layout="constrained")
    return figure, figure.subplots(rows, columns, squeeze=False)
