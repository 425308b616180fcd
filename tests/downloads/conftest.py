"""A server with one file, and where its download goes."""

import os

import pytest

import gan_course.datasets.download as module
from tests import file_server
from tests.downloading import CONTENT, NAME


@pytest.fixture(autouse=True)
def _short_pauses_and_no_proxy(monkeypatch):
    monkeypatch.setattr(module, "PAUSE", 0.01)
    for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)


@pytest.fixture
def server():
    with file_server.running() as server:
        server.files[NAME] = CONTENT
        yield server


@pytest.fixture
def path(tmp_path):
    return tmp_path / "new folder" / NAME
