"""Draw one frame of a running training: progress, loss curves, samples."""

from collections.abc import Sequence

import numpy
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from torch import Tensor

from gan_course.images.tiling import tile
from gan_course.plots.grids import checked_images, magnify
from gan_course.plots.style import BLUE, COLOURS, DPI, PALE, VERMILLION

# All lengths are pixels of the picture.
HEADER, MARGIN = 62, 10
CURVES_WIDTH, CURVES_HEIGHT = 360, 320
TITLES, TICKS = 26, 38  # above the first panel, below the last
PANEL_GAP, LEAST_PANEL = 32, 95  # a gap holds the title of the panel below it
LARGEST_GRID = 580
BAR_TOP, BAR_HEIGHT = 38, 8
POINTS = 150  # of a drawn curve: more would not be told apart


class Frame:
    """A picture that is drawn again and again, with one figure kept for all of them.

    Args:
        names: the losses, one panel each.
        total_images: right end of the progress bar and of the curves.
        grid: height and width of the sample grid in pixels, (0, 0) without samples.
    """

    def __init__(
        self, names: Sequence[str], total_images: int, grid: tuple[int, int] = (0, 0)
    ) -> None:
        self.total_images = total_images
        panels = TITLES + len(names) * (LEAST_PANEL + PANEL_GAP) + TICKS
        self.height = HEADER + max(grid[0], CURVES_HEIGHT, panels) + MARGIN
        self.width = CURVES_WIDTH + 2 * MARGIN + (grid[1] or CURVES_WIDTH)
        size = (self.width / DPI, self.height / DPI)
        figure = Figure(figsize=size, dpi=DPI)
        self.canvas = FigureCanvasAgg(figure)
        self.headline = self._text(figure, MARGIN, "left")
        self.warning = self._text(figure, self.width - MARGIN, "right")
        self.warning.set_color(VERMILLION)
        self.bar = self._progress_bar(figure)
        right = self.width - MARGIN - (grid[1] + MARGIN if grid[1] else 0)
        self.axes = self._loss_panels(figure, names, right)

    def _text(self, figure: Figure, left: int, align: str):
        x, y = left / self.width, 1 - 20 / self.height
        return figure.text(x, y, "", ha=align, va="center", fontsize=11.5)

    def _progress_bar(self, figure: Figure) -> Rectangle:
        corner = (MARGIN / self.width, 1 - (BAR_TOP + BAR_HEIGHT) / self.height)
        full, height = 1 - 2 * MARGIN / self.width, BAR_HEIGHT / self.height
        figure.add_artist(Rectangle(corner, full, height, color=PALE, lw=0))
        return figure.add_artist(Rectangle(corner, 0, height, color=BLUE, lw=0))

    def _loss_panels(
        self, figure: Figure, names: Sequence[str], right: int
    ) -> dict[str, Axes]:
        panels = figure.subplots(len(names), 1, sharex=True, squeeze=False)[:, 0]
        top, bottom = HEADER + TITLES, MARGIN + TICKS
        inside = self.height - top - bottom + PANEL_GAP
        figure.subplots_adjust(
            left=(MARGIN + 48) / self.width,
            right=right / self.width - 8 / self.width,
            top=1 - top / self.height,
            bottom=bottom / self.height,
            hspace=PANEL_GAP / (inside / len(names) - PANEL_GAP),
        )
        for axis, colour in zip(panels, COLOURS):
            axis.plot([], [], color=colour)
            axis.tick_params(labelsize=10)
            axis.set(xlim=(0, self.total_images), ylim=(0, 1))
            axis.xaxis.set_major_formatter(_thousands)
            axis.locator_params(axis="x", nbins=5)
            axis.locator_params(axis="y", nbins=5)
        panels[-1].set_xlabel("images seen")
        return dict(zip(names, panels))

    def draw(
        self,
        images_seen: int,
        headline: str,
        losses: tuple[numpy.ndarray, dict[str, numpy.ndarray]],
        grid: numpy.ndarray | None,
    ) -> numpy.ndarray:
        """Return the frame, uint8 (height, width, 3).

        Args:
            images_seen: how far the progress bar is filled.
            headline: the line above the bar.
            losses: images seen at each step, and name → the loss at each step.
            grid: what `sample_grid` returned, or None.
        """
        self.headline.set_text(headline)
        share = min(images_seen / self.total_images, 1)
        self.bar.set_width(share * (1 - 2 * MARGIN / self.width))
        positions, values = losses
        broken = [name for name, line in values.items() if not _ends_finite(line)]
        self.warning.set_text(f"{' and '.join(broken)}: not finite" if broken else "")
        for name, axis in self.axes.items():
            _update_curve(axis, name, positions, values[name])
        self.canvas.draw()
        picture = numpy.asarray(self.canvas.buffer_rgba())[..., :3].copy()
        if grid is not None:
            height, width = grid.shape[:2]
            left = self.width - MARGIN - width
            picture[HEADER : HEADER + height, left : left + width] = grid
        return picture


def sample_grid(samples: Tensor) -> numpy.ndarray:
    """Put samples (N, C, H, W) on a square grid, magnified by a whole number.

    What is not finite is drawn grey: a view must survive the training that it shows.
    """
    if samples.is_floating_point():
        samples = samples.detach().nan_to_num(0.0, 1.0, -1.0)
    canvas = tile(checked_images(samples), columns=int(numpy.ceil(len(samples) ** 0.5)))
    return magnify(canvas, max(1, LARGEST_GRID // max(canvas.shape[1:])))


def bin_means(values: numpy.ndarray, bins: int = POINTS) -> numpy.ndarray:
    """Average consecutive values so that at most `bins` remain."""
    if len(values) <= bins:
        return values
    edges = numpy.linspace(0, len(values), bins + 1).astype(int)
    return numpy.add.reduceat(values, edges[:-1]) / numpy.diff(edges)


def _update_curve(
    axis: Axes, name: str, positions: numpy.ndarray, values: numpy.ndarray
) -> None:
    smooth = bin_means(values)
    (line,) = axis.lines
    line.set_data(bin_means(positions), smooth)
    axis.set_title(f"{name} loss: {smooth[-1]:.2f}")
    finite = smooth[numpy.isfinite(smooth)]
    if len(finite):
        low, high = finite.min(), finite.max()
        room = 0.08 * (high - low) or 0.1 * abs(high) or 0.1
        axis.set_ylim(low - room, high + room)


def _ends_finite(values: numpy.ndarray) -> bool:
    return bool(numpy.isfinite(values[-1]))


def _thousands(value: float, _position: int | None = None) -> str:
    return f"{value / 1000:g}k" if value >= 1000 else f"{value:g}"
