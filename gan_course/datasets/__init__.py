"""Images to learn from, each set behind `load(name)`; all of them work offline."""

from difflib import get_close_matches

from gan_course.datasets.digits import digits
from gan_course.datasets.glyphs import glyphs
from gan_course.datasets.image_set import ImageSet

SETS = {"glyphs": glyphs, "digits": digits}

__all__ = ["SETS", "ImageSet", "digits", "glyphs", "load"]


def load(name: str, **options: object) -> ImageSet:
    """Load the image set of that name; the options are those of its function.

    Raises:
        ValueError: no set has that name; the nearest one is named.

    >>> load("digits").images.shape
    torch.Size([1797, 1, 8, 8])
    """
    if name not in SETS:
        near = get_close_matches(str(name), SETS, n=1, cutoff=0.4)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        raise ValueError(
            f"There is no data set {name!r}; choose one of {', '.join(SETS)}.{hint}"
        )
    return SETS[name](**options)
