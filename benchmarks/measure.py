"""Seconds, operations, memory and shares of time of a training loop."""

import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import torch
from torch.autograd.profiler_util import FunctionEvent
from torch.profiler import ProfilerActivity, profile
from torch.utils.flop_counter import FlopCounterMode

from benchmarks.cases import Loop
from tools.memory import PeakMemory

MATRIX_SIZE = 2048
BATCHES = 20  # fetched to time the data alone
KINDS = ("matrix products", "other operations", "optimiser", "data", "between")


class Memory(NamedTuple):
    """Resident memory of a process in units of 1,000,000 bytes.

    Attributes:
        before: with all images and networks, before the first step.
        peak: the most while training.
    """

    before: int
    peak: int


def matrix_rate(dtype: torch.dtype) -> float:
    """Return operations per second of a matrix product, the better of two."""
    left, right = torch.rand(2, MATRIX_SIZE, MATRIX_SIZE).to(dtype)
    seconds = []
    for _ in range(2):
        start = time.perf_counter()
        left @ right
        seconds.append(time.perf_counter() - start)
    return 2 * MATRIX_SIZE**3 / min(seconds)


def timed_rounds(
    loops: Mapping[str, Loop], *, rounds: int, steps: int
) -> dict[str, list[float]]:
    """Return the seconds of a step, by loop and round.

    In each round every loop trains for a stretch, another one first each time, after a
    step that is not timed. What disturbs the machine then disturbs all of them.
    """
    for loop in loops.values():
        loop.train(2)
    seconds: dict[str, list[float]] = {name: [] for name in loops}
    names = list(loops)
    for number in range(rounds):
        first = number % len(names)
        for name in names[first:] + names[:first]:
            loops[name].train(1)
            start = time.perf_counter()
            loops[name].train(steps)
            seconds[name].append((time.perf_counter() - start) / steps)
    return seconds


def operations(loop: Loop) -> int:
    """Return the floating-point operations of a step's products and convolutions."""
    with FlopCounterMode(display=False) as counter:
        loop.train(1)
    return counter.get_total_flops()


def memory(case: str, loop: str, steps: int = 5) -> Memory:
    """Train for some steps in a process of its own and return its memory."""
    module = [sys.executable, "-m", "benchmarks.alone"]
    return watched([*module, case, loop, str(steps)])


def watched(command: Sequence[str]) -> Memory:
    """Run a program that prints its resident bytes once, and return its memory.

    Raises:
        RuntimeError: it failed.
    """
    with (
        subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process,
        PeakMemory(lambda: process.pid, every_seconds=0.02) as seen,
    ):
        printed, _ = process.communicate()
    if process.returncode:
        raise RuntimeError(f"{' '.join(command)} ended with {process.returncode}.")
    before = round(int(printed) / 1e6)
    return Memory(before, max(before, seen.megabytes))


def shares(loop: Loop, steps: int) -> dict[str, float]:
    """Return what part of a step's time goes where, by `KINDS`.

    "Between" is Python and PyTorch's own book-keeping, when no operation runs. Data is
    timed apart and taken from the other operations, where the profiler counts it.
    """
    os.environ.setdefault("KINETO_LOG_LEVEL", "99")  # the profiler announces itself
    start = time.perf_counter()
    for _ in range(BATCHES):
        loop.next_batch()
    data = (time.perf_counter() - start) / BATCHES
    with profile(activities=[ProfilerActivity.CPU]) as recorded:
        start = time.perf_counter()
        loop.train(steps)
        total = time.perf_counter() - start
    parts = _self_seconds(recorded.events())
    known = parts["matrix products"] + parts["optimiser"]
    between = max(total - sum(parts.values()), 0.0)
    parts |= {"data": data * steps, "between": between}
    parts["other operations"] = max(total - known - between - parts["data"], 0.0)
    return {kind: parts[kind] / total for kind in KINDS}


def _self_seconds(events: Sequence[FunctionEvent]) -> dict[str, float]:
    seconds = {"matrix products": 0.0, "other operations": 0.0, "optimiser": 0.0}
    for event in events:
        seconds[_kind(event)] += event.self_cpu_time_total / 1e6
    return seconds


def _kind(event: FunctionEvent) -> str:
    above: FunctionEvent | None = event
    while above is not None:
        if above.name.startswith("Optimizer."):
            return "optimiser"
        above = above.cpu_parent
    product = event.name.endswith("mm") or "convolution" in event.name
    return "matrix products" if product else "other operations"
