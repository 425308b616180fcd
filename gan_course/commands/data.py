"""`python -m gan_course data …`: the sets, their cards and files, images of yours."""

import argparse
import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from gan_course.choices import nearest
from gan_course.commands.cards import laid_out, section
from gan_course.commands.command import Command, Group, no_options
from gan_course.doctor.course import from_home

if TYPE_CHECKING:
    from torch import Tensor

    from gan_course.datasets.catalogue import Place

WIDEST = 96  # columns of a card


def _list(_options: argparse.Namespace) -> int:
    from gan_course.datasets.catalogue import CATALOGUE

    titles = ("name", "what it shows", "how many", "where it is")
    rows = [
        (name, entry.shows, entry.amount, _in_words(entry.where()))
        for name, entry in CATALOGUE.items()
    ]
    print("\n".join(table(titles, rows)))
    print('\nIn Python, gan_course.datasets.load("NAME") loads one; here,')
    print("`python -m gan_course data card NAME` tells more about it.")
    return 0


def table(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Align columns under their titles."""
    rows = [titles, *rows]
    widths = [max(map(len, column)) for column in zip(*rows)]
    rows.insert(1, ["-" * width for width in widths])
    return [
        "  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths)).rstrip()
        for row in rows
    ]


def _in_words(place: "Place") -> str:
    return f"{place.words} {from_home(place.folder)}" if place.folder else place.words


def _names(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("names", metavar="NAME", nargs="+", help="a name of the list")


def _get(options: argparse.Namespace) -> int:
    from gan_course.datasets.catalogue import CATALOGUE
    from gan_course.datasets.sources import SOURCES

    for name in options.names:
        nearest("data set", name, CATALOGUE)
    for name in options.names:
        place = CATALOGUE[name].where()
        if name in SOURCES:
            _get_published(name, place)
        elif place.ready:
            print(f"{name}: no download is needed ({place.words}).")
        else:
            raise ValueError(f"{name} {place.words}.")
    return 0


def _get_published(name: str, before: "Place") -> None:
    """Load both halves, which downloads and checks them, and say where they are."""
    from gan_course.datasets import load
    from gan_course.datasets.catalogue import CATALOGUE
    from gan_course.datasets.sources import SOURCES

    if not before.ready:
        print(f"{name}: downloading {SOURCES[name].megabytes:.1f} MB", flush=True)
    train, held_out = load(name), load(name, split="held-out")
    counts = f"{len(train):,} training and {len(held_out):,} held-out images"
    print(f"{name}: {counts}, checked, {_in_words(CATALOGUE[name].where())}")


def _card(options: argparse.Namespace) -> int:
    from gan_course.datasets.catalogue import CATALOGUE
    from gan_course.files import data_folder

    text = (data_folder() / "README.md").read_text(encoding="utf-8")
    width = min(WIDEST, shutil.get_terminal_size().columns)
    for name in options.names:
        nearest("data set", name, CATALOGUE)
    cards = [laid_out(section(text, name), width) for name in options.names]
    print("\n\n".join(dict.fromkeys(cards)))
    return 0


def _folder(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", metavar="FOLDER", help="a folder of images")
    parser.add_argument(
        "--size",
        type=_positive,
        default=64,
        help="pixels per side of the cleaned images (default 64)",
    )
    parser.add_argument(
        "--channels",
        type=int,
        choices=(1, 3),
        default=3,
        help="1 for grey, 3 for colour (default 3)",
    )
    parser.add_argument(
        "--max-pixels",
        type=_positive,
        metavar="N",
        help="refuse an image of more pixels (default 64 million)",
    )


def _positive(text: str) -> int:
    try:
        number = int(text)
    except ValueError:
        number = 0
    if number < 1:
        sentence = f"{text!r} is not a whole number of 1 or more"
        raise argparse.ArgumentTypeError(sentence)
    return number


def _check(options: argparse.Namespace) -> int:
    from gan_course.preprocess import clean_folder

    limit = {"max_pixels": options.max_pixels} if options.max_pixels else {}
    cleaning = clean_folder(
        options.folder, size=options.size, channels=options.channels, **limit
    )
    print(cleaning.report)
    return 0


def _packing(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", help="a name of the list, or a folder")
    parser.add_argument(
        "-o", "--out", metavar="FILE", required=True, help="the .npy file to write"
    )
    parser.add_argument("--count", type=_positive, help="how many images to draw")
    parser.add_argument("--size", type=_positive, help="pixels per side")
    parser.add_argument(
        "--channels",
        type=int,
        choices=(1, 3),
        help="of a folder: 1 for grey, 3 for RGB",
    )
    parser.add_argument("--split", metavar="SPLIT", help="train or held-out")
    parser.add_argument("--seed", type=int, help="of the images that are drawn")


def _pack(options: argparse.Namespace) -> int:
    from gan_course.datasets.array import write_array

    images = _images(options)
    write_array(images, options.out)
    count, channels, height, width = images.shape
    kind = "grey" if channels == 1 else "RGB"
    size = f"{count:,} images, {height}×{width} {kind}"
    print(f"{options.out}: {size}, {images.numel() / 1e6:.1f} MB")
    return 0


def _images(options: argparse.Namespace) -> "Tensor":
    from gan_course.datasets import SETS, ImageSet, load

    chosen = ("count", "size", "channels", "split", "seed")
    given = {name: getattr(options, name) for name in chosen}
    given = {name: value for name, value in given.items() if value is not None}
    name = options.name
    if name == "folder":
        raise ValueError("Name the folder itself: data pack FOLDER -o FILE.npy.")
    if name not in SETS and Path(name).is_dir():
        name, given["path"] = "folder", name
    loaded = load(name, **given)
    if not isinstance(loaded, ImageSet):
        raise ValueError(f"{name} is a set of points; pack a set of images.")
    return loaded.images


DATA = Group(
    "data",
    "list the data sets, get one, show its card, check or pack a folder of yours",
    (
        Command("list", "say what there is and where it is", no_options, _list),
        Command(
            "get", "download a set, unless it is here, and verify it", _names, _get
        ),
        Command("card", "say where a set comes from and what it shows", _names, _card),
        Command("check", "say what cleaning a folder of images drops", _folder, _check),
        Command("pack", "write a set or a folder as one .npy file", _packing, _pack),
    ),
)
