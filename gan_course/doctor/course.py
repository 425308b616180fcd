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
        yield Finding("cache", from_home(folder))


def from_home(folder: Path) -> str:
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
    for name in ("portraits", "photos", "textures", "mnist", "fashion_mnist"):
        yield _set(name)


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


def _set(name: str) -> Finding:
    """Say where a set is, as the catalogue of the data sets knows it."""
    from gan_course.datasets.catalogue import CATALOGUE
    from gan_course.datasets.sources import SOURCES

    try:
        place = CATALOGUE[name].where()
    except ValueError as error:
        return Finding(name, "not here", "note", str(error))
    if place.folder:
        return Finding(name, f"available offline, in {from_home(place.folder)}")
    if place.ready:
        return Finding(name, "available offline")
    if name in SOURCES:
        get = f"`python -m gan_course data get {name}`"
        size = f"{SOURCES[name].megabytes:.1f} MB"
        return Finding(name, f"not here; {get} downloads {size}")
    return Finding(name, "not available", "broken", f"it {place.words}")
