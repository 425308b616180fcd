"""What each set is and where it comes from, without drawing or downloading any."""

from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from gan_course.datasets.mnist import place
from gan_course.datasets.sources import SOURCES

MODULES = {"scikit-image": "skimage", "scikit-learn": "sklearn"}


class Place(NamedTuple):
    """Where a set is.

    Attributes:
        ready: whether it can be loaded without a network.
        words: where it is, or what it needs.
        folder: the folder that holds it, if it lies in one.
    """

    ready: bool
    words: str
    folder: Path | None = None


class Entry(NamedTuple):
    """A line of the catalogue: what a set shows, how much of it there is, where."""

    shows: str
    amount: str
    where: Callable[[], Place]


def _made() -> Place:
    return Place(True, "made here")


def _yours(what: str) -> Callable[[], Place]:
    def where() -> Place:
        return Place(True, f"a {what} that you name")

    return where


def _packaged(*libraries: str) -> Callable[[], Place]:
    def where() -> Place:
        absent = [name for name in libraries if not find_spec(MODULES[name])]
        if absent:
            return Place(False, f"needs `pip install {' '.join(absent)}`")
        return Place(True, f"from {', '.join(libraries)}")

    return where


def _published(name: str) -> Callable[[], Place]:
    def where() -> Place:
        source = SOURCES[name]
        folder = place(source)
        if folder:
            return Place(True, "found in", folder)
        return Place(False, f"not here: {source.megabytes:.1f} MB to download")

    return where


CATALOGUE = {
    "glyphs": Entry("printed digits in 20 type faces", "any number, 28×28 grey", _made),
    "portraits": Entry("cartoon faces", "any number, 32×32 RGB", _made),
    "digits": Entry("handwritten digits", "1,797, 8×8 grey", _packaged("scikit-learn")),
    "photos": Entry(
        "patches of six photographs",
        "any number, 64×64 RGB",
        _packaged("scikit-image", "scikit-learn"),
    ),
    "textures": Entry(
        "patches of brick, grass, gravel",
        "any number, 64×64 grey",
        _packaged("scikit-image"),
    ),
    "ring": Entry("8 Gaussians on a circle", "any number of points", _made),
    "grid": Entry("25 Gaussians on a square grid", "any number of points", _made),
    "spiral": Entry("a spiral arm", "any number of points", _made),
    "moons": Entry("two interlocked half circles", "any number of points", _made),
    "checkerboard": Entry(
        "every other square of a board", "any number of points", _made
    ),
    "mnist": Entry("handwritten digits", "70,000, 28×28 grey", _published("mnist")),
    "fashion_mnist": Entry(
        "photographs of clothes",
        "70,000, 28×28 grey",
        _published("fashion_mnist"),
    ),
    "folder": Entry("your own images, cleaned", "all that are good", _yours("folder")),
    "array": Entry("your own images, packed", "all in a .npy file", _yours("file")),
}
