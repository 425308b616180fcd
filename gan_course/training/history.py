"""The losses of a training, kept without making a GPU wait, and checked."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

import torch
from torch import Tensor

if TYPE_CHECKING:
    from matplotlib.figure import Figure

READ_EVERY = 50  # steps whose losses wait on the device until they are read together


class History:
    """Every loss of every step, by name, with the images seen at that moment.

    positions, values = trainer.history["generator"]
    trainer.history.figure()
    """

    def __init__(self) -> None:
        self._unread: list[tuple[int, dict[str, Tensor]]] = []
        self._read: dict[str, tuple[list[int], list[float]]] = {}
        self._broken: tuple[str, int, float] | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """The losses that were noted so far."""
        self._take_in()
        return tuple(self._read)

    def __getitem__(self, name: str) -> tuple[list[int], list[float]]:
        """Return the images seen and the loss after them, two lists of one length."""
        self._take_in()
        return self._read[name]

    def add(self, images_seen: int, losses: Mapping[str, Tensor]) -> None:
        """Note the losses of a step; they are read and checked every 50 steps.

        Raises:
            FloatingPointError: a loss was infinite or not a number.
        """
        noted = {name: value.detach() for name, value in losses.items()}
        self._unread.append((images_seen, noted))
        if len(self._unread) >= READ_EVERY:
            self.check()

    def check(self) -> None:
        """Read all losses and return if they are finite.

        Raises:
            FloatingPointError: a loss was infinite or not a number, which one, and
                when first.
        """
        self._take_in()
        if self._broken:
            name, images_seen, value = self._broken
            raise FloatingPointError(
                f"The {name} loss is {value} after {images_seen:,} images; go back to "
                "an earlier state and train with a lower learning rate or a stronger "
                "penalty."
            )

    def cut(self, images_seen: int) -> None:
        """Forget what came after so many images."""
        self._take_in()
        for name, (positions, values) in self._read.items():
            kept = sum(position <= images_seen for position in positions)
            self._read[name] = positions[:kept], values[:kept]
        if self._broken and self._broken[1] > images_seen:
            self._broken = None

    def figure(self) -> Figure:
        """Draw all losses over the images seen.

        Raises:
            ValueError: there is nothing to draw yet.
        """
        # Matplotlib takes a second to import, which a run without pictures can save.
        from gan_course.plots.style import panels

        if not self.names:
            raise ValueError("There are no losses to draw; train first.")
        figure, ((axis,),) = panels()
        for name, (positions, values) in self._read.items():
            axis.plot(positions, values, label=name, linewidth=1)
        axis.set(xlabel="images seen", ylabel="loss", title="Losses")
        axis.legend()
        return figure

    def _take_in(self) -> None:
        """Read what waits on the device, in one transfer."""
        waiting = [
            (name, images_seen, value)
            for images_seen, losses in self._unread
            for name, value in losses.items()
        ]
        self._unread.clear()
        if not waiting:
            return
        numbers = torch.stack([value for _, _, value in waiting]).tolist()
        for (name, images_seen, _), number in zip(waiting, numbers):
            positions, values = self._read.setdefault(name, ([], []))
            positions.append(images_seen)
            values.append(number)
            if not (math.isfinite(number) or self._broken):
                self._broken = name, images_seen, number
