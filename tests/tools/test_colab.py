import importlib.metadata
import subprocess
import sys
from types import ModuleType, SimpleNamespace

import pytest

from tools.colab import Address, address
from tools.course import READER
from tools.editions import compose
from tools.source import read_source

HOME = Address("https://github.com/someone/course", "gan-course", ("torch", "tqdm"))


@pytest.fixture
def on_colab(monkeypatch):
    """Pretend to be on Colab; returns the list of pip's arguments."""
    packages = {"Torch": "2.8.0+cu126", "numpy": "2.0.2"}
    found = [
        SimpleNamespace(metadata={"Name": name}, version=version)
        for name, version in packages.items()
    ]
    commands = []
    monkeypatch.setitem(sys.modules, "google.colab", ModuleType("google.colab"))
    monkeypatch.setattr(importlib.metadata, "distributions", lambda: found)
    monkeypatch.setattr(
        subprocess, "run", lambda command, check: commands.append(command[4:])
    )
    return commands


def test_install_cell_adds_what_is_missing_and_keeps_torch_and_numpy(on_colab):
    exec(HOME.install_cell(), {})
    assert on_colab == [
        ["--quiet", "torch==2.8.0+cu126", "numpy==2.0.2", "tqdm"],
        ["--quiet", "--no-deps", "git+https://github.com/someone/course"],
    ]


def test_install_cell_does_nothing_elsewhere(monkeypatch):
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: pytest.fail("it ran pip"))
    exec(HOME.install_cell(), {})


def test_badges_open_this_very_file():
    badges = HOME.badges("notebooks/05_x.ipynb")
    assert "/github/someone/course/blob/main/notebooks/05_x.ipynb)" in badges
    assert "/gh/someone/course/HEAD?labpath=notebooks%2F05_x.ipynb)" in badges


def test_other_hosts_have_no_badges():
    assert Address("https://example.org/x", "gan-course", ()).badges("a.ipynb") == ""


def test_address_is_read_from_the_project(course):
    assert address(course.root) is None
    project = '[project]\nname = "gan-course"\ndependencies = ["Scikit_Learn>=1.4"]\n'
    (course.root / "pyproject.toml").write_text(project)
    assert address(course.root) is None
    urls = '[project.urls]\nRepository = "https://github.com/someone/course"\n'
    (course.root / "pyproject.toml").write_text(project + urls)
    assert address(course.root).needed == ("scikit-learn",)
    source = read_source(course.source_path("01_go_on"))
    cells = compose(course, source, READER).cells
    assert "[![Open in Colab](" in cells[0].source
    assert cells[1].id == "install"
    compile(cells[1].source, "install", "exec")
    assert max(map(len, cells[1].source.splitlines())) <= 88
