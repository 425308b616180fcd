"""`python -m gan_course data …`: the sets, their cards and files, a folder of yours."""

import argparse
import functools
import shutil
import sys
from collections.abc import Callable, Iterable, Sequence
from difflib import get_close_matches
from typing import TYPE_CHECKING

from gan_course.commands.cards import laid_out, section
from gan_course.commands.command import Command, Group, no_options
from gan_course.doctor.course import from_home

if TYPE_CHECKING:
    from gan_course.datasets.catalogue import Place

WIDEST = 96  # columns of a card

Run = Callable[[argparse.Namespace], int]


def _or_a_sentence(run: Run) -> Run:
    """Print an expected error as the sentence that it is, and return 1."""

    @functools.wraps(run)
    def guarded(options: argparse.Namespace) -> int:
        try:
            return run(options)
        except (ValueError, OSError) as error:
            print(error, file=sys.stderr)
        except KeyboardInterrupt:
            print("\nInterrupted; the same command continues.", file=sys.stderr)
        return 1

    return guarded


@_or_a_sentence
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


@_or_a_sentence
def _get(options: argparse.Namespace) -> int:
    from gan_course.datasets.catalogue import CATALOGUE
    from gan_course.datasets.sources import SOURCES

    for name in options.names:
        _check_name(name, CATALOGUE)
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


@_or_a_sentence
def _card(options: argparse.Namespace) -> int:
    from gan_course.datasets.catalogue import CATALOGUE
    from gan_course.files import data_folder

    text = (data_folder() / "README.md").read_text(encoding="utf-8")
    width = min(WIDEST, shutil.get_terminal_size().columns)
    for name in options.names:
        _check_name(name, CATALOGUE)
    cards = [laid_out(section(text, name), width) for name in options.names]
    print("\n\n".join(dict.fromkeys(cards)))
    return 0


def _check_name(name: str, known: Iterable[str]) -> None:
    if name not in known:
        near = get_close_matches(name, known, n=1, cutoff=0.4)
        remedy = f"did you mean {near[0]!r}?" if near else f"choose {', '.join(known)}."
        raise ValueError(f"There is no data set {name!r}; {remedy}")


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


@_or_a_sentence
def _check(options: argparse.Namespace) -> int:
    from gan_course.preprocess import clean_folder

    limit = {"max_pixels": options.max_pixels} if options.max_pixels else {}
    cleaning = clean_folder(
        options.folder, size=options.size, channels=options.channels, **limit
    )
    print(cleaning.report)
    return 0


DATA = Group(
    "data",
    "list the data sets, get one, show its card, check a folder of your own",
    (
        Command("list", "say what there is and where it is", no_options, _list),
        Command(
            "get", "download a set, unless it is here, and verify it", _names, _get
        ),
        Command("card", "say where a set comes from and what it shows", _names, _card),
        Command("check", "say what cleaning a folder of images drops", _folder, _check),
    ),
)
