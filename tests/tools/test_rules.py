"""Each rule holds for a good edition and finds the fault that is planted for it."""

import copy

import pytest
from nbformat.v4 import (
    new_code_cell,
    new_markdown_cell,
    new_notebook,
    new_output,
)

from tools.course import READER, SOLUTIONS
from tools.rules.cells import count_words
from tools.rules.check import faults
from tools.rules.costs import together
from tools.rules.edition import Edition
from tools.source import Header

ALT = "Ten digits in a row"
HEADER = Header("A title", "Part I", "Why?", 10)


def picture(kind="image/png", alt=ALT, text=ALT):
    data = {kind: "iVBORw0KGgo=", "text/plain": text}
    return new_output("display_data", data, metadata={"alt": alt})


@pytest.fixture
def notebook():
    """An edition that keeps every rule: six claims, one picture, 1,200 words."""
    cells = [new_markdown_cell("A title", id="header")]
    cells += [new_markdown_cell("word " * 1200 + "![Two dots](dots.png)")]
    cells += [
        new_code_cell(
            f'claim("number {k}", {k}, "==", {k})',
            execution_count=k + 1,
            outputs=[new_output("stream", name="stdout", text=f"{k}\n")],
        )
        for k in range(6)
    ]
    cells[2].outputs.append(picture())
    cells[2].metadata["tags"] = ["setup"]
    record = {"seconds": 60.0, "peak_memory_mb": 800, "cell_seconds": [10.0] * 6}
    return new_notebook(cells=cells, metadata={"gan_course": record})


@pytest.fixture
def found(notebook, tmp_path):
    """The faults of the notebook as it now is."""
    (tmp_path / "dots.png").touch()
    return lambda kind=READER, size=1000: faults(
        Edition(kind, HEADER, notebook, size, tmp_path)
    )


def add(notebook, code="", **more):
    count = sum(cell.cell_type == "code" for cell in notebook.cells) + 1
    notebook.cells.append(new_code_cell(code, execution_count=count, **more))
    notebook.metadata["gan_course"]["cell_seconds"].append(0.0)
    return notebook.cells[-1]


@pytest.mark.parametrize("kind", [READER, SOLUTIONS])
def test_good_edition_has_no_fault(found, kind):
    assert found(kind) == []


@pytest.mark.parametrize(
    ("key", "value", "sentence"),
    [
        ("seconds", 121, "it took 121 s; at most 120 s."),
        ("peak_memory_mb", 1501, "its memory peaked at 1501 MB; at most 1500 MB."),
        ("cell_seconds", [1, 46, 1, 1, 1, 1], "cell 2 took 46 s; at most 45 s."),
    ],
)
def test_stored_costs(notebook, found, key, value, sentence):
    notebook.metadata["gan_course"][key] = value
    [fault] = found()
    assert sentence in fault


def test_setup_of_solutions_is_quick(notebook, found):
    notebook.metadata["gan_course"]["cell_seconds"][0] = 15.1
    assert found(READER) == []
    [fault] = found(SOLUTIONS)
    assert "setup cells took 15.1 s" in fault


def test_file_size(found):
    assert found(size=700_000) == []
    assert "700,001 bytes" in found(size=700_001)[0]


@pytest.mark.parametrize(("kind", "minutes"), [(READER, 20), (SOLUTIONS, 6)])
def test_all_editions_together(notebook, kind, minutes):
    assert list(together(kind, [notebook] * minutes)) == []
    [fault] = together(kind, [notebook] * (minutes + 1))
    assert f"{minutes + 1}.0 minutes together; at most {minutes} minutes" in fault


def test_number_of_code_cells(notebook, found):
    for _ in range(29):
        add(notebook, "x = 1")
    assert found() == []
    add(notebook, "x = 1")
    assert "36 code cells; at most 35" in found()[0]
    notebook.cells[-1]["id"] = "install"  # generated cells do not count
    assert found() == []


def test_lines_of_a_cell(notebook, found):
    add(notebook, "x = 1\n" * 30)
    assert found() == []
    add(notebook, "x = 1\n" * 31)
    assert "cell 8 has 31 lines; at most 30" in found()[0]


def test_columns_of_a_cell(notebook, found):
    add(notebook, "#" * 88)
    assert found() == []
    add(notebook, "#" * 89)
    assert "cell 8 is 89 columns wide; at most 88" in found()[0]


@pytest.mark.parametrize("number", [1100, 3001])
def test_number_of_words(notebook, found, number):
    notebook.cells[1].source = "word " * number
    assert f"it has {number:,} words; expected 1,200 to 3,000" in found()[0]
    assert found(SOLUTIONS) == []


def test_header_may_ask_for_fewer_words_and_claims(notebook, tmp_path):
    header = Header("A title", "Part I", "Why?", 10, minimum_words=2, minimum_claims=0)
    notebook.cells = [new_markdown_cell("two words")]
    notebook.metadata["gan_course"]["cell_seconds"] = []
    assert faults(Edition(READER, header, notebook, 1, tmp_path)) == []


@pytest.mark.parametrize(
    ("markdown", "number"),
    [
        ("It's a well-known fact.", 4),
        ("the loss $L_G + L_D$ falls", 3),
        ("$$a = b$$ and ```\nx = one two\n``` then", 2),
        ("[a link](https://example.org/a/b) <br> 42", 2),
    ],
)
def test_only_prose_is_counted(markdown, number):
    assert count_words(markdown) == number


