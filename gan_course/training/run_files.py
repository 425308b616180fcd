"""The settings and numbers in the folder of a run: written whole, read with doubt."""

import hashlib
import json
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from filelock import FileLock, Timeout
from torch import Tensor

from gan_course.files import write_atomically
from gan_course.training.trainer import Trainer

CONFIG, STATS, CHECKPOINT = "config.json", "stats.jsonl", "checkpoint.safetensors"
LOCK = ".lock"
LEFTOVERS = ".*.part"  # what a killed run left half-written
COMPARED = 1_000  # images that tell whether a run goes on with the same ones


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
        OSError: the folder cannot be written.
    """
    config = json.loads(as_json({"settings": settings, "machine": _machine(trainer)}))
    if not (folder / CONFIG).exists():
        if resume:
            raise ValueError(f"There is no run in {folder} to resume; check its name.")
        _refuse_other_files(folder)
        text = f"{as_json(config, indent=2)}\n"
        write_atomically(folder / CONFIG, text.encode())
        return
    if fresh:
        raise ValueError(
            f"{folder} holds a run already; choose an empty folder for a fresh one."
        )
    _compare(folder, config, _read_config(folder / CONFIG))


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Keep other trainings out of the folder of a run, and clear a killed one's rests.

    The system gives the lock back when a process ends, however it ends.

    Raises:
        ValueError: another training is at work there.
    """
    lock = FileLock(folder / LOCK, timeout=0)
    try:
        lock.acquire()
    except Timeout:
        raise ValueError(
            f"Another training is at work in {folder}; wait for its end, or choose "
            "another folder."
        ) from None
    except NotImplementedError:
        pass  # a file system without locks: go on as well as one can
    try:
        for leftover in [*folder.glob(LEFTOVERS), *folder.glob(f"*/{LEFTOVERS}")]:
            leftover.unlink(missing_ok=True)
        yield
    finally:
        lock.release()


def read_settings(folder: Path) -> dict[str, Any]:
    """Return the settings of the run in a folder.

    Raises:
        ValueError: there is none, or its settings are damaged.
        OSError: they cannot be read.
    """
    if not (folder / CONFIG).exists():
        raise ValueError(f"There is no run in {folder}; check its name.")
    return _read_config(folder / CONFIG)["settings"]


def cut_stats(path: Path, images_seen: int) -> int:
    """Drop the lines after so many images; return the images of the last one left.

    Raises:
        ValueError: a line is none that a training wrote.
        OSError: the file cannot be read or written.
    """
    lines = _text(path).splitlines()
    moments = [_moment(line, n, path) for n, line in enumerate(lines, start=1)]
    kept = [line for line, moment in zip(lines, moments) if moment <= images_seen]
    if len(kept) < len(lines):
        write_atomically(path, "".join(f"{line}\n" for line in kept).encode())
    return moments[len(kept) - 1] if kept else 0


def add_line(path: Path, numbers: Mapping[str, float]) -> None:
    """Write a line more, as JSON, into a file that is complete at any time."""
    write_atomically(path, f"{_text(path)}{as_json(numbers)}\n".encode())


def as_json(value: Any, indent: int | None = None) -> str:
    """Return JSON that is the same for the same values."""
    return json.dumps(value, indent=indent, sort_keys=True)


def _compare(folder: Path, config: Mapping[str, Any], began: Mapping[str, Any]) -> None:
    """Refuse other settings; say that the machine is another one."""
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
            stacklevel=6,
        )


def _machine(trainer: Trainer) -> dict[str, Any]:
    """What a resumed run must share with the run that began, to be the same."""
    return {
        "torch": torch.__version__,
        "device": trainer.device.type,
        "threads": torch.get_num_threads(),
        "processes": trainer.world.size,
        "data": _fingerprint(trainer.images),
    }


def _fingerprint(images: Tensor) -> str:
    """Tell sets of images apart by their number and a hash of some of them."""
    step = max(1, len(images) // COMPARED)
    some = images[::step].cpu().contiguous().numpy()
    return f"{len(images)} images, {hashlib.sha256(some).hexdigest()[:8]}"


def _differences(here: Mapping[str, Any], there: Mapping[str, Any]) -> str:
    return ", ".join(
        f"{name} is {there.get(name, 'not set')} there and "
        f"{here.get(name, 'not set')} here"
        for name in sorted(here.keys() | there.keys())
        if here.get(name) != there.get(name)
    )


def _read_config(path: Path) -> dict[str, Any]:
    try:
        config = json.loads(_text(path))
        return {name: dict(config[name]) for name in ("settings", "machine")}
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(
            f"{path} is damaged or was not written by a training of this course; "
            "choose an empty folder."
        ) from error


def _moment(line: str, number: int, path: Path) -> int:
    """Return the images seen when a line was written."""
    try:
        moment = json.loads(line)["images_seen"]
        if type(moment) is int:
            return moment
    except (ValueError, KeyError, TypeError):
        pass
    raise ValueError(
        f"Line {number} of {path} is damaged or was edited; delete this line, and the "
        "run goes on without its numbers."
    )


def _refuse_other_files(folder: Path) -> None:
    # A name with a dot may be what a killed run left half-written.
    others = [path.name for path in folder.glob("*") if not path.name.startswith(".")]
    if others:
        raise ValueError(
            f"{folder} holds {min(others)} and no run; choose an empty folder."
        )


def _text(path: Path) -> str:
    """Return what a file holds; nothing if there is no file."""
    try:
        return path.read_bytes().decode("utf-8", errors="replace")
    except FileNotFoundError:
        return ""
    except OSError as error:
        raise OSError(
            f"Cannot read {path} ({error.strerror or error}); check who may read it."
        ) from error
