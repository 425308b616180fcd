"""Show a figure together with the sentence that describes it."""

import base64
import io

import matplotlib.pyplot as plt
import numpy
from IPython import get_ipython
from IPython.display import display
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

MOSTLY = 0.8  # share of grey pixels


def show(figure: Figure, *, alt: str) -> None:
    """Show a figure as one picture with its description, and close it.

    The description is the text alternative: it is stored with the picture and is
    what a screen reader says. Outside a notebook it is printed in the picture's place.

    Args:
        figure: any matplotlib figure.
        alt: what there is to see, in one line.

    Raises:
        ValueError: the description is empty or has several lines.
    """
    alt = checked_alt(alt)
    if in_notebook():
        display_png(png_bytes(figure), alt)
    else:
        print(alt)
    plt.close(figure)


def checked_alt(alt: str) -> str:
    """Return the description without outer blanks, or say what is wrong with it."""
    if not isinstance(alt, str) or not alt.strip() or "\n" in alt.strip():
        raise ValueError(
            f"The alt text is {alt!r}; describe in one line what there is to see."
        )
    return alt.strip()


def in_notebook() -> bool:
    """Say whether pictures can be displayed: only a Jupyter kernel can."""
    return getattr(get_ipython(), "kernel", None) is not None


def display_png(
    png: bytes, alt: str, *, display_id: str | None = None, update: bool = False
) -> None:
    """Display a PNG with its alt text, or replace the one shown under `display_id`.

    The output holds `image/png` and `text/plain`, which is the alt text, and the
    metadata key `alt` at both places where front ends look for it.
    """
    display(
        {"image/png": base64.b64encode(png).decode(), "text/plain": alt},
        metadata={"alt": alt, "image/png": {"alt": alt}},
        raw=True,
        display_id=display_id,
        update=update,
    )


def png_bytes(figure: Figure) -> bytes:
    """Return the figure as a PNG file, at its own resolution and size."""
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    return small_png(numpy.asarray(canvas.buffer_rgba())[..., :3])


def small_png(picture: numpy.ndarray) -> bytes:
    """Return a picture, uint8 (height, width, 3), as a small PNG file.

    Pictures are most of a notebook's size. So one that is nearly all grey, such as a
    chart or grey images, is stored with the 256 colours that come nearest: exactly, if
    it has no more. Pictures in colour keep all their colours.
    """
    image = Image.fromarray(numpy.ascontiguousarray(picture))
    grey = (picture == picture[..., :1]).all(axis=2).mean()
    if grey >= MOSTLY:
        palette = Image.Quantize.MAXCOVERAGE
        image = image.quantize(256, palette, dither=Image.Dither.NONE)
    file = io.BytesIO()
    image.save(file, "png", optimize=True)
    return file.getvalue()


def fast_png(picture: numpy.ndarray) -> bytes:
    """Return a picture, uint8 (height, width, 3), as a PNG with all colours."""
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "png")
    return file.getvalue()
