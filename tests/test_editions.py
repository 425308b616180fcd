"""The stored editions are what their texts say, and keep to the course's budgets."""

import pytest

from tools.course import READER, SOLUTIONS, this_course
from tools.currency import Reason, reasons, stored_edition
from tools.editions import editions_of
from tools.index import index_text
from tools.rules.check import faults
from tools.rules.costs import together
from tools.rules.edition import read_edition
from tools.source import read_source

COURSE = this_course()
SOURCES = {name: read_source(COURSE.source_path(name)) for name in COURSE.names()}
EDITIONS = [(name, kind) for name in SOURCES for kind in editions_of(SOURCES[name])]

each_edition = pytest.mark.parametrize(("name", "kind"), EDITIONS)


@each_edition
def test_edition_is_what_was_built_from_its_text(name, kind):
    # Changed modules and data are listed by `make stale` and do not fail here.
    stale = reasons(COURSE, SOURCES[name], kind) - {Reason.DEPENDENCIES}
    assert not stale, "; ".join(reason.value for reason in stale) + " (`make course`)"


@each_edition
def test_edition_keeps_the_rules(name, kind):
    path = COURSE.edition_path(name, kind)
    assert path.exists(), f"{path} was never built (`make course`)"
    found = faults(read_edition(path, kind, SOURCES[name].header))
    assert not found, "\n".join(found)


@pytest.mark.parametrize("kind", [READER, SOLUTIONS])
def test_editions_together_keep_the_budget(kind):
    stored = [stored_edition(COURSE, name, of) for name, of in EDITIONS if of == kind]
    assert list(together(kind, [notebook for notebook in stored if notebook])) == []


def test_no_edition_is_without_a_text():
    paths = {COURSE.edition_path(name, kind) for name, kind in EDITIONS}
    found = {
        *COURSE.notebooks.glob("*.ipynb"),
        *COURSE.notebooks.glob(f"{SOLUTIONS}/*.ipynb"),
    }
    assert found <= paths


def test_the_table_of_notebooks_is_current():
    page = (COURSE.notebooks / "README.md").read_text(encoding="utf-8")
    assert page == index_text(COURSE), "notebooks/README.md is old; run `make course`"