def test_number_of_claims(notebook, found):
    notebook.cells[3].source = '# claim("commented", 1, "==", 1)'
    assert "it makes 5 claims; expected at least 6" in found()[0]
    assert found(SOLUTIONS) == []


@pytest.mark.parametrize("tag", ["nbval-ignore-output", "nbval-skip"])
def test_output_of_a_claim_is_compared(notebook, found, tag):
    notebook.cells[3].metadata["tags"] = [tag]
    assert "cell 2 makes a claim, but its output is ignored" in found()[0]


def test_output_of_a_claim_is_not_ignored_by_a_comment(notebook, found):
    notebook.cells[3].source += "\n# NBVAL_IGNORE_OUTPUT"
    assert "cell 2 makes a claim, but its output is ignored" in found()[0]


@pytest.mark.parametrize(
    "code", ["clear_output(wait=True)", "display.clear_output()", "widgets.Output()"]
)
def test_live_output_that_nbval_cannot_compare(notebook, found, code):
    add(notebook, code)
    assert "cell 7 calls" in found()[0]


@pytest.mark.parametrize("code", ["import tools.course", "from tests import x"])
def test_imports_that_only_a_checkout_has(notebook, found, code):
    add(notebook, code)
    assert "cell 7 imports" in found()[0]


def test_magics_are_read_as_ipython_reads_them(notebook, found):
    add(notebook, "%matplotlib inline\n!echo 1")
    assert found() == []


@pytest.mark.parametrize(
    "markdown",
    [
        "![](dots.png)",
        "![ ](dots.png)",
        '<img src="a.png">',
        '<img src="a.png" alt="">',
    ],
)
def test_pictures_in_the_text_have_alt_text(notebook, found, markdown):
    notebook.cells[1].source += f"\n\n{markdown}"
    assert "a picture in the text has no alt text" in found()[0]


def test_html_picture_with_alt_text(notebook, found):
    notebook.cells[1].source += '<img src="a.png" alt="Two dots">'
    assert found() == []


@pytest.mark.parametrize("link", ["![Three dots](gone.png)", "[next](04_x.ipynb#top)"])
def test_dead_links_to_the_course_itself(notebook, found, link):
    notebook.cells[1].source += link
    assert "which does not exist" in found()[0]


@pytest.mark.parametrize(
    "link",
    ["[a](https://example.org)", "[b](#top)", "[c](dots.png)", "`x[0](y)` $[a](b)$"],
)
def test_links_that_are_fine_or_none(notebook, found, link):
    notebook.cells[1].source += link
    assert found() == []


@pytest.mark.parametrize(
    ("alt", "text"),
    [("", ""), ("a plot", "a plot"), (ALT, "<Figure size 640x480 with 1 Axes>")],
)
def test_shown_pictures_have_alt_text(notebook, found, alt, text):
    notebook.cells[3].outputs = [picture(alt=alt, text=text)]
    assert "cell 2 shows a picture whose" in found()[0]


def test_pictures_in_html_have_alt_text(notebook, found):
    data = {"text/html": '<img src="data:image/png;base64,iVBO">', "text/plain": ""}
    notebook.cells[3].outputs = [new_output("display_data", data)]
    assert "cell 2 shows a picture without alt text" in found()[0]


@pytest.mark.parametrize("kind", ["image/svg+xml", "image/gif"])
def test_pictures_that_differ_by_machine(notebook, found, kind):
    notebook.cells[3].outputs = [picture(kind=kind)]
    assert f"cell 2 shows {kind}, which differs by machine" in found()[0]


def test_svg_in_html(notebook, found):
    data = {"text/html": "<div><svg width='1'></svg></div>", "text/plain": ""}
    notebook.cells[3].outputs = [new_output("display_data", data)]
    assert "cell 2 shows an SVG in HTML" in found()[0]


def test_widget_view_and_state(notebook, found):
    view = {"application/vnd.jupyter.widget-view+json": {"model_id": "1"}}
    notebook.cells[3].outputs = [new_output("display_data", view)]
    notebook.metadata["widgets"] = {}
    assert [fault[:30] for fault in found()] == [
        "code cell 2 keeps a widget, em",
        "it stores widget state; the bu",
    ]


def test_stderr(notebook, found):
    warning = new_output("stream", name="stderr", text="UserWarning: old")
    notebook.cells[3].outputs = [warning]
    assert "cell 2 writes to stderr: 'UserWarning: old'" in found()[0]


def test_errors_need_a_tag(notebook, found):
    error = new_output("error", ename="ValueError", evalue="no", traceback=[])
    notebook.cells[3].outputs = [error]
    assert "cell 2 raised ValueError: no" in found()[0]
    notebook.cells[3].metadata["tags"] = ["raises-exception"]
    assert found() == []


@pytest.mark.parametrize("counts", [[1, 2, 3, 4, 6, 5], [2, 3, 4, 5, 6, 7], [None] * 6])
def test_execution_counts_are_in_order(notebook, found, counts):
    for cell, count in zip(notebook.cells[2:], counts, strict=True):
        cell.execution_count = count
    assert "its execution counts are" in found()[0]


def test_all_faults_are_told_at_once(notebook, found):
    planted = copy.deepcopy(notebook.metadata["gan_course"])
    planted.update(seconds=500, peak_memory_mb=9000)
    notebook.metadata["gan_course"] = planted
    assert len(found()) == 2
