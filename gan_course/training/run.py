"""A training that owns a folder, in which the same call always goes on.

    config.json              the settings, and the machine that began
    stats.jsonl              one line of mean losses for each moment that was kept
    samples/000000064000.png the same latents at each of these moments
    checkpoint.safetensors   the state at the last of them, or at an interrupt
    .lock                    keeps a second training out while one is at work

The checkpoint is written last, so whatever happens, all that a run needs to go on is
complete; what was noted after it is cut away and made again, the same.
"""

import math
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from gan_course.images import save_image, tile, to_uint8
from gan_course.training.callbacks import Callback, every
from gan_course.training.checkpoint import load_checkpoint, save_checkpoint
from gan_course.training.interrupts import held_interrupts
from gan_course.training.run_files import (
    CHECKPOINT,
    CONFIG,
    STATS,
    add_line,
    alone_in,
    cut_stats,
    open_folder,
    read_settings,
)
from gan_course.training.trainer import Trainer

__all__ = ["CHECKPOINT", "CONFIG", "STATS", "read_settings", "train_in_folder"]

SAMPLES, COLUMNS = 64, 8
PENDING = "losses_since_the_last_line"  # a section of an interrupted run's checkpoint


def train_in_folder(
    folder: str | Path,
    trainer: Trainer,
    settings: Mapping[str, Any],
    *,
    until: int,
    keep_every: int,
    fresh: bool = False,
    resume: bool = False,
    callbacks: Iterable[Callback] = (),
) -> None:
    """Train until so many images have been seen, going on from what the folder holds.

    A keyboard interrupt takes effect after the running step, whose state is kept. Of
    several processes the first one alone reads and writes the folder.

    Args:
        folder: where the run lives; made if it is not there.
        trainer: a new trainer, built from the settings.
        settings: all that the result depends on, as JSON can hold it.
        until: images seen at the end.
        keep_every: images between two moments that are kept in the folder.
        fresh: insist that the folder is empty.
        resume: insist that the folder holds a run.
        callbacks: functions of the trainer, called after every step.

    Raises:
        ValueError: the folder holds a run with other settings, which are listed; or
            not what `fresh` or `resume` insist on; or files that are no run, or damaged
            ones; or another training is at work there.
        FloatingPointError, KeyboardInterrupt: as `Trainer.train`.
        OSError: the folder cannot be written.
    """
    folder = Path(folder)
    with ExitStack() as held:

        def open_and_look() -> bytes:
            open_folder(folder, trainer, settings, fresh=fresh, resume=resume)
            held.enter_context(alone_in(folder))
            return b"checkpoint" if (folder / CHECKPOINT).exists() else b""

        if trainer.world.from_first(open_and_look):
            trainer.load(folder / CHECKPOINT)
        _train(folder, trainer, until, keep_every, callbacks)


def _train(
    folder: Path,
    trainer: Trainer,
    until: int,
    keep_every: int,
    callbacks: Iterable[Callback],
) -> None:
    """Train from the state of the folder, and keep what becomes due."""
    keeper = (Keeper if trainer.world.writes else Idle)(folder, trainer)
    with held_interrupts() as release_interrupt:

        def stop_if_interrupted(trainer: Trainer) -> None:
            try:
                release_interrupt()
            except KeyboardInterrupt:
                keeper.keep_state(trainer)
                raise

        due = every(keep_every, keeper.keep)
        trainer.train(until=until, callbacks=[*callbacks, due, stop_if_interrupted])
        keeper.keep(trainer)


class Idle:
    """What a process does about the folder that another one writes: nothing."""

    def __init__(self, folder: Path, trainer: Trainer) -> None:
        pass

    def keep(self, trainer: Trainer) -> None:
        """Stop where the process that writes stops: if a loss is not finite."""
        trainer.history.check()

    def keep_state(self, trainer: Trainer) -> None:
        """Leave the state to the process that writes."""


class Keeper:
    """Writes what is kept of a training into its folder.

    Args:
        folder: of the run.
        trainer: as it goes on; what was noted after its clock is cut away.

    Raises:
        ValueError, OSError: the numbers that were noted are damaged or unreadable.
    """

    def __init__(self, folder: Path, trainer: Trainer) -> None:
        self.folder = folder
        self._kept = cut_stats(folder / STATS, trainer.images_seen)
        self._pending: dict[str, list[float]] = {}
        if trainer.images_seen > self._kept:
            state = load_checkpoint(folder / CHECKPOINT)
            noted = state.get(PENDING, {})
            self._pending = {name: values.tolist() for name, values in noted.items()}

    def keep(self, trainer: Trainer) -> None:
        """Add a line, a picture and then, when all else is there, the checkpoint."""
        if trainer.images_seen == self._kept:
            return
        trainer.history.check()
        means = {
            name: math.fsum(losses) / len(losses)
            for name, losses in self._losses(trainer).items()
        }
        add_line(self.folder / STATS, {"images_seen": trainer.images_seen} | means)
        self._save_picture(trainer)
        trainer.save(self.folder / CHECKPOINT)
        self._kept, self._pending = trainer.images_seen, {}

    def keep_state(self, trainer: Trainer) -> None:
        """Write the checkpoint alone, with the losses that the next line is to hold."""
        if trainer.images_seen == self._kept:
            return
        trainer.history.check()
        losses = self._losses(trainer)
        exact = {
            name: torch.tensor(values, dtype=torch.float64)
            for name, values in losses.items()
        }
        save_checkpoint(self.folder / CHECKPOINT, trainer.state() | {PENDING: exact})

    def _losses(self, trainer: Trainer) -> dict[str, list[float]]:
        """All losses since the last line, by name."""
        losses = {name: list(values) for name, values in self._pending.items()}
        for name in trainer.history.names:
            positions, values = trainer.history[name]
            recent = [v for seen, v in zip(positions, values) if seen > self._kept]
            if recent:
                losses[name] = losses.get(name, []) + recent
        return losses

    def _save_picture(self, trainer: Trainer) -> None:
        samples: Tensor = trainer.sample(SAMPLES)
        if samples.ndim == 4 and samples.shape[1] in (1, 3):
            name = f"{trainer.images_seen:012}.png"
            picture = tile(to_uint8(samples.cpu()), COLUMNS)
            save_image(picture, self.folder / "samples" / name)
