"""One picture in the notebook that is drawn anew whenever something has changed."""

import uuid
from types import TracebackType
from typing import Self

import numpy
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from gan_course.plots.display import (
    checked_alt,
    display_png,
    fast_png,
    in_notebook,
    small_png,
)

MOST_REFRESHES = 200


class Redrawn:
    """A displayed picture; each `show` puts another figure in its place.

        with Redrawn(alt="Two hills that move onto each other.") as view:
            for state in history:
                view.show(draw(state))

    Outside a notebook nothing is drawn. The saved notebook holds the last picture.

    Args:
        alt: what there is to see at the end, in one line; the text alternative.

    Raises:
        ValueError: the alt text is empty or has several lines.
    """

    def __init__(self, *, alt: str) -> None:
        self.alt = checked_alt(alt)
        self.shown = 0
        self._display_id = uuid.uuid4().hex
        self._picture: numpy.ndarray | None = None

    def show(self, figure: Figure) -> None:
        """Draw the figure in place of the one before.

        Raises:
            RuntimeError: this is more often than a notebook's output should change.
        """
        if self.shown >= MOST_REFRESHES:
            raise RuntimeError(
                f"This picture was drawn {self.shown} times; make a new Redrawn, or "
                "draw it less often."
            )
        if in_notebook():
            canvas = FigureCanvasAgg(figure)
            canvas.draw()
            self._picture = numpy.asarray(canvas.buffer_rgba())[..., :3].copy()
            self._display(fast_png(self._picture), update=self.shown > 0)
        self.shown += 1

    def close(self) -> None:
        """Store the last picture as a smaller file, which the notebook keeps."""
        if self._picture is not None:
            self._display(small_png(self._picture), update=True)
            self._picture = None

    def __enter__(self) -> Self:
        """Return the view itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the view; after an error or interrupt with the last picture it had."""
        self.close()

    def _display(self, png: bytes, *, update: bool) -> None:
        display_png(png, self.alt, display_id=self._display_id, update=update)
