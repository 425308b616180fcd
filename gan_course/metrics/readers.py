"""Who says of images whether they show anything, and what: judges behind one door."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from torch import Tensor

from gan_course.metrics.embeddings import DIGITS, KINDS, kinds
from gan_course.metrics.faces import FACTORS, faces
from gan_course.metrics.features import recognise
from gan_course.metrics.handwriting import recognise_handwriting


class Reading(NamedTuple):
    """What a reader says of N images.

    Attributes:
        recognised: bool (N,), the image shows what it should.
        labels: int64 (N,) for each question of the reader, of all images.
    """

    recognised: Tensor
    labels: dict[str, Tensor]


@dataclass(frozen=True)
class Reader:
    """A trained judge of one kind of images.

    Attributes:
        name: who reads, in words.
        read: from images, uint8 or float in [-1, 1], to what they show.
        counts: how many answers there are to each question, by its name.
    """

    name: str
    read: Callable[[Tensor], Reading]
    counts: dict[str, int]


def glyph_reader(which: str = "second") -> Reader:
    """Reads glyphs, (N, 1, 28, 28): which of 90 kinds, a digit in a family of faces."""

    def read(images: Tensor) -> Reading:
        recognised = recognise(images, which=which).recognised
        return Reading(recognised, {"kind": kinds(images, which)})

    return Reader(f"the {which} judge of glyphs", read, {"kind": KINDS})


def handwriting_reader() -> Reader:
    """Reads handwritten digits, (N, 1, 28, 28): which of the ten."""

    def read(images: Tensor) -> Reading:
        seen = recognise_handwriting(images)
        return Reading(seen.recognised, {"digit": seen.labels})

    return Reader("the judge of handwriting", read, {"digit": DIGITS})


def portrait_reader(which: str = "second") -> Reader:
    """Reads portraits, (N, 3, 32, 32): the value of each of eleven factors."""

    def read(images: Tensor) -> Reading:
        seen = faces(images, which)
        return Reading(seen.recognised, seen.labels)

    return Reader(f"the {which} network of portraits", read, FACTORS)
