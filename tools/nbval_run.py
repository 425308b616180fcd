"""Run one edition under nbval, as a copy alone in an empty folder, offline."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

import nbformat

from tools.environment import whole_environment
from tools.memory import PeakMemory

# No plugin but nbval's, and each line as soon as it is printed.
PYTEST = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONUNBUFFERED": "1"}
CELL_TIMEOUT = 1800  # seconds; a slow machine of another type may need minutes
STARTUP_TIMEOUT = 300
FINISHED = re.compile(r"::Cell \d+ (PASSED|FAILED|ERROR|SKIPPED|XFAIL|XPASS)")


@dataclass(frozen=True)
class Counts:
    """Numbers of tests; for a notebook, a test is a code cell."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(
            self.passed + other.passed,
            self.failed + other.failed,
            self.skipped + other.skipped,
        )

    def __str__(self) -> str:
        skipped = f", {self.skipped} skipped" if self.skipped else ""
        return f"{self.passed} passed, {self.failed} failed{skipped}"


@dataclass(frozen=True)
class Verified:
    """The result of one edition; `log` is what pytest printed."""

    counts: Counts
    peak_memory_mb: int
    log: str


def read_junit(path: Path) -> Counts:
    """Counts from a JUnit report; a missing or broken one is one failure."""
    try:
        suites = list(ElementTree.parse(path).getroot().iter("testsuite"))
    except (OSError, ElementTree.ParseError):
        return Counts(failed=1)
    total, errors, failures, skipped = (
        sum(int(suite.get(key, "0")) for suite in suites)
        for key in ("tests", "errors", "failures", "skipped")
    )
    failed = errors + failures
    return Counts(total - failed - skipped, failed, skipped)


def verify_notebook(
    path: Path,
    *,
    sanitize: Path,
    environment: dict[str, str],
    on_cell: Callable[[int, int], None],
) -> Verified:
    """Compare every output of the notebook at `path` with a run on this machine.

    `on_cell(k, n)` is called when code cell k of n begins. Only the copy of the
    notebook lies in the kernel's folder; pytest's own files lie beside that folder.
    """
    total = sum(c.cell_type == "code" for c in nbformat.read(path, as_version=4).cells)
    with tempfile.TemporaryDirectory(
        prefix="verify-", ignore_cleanup_errors=True
    ) as folder:
        alone = Path(folder) / "alone"
        alone.mkdir()
        shutil.copy(path, alone)
        (Path(folder) / "pytest.ini").write_text("[pytest]\n")
        report = Path(folder) / "report.xml"
        command = _command(alone / path.name, Path(folder), sanitize, report)
        with whole_environment(environment | PYTEST) as variables:
            status, log, peak = _follow(command, folder, variables, on_cell, total)
        counts = read_junit(report)
    if status != 0 and not counts.failed:
        counts += Counts(failed=1)  # pytest itself stopped
    return Verified(counts, peak, log)


def _command(notebook: Path, folder: Path, sanitize: Path, report: Path) -> list[str]:
    return [
        *(sys.executable, "-m", "pytest", str(notebook), "-v"),
        *("-p", "nbval.plugin", "--nbval", "--nbval-current-env"),
        *("-c", str(folder / "pytest.ini"), "--rootdir", str(folder)),
        *("-p", "no:cacheprovider", "--color=no", f"--junitxml={report}"),
        f"--nbval-sanitize-with={sanitize}",
        f"--nbval-cell-timeout={CELL_TIMEOUT}",
        f"--nbval-kernel-startup-timeout={STARTUP_TIMEOUT}",
    ]


def _follow(
    command: list[str],
    folder: str,
    variables: dict[str, str],
    on_cell: Callable[[int, int], None],
    total: int,
) -> tuple[int, str, int]:
    """Exit status, printed text, and peak megabytes of what pytest started."""
    process = subprocess.Popen(
        command,
        cwd=folder,
        env=variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        errors="replace",
    )
    lines, done = [], 0
    with process, PeakMemory(lambda: process.pid, itself=False) as memory:
        on_cell(1, total)
        for line in process.stdout:
            lines.append(line)
            if FINISHED.search(line) and done + 1 < total:
                done += 1
                on_cell(done + 1, total)
    return process.returncode, "".join(lines), memory.megabytes
