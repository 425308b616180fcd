"""Stop a training between two steps, never within one."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def held_interrupts() -> Iterator[Callable[[], None]]:
    """Hold a keyboard interrupt back until the caller has finished its step.

    A second interrupt, of somebody who will not wait, is raised at once. Where no
    interrupt can arrive (another thread) or somebody else handles it, nothing changes.

    Yields:
        A function to call between steps; it raises KeyboardInterrupt if one is held.
    """
    held: list[int] = []

    def hold(number: int, frame: FrameType | None) -> None:
        if held:
            raise KeyboardInterrupt
        held.append(number)

    def release() -> None:
        if held:
            raise KeyboardInterrupt

    if not _python_handles_interrupts():
        yield release
        return
    previous = signal.signal(signal.SIGINT, hold)
    try:
        yield release
    finally:
        signal.signal(signal.SIGINT, previous)


def _python_handles_interrupts() -> bool:
    main = threading.current_thread() is threading.main_thread()
    return main and signal.getsignal(signal.SIGINT) is signal.default_int_handler
