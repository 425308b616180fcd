"""Run the tests of the package, then every notebook of both editions under nbval.

python -m tools.verify [NOTEBOOKS] [--other-cpu]

With NOTEBOOKS, only these notebooks run, and of the package's tests only those
whose file or parameter bears a notebook's name. With --other-cpu, only notebooks
run, computed as on another type of CPU. The last line counts the tests; for a
notebook, a test is a code cell. The status is 0 when some ran and none failed.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from tools.course import READER, SOLUTIONS, Course, Stop, this_course
from tools.environment import kernel_environment
from tools.home import use_writable_home
from tools.nbval_run import Counts, Verified, read_junit, verify_notebook
from tools.pool import run_all
from tools.progress import Progress
from tools.write import write_text

NOTHING_COLLECTED = 5  # pytest's exit status


def package_tests(course: Course, names: Sequence[str]) -> Counts:
    """Run `pytest tests`; with `names`, only the tests that bear one of them."""
    chosen = ["-k", " or ".join(names)] if names else []
    with tempfile.TemporaryDirectory(prefix="verify-") as folder:
        report = Path(folder) / "report.xml"
        command = [sys.executable, "-m", "pytest", "tests", f"--junitxml={report}"]
        status = subprocess.run([*command, *chosen], cwd=course.root).returncode
        if status == NOTHING_COLLECTED:
            return Counts()
        counts = read_junit(report)
    stopped = status != 0 and not counts.failed
    return counts + Counts(failed=1) if stopped else counts


def notebook_tests(course: Course, names: Sequence[str], other_cpu: bool) -> Counts:
    """Run the editions of `names` under nbval; a missing reader's edition fails.

    One after the other, since each uses every core; with `other_cpu` they use one
    thread each, and two run at once.
    """
    wanted = [(n, kind) for n in names for kind in (READER, SOLUTIONS)]
    present = [w for w in wanted if course.edition_path(*w).exists()]
    missing = [w for w in wanted if w[1] == READER and w not in present]
    for name, _ in missing:
        print(f"{name}: not built; run `make course`.")
    jobs = min(2, os.cpu_count() or 1) if other_cpu else 1
    with Progress() as progress:
        run = partial(_verify, course, other_cpu, progress)
        results = dict(zip(present, run_all(run, present, jobs), strict=True))
    _write_report(course, results, other_cpu)
    total = sum((result.counts for result in results.values()), Counts())
    return total + Counts(failed=len(missing))


def _verify(
    course: Course, other_cpu: bool, progress: Progress, which: tuple[str, str]
) -> Verified:
    label = "{} ({})".format(*which)
    progress.start(label)
    result = verify_notebook(
        course.edition_path(*which),
        sanitize=course.root / "tests" / "nbval_sanitize.cfg",
        environment=kernel_environment(course.root, other_cpu=other_cpu),
        on_cell=lambda number, total: progress.cell(label, number, total),
    )
    log = f"\n{result.log}" if result.counts.failed else ""
    progress.end(label, f"{result.counts}, peak {result.peak_memory_mb:,} MB", log)
    return result


def _write_report(
    course: Course, results: dict[tuple[str, str], Verified], other_cpu: bool
) -> None:
    """Peak memory and counts, as JSON below `build/`."""
    report = {
        "{} ({})".format(*which): {
            "peak_memory_mb": result.peak_memory_mb,
            "counts": str(result.counts),
        }
        for which, result in results.items()
    }
    name = "other_cpu.json" if other_cpu else "verify.json"
    write_text(course.build_folder / name, json.dumps(report, indent=2) + "\n")


def main(arguments: Sequence[str] | None = None, course: Course | None = None) -> int:
    """Run the tests and print their number; returns the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m tools.verify",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("notebooks", nargs="*", help='such as "05"; all by default')
    parser.add_argument("--other-cpu", action="store_true", help="as on another CPU")
    options = parser.parse_args(arguments)
    course = course or this_course()
    use_writable_home(course.root)
    counts = Counts()
    try:
        names = course.select(options.notebooks)
        narrowed = names if any(options.notebooks) else []
        if not options.other_cpu:
            counts += package_tests(course, narrowed)
        counts += notebook_tests(course, names, options.other_cpu)
    except Stop as stop:
        print(stop, file=sys.stderr)
        counts = Counts(failed=1)
    except KeyboardInterrupt:
        print("\nInterrupted.", file=sys.stderr)
        counts += Counts(failed=1)
    print(counts, flush=True)
    return 0 if counts.passed and not counts.failed else 1


if __name__ == "__main__":
    sys.exit(main())
