"""`make run` keeps what it executed, and finds the picture."""

import base64

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output

from tools import run_notebook
from tools.course import Course, Stop
from tools.execute import Execution


def picture(content, tags=()):
    data = {"image/png": base64.b64encode(content).decode(), "text/plain": "alt"}
    output = new_output("display_data", data)
    return new_code_cell("show()", outputs=[output], metadata={"tags": list(tags)})


@pytest.fixture
def course(tmp_path, monkeypatch):
    root = tmp_path / "kurs ü test"
    (root / "notebooks" / "src").mkdir(parents=True)
    for name in ("00_start", "05_train"):
        (root / "notebooks" / "src" / f"{name}.py").touch()
    nbformat.write(new_notebook(), root / "notebooks" / "05_train.ipynb")
    executed = new_notebook(cells=[picture(b"digits", ["main-picture"]), picture(b"")])

    def execute(notebook, *, folder, on_cell):
        on_cell(1, 2)
        return Execution(executed, 1.0, 300, [1.0], [])

    monkeypatch.setattr(run_notebook, "execute", execute)
    return Course(root)


def test_the_tagged_cell_has_the_main_picture():
    cells = [picture(b"first"), picture(b"main", ["main-picture"]), picture(b"last")]
    assert run_notebook.main_picture(new_notebook(cells=cells)) == b"main"


def test_without_a_tag_it_is_the_last_picture():
    cells = [picture(b"first"), picture(b"last"), new_code_cell("1 + 1")]
    assert run_notebook.main_picture(new_notebook(cells=cells)) == b"last"
    assert run_notebook.main_picture(new_notebook()) is None


def test_the_copy_and_its_picture_are_kept_and_never_overwritten(course):
    first = run_notebook.run(course, "05")
    second = run_notebook.run(course, "05_train")
    assert [path.name for path in first] == ["05_train.ipynb", "05_train.png"]
    assert [path.name for path in second] == ["05_train-2.ipynb", "05_train-2.png"]
    assert first[0].parent == course.root / "work" / "executed"
    assert first[1].read_bytes() == b"digits"
    assert len(nbformat.read(first[0], as_version=4).cells) == 2


@pytest.mark.parametrize(
    ("word", "sentence"),
    [
        ("99", "No notebook is called '99'"),
        ("00", "has not been built yet"),
        ("00 05", "One notebook at a time"),
    ],
)
def test_a_word_that_names_no_notebook_is_one_sentence(course, word, sentence):
    with pytest.raises(Stop, match=sentence):
        run_notebook.run(course, word)
