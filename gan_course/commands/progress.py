"""How a training goes on: a bar on a terminal, elsewhere a line now and then."""

import sys
import time
from types import TracebackType
from typing import TextIO

from tqdm import tqdm

from gan_course.training import Trainer

REFRESH = 0.5  # seconds between two refreshes of the bar
LINES = 10  # of a whole training, where there is no terminal


class Progress:
    """Shows images seen, images per second and the losses; a callback of a trainer.

        with Progress(until=64_000) as progress:
            trainer.train(until=64_000, callbacks=[progress])

    Args:
        until: images seen at the end.
        stream: where it is shown; standard error, if not given.
        hidden: show nothing.
    """

    def __init__(
        self, until: int, *, stream: TextIO | None = None, hidden: bool = False
    ) -> None:
        self.until, self.hidden = until, hidden
        self.stream = stream or sys.stderr
        self._bar: tqdm | None = None
        self._began = self._shown = 0  # images seen at the start, and at the last line
        self._start = self._due = time.perf_counter()

    def __enter__(self) -> "Progress":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._bar is not None:
            self._bar.close()

    def __call__(self, trainer: Trainer) -> None:
        """Take note of a step that the trainer has just done."""
        if self.hidden:
            return
        if self._shown == 0:
            self._begin(trainer)
        if self.stream.isatty():
            self._refresh(trainer)
        elif self._line_is_due(trainer.images_seen):
            print(self._line(trainer), file=self.stream, flush=True)
            self._shown = trainer.images_seen

    def _begin(self, trainer: Trainer) -> None:
        self._began = trainer.images_seen - trainer.images_per_step
        self._shown = trainer.images_seen
        self._start = time.perf_counter()

    def _refresh(self, trainer: Trainer) -> None:
        now = time.perf_counter()
        if now < self._due and trainer.images_seen < self.until:
            return
        self._due = now + REFRESH
        if self._bar is None:
            self._bar = tqdm(
                total=self.until,
                initial=self._began,
                unit=" images",
                unit_scale=True,
                dynamic_ncols=True,
                file=self.stream,
            )
        self._bar.set_postfix_str(_losses(trainer), refresh=False)
        self._bar.update(min(trainer.images_seen, self.until) - self._bar.n)
        self._bar.refresh()

    def _line_is_due(self, images_seen: int) -> bool:
        part = self.until / LINES
        return images_seen // part > self._shown // part or images_seen >= self.until

    def _line(self, trainer: Trainer) -> str:
        elapsed = time.perf_counter() - self._start
        # The first step was done before the clock started.
        done = trainer.images_seen - self._began - trainer.images_per_step
        speed = f", {done / elapsed:,.0f} images/s" if done else ""
        seen = f"{trainer.images_seen:,} of {self.until:,} images"
        return f"{seen}{speed}, {_losses(trainer)}"


def _losses(trainer: Trainer) -> str:
    pairs = (f"{name} {loss.item():.3f}" for name, loss in trainer.losses.items())
    return ", ".join(pairs)
