"""`work/` is filled, and nothing in it is ever overwritten."""

import json
from datetime import date

import pytest

from tools import editions, workspace
from tools.course import Stop
from tools.workspace import fill, free_name

TODAY = date(2026, 11, 22)


def write(path, *sources, seconds=10, outputs=()):
    """A small notebook with a generated header."""
    path.parent.mkdir(parents=True, exist_ok=True)
    cells = [{"cell_type": "markdown", "id": "header", "source": f"{seconds} s"}]
    cells += [
        {"cell_type": "code", "id": f"c{number}", "source": text, "outputs": outputs}
        for number, text in enumerate(sources)
    ]
    path.write_text(json.dumps({"cells": cells}), encoding="utf-8")


@pytest.fixture
def course(tmp_path):
    root = tmp_path / "kurs ü test"
    write(root / "notebooks" / "05_train.ipynb", "answer = ...")
    write(root / "notebooks" / "solutions" / "05_train.ipynb", "answer = 42")
    return root


def filled(root):
    return fill(root / "notebooks", root / "work", TODAY)


def names(root):
    return sorted(
        path.relative_to(root / "work").as_posix()
        for path in (root / "work").rglob("*.ipynb")
    )


def test_missing_notebooks_are_copied_and_solutions_kept_apart(course):
    filled(course)
    assert names(course) == ["05_train.ipynb", "solutions/05_train.ipynb"]
    published = (course / "notebooks" / "05_train.ipynb").read_bytes()
    assert (course / "work" / "05_train.ipynb").read_bytes() == published


def test_a_readers_work_stays_and_nothing_is_said_about_it(course):
    filled(course)
    mine = course / "work" / "05_train.ipynb"
    write(mine, "answer = 41  # my own")
    before = mine.read_bytes()
    assert filled(course) == []
    assert mine.read_bytes() == before
    assert len(names(course)) == 2


def test_a_newer_edition_arrives_once_under_another_name(course):
    filled(course)
    mine = course / "work" / "05_train.ipynb"
    write(mine, "answer = 41  # my own")
    before = mine.read_bytes()
    write(course / "notebooks" / "05_train.ipynb", "answer = ...", "more = ...")
    (sentence,) = filled(course)
    assert "05_train.new-2026-11-22.ipynb" in sentence
    assert "05_train.new-2026-11-22.ipynb" in names(course)
    assert mine.read_bytes() == before
    (course / "work" / "05_train.new-2026-11-22.ipynb").unlink()
    assert filled(course) == [], "who deletes it is not given it again"


def test_two_newer_editions_on_one_day_both_arrive(course):
    filled(course)
    for text in ("second", "third"):
        write(course / "notebooks" / "05_train.ipynb", text)
        filled(course)
    assert "05_train.new-2026-11-22.ipynb" in names(course)
    assert "05_train.new-2026-11-22-2.ipynb" in names(course)


def test_new_outputs_and_measured_seconds_are_not_a_newer_edition(course):
    filled(course)
    path = course / "notebooks" / "05_train.ipynb"
    write(path, "answer = ...", seconds=12, outputs=["a picture"])
    assert filled(course) == []


def test_a_deleted_copy_comes_back(course):
    filled(course)
    (course / "work" / "05_train.ipynb").unlink()
    assert filled(course) == ["New in work: 05_train.ipynb"]


@pytest.mark.parametrize("record", [None, "{", "[]"])
def test_without_its_record_a_changed_copy_is_still_kept(course, record):
    filled(course)
    mine = course / "work" / "05_train.ipynb"
    write(mine, "my own")
    before = mine.read_bytes()
    path = course / "work" / workspace.RECORD
    path.unlink() if record is None else path.write_text(record)
    filled(course)
    assert mine.read_bytes() == before
    assert filled(course) == []


def test_a_readers_broken_notebook_is_theirs(course):
    filled(course)
    mine = course / "work" / "05_train.ipynb"
    mine.write_text("{ broken")
    (course / "work" / workspace.RECORD).unlink()
    filled(course)
    assert mine.read_text() == "{ broken"


def test_a_broken_edition_is_one_sentence(course):
    (course / "notebooks" / "05_train.ipynb").write_text("{ broken")
    with pytest.raises(Stop, match="is not a notebook: restore it"):
        filled(course)


def test_a_full_disk_leaves_nothing_half_written(course, monkeypatch):
    def full(self, target):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.replace", full)
    with pytest.raises(OSError, match="No space left"):
        filled(course)
    assert list((course / "work").iterdir()) == []


def test_free_names_count_up(tmp_path):
    for expected in ("a.ipynb", "a-2.ipynb", "a-3.ipynb"):
        free = free_name(tmp_path / "a.ipynb")
        assert free.name == expected
        free.touch()


def test_generated_cells_are_those_that_the_builder_makes():
    assert workspace.GENERATED == editions.GENERATED
