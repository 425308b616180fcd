"""The set-up decides rightly, with pip, PATH and GPU replaced by fakes."""

import ast
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tools import bootstrap
from tools.bootstrap import Environment, SetupError

OLD = {"path": "/usr/bin/python3", "version": [3, 9, 2], "venv": True}
BARE = {"path": "/usr/bin/python3.12", "version": [3, 12, 3], "venv": False}
GOOD = {"path": sys.executable, "version": [3, 11, 7], "venv": True}
CONSTRAINTS = "numpy==2.4.6\ntorch==2.13.0\ntorchmetrics==1.9.0\n"


@pytest.fixture(autouse=True)
def no_settings(monkeypatch):
    for variable in ("PYTHON", "TORCH_WHEEL"):
        monkeypatch.delenv(variable, raising=False)


@pytest.fixture
def on_path(monkeypatch):
    """Decide which commands start which Python."""

    def decide(**pythons):
        monkeypatch.setattr(
            bootstrap, "probe", lambda name: pythons.get(name.replace(".", "_"))
        )

    return decide


@pytest.fixture
def checkout(tmp_path):
    """A checkout in a folder whose name has a space and a letter beyond ASCII."""
    root = tmp_path / "kurs ü test"
    root.mkdir()
    for name in ("pyproject.toml", "setup.py"):
        (root / name).write_text(name)
    (root / "constraints.txt").write_text(CONSTRAINTS)
    return root


@pytest.fixture
def machine(monkeypatch, checkout):
    """A Linux machine without a GPU, on which pip only writes down what it is asked."""
    asked = []
    known = {"python3.11", str(Environment(checkout).python)}
    monkeypatch.setattr(
        bootstrap, "probe", lambda name: GOOD if name in known else None
    )

    def make(command, **options):
        python = Environment(Path(command[-1]).parent).python
        python.parent.mkdir(parents=True)
        python.touch()
        return 0

    def pip(self, *arguments, silent=False):
        asked.append(arguments)
        return True

    monkeypatch.setattr(bootstrap.subprocess, "call", make)
    monkeypatch.setattr(bootstrap.platform, "system", lambda: "Linux")
    monkeypatch.setattr(bootstrap, "has_nvidia_gpu", lambda: False)
    monkeypatch.setattr(Environment, "pip", pip)
    monkeypatch.setattr(Environment, "torch_version", lambda self: "2.13.0+cpu")
    return asked


def test_it_can_be_read_by_an_old_python():
    text = Path(bootstrap.__file__).read_text(encoding="utf-8")
    ast.parse(text, feature_version=(3, 8))
    imported = {
        name.name.split(".")[0]
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Import)
        for name in node.names
    }
    assert imported <= set(sys.stdlib_module_names)


def test_the_newest_python_that_can_make_environments_is_taken(on_path):
    on_path(python3_12=BARE, python3_11=GOOD, python3=OLD)
    assert bootstrap.choose_python() == GOOD


def test_a_python_that_is_too_old_is_named_with_its_version(on_path):
    on_path(python3=OLD)
    with pytest.raises(
        SetupError, match=r"3\.11 or newer.*/usr/bin/python3 is 3\.9\.2"
    ):
        bootstrap.choose_python()


def test_a_python_without_venv_names_the_package_to_install(on_path):
    on_path(python3_12=BARE)
    with pytest.raises(SetupError, match=r"apt install python3\.12-venv"):
        bootstrap.choose_python()


def test_a_named_python_is_taken_even_if_another_would_do(on_path, monkeypatch):
    on_path(python3_11=GOOD, **{"/opt/python": OLD})
    monkeypatch.setenv("PYTHON", "/opt/python")
    with pytest.raises(SetupError, match=r"3\.9\.2"):
        bootstrap.choose_python()


def test_a_named_python_that_does_not_exist_is_named(monkeypatch):
    monkeypatch.setenv("PYTHON", "/no/such/python")
    with pytest.raises(SetupError, match=r"^/no/such/python cannot be started"):
        bootstrap.choose_python()


def test_a_command_that_fails_is_no_python(tmp_path):
    assert bootstrap.probe(str(tmp_path / "missing")) is None
    assert bootstrap.probe(sys.executable)["version"] == list(sys.version_info[:3])


@pytest.mark.parametrize(
    ("system", "gpu", "expected"),
    [
        ("Linux", False, ["torch==2.13.0+cpu", "torch==2.13.0+cpu"]),
        ("Linux", True, ["torch==2.13.0"]),
        ("Darwin", False, ["torch==2.13.0"]),
        ("Windows", False, ["torch==2.13.0"]),
    ],
)
def test_the_build_of_torch_fits_the_machine(monkeypatch, system, gpu, expected):
    monkeypatch.setattr(bootstrap.platform, "system", lambda: system)
    monkeypatch.setattr(bootstrap, "has_nvidia_gpu", lambda: gpu)
    attempts = bootstrap.torch_attempts("2.13.0")
    assert [attempt[0] for attempt in attempts] == expected
    own, *others = attempts
    assert own == own[:1], "the first attempt asks pip's own sources only"
    assert all(
        attempt[-2:] == ["--index-url", bootstrap.CPU_INDEX] for attempt in others
    )


def test_a_wheel_that_is_passed_is_taken_on_every_machine(monkeypatch):
    monkeypatch.setenv("TORCH_WHEEL", "/tmp/torch-2.13.0.whl")
    assert bootstrap.torch_attempts("2.13.0") == [["/tmp/torch-2.13.0.whl"]]


