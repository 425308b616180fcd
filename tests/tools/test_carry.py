import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell

from tools.carry import carry, main
from tools.course import READER, SOLUTIONS, Stop
from tools.source import read_source

NAME = "00_count_dots"


@pytest.fixture
def source(built_course):
    return read_source(built_course.source_path(NAME))


@pytest.fixture
def reader(built_course):
    return nbformat.read(built_course.edition_path(NAME, READER), as_version=4)


@pytest.fixture
def solutions(built_course):
    return nbformat.read(built_course.edition_path(NAME, SOLUTIONS), as_version=4)


def find(notebook, words):
    [cell] = [cell for cell in notebook.cells if words in cell.source]
    return cell


def insert_after(notebook, words, cell):
    notebook.cells.insert(notebook.cells.index(find(notebook, words)) + 1, cell)


def test_unedited_editions_carry_nothing(source, reader, solutions):
    for notebook in (reader, solutions):
        assert carry(source, notebook).text == source.text


def test_edited_cells_change_their_own_lines_only(source, reader):
    find(reader, "two is two").source = 'claim("two is 2", two(), "==", 2)'
    find(reader, "Exercise 1").source = "### Exercise 1\n\nAdd them."
    done = carry(source, reader)
    expected = source.text.replace("two is two", "two is 2").replace(
        "# ### Exercise 1\n# Add two numbers.", "# ### Exercise 1\n#\n# Add them."
    )
    assert (done.text, done.changed, done.new, done.deleted) == (expected, 2, 0, 0)


def test_solutions_are_carried_beside_the_stubs(source, solutions):
    find(solutions, "return a + b").source = "def add(a, b):\n    return b + a"
    done = carry(source, solutions)
    assert done.text == source.text.replace("a + b", "b + a")


def test_new_and_deleted_cells(source, reader):
    new = new_code_cell("print('new')", metadata={"tags": ["setup"]})
    insert_after(reader, "One dot is", new)
    reader.cells.remove(find(reader, "two is two"))
    done = carry(source, reader)
    assert "another.\n\n# %% tags=[\"setup\"]\nprint('new')\n\n# %% tags" in done.text
    assert "two is two" not in done.text
    assert (done.changed, done.new, done.deleted) == (0, 1, 1)
    assert done.text.count("# %%") == source.text.count("# %%")


def test_new_last_cell(source, reader):
    reader.cells.insert(len(reader.cells) - 1, new_markdown_cell("The end."))
    done = carry(source, reader)
    assert done.text == source.text + "\n# %% [markdown]\n# The end.\n"


def test_tags_are_carried(source, reader):
    find(reader, "two is two").metadata["tags"] = ["nbval-ignore-output"]
    text = carry(source, reader).text
    assert '# %% tags=["nbval-ignore-output"]\nclaim("two' in text


def test_outputs_are_not_carried(source, reader):
    find(reader, "two is two").outputs = []
    assert carry(source, reader).text == source.text


def moved(notebook):
    cells = notebook.cells
    cells[1], cells[2] = cells[2], cells[1]


def between_hidden_cells(notebook):
    insert_after(notebook, "return ...", new_markdown_cell("Where?"))


def without_header(notebook):
    del notebook.cells[0]


def with_one_id_twice(notebook):
    notebook.cells[3]["id"] = notebook.cells[2].id


def of_something_else(notebook):
    del notebook.metadata["gan_course"]


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        (moved, "Cells were moved"),
        (between_hidden_cells, "'Where\\?' stands where the text has cells"),
        (without_header, "header must stay the first cell"),
        (with_one_id_twice, "an id of its own"),
        (of_something_else, "not an edition"),
    ],
)
def test_ambiguous_edits_are_refused(source, reader, fault, sentence):
    fault(reader)
    with pytest.raises(Stop, match=sentence):
        carry(source, reader)


def test_new_solution_without_a_tag_is_refused(source, solutions):
    insert_after(solutions, "The sum is", new_code_cell("print(1)"))
    with pytest.raises(Stop, match="would not appear in the solutions again"):
        carry(source, solutions)


def test_edit_of_a_cell_that_changed_in_the_text_too_is_refused(course, edit, reader):
    edit(f"notebooks/src/{NAME}.py", "Add two numbers.", "Add up.")
    find(reader, "Exercise 1").source += "\n\nMore."
    changed = read_source(course.source_path(NAME))
    with pytest.raises(Stop, match="cannot be told apart"):
        carry(changed, reader)


def test_both_editions_can_be_carried_in_turn(course, reader, solutions):
    find(reader, "return ...").source += "  # your turn"
    find(solutions, "return a + b").source += "  # the sum"
    for notebook, edition in ((reader, READER), (solutions, SOLUTIONS)):
        path = course.edition_path(NAME, edition)
        nbformat.write(notebook, path)
    assert main([str(course.edition_path(NAME, SOLUTIONS))], course) == 0
    assert main([str(course.edition_path(NAME, READER))], course) == 0
    text = course.source_path(NAME).read_text(encoding="utf-8")
    assert "# the sum" in text
    assert "# your turn" in text


def test_command_writes_the_text_and_says_so(course, reader, capsys):
    find(reader, "two is two").source += "  # indeed"
    path = course.edition_path(NAME, READER)
    nbformat.write(reader, path)
    assert main([str(path)], course) == 0
    assert "1 changed, 0 new and 0 deleted cells" in capsys.readouterr().out
    text = course.source_path(NAME).read_text(encoding="utf-8")
    assert '"==", 2)  # indeed\n' in text


@pytest.mark.parametrize("name", ["99_none.ipynb", "broken.ipynb"])
def test_command_refuses_what_is_no_notebook(course, capsys, name):
    (course.root / "broken.ipynb").write_text("{")
    assert main([str(course.root / name)], course) == 1
    assert capsys.readouterr().err.strip()
