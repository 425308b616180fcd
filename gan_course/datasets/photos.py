"""Real photographs that scikit-image and scikit-learn bring along, and patches."""

from difflib import get_close_matches
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from gan_course.datasets.image_set import ImageSet
from gan_course.datasets.splits import SPLITS, check_request
from gan_course.images import load_image, resize

HELD_OUT_SHARE = 0.25  # of the columns of each photograph: those at its right


class Photo(NamedTuple):
    """A photograph, the file it is read from, and what its package says of it."""

    name: str
    file: str  # package/path inside it
    shows: str
    licence: str


PHOTOS = (
    Photo(
        "coffee",
        "skimage/data/coffee.png",
        "a cup of coffee on a wooden table",
        "CC0, by Rachel Michetti, courtesy of Pikolo Espresso Bar",
    ),
    Photo(
        "cat",
        "skimage/data/chelsea.png",
        "the face of Chelsea the cat",
        "CC0, by Stefan van der Walt",
    ),
    Photo(
        "rocket",
        "skimage/data/rocket.jpg",
        "a Falcon 9 rocket on its launch pad at dusk",
        "public domain, by SpaceX",
    ),
    Photo(
        "hubble_deep_field",
        "skimage/data/hubble_deep_field.jpg",
        "distant galaxies, the Hubble eXtreme Deep Field",
        "public domain, by NASA",
    ),
    Photo(
        "china",
        "sklearn/datasets/images/china.jpg",
        "a Chinese tower above a lake",
        "CC BY 2.0, by danielbuechele on Flickr",
    ),
    Photo(
        "flower",
        "sklearn/datasets/images/flower.jpg",
        "a dahlia before dark leaves",
        "CC BY 2.0, from the page of vultilion on Flickr",
    ),
    Photo(
        "coins",
        "skimage/data/coins.png",
        "Greek coins from Pompeii",
        "no known copyright restrictions, Brooklyn Museum",
    ),
    Photo(
        "brick",
        "skimage/data/brick.png",
        "a brick wall",
        "CC0, from CC0Textures",
    ),
    Photo(
        "grass",
        "skimage/data/grass.png",
        "grass and leaves",
        "CC0, from linolafett on DeviantArt",
    ),
    Photo(
        "gravel",
        "skimage/data/gravel.png",
        "gravel",
        "CC0, from CC0Textures",
    ),
)
COLOUR = ("coffee", "cat", "rocket", "hubble_deep_field", "china", "flower")
TEXTURES = ("brick", "grass", "gravel")


def photo(name: str) -> Tensor:
    """One whole photograph as uint8 (C, H, W): C = 3 (RGB), or 1 if it is grey.

    It is read from the installed scikit-image or scikit-learn; nothing is
    downloaded. `PHOTOS` lists all names with what they show and their licences.

    Raises:
        ValueError: no photograph has that name; the nearest one is named.
        FileNotFoundError: the installed package came without its pictures.

    >>> photo("coffee").shape
    torch.Size([3, 400, 600])
    """
    names = [known.name for known in PHOTOS]
    if name not in names:
        near = get_close_matches(str(name), names, n=1, cutoff=0.4)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        raise ValueError(
            f"There is no photograph {name!r}; choose one of {', '.join(names)}.{hint}"
        )
    return _read(PHOTOS[names.index(name)]).clone()


@cache
def _read(wanted: Photo) -> Tensor:
    return load_image(_path(wanted))


def _path(wanted: Photo) -> Path:
    package, _, inside = wanted.file.partition("/")
    path = Path(find_spec(package).origin).parent / inside
    if not path.is_file():
        library = {"skimage": "scikit-image", "sklearn": "scikit-learn"}[package]
        raise FileNotFoundError(
            f"The photograph {wanted.name!r} should be {path}, but is absent; install "
            f"the wheel of {library} anew: pip install --force-reinstall {library}"
        )
    return path


def photos(
    count: int = 2_000, *, size: int = 64, split: str = "train", seed: int = 0
) -> ImageSet:
    """Square patches of six colour photographs, at random positions and scales.

    Every photograph is as frequent as the others, up to one patch. A patch is a square
    of `size` pixels or more, as uniformly distributed as the photograph allows, and is
    shrunk with anti-aliasing to `size`. Training patches lie in the left 75 % of the
    columns, held-out patches in the right 25 %: the two share no pixel.

    Args:
        count: number of patches, at least 1.
        size: pixels per side, 8 to 112: the narrowest strip held out has 112 columns.
        split: "train" or "held-out".
        seed: a whole number ≥ 0; another seed gives other patches.

    Returns:
        An `ImageSet` of uint8 (count, 3, size, size); the labels and the factor `photo`
        are the index in COLOUR, the factors `top`, `left` and `side` are the square
        in pixels of the photograph.

    Raises:
        ValueError: an argument is out of its range.
    """
    return _patches("photos", COLOUR, count, size, split, seed)


def textures(
    count: int = 2_000, *, size: int = 64, split: str = "train", seed: int = 0
) -> ImageSet:
    """Square patches of three grey textures: brick, grass and gravel.

    As `photos`, but uint8 (count, 1, size, size) with the index in TEXTURES, and `size`
    may be up to 128.
    """
    return _patches("textures", TEXTURES, count, size, split, seed)


def _patches(
    name: str, sources: tuple[str, ...], count: int, size: int, split: str, seed: int
) -> ImageSet:
    whole = [photo(source) for source in sources]
    largest = min(map(_largest_side, whole))
    check_request(name, count, size, (8, largest), split, seed)
    random = np.random.default_rng([seed, SPLITS.index(split)])
    labels = random.permutation(np.arange(count) % len(sources))
    squares = np.array([_square(whole[k], size, split, random) for k in labels])
    images = [
        resize(whole[k][:, top : top + side, left : left + side], size)
        for k, (top, left, side) in zip(labels, squares.tolist())
    ]
    labels, squares = torch.from_numpy(labels), torch.from_numpy(squares)
    factors = dict(zip(("top", "left", "side"), squares.unbind(1)), photo=labels)
    return ImageSet(name, torch.stack(images), labels, factors, sources)


def _square(
    whole: Tensor, size: int, split: str, random: np.random.Generator
) -> tuple[int, int, int]:
    """Draw top, left and side; the sides have the same distribution in both splits."""
    _, height, width = whole.shape
    start, end = (0, _seam(width)) if split == "train" else (_seam(width), width)
    side = random.integers(size, _largest_side(whole) + 1)
    top = random.integers(0, height - side + 1)
    left = random.integers(start, end - side + 1)
    return int(top), int(left), int(side)


def _seam(width: int) -> int:
    """First column that is held out."""
    return width - int(width * HELD_OUT_SHARE)


def _largest_side(whole: Tensor) -> int:
    _, height, width = whole.shape
    return min(height, width - _seam(width))
