"""A read-only home folder gets a stand-in; a writable one is used."""

import os

import pytest

from tools import home


@pytest.fixture(autouse=True)
def own_variables(monkeypatch):
    for variable in home.FOLDERS:
        monkeypatch.setenv(variable, "")
        monkeypatch.delenv(variable)


def test_a_writable_home_is_used(tmp_path, monkeypatch):
    monkeypatch.setattr(home.Path, "home", lambda: tmp_path)
    home.use_writable_home(tmp_path / "root")
    assert not set(home.FOLDERS) & set(os.environ)


def test_instead_of_a_read_only_home_the_checkout_is_used(tmp_path, monkeypatch):
    monkeypatch.setattr(home, "is_writable", lambda folder: False)
    monkeypatch.setenv("MPLCONFIGDIR", "/mine")
    home.use_writable_home(tmp_path)
    assert os.environ["MPLCONFIGDIR"] == "/mine"
    runtime = tmp_path / "build" / "home" / "jupyter-runtime"
    assert os.environ["JUPYTER_RUNTIME_DIR"] == str(runtime)
    assert runtime.is_dir()


def test_a_missing_home_is_not_writable(tmp_path):
    assert home.is_writable(tmp_path)
    assert not home.is_writable(tmp_path / "missing")
