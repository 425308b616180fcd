"""Make `.venv` and install the course into it, with the published versions.

Standard library only. It can be started by any Python from 3.8 on, looks for the
newest suitable one itself, and does nothing when `.venv` is already up to date.
PYTHON names the Python to use; TORCH_WHEEL names a PyTorch wheel (a file or an
address) to install instead of the one that is chosen for this machine.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OLDEST = (3, 11)
KNOWN = ("python3.14", "python3.13", "python3.12", "python3.11", "python3", "python")
CPU_INDEX = "https://download.pytorch.org/whl/cpu"
PROBE = """
import importlib.util, json, sys
print(json.dumps({
    "path": sys.executable,
    "version": list(sys.version_info[:3]),
    "venv": all(map(importlib.util.find_spec, ("venv", "ensurepip"))),
}))
"""


class SetupError(Exception):
    """What is missing and what to do about it, in one sentence."""


def output_of(*command: str) -> str:
    """What a command prints; nothing when it cannot be run or fails."""
    try:
        answer = subprocess.run(command, capture_output=True, text=True, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return answer.stdout.strip() if answer.returncode == 0 else ""


def probe(command: str) -> dict | None:
    """Path, version and venv of the Python that `command` starts; None if it fails."""
    answer = output_of(command, "-c", PROBE)
    return json.loads(answer) if answer else None


def choose_python() -> dict:
    """The Python that $PYTHON names, or else the newest suitable one on the PATH."""
    named = os.environ.get("PYTHON", "").strip()
    names = [named] if named else list(KNOWN)
    if os.name == "nt" and not named:  # there, no python3.x lies on the PATH
        names.insert(0, sys.executable)
    found = [python for python in map(probe, names) if python]
    if not found:
        raise SetupError(
            f"{named or 'python3'} cannot be started: install Python 3.11 or newer, "
            "or name one, as in PYTHON=/path/to/python3.12."
        )
    recent = [python for python in found if tuple(python["version"]) >= OLDEST]
    if not recent:
        best = max(found, key=lambda python: python["version"])
        raise SetupError(
            f"The course needs Python 3.11 or newer, and {best['path']} is "
            f"{dotted(best['version'])}: install a newer one, or name it, as in "
            "PYTHON=/path/to/python3.12."
        )
    complete = [python for python in recent if python["venv"]]
    if not complete:
        raise SetupError(venv_missing(recent[0]))
    return complete[0]


def venv_missing(python: dict) -> str:
    """The sentence for a Python that cannot make virtual environments."""
    package = "python{}.{}-venv".format(*python["version"])
    return (
        f"{python['path']} has no venv and ensurepip, which make virtual "
        f"environments: on Debian and Ubuntu install them with `sudo apt install "
        f"{package}`, elsewhere take Python from https://www.python.org/downloads/."
    )


def dotted(version: list) -> str:
    """A version as people write it: [3, 11, 7] is 3.11.7."""
    return ".".join(map(str, version))


def has_nvidia_gpu() -> bool:
    """Whether the NVIDIA driver lists at least one GPU."""
    return "GPU " in output_of("nvidia-smi", "-L")


def torch_attempts(version: str) -> list[list[str]]:
    """What to ask pip for, one after the other, until PyTorch is installed.

    On Linux, PyPI's build brings gigabytes of CUDA along; a machine without an NVIDIA
    GPU gets the CPU build: from pip's own sources (a local wheel, a mirror) if one of
    them has it, else from PyTorch's index. Elsewhere PyPI's build is the CPU build.
    """
    wheel = os.environ.get("TORCH_WHEEL", "").strip()
    if wheel:
        return [[wheel]]
    if platform.system() != "Linux" or has_nvidia_gpu():
        return [[f"torch=={version}"]]
    build = f"torch=={version}+cpu"
    return [[build], [build, "--retries", "1", "--index-url", CPU_INDEX]]


class Environment:
    """The virtual environment of one checkout."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.folder = root / ".venv"
        self.stamp = self.folder / "gan-course-setup.json"
        self.unfinished = root / ".venv.unfinished"
        scripts = "Scripts/python.exe" if os.name == "nt" else "bin/python"
        self.python = self.folder / scripts

    def fingerprint(self) -> str:
        """A hash of everything that decides what gets installed."""
        digest = hashlib.sha256(str(self.root).encode())
        for name in ("pyproject.toml", "setup.py", "constraints.txt"):
            digest.update((self.root / name).read_bytes())
        digest.update(os.environ.get("TORCH_WHEEL", "").encode())
        return digest.hexdigest()

    def noted(self) -> dict | None:
        """What the last set-up noted down; None when `.venv` is not the course's."""
        try:
            return json.loads(self.stamp.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None

    def note(self, python: dict, extras: list[str], fingerprint: str) -> None:
        """Note down what `.venv` holds."""
        content = {"fingerprint": fingerprint, "extras": extras}
        content.update(root=str(self.root), version=python["version"])
        self.stamp.write_text(json.dumps(content), encoding="utf-8")

    def is_current(self, extras: list[str], version: list | None) -> bool:
        """Whether nothing is left to do for these extras (and this Python)."""
        noted = self.noted()
        return (
            noted is not None
            and not self.unfinished.exists()
            and self.python.exists()
            and noted["fingerprint"] == self.fingerprint()
            and set(extras) <= set(noted["extras"])
            and version in (None, noted["version"])
        )

    def can_be_kept(self, python: dict) -> bool:
        """Whether what lies in `.venv` can be completed instead of made anew."""
        noted = self.noted()
        if self.unfinished.exists() or not self.python.exists():
            return False
        if noted is None or noted["root"] != str(self.root):
            return False  # a moved one: its scripts point to the old place
        return noted["version"] == python["version"] and bool(probe(str(self.python)))

    def make(self, python: dict) -> None:
        """Make an empty environment, in place of an unusable one of the course's."""
        if self.folder.exists():
            if not (self.stamp.exists() or self.unfinished.exists()):
                raise SetupError(
                    f"{self.folder} exists and was not made by this command: move "
                    "it away or delete it, then try again."
                )
            self.unfinished.touch()
            shutil.rmtree(self.folder)
        self.unfinished.touch()
        print(f"Making .venv with Python {dotted(python['version'])}", flush=True)
        if subprocess.call([python["path"], "-m", "venv", str(self.folder)]):
            raise SetupError(venv_missing(python))
        self.note(python, extras=[], fingerprint="")

    def pip(self, *arguments: str, silent: bool = False) -> bool:
        """Run `pip install` in the environment; True when it succeeded."""
        command = [str(self.python), "-m", "pip", "--disable-pip-version-check"]
        variables = {**os.environ, "PIP_USER": "0"}  # a pip.conf may say `user = true`
        shown = subprocess.DEVNULL if silent else None
        command += ["install", *arguments]
        return not subprocess.call(
            command, cwd=self.root, env=variables, stdout=shown, stderr=shown
        )

    def torch_version(self) -> str:
        """The version of PyTorch in the environment, as 2.13.0+cpu; "" without it."""
        program = "from importlib.metadata import version; print(version('torch'))"
        return output_of(str(self.python), "-c", program)


def published_torch(constraints: str) -> str:
    """The version of PyTorch that the published outputs were made with."""
    return re.search(r"^torch==([\w.]+)", constraints, flags=re.MULTILINE).group(1)


def install_torch(environment: Environment, version: str) -> str:
    """Install PyTorch unless the wanted build is there; returns its full version."""
    attempts = torch_attempts(version)
    present = environment.torch_version()
    if present and f"torch=={present}" == attempts[0][0]:
        return present
    print(f"Installing PyTorch: {attempts[0][0]}", flush=True)
    for number, attempt in enumerate(attempts, start=1):
        silent = number < len(attempts)  # a failure is the next attempt's turn
        if environment.pip("--no-deps", *attempt, silent=silent):
            return environment.torch_version()
    version = dotted(environment.noted()["version"])
    raise SetupError(torch_missing(attempts[0][0], version))


def torch_missing(wanted: str, python: str) -> str:
    """The sentence for a PyTorch that could not be had from anywhere."""
    index = f" or {CPU_INDEX}" if wanted.endswith("+cpu") else ""
    return (
        f"{wanted} for Python {python} could not be had from pip's own sources{index}: "
        "connect this machine to the internet, pass a wheel, as in "
        "TORCH_WHEEL=/path/to/torch.whl, or name a Python that there is a wheel for, "
        "as in PYTHON=python3.11, and start again."
    )


def install(environment: Environment, extras: list[str]) -> str:
    """Install PyTorch first, then the rest such that PyTorch stays as it is."""
    constraints = (environment.root / "constraints.txt").read_text(encoding="utf-8")
    torch = install_torch(environment, published_torch(constraints))
    pinned = re.sub(r"(?m)^torch==.*$", f"torch=={torch}", constraints)
    own = environment.folder / "constraints.txt"
    own.write_text(pinned, encoding="utf-8")
    print("Installing the course and what it needs", flush=True)
    if not environment.pip("-c", str(own), "-e", f".[{','.join(extras)}]"):
        raise SetupError(
            "Not everything could be installed (pip says why above): check the "
            "connection to the internet and start again; what is done is kept."
        )
    return torch


def set_up(root: Path, dev: bool) -> None:
    """Bring `.venv` up to date; quick when it is."""
    environment = Environment(root)
    named = os.environ.get("PYTHON", "").strip()
    python = choose_python() if named else None
    extras = ["notebooks", "dev"] if dev else ["notebooks"]
    if environment.is_current(extras, python and python["version"]):
        return
    began = time.monotonic()
    python = python or choose_python()
    if not environment.can_be_kept(python):
        environment.make(python)
    extras = sorted({*extras, *environment.noted()["extras"]})
    environment.unfinished.touch()
    try:
        torch = install(environment, extras)
    except SetupError:
        environment.unfinished.unlink()  # pip stopped by itself: nothing is half done
        raise
    environment.note(python, extras, environment.fingerprint())
    environment.unfinished.unlink()
    print(
        f"The course is set up in .venv: Python {dotted(python['version'])}, PyTorch "
        f"{torch} ({time.monotonic() - began:.0f} s).",
        flush=True,
    )


def main(arguments: list[str] | None = None) -> int:
    """Run the set-up; one sentence on stderr when it cannot be done."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--dev", action="store_true", help="also install test tools")
    options = parser.parse_args(arguments)
    try:
        set_up(ROOT, options.dev)
    except SetupError as trouble:
        print(f"The course is not set up. {trouble}", file=sys.stderr)
        return 1
    except OSError as trouble:
        remedy = "make room, or give this user the right to write there"
        print(f"The course is not set up. {trouble}: {remedy}.", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nInterrupted: the same command starts over.", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
