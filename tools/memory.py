"""Measure the peak memory of processes that run elsewhere."""

from __future__ import annotations

import threading
from collections.abc import Callable

import psutil


class PeakMemory:
    """Samples the resident memory of some processes until the block ends.

    `pid` is asked at every sample and may say None (not started yet). Counted is
    that process (unless `itself` is False) and everything that it started. Pages
    that processes share count once for each, so the sum is an upper bound.
    """

    def __init__(
        self,
        pid: Callable[[], int | None],
        *,
        itself: bool = True,
        every_seconds: float = 0.1,
    ) -> None:
        self.peak_bytes = 0
        self._pid = pid
        self._itself = itself
        self._every = every_seconds
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    @property
    def megabytes(self) -> int:
        """The peak so far, in units of 1,000,000 bytes."""
        return round(self.peak_bytes / 1e6)

    def __enter__(self) -> PeakMemory:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stop.wait(self._every):
            pid = self._pid()
            if pid is not None:
                self.peak_bytes = max(self.peak_bytes, self._resident(pid))

    def _resident(self, pid: int) -> int:
        try:
            root = psutil.Process(pid)
            family = root.children(recursive=True) + ([root] if self._itself else [])
        except psutil.Error:
            return 0
        return sum(_bytes(process) for process in family)


def _bytes(process: psutil.Process) -> int:
    try:
        return process.memory_info().rss
    except psutil.Error:  # it ended between the two calls
        return 0
