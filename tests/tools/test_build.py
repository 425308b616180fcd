import base64

import nbformat
import pytest

from tools import build as builder
from tools.build import build, list_stale, main
from tools.course import READER, SOLUTIONS, Stop
from tools.currency import Reason, reasons
from tools.hashes import edition_sha256
from tools.index import index_text
from tools.source import read_source

NAME = "00_count_dots"


@pytest.fixture
def no_kernel(monkeypatch):
    def refuse(*_, **__):
        raise AssertionError("a kernel was started")

    monkeypatch.setattr(builder, "execute", refuse)


def read(course, name=NAME, edition=READER):
    return nbformat.read(course.edition_path(name, edition), as_version=4)


def why(course, name=NAME, edition=READER):
    return reasons(course, read_source(course.source_path(name)), edition)


def sources(notebook):
    return [cell.source for cell in notebook.cells]


def test_reader_gets_everything_but_solutions(built_course):
    text = "\n".join(sources(read(built_course)))
    assert "return ..." in text
    assert "Exercise 1" in text
    assert "a + b" not in text
    assert "The sum is" not in text


def test_solutions_keep_setup_exercise_solution_and_check(built_course):
    notebook = read(built_course, edition=SOLUTIONS)
    assert [cell.metadata.get("tags", []) for cell in notebook.cells[1:-1]] == [
        *(["setup"], ["exercise"], ["solution"], ["solution"], ["check"])
    ]
    assert notebook.cells[-2].outputs[0].text == "right\n"


def test_notebook_without_solutions_has_one_edition(built_course):
    assert built_course.edition_path("01_go_on", READER).exists()
    assert not built_course.edition_path("01_go_on", SOLUTIONS).exists()


def test_header_says_what_was_measured_and_what_is_estimated(built_course):
    notebook = read(built_course)
    stored = notebook.metadata["gan_course"]
    header = notebook.cells[0].source
    assert header.startswith("# Count dots\n\n*Part I: tiny*")
    assert f"Measured: {max(1, round(stored['seconds']))} s" in header
    assert f"{stored['peak_memory_mb']} MB" in header
    assert "Estimated: 5 minutes to learn" in header
    assert stored["seconds"] > 0.2
    assert 20 < stored["peak_memory_mb"] < 1000
    assert len(stored["cell_seconds"]) == 5


def test_the_picture_below_the_title_travels_with_the_notebook(course, no_kernel):
    path = course.source_path(NAME)
    picture = "#   picture: pictures/dot.png\n#   picture_alt: A dot\n"
    path.write_text(path.read_text().replace("# ---\n\n", f"{picture}# ---\n\n", 1))
    with pytest.raises(Stop, match=r"dot\.png, which does not exist"):
        build(course, [NAME])
    (course.notebooks / "pictures").mkdir()
    for content in (b"first", b"second"):
        (course.notebooks / "pictures" / "dot.png").write_bytes(content)
        assert why(course)
        build(course, [NAME])
        header = read(course).cells[0]
        [(name, shown)] = header.attachments.items()
        assert f"![A dot](attachment:{name})" in header.source
        assert base64.b64decode(shown["image/png"]) == content
        assert not why(course)


def test_footer_links_to_the_neighbours(built_course):
    assert "Next: [Go on](01_go_on.ipynb)" in read(built_course).cells[-1].source
    last = read(built_course, "01_go_on").cells[-1].source
    assert "Previous: [Count dots](00_count_dots.ipynb)" in last
    assert "Next" not in last


def test_badges_and_install_cell_need_an_address(built_course):
    assert "badge" not in read(built_course).cells[0].source
    assert all(cell.id != "install" for cell in read(built_course).cells)


def test_live_output_is_stored_as_its_last_frame(built_course):
    picture = read(built_course).cells[3].outputs
    assert len(picture) == 1
    assert picture[0].metadata["alt"] == "One dot that changes its colour"


def test_nothing_of_this_machine_is_stored(built_course):
    notebook = read(built_course)
    assert set(notebook.metadata) == {"gan_course", "kernelspec", "language_info"}
    assert notebook.metadata.language_info == {
        "name": "python",
        "pygments_lexer": "ipython3",
    }
    assert all(set(cell.metadata) <= {"tags"} for cell in notebook.cells)


def test_a_fresh_build_is_current_and_writes_nothing_new(course, no_kernel):
    before = {p: p.read_bytes() for p in course.root.rglob("*.ipynb")}
    assert list_stale(course, course.names()) == []
    build(course, course.names())
    assert {p: p.read_bytes() for p in course.root.rglob("*.ipynb")} == before


def test_changed_prose_is_stale_and_keeps_the_outputs(course, edit, no_kernel):
    outputs = [cell.get("outputs") for cell in read(course).cells]
    edit(f"notebooks/src/{NAME}.py", "*shown*", "*painted*")
    assert why(course) == {Reason.TEXT}
    build(course, [NAME])
    assert why(course) == set()
    assert "painted" in "".join(sources(read(course)))
    assert [cell.get("outputs") for cell in read(course).cells] == outputs


def test_changed_code_is_stale_and_executed(course, edit):
    edit("notebooks/src/01_go_on.py", "three plain", "four very plain")
    assert why(course, "01_go_on") == {Reason.CODE, Reason.TEXT}
    build(course, ["01_go_on"])
    assert why(course, "01_go_on") == set()
    assert "four very" in read(course, "01_go_on").cells[1].outputs[0].text
    assert why(course) == set()


