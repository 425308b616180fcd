"""Fixtures of all tests: the same settings and random numbers on every machine."""

import signal

import matplotlib
import pytest
import torch

matplotlib.use("Agg")


@pytest.fixture(scope="session", autouse=True)
def cache_of_the_tests(tmp_path_factory):
    """Keep the user's own cache out of the tests, and their files out of it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GAN_COURSE_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(autouse=True)
def known_settings(monkeypatch):
    """Unset what a user may have set, and start from the same random numbers."""
    for name in ("DEVICE", "MARGINS", "NOTEBOOK", "SEED"):
        monkeypatch.delenv(f"GAN_COURSE_{name}", raising=False)
    torch.manual_seed(0)


def pytest_configure() -> None:
    """Let interrupts arrive: a shell's background job starts with them ignored."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
