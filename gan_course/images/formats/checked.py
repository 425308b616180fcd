"""What is known about a file once its structure has been looked at."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Checked:
    """The content that the decoder is given, and what the decoder cannot tell.

    Attributes:
        content: the file, without the parts that hold no pixel of the first frame.
        size: (width, height) where the check reads them, else None.
        transparent: the stored levels, grey or RGB, that mean "nothing is here".
        frame: (left, top, right, bottom) of the part of the canvas that is painted.
        grey: the file holds grey levels, in whatever mode the decoder returns them.
    """

    content: bytes
    size: tuple[int, int] | None = None
    transparent: tuple[int, ...] | None = None
    frame: tuple[int, int, int, int] | None = None
    grey: bool = False
