"""Run several things at once, in a way that an interrupt really ends."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
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
        try:
            return list(pool.map(function, items))
        except KeyboardInterrupt:
            pool.shutdown(wait=False, cancel_futures=True)
            _end_children()
            raise


def _end_children() -> None:
    for process in psutil.Process().children(recursive=True):
        try:
            process.kill()
        except psutil.Error:  # it ended by itself
            continue
