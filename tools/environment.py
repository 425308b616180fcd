"""The environment variables a notebook's kernel gets."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

GUARD = Path(__file__).parent / "kernel_guard"
OTHER_CPU = {
    "ATEN_CPU_CAPABILITY": "default",
    "ONEDNN_MAX_CPU_ISA": "AVX2",
    "OMP_NUM_THREADS": "1",
    "GAN_COURSE_DEVICE": "cpu",
}


def kernel_environment(root: Path, *, other_cpu: bool = False) -> dict[str, str]:
    """Overlay for a kernel: the network blocked, `gan_course` taken from `root`.

    A seed or a margins file set by the person who runs it does not reach the
    notebook. `other_cpu` computes as a machine of another type would: plain vector
    instructions, one thread.
    """
    known = os.environ.get("PYTHONPATH", "")
    path = os.pathsep.join([str(GUARD), str(root), *([known] if known else [])])
    overlay = {"PYTHONPATH": path, "GAN_COURSE_SEED": "0"}
    if "GAN_COURSE_MARGINS" in os.environ:
        overlay["GAN_COURSE_MARGINS"] = os.devnull
    return overlay | (OTHER_CPU if other_cpu else {})


@contextmanager
def whole_environment(overlay: Mapping[str, str]) -> Iterator[dict[str, str]]:
    """Our own environment and `overlay`, without the user's IPython start-up files."""
    with TemporaryDirectory(prefix="ipython-", ignore_cleanup_errors=True) as folder:
        yield {**os.environ, "IPYTHONDIR": folder, **overlay}
