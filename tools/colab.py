"""Badges and the install cell: made only when the project has an address."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from textwrap import fill

GITHUB = re.compile(r"https://github\.com/(?P<slug>[\w.-]+/[\w.-]+?)(\.git)?/?")
COLAB_IMAGE = "https://colab.research.google.com/assets/colab-badge.svg"
BINDER_IMAGE = "https://mybinder.org/badge_logo.svg"

INSTALL = """\
# Google Colab only: add missing packages, never replace torch or numpy.
import sys

if "google.colab" in sys.modules:
    import importlib.metadata
    import re
    import subprocess

    found = {{
        re.sub("[-_.]+", "-", package.metadata["Name"]).lower(): package.version
        for package in importlib.metadata.distributions()
    }}
    keep = [f"{{n}}=={{found[n]}}" for n in ("torch", "numpy") if n in found]
    needed = [
{needed}
    ]
    missing = [name for name in needed if name not in found]
    pip = [sys.executable, "-m", "pip", "install", "--quiet"]
    if missing:
        subprocess.run([*pip, *keep, *missing], check=True)
    if "{package}" not in found:
        source = "git+{repository}"
        subprocess.run([*pip, "--no-deps", source], check=True)\
"""


@dataclass(frozen=True)
class Address:
    """Where the project lives: what badges and the install cell need to know."""

    repository: str
    package: str
    needed: tuple[str, ...]

    def badges(self, path: str) -> str:
        """Badges that open the file `path` on Colab and Binder (GitHub only)."""
        match = GITHUB.fullmatch(self.repository)
        if not match:
            return ""
        colab = f"https://colab.research.google.com/github/{match['slug']}/blob/main"
        binder = f"https://mybinder.org/v2/gh/{match['slug']}/HEAD?labpath="
        return (
            f"[![Open in Colab]({COLAB_IMAGE})]({colab}/{path}) "
            f"[![Open in Binder]({BINDER_IMAGE})]({binder}{path.replace('/', '%2F')})"
        )

    def install_cell(self) -> str:
        """Code that does nothing anywhere but on Colab."""
        indent = " " * 8
        names = fill(
            ", ".join(f'"{name}"' for name in self.needed) + ",",
            width=88,
            initial_indent=indent,
            subsequent_indent=indent,
            break_on_hyphens=False,
        )
        return INSTALL.format(
            needed=names, package=self.package, repository=self.repository
        )


def address(root: Path) -> Address | None:
    """The address under `[project.urls] Repository`; None without one."""
    path = root / "pyproject.toml"
    if not path.exists():
        return None
    project = tomllib.loads(path.read_text(encoding="utf-8")).get("project", {})
    repository = project.get("urls", {}).get("Repository")
    if not repository:
        return None
    names = (re.match(r"[\w.-]+", line)[0] for line in project.get("dependencies", []))
    needed = tuple(re.sub("[-_.]+", "-", name).lower() for name in names)
    return Address(repository, project["name"], needed)
