import builtins
import re

import pytest

from gan_course.datasets import SETS, catalogue, load
from gan_course.datasets.catalogue import CATALOGUE
from tests import small_mnist
from tests.small_mnist import DIGITS, put

SIDES = re.compile(r"(?:([\d,]+)|any number), (\d+)×(\d+) (grey|RGB)")


@pytest.fixture(autouse=True)
def _own_folders(tmp_path, monkeypatch):
    monkeypatch.delenv("GAN_COURSE_DATA", raising=False)
    monkeypatch.setenv("GAN_COURSE_CACHE", str(tmp_path / "cache"))


def test_every_set_has_an_entry():
    assert list(CATALOGUE) == list(SETS)


@pytest.mark.parametrize(
    "name", ["glyphs", "portraits", "digits", "photos", "textures"]
)
def test_an_image_set_is_as_its_entry_says(name):
    total, height, width, colour = SIDES.fullmatch(CATALOGUE[name].amount).groups()
    images = (load(name) if total else load(name, count=3)).images
    assert len(images) == (int(total.replace(",", "")) if total else 3)
    channels = {"grey": 1, "RGB": 3}[colour]
    assert images.shape[1:] == (channels, int(height), int(width))


@pytest.mark.parametrize(
    "name", [name for name, entry in CATALOGUE.items() if "points" in entry.amount]
)
def test_a_point_set_is_as_its_entry_says(name):
    points = load(name, count=3)
    assert len(points) == 3
    modes = re.match(r"(\d+) Gaussians", CATALOGUE[name].shows)
    if modes:
        assert len(points.centres) == int(modes[1])


def test_no_set_is_drawn_or_downloaded_to_be_listed(tmp_path, monkeypatch):
    for name in SETS:
        monkeypatch.setitem(SETS, name, None)
    places = {name: entry.where() for name, entry in CATALOGUE.items()}
    assert all(
        place.ready == ("mnist" not in name) and not place.folder
        for name, place in places.items()
    )
    assert places["mnist"].words == "not here: 11.6 MB to download"
    assert places["fashion_mnist"].words == "not here: 30.9 MB to download"
    assert not (tmp_path / "cache").exists()


def test_a_set_that_is_here_says_where(tmp_path, monkeypatch):
    small_mnist.use(monkeypatch)
    monkeypatch.setenv("GAN_COURSE_DATA", str(put(tmp_path, DIGITS)))
    assert CATALOGUE["mnist"].where() == (True, "found in", tmp_path)
    assert not CATALOGUE["fashion_mnist"].where().ready


def test_a_library_that_is_absent_is_named(monkeypatch):
    monkeypatch.setattr(catalogue, "find_spec", lambda module: module != "skimage")
    needs = (False, "needs `pip install scikit-image`", None)
    assert CATALOGUE["textures"].where() == CATALOGUE["photos"].where() == needs
    assert CATALOGUE["digits"].where().ready


def test_the_sets_load_without_the_libraries_that_only_some_need(monkeypatch):
    ordinary = builtins.__import__

    def without(name, *args):
        if name.partition(".")[0] in {"sklearn", "skimage", "requests"}:
            raise ImportError(name)
        return ordinary(name, *args)

    monkeypatch.setattr(builtins, "__import__", without)
    assert len(load("ring", count=5)) == len(load("glyphs", count=5)) == 5
