"""What the doctor finds about the course: settings, cache, data sets, weights."""

import os
from collections.abc import Callable, Iterator
from difflib import get_close_matches
from pathlib import Path

from gan_course.doctor.finding import Finding

SETTINGS = (
    "GAN_COURSE_CACHE",
    "GAN_COURSE_DATA",
    "GAN_COURSE_DEVICE",
    "GAN_COURSE_MARGINS",
    "GAN_COURSE_NOTEBOOK",
    "GAN_COURSE_SEED",
)
MNIST_FILES = (
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
)
SHIPPED_ANEW = "get the folder data/ of the course anew, for instance with git checkout"


def look_at_settings() -> Iterator[Finding]:
    """Check the environment variables that begin with GAN_COURSE."""
    from gan_course.runtime import seed_shift

    for name in sorted(key for key in os.environ if key.startswith("GAN_COURSE")):
        if name in SETTINGS:
            yield Finding(name, os.environ[name])
        else:
            near = get_close_matches(name, SETTINGS, n=1)
            remedy = (
                f"did you mean {near[0]}?" if near else "the course has no such one"
            )
            yield Finding(name, os.environ[name], "note", remedy)
    try:
        seed_shift()
    except ValueError as error:
        yield Finding("seed", os.environ["GAN_COURSE_SEED"], "broken", str(error))


def look_at_cache() -> Iterator[Finding]:
    """Try to write into the cache folder; without one, sets are made anew each time."""
    from gan_course.files import cache_folder, write_atomically

    folder = cache_folder()
    probe = folder / "doctor-was-here"
    try:
        write_atomically(probe, b"")
        probe.unlink()
    except OSError as error:
        remedy = f"{error} GAN_COURSE_CACHE can name another folder."
        yield Finding("cache", f"{folder} is not writable", "note", remedy)
    else:
        yield Finding("cache", _from_home(folder))


def _from_home(folder: Path) -> str:
    """The folder as people write it, without the name of whoever is logged in."""
    try:
        return str("~" / folder.relative_to(Path.home()))
    except ValueError:
        return str(folder)


def look_at_data() -> Iterator[Finding]:
    """Say which data sets are there without any download."""
    from gan_course.files import data_folder

    atlas = data_folder() / "glyph_atlas.png"
    yield _opens("glyphs", atlas, _open_picture)
    yield _digits()
    yield _mnist()


def look_at_weights() -> Iterator[Finding]:
    """Open every file of shipped weights."""
    from gan_course.files import data_folder

    files = sorted(data_folder().rglob("*.safetensors"))
    if not files:
        found = f"none in {data_folder()}"
        yield Finding("weights", found, "broken", SHIPPED_ANEW)
    for file in files:
        yield _opens(file.stem, file, _open_weights)


def _opens(name: str, file: Path, opener: Callable[[Path], str]) -> Finding:
    try:
        return Finding(name, opener(file))
    except Exception as error:
        problem = f"{file} does not open ({type(error).__name__})"
        return Finding(name, problem, "broken", SHIPPED_ANEW)


def _open_picture(file: Path) -> str:
    from PIL import Image

    with Image.open(file) as picture:
        picture.load()
    return "available offline"


def _open_weights(file: Path) -> str:
    from safetensors import safe_open

    with safe_open(file, framework="pt") as weights:
        return f"weights, {len(weights.keys())} tensors"


def _digits() -> Finding:
    try:
        from sklearn.datasets import load_digits

        load_digits()
    except (ImportError, OSError):
        remedy = "pip install scikit-learn: its package carries these images"
        return Finding("digits", "not available", "broken", remedy)
    return Finding("digits", "available offline")


def _mnist() -> Finding:
    folder = os.environ.get("GAN_COURSE_DATA", "")
    if folder and has_mnist(Path(folder)):
        return Finding("mnist", f"available offline, in {folder}")
    if folder:
        remedy = "put its four IDX files there, unpacked or as .gz"
        return Finding("mnist", f"not in {folder}", "note", remedy)
    return Finding("mnist", "not on this machine; no notebook needs it")


def has_mnist(folder: Path) -> bool:
    """Say whether a folder, or its folder `mnist`, holds the four IDX files."""
    return any(
        all(
            (place / name).is_file() or (place / f"{name}.gz").is_file()
            for name in MNIST_FILES
        )
        for place in (folder, folder / "mnist")
    )
