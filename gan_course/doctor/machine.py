"""What the doctor finds about the machine: Python, packages, device, memory, disk."""

import os
import platform
import shutil
import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

from gan_course.doctor.finding import REINSTALL, Finding

if TYPE_CHECKING:
    import torch
    from packaging.requirements import Requirement

DISTRIBUTION = "gan-course"
OLDEST_PYTHON = (3, 11)
GIBIBYTE = 2**30
ENOUGH_MEMORY, ENOUGH_DISK = 2 * GIBIBYTE, 1 * GIBIBYTE
CGROUP_LIMITS = (
    Path("/sys/fs/cgroup/memory.max"),
    Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"),
)


def look_at_python() -> Iterator[Finding]:
    """Say which Python this is and on what system."""
    version = f"{platform.python_version()} on {platform.system()} {platform.machine()}"
    if sys.version_info < OLDEST_PYTHON:
        yield Finding("python", version, "broken", "install Python 3.11 or newer")
    else:
        yield Finding("python", version)


def look_at_packages() -> Iterator[Finding]:
    """Compare the installed packages with what the course asks for.

    Packages for the notebooks or for development are only notes when they are absent.
    """
    from packaging.requirements import Requirement

    try:
        wanted = [Requirement(line) for line in metadata.requires(DISTRIBUTION) or []]
    except metadata.PackageNotFoundError:
        yield Finding("gan-course", "not installed", "note", REINSTALL)
        wanted = [Requirement(name) for name in ("torch", "numpy", "matplotlib")]
        yield from _group("packages", wanted, state="broken")
        return
    yield Finding("gan-course", metadata.version(DISTRIBUTION))
    asked = set()
    for group, extra in {
        "packages": "",
        "notebooks": "notebooks",
        "tests": "dev",
    }.items():
        members = [item for item in wanted if _applies(item, extra)]
        new = [item for item in members if item.name not in asked]
        asked |= {item.name for item in new}
        yield from _group(group, new, state="note" if extra else "broken")


def _applies(requirement: "Requirement", extra: str) -> bool:
    marker = requirement.marker
    return marker is None or marker.evaluate({"extra": extra})


def _group(
    group: str, requirements: list["Requirement"], *, state: str
) -> Iterator[Finding]:
    """Name the versions of a group in one line, and each misfit in one of its own."""
    present, misfits = [], []
    for requirement in requirements:
        version = _version(requirement.name)
        if version:
            present.append(f"{requirement.name} {version}")
        if not version or not requirement.specifier.contains(version, prereleases=True):
            misfits.append(requirement)
    if state == "note" and len(misfits) == len(requirements):
        yield Finding(group, "not installed", "note", f"only for {group}: {REINSTALL}")
        return
    yield Finding(group, ", ".join(present))
    for requirement in misfits:
        found = _version(requirement.name) or "not installed"
        remedy = f"pip install '{requirement.name}{requirement.specifier}'"
        yield Finding(requirement.name, found, state, remedy)


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def look_at_device() -> Iterator[Finding]:
    """Say what computes, with how many threads, and whether it knows bfloat16."""
    import torch

    from gan_course.runtime import pick_device

    try:
        device = pick_device()
    except ValueError as error:
        yield Finding("device", os.environ["GAN_COURSE_DEVICE"], "broken", str(error))
        return
    if device.type == "cuda":
        name = torch.cuda.get_device_name(device)
    else:
        name = torch.backends.cpu.get_cpu_capability()
    yield Finding("device", f"{device} ({name})")
    yield Finding("threads", f"{torch.get_num_threads()} on {os.cpu_count()} cores")
    yield Finding("bf16", _bf16(device))


def _bf16(device: "torch.device") -> str:
    import torch

    if device.type == "cuda":
        fast = torch.cuda.is_bf16_supported(including_emulation=False)
    elif device.type == "cpu":
        # Not a public function, so it may be absent from another version of torch.
        ask = getattr(torch.ops.mkldnn, "_is_mkldnn_bf16_supported", None)
        fast = ask is not None and ask()
    else:
        return "not used on this device"
    return "supported" if fast else "no hardware support: float32 is faster"


def look_at_memory() -> Iterator[Finding]:
    """Say how much memory there is, and the limit of a container if that is lower."""
    total = memory()
    if total is None:
        yield Finding("memory", "unknown on this system")
    elif total < ENOUGH_MEMORY:
        remedy = "close other programs; a notebook needs up to 1.5 GiB"
        yield Finding("memory", gibibytes(total), "note", remedy)
    else:
        yield Finding("memory", gibibytes(total))


def memory() -> int | None:
    """Return the bytes of memory that this process may use at most."""
    sizes = [_physical_memory(), *map(_container_limit, CGROUP_LIMITS)]
    return min((size for size in sizes if size), default=None)


def _physical_memory() -> int | None:
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):
        pass  # Windows has no sysconf
    try:
        import psutil
    except ImportError:
        return None
    return psutil.virtual_memory().total


def _container_limit(file: Path) -> int | None:
    try:
        return int(file.read_text())
    except (OSError, ValueError):
        return None  # no container, or "max": no limit


def look_at_disk() -> Iterator[Finding]:
    """Say how much room there is where the command runs."""
    free = shutil.disk_usage(Path.cwd()).free
    if free < ENOUGH_DISK:
        remedy = "free at least 1 GiB, so that weights and pictures can be saved"
        yield Finding("free disk", gibibytes(free), "note", remedy)
    else:
        yield Finding("free disk", gibibytes(free))


def gibibytes(size: int) -> str:
    """Write a number of bytes in GiB, with one decimal."""
    return f"{size / GIBIBYTE:.1f} GiB"
