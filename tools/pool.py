"""Run several things at once, in a way that an interrupt really ends."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor, wait
from typing import TypeVar

import psutil

Item = TypeVar("Item")
Result = TypeVar("Result")


def run_all(
    function: Callable[[Item], Result], items: Iterable[Item], jobs: int
) -> list[Result]:
    """Results of `function` for all items, in order; `jobs` of them run at once.

    An interrupt ends the kernels and other processes that this process started,
    drops what has not begun, and is raised again.
    """
    with ThreadPoolExecutor(jobs) as pool:
        futures = [pool.submit(function, item) for item in items]
        try:
            # Short waits: one without an end cannot be interrupted on Windows.
            while wait(futures, timeout=0.2).not_done:
                pass
        except KeyboardInterrupt:
            pool.shutdown(wait=False, cancel_futures=True)
            _end_children()
            raise
    return [future.result() for future in futures]


def _end_children() -> None:
    for process in psutil.Process().children(recursive=True):
        try:
            process.kill()
        except psutil.Error:  # it ended by itself
            continue
