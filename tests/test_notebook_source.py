import inspect
from pathlib import Path

import pytest

from tests.notebook_source import (
    Claim,
    assert_broken_variants_cover,
    cells,
    claim_texts,
    definitions,
    find,
    run,
)

TEXT = '''\
# ---
# jupyter:
#   kernelspec: {display_name: Python 3, language: python, name: python3}
# gan_course:
#   title: Walk
# ---

# %% [markdown]
# # A notebook

# %% tags=["setup"]
import math
from pathlib import Path

from gan_course.checks.claims import claim
from gan_course.checks.exercise import Exercise

# %matplotlib inline
RATE = 0.5
SIZES = (1, 2)
started = math.sqrt(-1) if False else print("runs only when asked")


# %%
def step(x):
    """Go a step of RATE."""
    return x - RATE * x


class Walker:
    start = 4.0


# %%
x = Walker.start
for _ in range(3):
    x = step(x)
Path("left_behind.txt").write_text("here")
claim("three steps make it small", x, "<", 1)

# %%
claim("it stays positive", x, ">", 0, name="x")

# %% tags=["stub"]
def double(y):
    return ...


# %% tags=["solution"]
def double(y):
    return 2 * y


# %% tags=["check"]
@Exercise(todo="double it", success="doubled")
def check_double(answer):
    raise AssertionError("a stub is not looked at")


check_double(double)
last = x
'''


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "03_walk.py").write_text(TEXT, "utf-8")
    return tmp_path


def test_a_notebook_is_found_by_name_or_number(folder):
    assert find("03", folder) == find("03_walk", folder) == folder / "03_walk.py"
    with pytest.raises(ValueError, match=r"0 notebooks in .* are called '04'"):
        find("04", folder)


def test_cells_carry_kind_and_tags(folder):
    found = [cell for cell in cells("03", folder) if cell.kind != "raw"]
    assert found[0].kind == "markdown"
    assert found[0].source == "# A notebook"
    assert [set(cell.tags) for cell in found if cell.tags] == [
        {"setup"},
        {"stub"},
        {"solution"},
        {"check"},
    ]


def test_definitions_come_without_running_the_rest(folder, capsys):
    names = definitions("03", folder=folder)
    assert names["step"](8.0) == 4.0
    assert names["Walker"].start == 4.0
    assert names["SIZES"] == (1, 2)
    assert not names.keys() & {"x", "double", "started", "last"}
    assert capsys.readouterr().out == ""
    assert inspect.getsource(names["step"]).startswith("def step(x):\n")


def test_a_tag_chooses_stub_or_solution(folder):
    assert definitions("03", "solution", folder)["double"](3) == 6
    assert definitions("03", "stub", folder)["double"](3) is ...


def test_a_run_records_claims_and_leaves_nothing(folder, capsys):
    before = Path.cwd()
    assert run("03", folder=folder) == [
        Claim("three steps make it small", 0.5, "<", 1, True),
        Claim("it stays positive", 0.5, ">", 0, True),
    ]
    assert Path.cwd() == before
    assert not Path("left_behind.txt").exists()
    assert capsys.readouterr() == ("", "")


def test_a_broken_variant_fails_its_claim_and_no_other(folder):
    small, positive = run("03", {"RATE = 0.5": "RATE = 0.0"}, folder=folder)
    assert (small.value, small.holds) == (4.0, False)
    assert positive.holds


def test_claims_stop_a_notebook_again_after_a_run(folder):
    from gan_course.checks import claims

    run("03", folder=folder)
    with pytest.raises(AssertionError):
        claims.claim("so", 1, "<", 0)


def test_a_run_can_end_early(folder):
    assert len(run("03", until="three steps", folder=folder)) == 1


@pytest.mark.parametrize("options", [{"replace": {"RATE = 9": ""}}, {"until": "RAT9"}])
def test_what_does_not_occur_is_an_error(folder, options):
    with pytest.raises(ValueError, match=r"does not occur|No cell"):
        run("03", **options, folder=folder)


def test_the_table_of_broken_variants_names_every_claim(folder):
    texts = ["three steps make it small", "it stays positive"]
    assert claim_texts("03", folder) == texts
    assert_broken_variants_cover("03", texts, folder)
    with pytest.raises(AssertionError, match="it stays positive"):
        assert_broken_variants_cover("03", texts[:1], folder)
    with pytest.raises(AssertionError, match=r"no such claims: \{'older'\}"):
        assert_broken_variants_cover("03", [*texts, "older"], folder)
