"""A training that owns a folder, in which the same call always goes on.

    config.json              the settings, and the machine that began
    stats.jsonl              one line of mean losses for each moment that was kept
    samples/000000064000.png the same latents at each of these moments
    checkpoint.safetensors   the state at the last of them

The checkpoint is written last, so whatever happens, all that a run needs to go on is
complete; what was noted after it is cut away and made again, the same.
"""

import json
import math
import warnings
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import torch

from gan_course.files import write_atomically
from gan_course.images import save_image, tile, to_uint8
from gan_course.training.callbacks import Callback, every
from gan_course.training.trainer import Trainer

CONFIG, STATS, CHECKPOINT = "config.json", "stats.jsonl", "checkpoint.safetensors"
SAMPLES, COLUMNS = 64, 8


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
            not what `fresh` or `resume` insist on; or files that are no run.
        FloatingPointError, KeyboardInterrupt: as `Trainer.train`.
        OSError: the folder cannot be written.
    """
    folder = Path(folder)
    open_folder(folder, trainer, settings, fresh=fresh, resume=resume)
    if (folder / CHECKPOINT).exists():
        trainer.load(folder / CHECKPOINT)
    kept = _cut_stats(folder / STATS, trainer.images_seen)

    def keep(trainer: Trainer) -> None:
        nonlocal kept
        _keep(folder, trainer, since=kept)
        kept = trainer.images_seen

    trainer.train(until=until, callbacks=[*callbacks, every(keep_every, keep)])
    if trainer.images_seen > kept:
        keep(trainer)


def open_folder(
    folder: Path,
    trainer: Trainer,
    settings: Mapping[str, Any],
    *,
    fresh: bool = False,
    resume: bool = False,
) -> None:
    """Write the settings into an empty folder, or compare them with those in it.

    Raises:
        ValueError: as `train_in_folder`.
    """
    config = json.loads(_json({"settings": settings, "machine": _machine(trainer)}))
    if not (folder / CONFIG).exists():
        if resume:
            raise ValueError(f"There is no run in {folder} to resume; check its name.")
        _refuse_other_files(folder)
        write_atomically(folder / CONFIG, _json(config, indent=2).encode())
        return
    if fresh:
        raise ValueError(
            f"{folder} holds a run already; choose an empty folder for a fresh one."
        )
    began = _read_config(folder / CONFIG)
    differences = _differences(config["settings"], began["settings"])
    if differences:
        raise ValueError(
            f"{folder} holds a run with other settings: {differences}; repeat its "
            "settings to go on, or choose an empty folder."
        )
    differences = _differences(config["machine"], began["machine"])
    if differences:
        warnings.warn(
            f"The run in {folder} began elsewhere: {differences}; it goes on, but not "
            "bit by bit as it would have there.",
            stacklevel=3,
        )


def _keep(folder: Path, trainer: Trainer, since: int) -> None:
    """Add a line, a picture and then, when all else is there, the checkpoint."""
    trainer.history.check()
    line = _json({"images_seen": trainer.images_seen} | _mean_losses(trainer, since))
    stats = f"{_text(folder / STATS)}{line}\n"
    write_atomically(folder / STATS, stats.encode())
    samples = trainer.sample(SAMPLES)
    if samples.ndim == 4 and samples.shape[1] in (1, 3):
        name = f"{trainer.images_seen:012}.png"
        save_image(tile(to_uint8(samples.cpu()), COLUMNS), folder / "samples" / name)
    trainer.save(folder / CHECKPOINT)


def _mean_losses(trainer: Trainer, since: int) -> dict[str, float]:
    """Mean of each loss over the steps after `since` images."""
    means = {}
    for name in trainer.history.names:
        recent = [v for seen, v in zip(*trainer.history[name]) if seen > since]
        if recent:
            means[name] = math.fsum(recent) / len(recent)
    return means


def _cut_stats(path: Path, images_seen: int) -> int:
    """Drop the lines after so many images; return the images of the last one left."""
    text = _text(path)
    moments = {line: json.loads(line)["images_seen"] for line in text.splitlines()}
    kept = [line for line, moment in moments.items() if moment <= images_seen]
    if len(kept) < len(moments):
        write_atomically(path, "".join(f"{line}\n" for line in kept).encode())
    return moments[kept[-1]] if kept else 0


def _machine(trainer: Trainer) -> dict[str, Any]:
    """What a resumed run must share with the run that began, to be the same."""
    return {
        "torch": torch.__version__,
        "device": trainer.device.type,
        "threads": torch.get_num_threads(),
    }


def _differences(here: Mapping[str, Any], there: Mapping[str, Any]) -> str:
    return ", ".join(
        f"{name} is {there.get(name, 'not set')} there and "
        f"{here.get(name, 'not set')} here"
        for name in sorted(here.keys() | there.keys())
        if here.get(name) != there.get(name)
    )


def _read_config(path: Path) -> dict[str, Any]:
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
        return {name: dict(config[name]) for name in ("settings", "machine")}
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(
            f"{path} is damaged or was not written by a training of this course; "
            "choose an empty folder."
        ) from error


def _refuse_other_files(folder: Path) -> None:
    # A name with a dot may be what a killed run left half-written.
    others = [path.name for path in folder.glob("*") if not path.name.startswith(".")]
    if others:
        raise ValueError(
            f"{folder} holds {min(others)} and no run; choose an empty folder."
        )


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.exists() else ""


def _json(value: Any, indent: int | None = None) -> str:
    return json.dumps(value, indent=indent, sort_keys=True)
