"""What the cells of a notebook define; a test module names its notebook in NAME."""

import pytest

from tests.notebook_source import definitions


@pytest.fixture(scope="module")
def taught(request):
    """The functions and classes that the reader is shown."""
    return definitions(request.module.NAME)


@pytest.fixture(scope="module")
def solutions(request):
    """The solutions of the exercises."""
    return definitions(request.module.NAME, tag="solution")


@pytest.fixture(scope="module")
def stubs(request):
    """What the reader is to fill in."""
    return definitions(request.module.NAME, tag="stub")
