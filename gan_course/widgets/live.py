"""Watch a training: one picture in the notebook that is redrawn as images are seen."""

import time
import uuid
from collections.abc import Callable
from types import TracebackType
from typing import Self

import numpy
import torch
from torch import Tensor

from gan_course.plots.display import (
    checked_alt,
    display_png,
    fast_png,
    in_notebook,
    small_png,
)
from gan_course.widgets.frame import Frame, sample_grid

MOST_REFRESHES = 200

Samples = Tensor | Callable[[], Tensor] | None


class LiveTraining:
    """One displayed picture with progress, loss curves and samples of a training.

        with LiveTraining(64_000, alt="Digits take shape during training.") as live:
            for images_seen in range(64, 64_001, 64):
                ...
                losses = {"discriminator": d_loss, "generator": g_loss}
                live.update(images_seen, losses, lambda: generator(fixed_latents))

    The picture is redrawn after equal numbers of images, so a run does the same work
    every time, and keeps its last frame when the training ends or is interrupted.
    Outside a notebook nothing is drawn.

    Args:
        total_images: images that the training will have seen at its end.
        alt: what there is to see, in one line; the text alternative of every frame.
        refreshes: how many frames to draw, 1 to 200.

    Raises:
        ValueError: a total below 1, an empty alt text or too many refreshes.
    """

    def __init__(self, total_images: int, *, alt: str, refreshes: int = 40) -> None:
        if total_images < 1:
            raise ValueError(
                f"The training is to see {total_images} images; choose 1 or more."
            )
        if not 1 <= refreshes <= MOST_REFRESHES:
            raise ValueError(
                f"The view is to be drawn {refreshes} times; choose 1 to "
                f"{MOST_REFRESHES}, since every frame takes time from the training."
            )
        self.total_images = total_images
        self.alt = checked_alt(alt)
        self._every = total_images / refreshes
        self._next = 0.0
        self._history = _LossHistory()
        self._display_id = uuid.uuid4().hex
        self._visible = in_notebook()
        self._frame: Frame | None = None
        self._grid: numpy.ndarray | None = None
        self._samples: Samples = None
        self._images_seen = 0
        self._clock = _Clock()
        self._closed = False

    def update(
        self,
        images_seen: int,
        losses: dict[str, float | Tensor],
        samples: Samples = None,
    ) -> None:
        """Note the losses of a step and redraw the picture when it is time.

        Args:
            images_seen: real images that the discriminator has seen so far.
            losses: name → one number; a tensor is only read when a frame is drawn, so
                that a GPU need not wait for it.
            samples: (N, C, H, W) in [-1, 1] or uint8, or a function that makes them,
                called without gradients and only for frames. Let it use fixed
                latents: random ones would make the training depend on being watched.

        Raises:
            ValueError: the names of the losses changed, or a loss is not one number.
            RuntimeError: the view is closed.
        """
        if self._closed:
            raise RuntimeError("This view is closed; make a new LiveTraining.")
        self._history.add(images_seen, losses)
        self._images_seen, self._samples = images_seen, samples
        self._clock.tick(images_seen)
        if images_seen >= self._next:
            self._next = (images_seen // self._every + 1) * self._every
            self._show(self._running_line())

    def close(self) -> None:
        """Draw the last frame, which stays in the saved notebook."""
        if not self._closed:
            self._closed = True
            self._show(self._final_line())

    def picture(self) -> bytes:
        """Return the present state as a PNG file, in a notebook or not.

        Raises:
            RuntimeError: nothing has been drawn yet, because no step was noted.
        """
        if not self._history.steps:
            raise RuntimeError("There is nothing to draw before the first update.")
        self._take_samples()
        return self._draw(self._final_line() if self._closed else self._running_line())

    def __enter__(self) -> Self:
        """Return the view itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the view; after an error or interrupt with the samples it had."""
        if kind is not None:
            self._samples = None
        self.close()

    def _show(self, headline: str) -> None:
        if not self._visible or not self._history.steps:
            return
        update = self._frame is not None
        self._take_samples()
        png = self._draw(headline)
        display_png(png, self.alt, display_id=self._display_id, update=update)

    def _take_samples(self) -> None:
        samples = self._samples
        if callable(samples):
            with torch.no_grad():
                samples = samples()
        if samples is not None:
            self._grid = sample_grid(samples)

    def _draw(self, headline: str) -> bytes:
        # Frames that another one will replace are made fast; the last one, small.
        losses = self._history.read()
        if self._frame is None:
            shape = (0, 0) if self._grid is None else self._grid.shape[:2]
            self._frame = Frame(list(losses[1]), self.total_images, shape)
        picture = self._frame.draw(self._images_seen, headline, losses, self._grid)
        return small_png(picture) if self._closed else fast_png(picture)

    def _running_line(self) -> str:
        parts = [f"{self._images_seen:,} of {self.total_images:,} images"]
        rate = self._clock.images_per_second
        if rate:
            left = max(self.total_images - self._images_seen, 0) / rate
            parts += [f"{rate:,.0f} images/s", f"{duration(left)} left"]
        return " · ".join(parts)

    def _final_line(self) -> str:
        done = self._images_seen >= self.total_images
        of = "" if done else f" of {self.total_images:,}"
        verb = "" if done else "stopped at "
        parts = [f"{verb}{self._images_seen:,}{of} images"]
        rate = self._clock.images_per_second
        if rate:
            parts += [duration(self._clock.seconds), f"{rate:,.0f} images/s"]
        return " · ".join(parts)


def duration(seconds: float) -> str:
    """Write a time in whole seconds, or minutes and seconds: "31 s", "2 min 05 s"."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02d} s" if minutes else f"{rest} s"


class _Clock:
    """Measures images per second from the first step that was noted."""

    def __init__(self) -> None:
        self._first: tuple[int, float] | None = None
        self._images, self.seconds = 0, 0.0

    def tick(self, images_seen: int) -> None:
        now = time.perf_counter()
        if self._first is None:
            self._first = (images_seen, now)
        self._images = images_seen - self._first[0]
        self.seconds = now - self._first[1]

    @property
    def images_per_second(self) -> float:
        """The mean rate so far, 0 while it cannot be told."""
        return self._images / self.seconds if self.seconds > 0 else 0.0


class _LossHistory:
    """All losses so far; tensors are read together when somebody looks."""

    def __init__(self) -> None:
        self.steps = 0
        self._positions: list[int] = []
        self._read: dict[str, list[float]] = {}
        self._unread: dict[str, list[float | Tensor]] = {}

    def add(self, images_seen: int, losses: dict[str, float | Tensor]) -> None:
        if not self.steps:
            self._read = {name: [] for name in losses}
            self._unread = {name: [] for name in losses}
        if losses.keys() != self._unread.keys() or not losses:
            raise ValueError(
                f"The losses are named {', '.join(losses) or 'nothing'}, but should "
                f"be {', '.join(self._unread) or 'one or more'}, as in the first step."
            )
        for name, value in losses.items():
            self._unread[name].append(_one_number(name, value))
        self._positions.append(images_seen)
        self.steps += 1

    def read(self) -> tuple[numpy.ndarray, dict[str, numpy.ndarray]]:
        for name, values in self._unread.items():
            self._read[name] += _numbers(values)
            values.clear()
        losses = {name: numpy.array(line) for name, line in self._read.items()}
        return numpy.array(self._positions, dtype=float), losses


def _one_number(name: str, value: float | Tensor) -> float | Tensor:
    if isinstance(value, Tensor) and value.numel() != 1:
        raise ValueError(
            f"The {name} loss has shape {tuple(value.shape)}, but must be one number; "
            "take its mean."
        )
    return value.detach().reshape(()) if isinstance(value, Tensor) else float(value)


def _numbers(values: list[float | Tensor]) -> list[float]:
    if values and all(isinstance(value, Tensor) for value in values):
        return torch.stack(values).float().cpu().tolist()
    return [float(value) for value in values]
