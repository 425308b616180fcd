"""Open the course: JupyterLab on `work/`, with this Python as its kernel.

`python -m tools.lab` takes every option of `jupyter lab`.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from jupyterlab.labapp import LabApp

from tools.course import Stop, this_course
from tools.home import use_writable_home
from tools.workspace import fill_workspace

# JupyterLab would look for a newer version of itself at every start.
OFFLINE = "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate"


def serve(folder: Path, arguments: list[str]) -> None:
    """Run JupyterLab on a folder until the reader ends it; it asks for its token."""
    as_root = hasattr(os, "geteuid") and os.geteuid() == 0  # as in most containers
    os.chdir(folder)
    root = ["--allow-root"] if as_root else []
    LabApp.launch_instance([*root, OFFLINE, *arguments])


def main(arguments: list[str]) -> int:
    """Fill `work/` and serve it."""
    use_writable_home(this_course().root)
    try:
        work = fill_workspace()
    except Stop as trouble:
        print(trouble, file=sys.stderr)
        return 1
    serve(work, arguments)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
