import json

import pytest

from tools import verify
from tools.course import SOLUTIONS
from tools.nbval_run import Counts, read_junit
from tools.verify import main

NAME = "00_count_dots"


@pytest.fixture
def last_line(capfd):
    """Everything printed since the last call, and the last line of it."""

    def read():
        printed = capfd.readouterr().out
        return printed, printed.splitlines()[-1]

    return read


@pytest.fixture
def without_package_tests(monkeypatch):
    monkeypatch.setattr(verify, "package_tests", lambda course, names: Counts())


def test_equal_outputs_pass_and_changed_ones_fail(
    course, edit, last_line, without_package_tests
):
    edit("notebooks/01_go_on.ipynb", "three plain words\\n", "three plain wolves\\n")
    course.edition_path(NAME, SOLUTIONS).unlink()
    assert main([], course) == 1
    printed, last = last_line()
    assert last == "5 passed, 1 failed"
    assert f"{NAME} (reader): 5 passed, 0 failed, peak " in printed
    assert "three plain wolves" in printed
    report = json.loads((course.build_folder / "verify.json").read_text())
    assert report[f"{NAME} (reader)"]["peak_memory_mb"] > 20


def test_other_cpu_runs_notebooks_only(course, last_line, monkeypatch):
    monkeypatch.setattr(verify, "package_tests", None)
    calls = []

    def record(path, *, sanitize, environment, on_cell):
        calls.append((path.name, environment["ATEN_CPU_CAPABILITY"]))
        return verify.Verified(Counts(passed=1), 100, "")

    monkeypatch.setattr(verify, "verify_notebook", record)
    assert main(["--other-cpu"], course) == 0
    assert len(calls) == 3
    assert {setting for _, setting in calls} == {"default"}
    assert last_line()[1] == "3 passed, 0 failed"


TESTS = """
def test_05_good(): pass
def test_00_count_dots_good(): pass
def test_00_count_dots_bad(): assert 0
def test_skipped():
    import pytest
    pytest.skip("not here")
"""


@pytest.fixture
def only_pytest_itself(monkeypatch):
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")


@pytest.mark.usefixtures("only_pytest_itself")
def test_package_tests_are_counted_and_narrowed(course, last_line):
    (course.root / "tests" / "test_it.py").write_text(TESTS)
    assert verify.package_tests(course, []) == Counts(2, 1, 1)
    assert verify.package_tests(course, [NAME]) == Counts(1, 1)
    assert verify.package_tests(course, ["17_none"]) == Counts()
    last_line()


@pytest.mark.usefixtures("only_pytest_itself")
def test_a_broken_test_file_is_a_failure(course, last_line):
    (course.root / "tests" / "test_it.py").write_text("def test_it(:")
    counts = verify.package_tests(course, [])
    assert counts.failed == 1
    last_line()


def test_nothing_run_is_not_a_success(course, monkeypatch, last_line):
    for name in course.names():
        course.source_path(name).unlink()
    monkeypatch.setattr(verify, "package_tests", lambda course, names: Counts())
    assert main([], course) == 1
    assert last_line()[1] == "0 passed, 0 failed"


def test_a_notebook_that_is_not_built_fails(course, last_line, without_package_tests):
    course.edition_path("01_go_on", "reader").unlink()
    assert main(["01"], course) == 1
    printed, last = last_line()
    assert "01_go_on: not built; run `make course`." in printed
    assert last == "0 passed, 1 failed"


def test_an_unknown_notebook_ends_in_the_same_line(course, last_line):
    assert main(["17"], course) == 1
    assert last_line()[1] == "0 passed, 1 failed"


@pytest.mark.parametrize(
    ("counts", "line"),
    [
        (Counts(3, 0, 0), "3 passed, 0 failed"),
        (Counts(3, 1, 2), "3 passed, 1 failed, 2 skipped"),
    ],
)
def test_form_of_the_last_line(counts, line):
    assert str(counts) == line


def test_missing_report_is_a_failure(tmp_path):
    assert read_junit(tmp_path / "none.xml") == Counts(failed=1)
    (tmp_path / "half.xml").write_text("<testsuites><testsuite")
    assert read_junit(tmp_path / "half.xml") == Counts(failed=1)
