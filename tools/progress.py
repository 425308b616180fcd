"""Say what is running: one line that is overwritten, or plain lines in a log."""

from __future__ import annotations

import shutil
import sys
import threading
import time
from dataclasses import dataclass, field
from typing import TextIO


@dataclass
class _Task:
    began: float
    step: str = "starting"


@dataclass
class Progress:
    """Live lines for tasks that run now, and one lasting line for each that ended.

    On a terminal the live line is overwritten every second; elsewhere a plain line
    follows at most every `log_seconds`. Safe to use from several threads.
    """

    stream: TextIO = field(default_factory=lambda: sys.stdout)
    log_seconds: float = 10.0

    def __post_init__(self) -> None:
        self._live = self.stream.isatty()
        self._tasks: dict[str, _Task] = {}
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Progress:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
        with self._lock:
            self._clear()

    def start(self, label: str) -> None:
        """Begin a task; its name stands in front of what it does."""
        with self._lock:
            self._tasks[label] = _Task(time.monotonic())
            if not self._live:
                self._print(f"{label}: starting")

    def cell(self, label: str, number: int, total: int) -> None:
        """A task now executes code cell `number` of `total` (counted from 1)."""
        with self._lock:
            self._tasks[label].step = f"cell {number} of {total}"
            if self._live:
                self._draw()

    def end(self, label: str, text: str, details: str = "") -> None:
        """A task has ended: leave one line that says how, and `details` below it."""
        with self._lock:
            seconds = time.monotonic() - self._tasks.pop(label).began
            self._clear()
            self._print(f"{label}: {text} ({seconds:.0f} s){details}")

    def _run(self) -> None:
        while not self._stop.wait(1.0 if self._live else self.log_seconds):
            with self._lock:
                self._draw()

    def _draw(self) -> None:
        now = time.monotonic()
        parts = [
            f"{label}: {task.step}, {now - task.began:.0f} s"
            for label, task in self._tasks.items()
        ]
        if not parts:
            return
        if not self._live:
            self._print("\n".join(parts))
            return
        width = shutil.get_terminal_size().columns - 1
        self.stream.write("\r" + " | ".join(parts)[:width].ljust(width))
        self.stream.flush()

    def _clear(self) -> None:
        if self._live:
            width = shutil.get_terminal_size().columns - 1
            self.stream.write("\r" + " " * width + "\r")
            self.stream.flush()

    def _print(self, text: str) -> None:
        self.stream.write(text + "\n")
        self.stream.flush()
