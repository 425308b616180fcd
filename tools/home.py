"""Give Jupyter, IPython and Matplotlib a folder when the home folder is read-only."""

from __future__ import annotations

import os
from pathlib import Path

FOLDERS = {
    "IPYTHONDIR": "ipython",
    "JUPYTER_CONFIG_DIR": "jupyter-config",
    "JUPYTER_DATA_DIR": "jupyter-data",
    "JUPYTER_RUNTIME_DIR": "jupyter-runtime",
    "MPLCONFIGDIR": "matplotlib",
}


def is_writable(folder: Path) -> bool:
    """Whether files can be made in a folder; a missing folder is not writable."""
    return folder.is_dir() and os.access(folder, os.W_OK)


def use_writable_home(root: Path) -> None:
    """Point this process and those it starts to `build/home`, if that is needed.

    Variables that are already set stay as they are.
    """
    if is_writable(Path.home()):
        return
    for variable, name in FOLDERS.items():
        folder = root / "build" / "home" / name
        folder.mkdir(parents=True, exist_ok=True)
        os.environ.setdefault(variable, str(folder))
