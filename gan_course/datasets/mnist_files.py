"""The four files of MNIST or Fashion-MNIST: found, downloaded, verified."""

import hashlib
import os
from pathlib import Path

import pooch
import torch
from torch import Tensor

from gan_course.datasets.idx import IdxFileError, decode, unpack
from gan_course.datasets.sources import MNIST, IdxFile, Source
from gan_course.files import cache_folder

SIDE = 28  # pixels
LARGEST = 2**26  # bytes of an unpacked file; MNIST's largest has 47 million

Pair = tuple[Path, Path]  # the file of the images, the file of the labels


def find(source: Source, split: str, folder: str | Path | None = None) -> Pair | None:
    """Return the files in `folder`, or without one in the folder of GAN_COURSE_DATA.

    They may lie in it or in a folder of the set's name inside, unpacked or as .gz,
    and be called `train-images-idx3-ubyte` or `train-images.idx3-ubyte`.

    Returns:
        None when no folder is given and that of GAN_COURSE_DATA lacks them, or there
        is none.

    Raises:
        ValueError: a folder is given that does not exist or lacks them, or
            GAN_COURSE_DATA names no folder.
    """
    given = os.environ.get("GAN_COURSE_DATA", "").strip() if folder is None else folder
    if folder is None and not given:
        return None
    base = Path(given).expanduser()
    try:
        pair = _find_in(base, source, split)
    except OSError as error:
        what = "GAN_COURSE_DATA" if folder is None else "folder="
        raise ValueError(
            f"{what} names {given}, which cannot be looked into ({error.strerror}); "
            f"name the folder that holds the files of {source.title}."
        ) from error
    if pair or folder is None:
        return pair
    names = " and ".join(file.name for file in source.files[split])
    raise ValueError(
        f"There is no {source.title} in {base}; put {names} there or into a folder "
        f"{source.name} inside, unpacked or as .gz, or leave out folder=."
    )


def downloads(source: Source) -> Path:
    """Return the folder that keeps what is downloaded of a set."""
    return cache_folder() / "downloads" / source.name


def fetch(source: Source, split: str) -> Pair:
    """Return the two files of a split, downloaded unless they are there already.

    Raises:
        DownloadError: one of them could not be had.
    """
    from gan_course.datasets.download import download  # its imports take 0.2 s

    names = ", ".join(f"{file.name}.gz" for file in source.all_files)
    offline = (
        f"to do without the download, put {names} into a folder {source.name} and set "
        "GAN_COURSE_DATA to the folder around it"
    )
    images, labels = (
        download(
            f"{source.address}{file.name}.gz",
            downloads(source) / f"{file.name}.gz",
            known_hash=f"md5:{file.packed}",
            size=file.size,
            offline=offline,
        )
        for file in source.files[split]
    )
    return images, labels


def read(source: Source, split: str, pair: Pair) -> tuple[Tensor, Tensor]:
    """Return verified images, uint8 (N, 28, 28), and labels, uint8 (N,).

    Raises:
        IdxFileError: a file is not that of the set and split, or is damaged.
    """
    images, labels = (
        _verified(source, file, path) for file, path in zip(source.files[split], pair)
    )
    count = source.counts[split]
    _check_form(images, (count, SIDE, SIDE), pair[0])
    _check_form(labels, (count,), pair[1])
    if source.balanced and not _balanced(labels):
        reason = f"is not of {source.title}, whose ten classes are equally frequent"
        raise IdxFileError(pair[1], reason)
    return images, labels


def checksum(path: Path) -> str:
    """Return the MD5 checksum of a file as it lies on the disk."""
    return pooch.file_hash(str(path), alg="md5")


def _find_in(base: Path, source: Source, split: str) -> Pair | None:
    with os.scandir(base):  # raises when it is not a folder that may be read
        pass
    for inside in (base / source.name, base):
        images, labels = (_variant(inside, file.name) for file in source.files[split])
        if images and labels and not (inside == base and _is_other(source, labels)):
            return images, labels
    return None


def _variant(folder: Path, name: str) -> Path | None:
    """Return the file under one of the names that are in use for it, or None."""
    for stem in (name, name.replace("-idx", ".idx")):
        for ending in ("", ".gz"):
            path = folder / f"{stem}{ending}"
            if path.is_file():
                return path
    return None


def _is_other(source: Source, labels: Path) -> bool:
    """Say whether labels belong to the other set, whose files have the same names."""
    try:
        content = unpack(labels, largest=LARGEST)
    except IdxFileError:
        return False  # damaged: reading it will say so
    if source.balanced:
        return _md5(content) in {file.content for file in MNIST.all_files}
    return _balanced(decode(content))


def _balanced(labels: Tensor) -> bool:
    """Say whether labels are 0…9, each equally often."""
    if labels.dtype != torch.uint8 or labels.ndim != 1:
        return False
    return labels.bincount().tolist() == [len(labels) // 10] * 10


def _verified(source: Source, file: IdxFile, path: Path) -> Tensor:
    """Read a file and compare its checksum with what is known of it."""
    content = unpack(path, largest=LARGEST)
    found = _md5(content)
    if file.content and found != file.content:
        wrong = f"its content has MD5 {found} instead of {file.content}"
    elif not file.content and found in {known.content for known in MNIST.all_files}:
        wrong = "it is MNIST's"
    else:
        return decode(content)
    get = f"get it from {source.address}{file.name}.gz"
    raise IdxFileError(path, f"is not {source.title}'s {file.name}: {wrong}; {get}")


def _check_form(tensor: Tensor, shape: tuple[int, ...], path: Path) -> None:
    if tensor.dtype != torch.uint8 or tensor.shape != shape:
        held = f"holds {tensor.dtype} of shape {tuple(tensor.shape)}"
        raise IdxFileError(path, f"{held} instead of torch.uint8 of shape {shape}")


def _md5(content: bytearray) -> str:
    return hashlib.md5(content, usedforsecurity=False).hexdigest()
