"""Where the course keeps its files, and how it writes them without losing any."""

import hashlib
import json
import os
import secrets
import warnings
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pooch
from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor

PACKAGE = Path(__file__).resolve().parent


def data_folder() -> Path:
    """Return the folder of the shipped data and weights.

    An installed package carries them in `_data`; a checkout keeps them in `data`.
    """
    installed = PACKAGE / "_data"
    return installed if installed.is_dir() else PACKAGE.parent / "data"


def cache_folder() -> Path:
    """Return the folder for files that can be made anew at any time.

    `GAN_COURSE_CACHE` names it, otherwise it lies in the user's cache folder of the
    platform. It may be absent or read-only: use `cached`, which copes with both.
    """
    chosen = os.environ.get("GAN_COURSE_CACHE", "").strip()
    return Path(chosen or pooch.os_cache("gan-course")).expanduser()


def write_atomically(path: str | Path, content: bytes) -> None:
    """Write a file so that it is complete or absent, whatever happens meanwhile.

    The content is written beside `path` and renamed. Missing folders are made.

    Raises:
        OSError: one sentence with the path and the reason; the old file, if there
            was one, is unharmed and nothing half-written is left.
    """
    path = Path(path)
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _write_through(beside, content)
        beside.replace(path)
    except (FileExistsError, NotADirectoryError) as error:
        raise OSError(
            f"Cannot write {path}, because a file stands where its folder should be; "
            "choose another folder."
        ) from error
    except OSError as error:
        reason = error.strerror or str(error)
        raise OSError(
            f"Cannot write {path} ({reason}); free some disk space there, or choose "
            "a folder in which you may write."
        ) from error
    finally:
        _remove_if_possible(beside)


def cached(name: str, make: Callable[[], dict[str, Tensor]]) -> dict[str, Tensor]:
    """Return the tensors of `make()`, from the cache when they are there intact.

    A damaged file is made anew. A cache that cannot be written only costs time: it
    is said in one warning and the tensors are returned all the same.

    Args:
        name: file name without its ending; it must change whenever `make` would
            return something else, so put a version or a hash into it.
        make: makes the tensors; called only when the cache cannot answer.
    """
    path = cache_folder() / f"{name}.safetensors"
    tensors = _read_intact(path)
    if tensors is None:
        made = make()
        tensors = {
            key: value.detach().cpu().contiguous() for key, value in made.items()
        }
        _keep(path, tensors)
    return tensors


def _read_intact(path: Path) -> dict[str, Tensor] | None:
    """Return the tensors of a cache file; None when it is absent or damaged."""
    try:
        content = path.read_bytes()
    except OSError:
        return None
    try:
        tensors = load(content)
        intact = _stored_digest(content) == _digest(tensors)
    except (SafetensorError, ValueError, KeyError, TypeError):
        intact = False
    if intact:
        return tensors
    warnings.warn(f"The cached file {path} is damaged; it is made anew.", stacklevel=3)
    return None


def _keep(path: Path, tensors: dict[str, Tensor]) -> None:
    """Store tensors with their digest; a full or read-only disk is only a warning."""
    content = save(tensors, metadata={"sha256": _digest(tensors)})
    try:
        write_atomically(path, content)
    except OSError as error:
        warnings.warn(
            f"{error} The course goes on without a cache; the environment variable "
            "GAN_COURSE_CACHE can name another folder for it.",
            stacklevel=3,
        )


def _digest(tensors: dict[str, Tensor]) -> str:
    return hashlib.sha256(save(tensors)).hexdigest()


def _stored_digest(content: bytes) -> str:
    # A safetensors file starts with the length of its JSON header (8 bytes).
    header = json.loads(content[8 : 8 + int.from_bytes(content[:8], "little")])
    return header["__metadata__"]["sha256"]


def _write_through(path: Path, content: bytes) -> None:
    with path.open("xb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _remove_if_possible(path: Path) -> None:
    # Where the folder is missing or closed to us, nothing was written either.
    with suppress(OSError):
        path.unlink(missing_ok=True)
