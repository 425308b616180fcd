"""`.ci/run` prepares the browser and the data, says what it cannot do, and tests."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / ".ci" / "run"
NEEDED = ("bash", "dirname", "env", "id")

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs bash")


@pytest.fixture
def machine(tmp_path):
    """A checkout beside shared data, on a machine that has only a few commands."""
    commands = tmp_path / "bin"
    commands.mkdir()
    for name in NEEDED:
        (commands / name).symlink_to(shutil.which(name))
    script = tmp_path / "kurs ü" / ".ci" / "run"
    script.parent.mkdir(parents=True)
    shutil.copy(SCRIPT, script)
    (tmp_path / "shared" / "data").mkdir(parents=True)
    add(commands, "make", 'echo "$PWD: make $* with data in $GAN_COURSE_DATA"; exit 3')
    return tmp_path


def add(commands, name, body):
    (commands / name).write_text(f"#!/usr/bin/env bash\n{body}\n")
    (commands / name).chmod(0o755)


def ci(machine, **variables):
    environment = {"PATH": str(machine / "bin"), **variables}
    return subprocess.run(
        [str(machine / "kurs ü" / ".ci" / "run")],
        env=environment,
        capture_output=True,
        text=True,
    )


def test_it_ends_with_make_test_and_its_status(machine):
    add(machine / "bin", "chromium", "true")
    answer = ci(machine)
    root, data = machine / "kurs ü", machine / "shared" / "data"
    assert (
        answer.stdout == f"{root}: make --no-print-directory test with data in {data}\n"
    )
    assert answer.stderr == ""
    assert answer.returncode == 3


def test_a_data_folder_that_is_already_named_is_kept(machine):
    add(machine / "bin", "chromium", "true")
    assert ci(machine, GAN_COURSE_DATA="/mine").stdout.endswith("data in /mine\n")


def test_without_a_browser_it_says_so_and_goes_on(machine):
    answer = ci(machine)
    assert "there is no apt-get" in answer.stderr
    assert "will count as skipped" in answer.stderr
    assert answer.returncode == 3


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0, reason="apt-get needs root"
)
def test_a_missing_browser_is_installed(machine):
    commands = machine / "bin"
    (commands / "touch").symlink_to(shutil.which("touch"))
    (commands / "chmod").symlink_to(shutil.which("chmod"))
    install = f'[ "$1" = update ] || {{ touch {commands}/chromium; '
    install += f"chmod +x {commands}/chromium; }}"
    add(commands, "apt-get", install)
    answer = ci(machine)
    assert "installing Chromium" in answer.stderr
    assert "skipped" not in answer.stderr
