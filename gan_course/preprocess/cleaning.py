"""Turn a folder of raw image files into one clean tensor, with a report."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor
from tqdm import tqdm

from gan_course.images import MAX_PIXELS, resize
from gan_course.preprocess.groups import DISTANCE, check_distance, compare
from gan_course.preprocess.listing import Entry, list_files
from gan_course.preprocess.outliers import FLOORS, outliers
from gan_course.preprocess.pictures import (
    Picture,
    Unusable,
    Verdict,
    Wanted,
    look_at,
    open_picture,
)
from gan_course.preprocess.report import Finding, Report, shown

THUMBNAIL = 64  # pixels per side of a thumbnail, at most
ENLARGED = 4  # times that a file may be smaller than the images wanted


@dataclass(frozen=True, eq=False)
class Cleaning:
    """A clean set of images, and what became of every file.

    Attributes:
        images: uint8 (N, C, size, size), ordered by the names of their files.
        names: path of the file of each image, relative to the folder.
        groups: int64 (N,), the same number for images that show nearly the same: those
            that are kept because `near` is None, or linked by one that was dropped.
        report: a finding for every file; `print(report)` shows what was dropped.
        labels: int64 (N,), indices into `classes`; None unless every image lies in a
            subfolder.
        classes: names of the subfolders.
    """

    images: Tensor
    names: tuple[str, ...]
    groups: Tensor
    report: Report
    labels: Tensor | None = None
    classes: tuple[str, ...] = ()


def clean_folder(
    folder: str | Path,
    *,
    size: int,
    channels: int = 3,
    max_pixels: int = MAX_PIXELS,
    smallest: int | None = None,
    near: int | None = DISTANCE,
    drop_outliers: bool = True,
) -> Cleaning:
    """Read all images of a folder and its subfolders, without those that do harm.

    Dropped are files that are no images, broken, too large or too small; blank images
    and pure noise; files and pictures that are there twice (the one with the shortest
    name stays); near-duplicates (the one with most pixels stays, else the largest
    file); and, among 20 images or more, those unlike all others in brightness,
    contrast or colourfulness.

    What is kept is turned upright as EXIF says, converted, cut to its middle square
    and resized with anti-aliasing. Nothing in the folder changes, and the result does
    not depend on the order in which a system lists its files.

    Args:
        folder: its subfolders give the labels if every image lies in one.
        size: pixels per side of the images, 4 to 1024.
        channels: 3 for RGB, 1 for grey.
        max_pixels: a file that announces more is not decoded.
        smallest: least pixels of the shorter side of a file; a quarter of `size` when
            left out.
        near: bits in which the hashes of near-duplicates may differ, 0…64; None keeps
            them all, and they share a number in `groups`.
        drop_outliers: whether noise and images unlike all others are dropped.

    Raises:
        OSError: there is no such folder, or it may not be read.
        ValueError: it holds no image that can be used, or an option is out of range.
    """
    least = max(1, size // ENLARGED) if smallest is None else smallest
    wanted = Wanted(size, channels, max_pixels, least)
    check_distance(DISTANCE if near is None else near)
    entries = list_files(folder)
    pictures, dropped = _open_all(entries, wanted)
    if not drop_outliers:
        dropped = {n: v for n, v in dropped.items() if v.kind != "outlier"}
    else:
        dropped |= _unlike_all_others(_kept(pictures, dropped))
    # Last, so that a picture is dropped only for one that stays.
    near_duplicates, groups = _compare(_kept(pictures, dropped), near)
    dropped |= near_duplicates
    report = Report(tuple(_finding(e.name, pictures, dropped) for e in entries))
    kept = _kept(pictures, dropped)
    if not kept:
        raise ValueError(_nothing_left(folder, report))
    labels, classes = _labels(list(kept))
    return Cleaning(
        images=torch.stack([picture.image for picture in kept.values()]),
        names=tuple(kept),
        groups=torch.tensor([groups[n] for n in kept]).unique(return_inverse=True)[1],
        report=report,
        labels=labels,
        classes=classes,
    )


def _open_all(
    entries: Iterable[Entry], wanted: Wanted
) -> tuple[dict[str, Picture], dict[str, Verdict]]:
    """Open every file that is worth it: pictures by name, and what is wrong.

    Short names come first, so that of "cat.png" and "cat (copy).png" the former stays.
    """
    pictures: dict[str, Picture] = {}
    dropped: dict[str, Verdict] = {}
    met: dict[bytes, str] = {}  # digest of a file or of its pixels → first name
    shortest = sorted(entries, key=lambda entry: len(entry.name))
    for entry in tqdm(shortest, "Reading images", unit="file", delay=2, leave=False):
        try:
            picture = pictures[entry.name] = _open(entry, wanted, met)
        except Unusable as unusable:
            dropped[entry.name] = unusable.verdict
        else:
            if picture.fault:
                dropped[entry.name] = picture.fault
    return dict(sorted(pictures.items())), dropped


def _open(entry: Entry, wanted: Wanted, met: dict[bytes, str]) -> Picture:
    if entry.kind:
        raise Unusable(entry.kind, entry.problem)
    try:
        info = look_at(entry.path, wanted)
        with entry.path.open("rb") as file:
            content = hashlib.file_digest(file, "sha256").digest()
        _require_new("same file", content, entry.name, met)
        picture = open_picture(entry.path, info, wanted)
    except OSError as error:
        why = error.strerror or error
        raise Unusable("unreadable", f"cannot be read ({why})") from error
    _require_new("same picture", picture.digest, entry.name, met)
    return picture


def _require_new(kind: str, digest: bytes, name: str, met: dict[bytes, str]) -> None:
    original = met.setdefault(digest, name)
    if original != name:
        raise Unusable(kind, f"is the {kind} as {shown(original)}", original)


def _kept(
    pictures: dict[str, Picture], dropped: dict[str, Verdict]
) -> dict[str, Picture]:
    return {name: picture for name, picture in pictures.items() if name not in dropped}


def _compare(
    pictures: dict[str, Picture], near: int | None
) -> tuple[dict[str, Verdict], dict[str, int]]:
    """Find near-duplicates: a verdict on each (none if `near` is None), and groups."""
    if not pictures:
        return {}, {}
    names = sorted(pictures, key=lambda name: _preference(name, pictures[name]))
    hashes = torch.stack([pictures[name].hash for name in names])
    signatures = torch.stack([pictures[name].signature for name in names])
    links = compare(hashes, signatures, distance=DISTANCE if near is None else near)
    groups = dict(zip(names, links.groups.tolist()))
    if near is None:
        return {}, groups
    verdicts = {}
    for name, index in zip(names, links.originals.tolist()):
        if index >= 0:
            reason = f"shows nearly the same as {shown(names[index])}"
            verdicts[name] = Verdict("near-duplicate", reason, names[index])
    return verdicts, groups


def _preference(name: str, picture: Picture) -> tuple[int, int, int, str]:
    """Sort first what has most pixels, then most bytes, then the shortest name."""
    pixels, size = picture.worth
    return -pixels, -size, len(name), name


def _unlike_all_others(pictures: dict[str, Picture]) -> dict[str, Verdict]:
    if not pictures:
        return {}
    columns = torch.tensor([picture.measured for picture in pictures.values()])
    found = outliers(dict(zip(FLOORS, columns.unbind(dim=1))))
    names = list(pictures)
    return {names[index]: Verdict("outlier", why) for index, why in found.items()}


def _finding(
    name: str, pictures: dict[str, Picture], dropped: dict[str, Verdict]
) -> Finding:
    """Write down what became of a file, with a thumbnail where something was done."""
    if name not in dropped:
        done = pictures[name].repairs
        if not done:
            return Finding(name, "kept")
        return Finding(name, "repaired", done, "", _thumbnail(pictures, name))
    kind, reason, original = dropped[name]
    repeats = _thumbnail(pictures, original)
    # A copy is not opened: it looks like what it repeats.
    own = _thumbnail(pictures, name if name in pictures else original)
    return Finding(name, "dropped", reason, kind, own, repeats)


def _thumbnail(pictures: dict[str, Picture], name: str) -> Tensor | None:
    if name not in pictures:
        return None
    image = pictures[name].image
    return resize(image, min(THUMBNAIL, image.shape[1]))


def _labels(names: list[str]) -> tuple[Tensor | None, tuple[str, ...]]:
    """Take the first folder in each name as its class, if every name has one."""
    if not all("/" in name for name in names):
        return None, ()
    folders = [name.partition("/")[0] for name in names]
    classes = tuple(sorted(set(folders)))
    return torch.tensor([classes.index(folder) for folder in folders]), classes


def _nothing_left(folder: str | Path, report: Report) -> str:
    if not report.rows:
        return f"The folder {folder} is empty; put images there, or give another one."
    why = ", ".join(f"{count} {kind}" for kind, count in report.counts().items())
    return (
        f"Not one of the {len(report.rows)} files in {folder} can be used ({why}); "
        "give a folder with other images."
    )
