import errno
import os
from pathlib import Path

import pytest
import torch

from gan_course import files


@pytest.fixture
def cache(tmp_path, monkeypatch):
    folder = tmp_path / "cache with ö"
    monkeypatch.setenv("GAN_COURSE_CACHE", str(folder))
    return folder


class Maker:
    """Makes the same tensors each time and counts how often."""

    def __init__(self):
        self.calls = 0

    def __call__(self):
        self.calls += 1
        numbers = torch.arange(12, dtype=torch.uint8)
        return {"images": numbers.view(3, 4).t(), "labels": torch.tensor(5)}


def assert_made(tensors):
    assert tensors.keys() == {"images", "labels"}
    assert torch.equal(tensors["images"], Maker()()["images"])
    assert tensors["labels"] == 5


def test_the_shipped_data_is_found():
    assert (files.data_folder() / "glyph_atlas.png").is_file()


def test_an_installed_package_has_its_data_inside(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "PACKAGE", tmp_path)
    assert files.data_folder() == tmp_path.parent / "data"
    (tmp_path / "_data").mkdir()
    assert files.data_folder() == tmp_path / "_data"


def test_the_cache_folder_is_the_users_own_by_default(monkeypatch):
    monkeypatch.delenv("GAN_COURSE_CACHE")
    assert files.cache_folder().name.lower() in ("gan-course", "cache")
    assert files.cache_folder().is_absolute()


def test_a_file_is_written_with_its_folder(tmp_path):
    path = tmp_path / "new" / "file.bin"
    files.write_atomically(path, b"first")
    files.write_atomically(path, b"second")
    assert path.read_bytes() == b"second"
    assert list(path.parent.iterdir()) == [path]


def test_a_full_disk_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch):
    path = tmp_path / "file.bin"
    path.write_bytes(b"old")

    def full(descriptor):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match=r"Cannot write .*file\.bin \(No space left"):
        files.write_atomically(path, b"new")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_in_place_of_the_folder_is_one_sentence(tmp_path):
    (tmp_path / "taken").write_bytes(b"")
    with pytest.raises(OSError, match="a file stands where its folder should be"):
        files.write_atomically(tmp_path / "taken" / "file.bin", b"new")


def test_the_second_call_reads_the_cache(cache):
    make = Maker()
    assert_made(files.cached("set-1", make))
    assert_made(files.cached("set-1", make))
    assert make.calls == 1
    files.cached("set-2", make)
    assert make.calls == 2


def flip_last_byte(content):
    return content[:-1] + bytes([content[-1] ^ 1])


@pytest.mark.parametrize(
    "damage",
    [
        flip_last_byte,
        lambda content: content[:-3],
        lambda content: content[:4],
        lambda content: b"",
        lambda content: b"\xff" * 50,
        lambda content: b"<html>not found</html>",
    ],
)
def test_a_damaged_cache_file_is_made_anew(cache, damage):
    make = Maker()
    files.cached("set", make)
    path = cache / "set.safetensors"
    path.write_bytes(damage(path.read_bytes()))
    with pytest.warns(UserWarning, match=r"set\.safetensors is damaged; it is made"):
        assert_made(files.cached("set", make))
    assert_made(files.cached("set", make))
    assert make.calls == 2


def test_a_file_of_somebody_else_is_not_believed(cache):
    from safetensors.torch import save_file

    cache.mkdir()
    save_file({"images": torch.zeros(1)}, cache / "set.safetensors")
    with pytest.warns(UserWarning, match="is damaged"):
        assert_made(files.cached("set", Maker()))


def test_a_cache_that_is_a_file_only_costs_time(tmp_path, monkeypatch):
    taken = tmp_path / "taken"
    taken.write_bytes(b"mine")
    monkeypatch.setenv("GAN_COURSE_CACHE", str(taken))
    with pytest.warns(UserWarning, match="goes on without a cache") as warned:
        assert_made(files.cached("set", Maker()))
    assert len(warned) == 1
    assert taken.read_bytes() == b"mine"


def test_a_read_only_cache_only_costs_time(cache, monkeypatch):
    def refuse(path, content):
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    monkeypatch.setattr(files, "_write_through", refuse)
    with pytest.warns(UserWarning, match=r"\(Permission denied\).* without a cache"):
        assert_made(files.cached("set", Maker()))


def test_a_home_that_does_not_exist_only_costs_time(monkeypatch):
    monkeypatch.delenv("GAN_COURSE_CACHE")
    nowhere = Path(os.devnull) / "home"
    for name in ("HOME", "XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.setenv(name, str(nowhere))
    monkeypatch.setattr(files.pooch, "os_cache", lambda name: nowhere / name)
    with pytest.warns(UserWarning, match="goes on without a cache"):
        assert_made(files.cached("set", Maker()))
