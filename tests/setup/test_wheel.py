"""An installed package brings its data along."""

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUILD = "from setuptools.build_meta import build_wheel; build_wheel('dist')"


def below(folder):
    return {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


def test_the_wheel_holds_every_module_and_all_data(tmp_path):
    for name in ("pyproject.toml", "setup.py", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, tmp_path)
    for name in ("gan_course", "data"):
        shutil.copytree(ROOT / name, tmp_path / name)
    subprocess.run(
        [sys.executable, "-c", BUILD], cwd=tmp_path, check=True, capture_output=True
    )
    (wheel,) = (tmp_path / "dist").glob("*.whl")
    held = set(zipfile.ZipFile(wheel).namelist())
    assert {f"gan_course/{name}" for name in below(ROOT / "gan_course")} <= held
    assert {f"gan_course/_data/{name}" for name in below(ROOT / "data")} <= held
    assert not [name for name in held if name.startswith(("tools/", "tests/"))]
