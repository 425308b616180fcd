"""Draw images side by side, every pixel of theirs as a crisp square."""

from collections.abc import Sequence

import numpy
import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from torch import Tensor

from gan_course.images.levels import to_uint8
from gan_course.images.tiling import tile
from gan_course.plots.style import DPI, INK, WIDTH

GAP = 1  # image pixels between the images of a grid
MARGIN, TITLE_HEIGHT, LABEL_HEIGHT = 6, 28, 18  # screen pixels
LARGEST_GRID, LARGEST_ZOOM = (640, WIDTH - 2 * MARGIN), 12


def image_grid(
    images: Tensor,
    columns: int = 10,
    *,
    labels: Sequence[object] | None = None,
    title: str = "",
    zoom: int | None = None,
) -> Figure:
    """Draw images side by side, each of their pixels as a square of whole pixels.

    Args:
        images: (N, C, H, W), grey (C = 1) or RGB (C = 3), uint8 or float in [-1, 1].
        columns: images in a row.
        labels: N short texts or numbers, written below the images.
        title: what the figure shows.
        zoom: screen pixels for an image pixel; chosen to fit the page when left out.

    Raises:
        ValueError: another shape, another number of labels than images, or NaN.
    """
    images = checked_images(images)
    if labels is not None and len(labels) != len(images):
        raise ValueError(
            f"There are {len(labels)} labels for {len(images)} images; give one each."
        )
    columns = min(columns, len(images))
    zoom = zoom or _fitting_zoom(images, columns)
    below = 0 if labels is None else -(-LABEL_HEIGHT // zoom)
    figure, axis = _canvas_figure(
        tile(images, columns, below=below, gap=GAP), zoom, title
    )
    names = labels.tolist() if isinstance(labels, Tensor) else labels or []
    height, width = images.shape[2:]
    for index, name in enumerate(names):
        row, column = divmod(index, columns)
        x = column * (width + GAP) + (width - 1) / 2
        y = row * (height + below + GAP) + height + (below - 1) / 2
        axis.text(x, y, str(name), ha="center", va="center", color=INK, fontsize=10)
    return figure


def checked_images(images: Tensor) -> Tensor:
    """Return images as uint8 (N, C, H, W) on the CPU, or say what they should be.

    Raises:
        ValueError: another shape, or NaN.
    """
    shape = tuple(images.shape)
    if len(shape) != 4 or shape[1] not in (1, 3) or 0 in shape:
        raise ValueError(
            f"The images have shape {shape}, but a grid shows (N, 1, H, W) or "
            "(N, 3, H, W); write image[None] for a single (C, H, W) picture."
        )
    images = images.detach().cpu()
    return images if images.dtype == torch.uint8 else to_uint8(images)


def magnify(canvas: Tensor, zoom: int) -> numpy.ndarray:
    """Repeat every pixel of a canvas (3, height, width) `zoom` times each way.

    Returns:
        What is drawn on a figure: (zoom · height, zoom · width, 3).
    """
    return canvas.permute(1, 2, 0).numpy().repeat(zoom, axis=0).repeat(zoom, axis=1)


def _fitting_zoom(images: Tensor, columns: int) -> int:
    """Return the largest whole zoom at which the grid fits the page."""
    rows = -(-len(images) // columns)
    height = rows * (images.shape[2] + GAP) - GAP
    width = columns * (images.shape[3] + GAP) - GAP
    fits = min(LARGEST_GRID[0] // height, LARGEST_GRID[1] // width)
    return max(1, min(fits, LARGEST_ZOOM))


def _canvas_figure(canvas: Tensor, zoom: int, title: str) -> tuple[Figure, Axes]:
    """Return a figure in which each canvas pixel covers `zoom` × `zoom` pixels."""
    height, width = canvas.shape[1] * zoom, canvas.shape[2] * zoom
    above = MARGIN + (TITLE_HEIGHT if title else 0)
    full_height, full_width = height + above + MARGIN, width + 2 * MARGIN
    figure = Figure(figsize=(full_width / DPI, full_height / DPI), dpi=DPI)
    box = (MARGIN / full_width, MARGIN / full_height)
    axis = figure.add_axes((*box, width / full_width, height / full_height))
    axis.imshow(canvas.permute(1, 2, 0).numpy(), interpolation="nearest", aspect="auto")
    axis.set_axis_off()
    if title:
        top = 1 - (above / 2) / full_height
        figure.text(box[0], top, title, va="center", color=INK, fontsize=12)
    return figure, axis
