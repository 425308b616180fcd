"""Sets to learn from, each behind `load(name)`; all but two work offline."""

import inspect
from collections.abc import Callable
from difflib import get_close_matches

from gan_course.datasets.array import array
from gan_course.datasets.digits import digits
from gan_course.datasets.folder import folder
from gan_course.datasets.glyphs import glyphs
from gan_course.datasets.image_set import ImageSet
from gan_course.datasets.mnist import fashion_mnist, mnist
from gan_course.datasets.photos import photo, photos, textures
from gan_course.datasets.points import (
    PointSet,
    checkerboard,
    grid,
    moons,
    ring,
    spiral,
)
from gan_course.datasets.portraits import portraits

SETS: dict[str, Callable[..., ImageSet | PointSet]] = {
    "glyphs": glyphs,
    "portraits": portraits,
    "digits": digits,
    "photos": photos,
    "textures": textures,
    "ring": ring,
    "grid": grid,
    "spiral": spiral,
    "moons": moons,
    "checkerboard": checkerboard,
    "mnist": mnist,
    "fashion_mnist": fashion_mnist,
    "folder": folder,
    "array": array,
}

__all__ = ["SETS", "ImageSet", "PointSet", "load", "photo", *SETS]


def load(name: str, **options: object) -> ImageSet | PointSet:
    """Load the set of that name; the options are those of its function.

    `python -m gan_course data list` says what there is.

    Raises:
        ValueError: no set has that name, or the set has no such option (the nearest
            one is named), or lacks one, or an option is out of its range.

    >>> load("digits").images.shape
    torch.Size([1797, 1, 8, 8])
    """
    if name not in SETS:
        raise ValueError(f"There is no data set {name!r}; {_choices(name, SETS)}")
    known = inspect.signature(SETS[name]).parameters
    for option in options:
        if option not in known:
            choices = _choices(option, known) if known else "it has none."
            raise ValueError(f"{name} has no option {option!r}; {choices}")
    for option, parameter in known.items():
        if parameter.default is inspect.Parameter.empty and option not in options:
            raise ValueError(f"{name} needs {option}=…: load({name!r}, {option}=…).")
    return SETS[name](**options)


def _choices(given: object, known: object) -> str:
    near = get_close_matches(str(given), known, n=1, cutoff=0.4)
    hint = f" Did you mean {near[0]!r}?" if near else ""
    return f"choose one of {', '.join(known)}.{hint}"
