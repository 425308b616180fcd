import os
from pathlib import Path

import pytest

from gan_course.preprocess.listing import list_files


def write(folder, *names):
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")


def names(folder, kind=""):
    return [entry.name for entry in list_files(folder) if entry.kind == kind]


@pytest.fixture
def link():
    """Make a symbolic link, or skip where the system does not allow it."""

    def make(path, target):
        try:
            path.symlink_to(target, target_is_directory=target.is_dir())
        except OSError:
            pytest.skip("this system does not let us make links")

    return make


def test_files_are_listed_by_name_with_their_folders(tmp_path):
    write(tmp_path, "b.png", "a/z.png", "a/b/c.png", "Ä.png", "a.png")
    expected = ["a.png", "a/b/c.png", "a/z.png", "b.png", "Ä.png"]
    assert names(tmp_path) == expected
    assert all(entry.path == tmp_path / entry.name for entry in list_files(tmp_path))
    assert names(str(tmp_path)) == expected


def test_hidden_and_system_files_are_told_apart(tmp_path):
    write(tmp_path, "a.png", ".DS_Store", "._a.png", "Thumbs.db", "sub/desktop.ini")
    write(tmp_path, ".git/config", "__MACOSX/b.png", "sub/.hidden/c.png")
    assert names(tmp_path) == ["a.png"]
    assert names(tmp_path, "hidden") == [
        *(".DS_Store", "._a.png", ".git/", "Thumbs.db", "__MACOSX/"),
        *("sub/.hidden/", "sub/desktop.ini"),
    ]
    problems = {entry.name: entry.problem for entry in list_files(tmp_path)}
    assert problems[".git/"] == "hidden folder" and problems["._a.png"] == "hidden file"


def test_links_in_a_circle_end(tmp_path, link):
    write(tmp_path, "a/b/c.png")
    link(tmp_path / "a" / "b" / "up", tmp_path)
    link(tmp_path / "a" / "again", tmp_path / "a" / "b")
    link(tmp_path / "self", tmp_path / "self")
    assert names(tmp_path) == ["a/b/c.png"]
    (broken,) = [e for e in list_files(tmp_path) if e.kind == "unreadable"]
    assert (broken.name, broken.problem) == ("self", "is a link that leads nowhere")


def test_links_to_files_and_folders_elsewhere_are_followed(tmp_path, link):
    write(tmp_path, "elsewhere/x.png", "elsewhere/y.png")
    folder = tmp_path / "images"
    folder.mkdir()
    link(folder / "cats", tmp_path / "elsewhere")
    link(folder / "one.png", tmp_path / "elsewhere" / "x.png")
    assert names(folder) == ["cats/x.png", "cats/y.png", "one.png"]


def test_a_link_that_leads_nowhere_is_said(tmp_path, link):
    link(tmp_path / "gone.png", tmp_path / "nothing")
    (entry,) = list_files(tmp_path)
    assert (entry.kind, entry.problem) == ("unreadable", "is a link that leads nowhere")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes here")
def test_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe.png")
    (entry,) = list_files(tmp_path)
    assert (entry.kind, entry.problem) == ("unreadable", "is no regular file")


def test_a_subfolder_that_cannot_be_opened_is_one_entry(tmp_path, monkeypatch):
    write(tmp_path, "a.png", "locked/b.png", "open/c.png")
    iterdir = Path.iterdir

    def refuse(path):
        if path.name == "locked":
            raise PermissionError(13, "Permission denied", str(path))
        return iterdir(path)

    monkeypatch.setattr(Path, "iterdir", refuse)
    assert names(tmp_path) == ["a.png", "open/c.png"]
    (entry,) = [e for e in list_files(tmp_path) if e.kind == "unreadable"]
    assert entry.name == "locked/"
    assert entry.problem == "cannot be opened (Permission denied)"


def test_deep_folders_do_not_exhaust_the_stack(tmp_path):
    deep = tmp_path
    for _ in range(60):
        deep = deep / "d"
    write(deep, "a.png")
    assert names(tmp_path) == ["d/" * 60 + "a.png"]


def test_what_is_no_folder_is_one_sentence(tmp_path, monkeypatch):
    with pytest.raises(FileNotFoundError, match=r"There is no folder .*gone; check"):
        list_files(tmp_path / "gone")
    write(tmp_path, "file.png")
    with pytest.raises(NotADirectoryError, match=r"file\.png is a file; give the fol"):
        list_files(tmp_path / "file.png")

    def refuse(path):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "iterdir", refuse)
    with pytest.raises(PermissionError, match=r"cannot be read \(Permission denied\)"):
        list_files(tmp_path)