@pytest.mark.parametrize("path", ["gan_course/numbers.py", "data/atlas.txt"])
def test_changed_dependency_is_listed(course, edit, path):
    edit(path, "atlas", "tables")
    assert why(course) == {Reason.DEPENDENCIES}
    assert list_stale(course, [NAME])[0].startswith(f"notebooks/{NAME}.ipynb: a module")
    assert why(course, "01_go_on") == set()


@pytest.mark.parametrize("path", ["gan_course/unused.py", "data/other.txt"])
def test_file_that_is_not_used_changes_nothing(course, path):
    (course.root / path).write_text("changed")
    assert why(course) == set()


def test_outputs_edited_by_hand_are_found(course, edit):
    edit(f"notebooks/{NAME}.ipynb", "claim: two is two", "claim: two is three")
    assert why(course) == {Reason.EDITED}


def test_measurements_edited_by_hand_are_found(course):
    notebook = read(course)
    notebook.metadata["gan_course"]["peak_memory_mb"] += 1
    nbformat.write(notebook, course.edition_path(NAME, READER))
    assert Reason.EDITED in why(course)


def test_outputs_of_another_text_are_found(course, edit):
    # The edition claims to come from the new text; its outputs are the old ones.
    edit("notebooks/src/01_go_on.py", "three plain", "four very plain")
    edit("notebooks/01_go_on.ipynb", 'print(\\"three plain', 'print(\\"four very plain')
    source = read_source(course.source_path("01_go_on"))
    notebook = read(course, "01_go_on")
    notebook.metadata["gan_course"]["text_sha256"] = builder.text_sha256(source.text)
    nbformat.write(notebook, course.edition_path("01_go_on", READER))
    assert why(course, "01_go_on") == {Reason.TEXT, Reason.EDITED}


def test_saving_in_jupyter_is_not_an_edit(course):
    notebook = read(course)
    before = edition_sha256(notebook)
    notebook.metadata.language_info = {"name": "python", "version": "3.99"}
    notebook.metadata["gan_course"]["seconds"] = float(
        notebook.metadata["gan_course"]["seconds"]
    )
    for cell in notebook.cells:
        cell.metadata["editable"] = True
    notebook.cells[3].outputs[0].data["image/png"] += "\n"
    assert edition_sha256(notebook) == before


def test_whole_seconds_hash_the_same_as_jupyter_writes_them(built_course):
    notebook = read(built_course)
    hashes = set()
    for seconds in (12, 12.0):
        notebook.metadata["gan_course"]["seconds"] = seconds
        hashes.add(edition_sha256(notebook))
    assert len(hashes) == 1


def test_cells_edited_by_hand_are_not_overwritten(course, edit, no_kernel):
    edit(f"notebooks/{NAME}.ipynb", "Add two numbers.", "Add three numbers.")
    with pytest.raises(Stop, match=r"make carry NOTEBOOK=.notebooks.00_count_dots"):
        build(course, [NAME])


def test_new_neighbour_refreshes_the_footer_without_a_run(course, no_kernel):
    text = course.source_path("01_go_on").read_text(encoding="utf-8")
    course.source_path("01_go_on").write_text(text.replace("Go on", "Go further"))
    build(course, course.names())
    assert "Next: [Go further]" in read(course).cells[-1].source


def test_a_cell_that_raises_stops_the_build_and_writes_nothing(course, edit, capsys):
    before = course.edition_path(NAME, READER).read_bytes()
    edit(f"notebooks/src/{NAME}.py", "return a + b\n", "return a + b + missing\n")
    edit(f"notebooks/src/{NAME}.py", "*shown*", "*painted*")
    assert main([NAME], course) == 1
    error = capsys.readouterr().err
    assert f"{NAME} (solutions), code cell 3 of 3: NameError: name 'missing'" in error
    assert 'print("right" if add(1, 2)' in error
    assert course.edition_path(NAME, READER).read_bytes() == before
    assert list(course.notebooks.rglob("*.part")) == []


def test_cell_ids_survive_edits_elsewhere(course, edit, no_kernel):
    before = [cell.id for cell in read(course).cells]
    edit(f"notebooks/src/{NAME}.py", "Add two numbers.", "Add up.")
    build(course, [NAME])
    after = [cell.id for cell in read(course).cells]
    assert [a == b for a, b in zip(before, after, strict=True)].count(False) == 1


def test_table_of_notebooks(course):
    page = (course.notebooks / "README.md").read_text(encoding="utf-8")
    assert page == index_text(course)
    assert "| [00 Count dots](00_count_dots.ipynb) | What is Count dots? |" in page
    assert "[solutions](solutions/00_count_dots.ipynb)" in page
    assert page.count("## Part I: tiny") == 1
    assert "Together: " in page


def test_solutions_that_a_notebook_no_longer_has_are_removed(course, no_kernel):
    path = course.edition_path("01_go_on", SOLUTIONS)
    path.write_bytes(course.edition_path(NAME, SOLUTIONS).read_bytes())
    build(course, [])
    assert not path.exists()
    assert course.edition_path(NAME, SOLUTIONS).exists()


def test_list_stale_names_what_was_never_built(course, capsys):
    course.edition_path("01_go_on", READER).unlink()
    assert main(["--list-stale"], course) == 0
    printed = capsys.readouterr().out
    assert printed == "notebooks/01_go_on.ipynb: it was never built\n"


def test_unknown_notebook_gets_the_nearest_name(course, capsys):
    assert main(["count_dot"], course) == 1
    assert "did you mean '00_count_dots'?" in capsys.readouterr().err


def test_names_are_numbers_names_or_lists_of_them(course):
    assert course.select([]) == ["00_count_dots", "01_go_on"]
    assert course.select(["01 00"]) == ["00_count_dots", "01_go_on"]
    assert course.select(["01_go_on.ipynb"]) == ["01_go_on"]