@pytest.mark.parametrize(
    ("listing", "expected"),
    [("GPU 0: NVIDIA L4 (UUID: x)", True), ("No devices found.", False), ("", False)],
)
def test_a_gpu_counts_only_when_the_driver_lists_it(monkeypatch, listing, expected):
    monkeypatch.setattr(bootstrap, "output_of", lambda *command: listing)
    assert bootstrap.has_nvidia_gpu() is expected


def test_torch_is_installed_first_and_then_pinned(checkout, machine, monkeypatch):
    answers = iter(["", "2.13.0+cpu"])
    monkeypatch.setattr(Environment, "torch_version", lambda self: next(answers))
    bootstrap.set_up(checkout, dev=False)
    assert machine[0] == ("--no-deps", "torch==2.13.0+cpu")
    assert machine[1][0] == "-c"
    assert machine[1][2:] == ("-e", ".[notebooks]")
    assert Path(machine[1][1]).read_text() == CONSTRAINTS.replace(
        "2.13.0", "2.13.0+cpu"
    )


def test_no_cpu_index_is_one_sentence_and_never_a_cuda_build(
    checkout, machine, monkeypatch
):
    asked = []

    def pip(self, *arguments, silent=False):
        asked.append(arguments)
        return False

    monkeypatch.setattr(Environment, "torch_version", lambda self: "")
    monkeypatch.setattr(Environment, "pip", pip)
    with pytest.raises(SetupError) as stopped:
        bootstrap.set_up(checkout, dev=False)
    sentence = str(stopped.value)
    assert bootstrap.CPU_INDEX in sentence
    assert "TORCH_WHEEL=" in sentence
    assert "\n" not in sentence
    assert all("torch==2.13.0+cpu" in arguments for arguments in asked)


def test_the_second_time_does_nothing(checkout, machine, monkeypatch):
    bootstrap.set_up(checkout, dev=False)
    machine.clear()
    monkeypatch.setattr(bootstrap, "choose_python", lambda: pytest.fail("not needed"))
    bootstrap.set_up(checkout, dev=False)
    assert machine == []


def test_test_tools_are_added_once_and_kept(checkout, machine):
    bootstrap.set_up(checkout, dev=False)
    (checkout / ".venv" / "kept").touch()
    bootstrap.set_up(checkout, dev=True)
    assert machine[-1][-1] == ".[dev,notebooks]"
    assert (checkout / ".venv" / "kept").exists()
    machine.clear()
    bootstrap.set_up(checkout, dev=False)
    assert machine == []


@pytest.mark.parametrize("name", ["pyproject.toml", "constraints.txt"])
def test_a_changed_list_of_packages_is_installed(checkout, machine, name):
    bootstrap.set_up(checkout, dev=True)
    machine.clear()
    with (checkout / name).open("a") as stream:
        stream.write("# changed\n")
    bootstrap.set_up(checkout, dev=False)
    assert machine[-1][-1] == ".[dev,notebooks]"


def test_an_interrupted_install_starts_over(checkout, machine, monkeypatch):
    def interrupted(self, *arguments, silent=False):
        raise KeyboardInterrupt

    working = Environment.pip
    monkeypatch.setattr(Environment, "pip", interrupted)
    with pytest.raises(KeyboardInterrupt):
        bootstrap.set_up(checkout, dev=False)
    half_written = checkout / ".venv" / "half-written"
    half_written.touch()
    monkeypatch.setattr(Environment, "pip", working)
    bootstrap.set_up(checkout, dev=False)
    assert not half_written.exists()
    assert not (checkout / ".venv.unfinished").exists()


def test_after_a_failed_download_the_rest_is_kept(checkout, machine, monkeypatch):
    working = Environment.pip
    monkeypatch.setattr(Environment, "pip", lambda self, *words, silent=False: False)
    with pytest.raises(SetupError, match="start again"):
        bootstrap.set_up(checkout, dev=False)
    kept = checkout / ".venv" / "kept"
    kept.touch()
    monkeypatch.setattr(Environment, "pip", working)
    bootstrap.set_up(checkout, dev=False)
    assert kept.exists()


def test_a_moved_checkout_gets_a_new_environment(checkout, machine, tmp_path):
    bootstrap.set_up(checkout, dev=False)
    moved = tmp_path / "elsewhere"
    checkout.rename(moved)
    (moved / ".venv" / "old").touch()
    bootstrap.set_up(moved, dev=False)
    assert not (moved / ".venv" / "old").exists()


def test_an_environment_of_someone_else_is_left_alone(checkout, machine):
    (checkout / ".venv").mkdir()
    (checkout / ".venv" / "theirs").touch()
    with pytest.raises(SetupError, match="was not made by this command"):
        bootstrap.set_up(checkout, dev=False)
    assert (checkout / ".venv" / "theirs").exists()


def test_from_the_command_line_the_sentence_goes_to_stderr(tmp_path):
    root = tmp_path / "kurs ü test"
    (root / "tools").mkdir(parents=True)
    for name in ("pyproject.toml", "setup.py", "constraints.txt", "tools/bootstrap.py"):
        shutil.copy(bootstrap.ROOT / name, root / name)
    answer = subprocess.run(
        [sys.executable, "tools/bootstrap.py"],
        cwd=root,
        env={**os.environ, "PYTHON": "/no/such/python"},
        capture_output=True,
        text=True,
    )
    assert answer.returncode == 1
    assert answer.stderr.count("\n") == 1
    assert "/no/such/python cannot be started" in answer.stderr


def test_the_note_is_readable(checkout, machine):
    bootstrap.set_up(checkout, dev=False)
    note = json.loads((checkout / ".venv" / "gan-course-setup.json").read_text())
    assert note["version"] == [3, 11, 7]
    assert note["root"] == str(checkout)
