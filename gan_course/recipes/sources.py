"""The images or points that a recipe trains on: a set, a folder or a file of yours."""

import inspect
from pathlib import Path

from torch import Tensor

from gan_course.choices import nearest
from gan_course.datasets import SETS, ImageSet, PointSet, load
from gan_course.recipes.recipe import Recipe

ARRAY = ".npy"
OF_PATHS = ("folder", "array")  # sets that need a path, not a name


def named_data(data: str) -> str:
    """Return the name of a set as it is, and a path in full.

    The full path means the same from every folder, so that it can be stored.

    Raises:
        ValueError: it is neither; the nearest set is named.
    """
    names = [name for name in SETS if name not in OF_PATHS]
    path = Path(data).expanduser()
    if data in names:
        return data
    if path.is_dir() or path.suffix.lower() == ARRAY:
        return path.resolve().as_posix()
    if path.is_file():
        raise ValueError(
            f"{data} is a single file; name the folder that holds your images, or an "
            f"array of images whose name ends in {ARRAY}."
        )
    if len(path.parts) > 1:
        raise ValueError(
            f"There is no folder {data}; check its name, or name one of the sets "
            f"{', '.join(names)}."
        )
    return nearest("data set or folder", data, names)


def load_images(recipe: Recipe) -> Tensor:
    """Return what a recipe trains on: images uint8 (N, C, H, W), or points (N, 2).

    Raises:
        ValueError: there are no such data, or they have not the shape that the
            recipe's networks make.
        OSError: they cannot be read or downloaded.
    """
    loaded = load_data(recipe)
    examples = loaded.points if isinstance(loaded, PointSet) else loaded.images
    _check_shape(recipe, tuple(examples.shape[1:]))
    return examples


def load_data(recipe: Recipe, **options: object) -> ImageSet | PointSet:
    """Return the set, folder or array that a recipe names, with all that is known.

    Args:
        recipe: gives the data and, where the set takes them, count, size and channels.
        options: of the set, instead of the recipe's own values.

    Raises:
        ValueError: there are no such data, or they do not take such a value.
        OSError: they cannot be read or downloaded.
    """
    data = named_data(recipe.data)
    if data in SETS:
        return load(data, **(_options(data, recipe) | options))
    if Path(data).suffix.lower() == ARRAY:
        return load("array", path=data)
    shape = {"size": recipe.size or 64, "channels": recipe.channels or 3}
    return load("folder", path=data, **shape)


def _options(data: str, recipe: Recipe) -> dict[str, int]:
    """The recipe's values that the set takes."""
    known = inspect.signature(SETS[data]).parameters
    values = {"count": recipe.count, "size": recipe.size, "channels": recipe.channels}
    return {
        name: value
        for name, value in values.items()
        if value is not None and name in known
    }


def _check_shape(recipe: Recipe, shape: tuple[int, ...]) -> None:
    """Return if the pair makes what the data are."""
    image = recipe.channels, recipe.size, recipe.size
    expected = (2,) if recipe.pair == "points" else image
    if shape == expected:
        return
    remedy = "choose other data or another recipe"
    if len(shape) == 3 and len(expected) == 3 and shape[1] == shape[2]:
        remedy = f"set size={shape[1]} and channels={shape[0]}, or {remedy}"
    raise ValueError(
        f"The data {recipe.data} have the shape {shape}, but the recipe "
        f"{recipe.name!r} makes {expected}; {remedy}."
    )
