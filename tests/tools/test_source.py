import pytest

from tools.course import Stop
from tools.source import cell_text, parse_source

TEXT = """\
# ---
# gan_course:
#   title: A title
#   part: "Part I: x"
#   question: Why?
#   learning_minutes: 10
# ---

# %% [markdown]
# Words.
#
# | a | b |

# %% tags=["setup"]
import torch


def f():
    return torch


# %%
f()
# %%
f()
"""


def test_chunks_are_the_text():
    source = parse_source("00_x", TEXT)
    assert source.preamble + "".join(source.chunks) == TEXT
    assert [cell.cell_type for cell in source.cells] == ["markdown", *["code"] * 3]
    assert source.header.minimum_words == 1200


def test_each_cell_is_written_as_it_was_read():
    source = parse_source("00_x", TEXT)
    for cell, chunk in zip(source.cells, source.chunks, strict=True):
        assert cell_text(cell) == chunk.rstrip("\n") + "\n"


def test_ids_are_unique_and_depend_on_content_only():
    ids = [cell.id for cell in parse_source("00_x", TEXT).cells]
    assert len(set(ids)) == 4
    assert ids[3] == f"{ids[2]}-2"
    assert ids == [cell.id for cell in parse_source("01_y", TEXT).cells]


def test_line_endings_do_not_matter():
    windows = parse_source("00_x", TEXT.replace("\n", "\r\n"))
    assert windows.cells == parse_source("00_x", TEXT).cells


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("#   title: A title\n", "", r"lacks \['title'\]"),
        ("title: A", "titel: A", r"unknown \['titel'\]"),
        ("minutes: 10", "minutes: soon", "'learning_minutes' is 'soon'; expected int"),
        ("# ---\n# gan", "# gan", "must begin with a YAML header"),
        ("title: A title", "title: [", "YAML header cannot be read"),
        ("f()\n# %%\n", 'f("""\n# %%\n""")\n', "cannot be cut into cells"),
    ],
)
def test_faults_are_named(old, new, sentence):
    with pytest.raises(Stop, match=f"00_x: .*{sentence}"):
        parse_source("00_x", TEXT.replace(old, new, 1))


def test_text_without_cells():
    with pytest.raises(Stop, match="has no cell"):
        parse_source("00_x", "print(1)\n")
