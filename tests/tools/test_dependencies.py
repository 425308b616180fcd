from pathlib import Path

import pytest
from nbformat.v4 import new_code_cell

from tools.dependencies import dependencies, dependencies_sha256

FILES = {
    "gan_course/__init__.py": "",
    "gan_course/plots.py": "from .runtime import device\n",
    "gan_course/runtime.py": "def device():\n    import gan_course.files\n",
    "gan_course/files.py": 'ATLAS = "glyph_atlas.png"\n',
    "gan_course/datasets/__init__.py": "from . import glyphs\n",
    "gan_course/datasets/glyphs.py": "from .. import files\n",
    "gan_course/unused.py": "",
    "data/glyph_atlas.png": "",
    "data/judge.safetensors": "",
    "data/photos/cat.png": "",
    "data/README.md": "",
}
FILES_OF_ALL = {"gan_course/__init__.py", "gan_course/files.py", "data/glyph_atlas.png"}


@pytest.fixture
def root(tmp_path):
    for path, text in FILES.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    return tmp_path


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("import math", set()),
        ("import gan_course.files", FILES_OF_ALL),
        (
            "%matplotlib inline\nfrom gan_course import plots",
            FILES_OF_ALL | {"gan_course/plots.py", "gan_course/runtime.py"},
        ),
        (
            "from gan_course.datasets import load",
            FILES_OF_ALL
            | {"gan_course/datasets/__init__.py", "gan_course/datasets/glyphs.py"},
        ),
        ('load("judge")', {"data/judge.safetensors"}),
        ('load("photos/")', {"data/photos/cat.png"}),
    ],
)
def test_closure(root, code, expected):
    found = dependencies(root, [new_code_cell(code)])
    assert {path.as_posix() for path in found} == expected


def test_hash_follows_contents_and_ignores_line_endings(root):
    cells = [new_code_cell("import gan_course.runtime")]
    first = dependencies_sha256(root, cells)
    path = Path(root / "gan_course/runtime.py")
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert dependencies_sha256(root, cells) == first
    path.write_text(path.read_text() + "x = 1\n")
    assert dependencies_sha256(root, cells) != first
