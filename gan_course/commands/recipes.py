"""`python -m gan_course recipes`: what can be trained, a row each, or one in full."""

import argparse
import dataclasses

from gan_course.commands.command import Command
from gan_course.commands.data import table

SHOWN = (
    *("name", "data", "pair", "size", "channels", "loss", "r1", "r2"),
    *("batch_size", "learning_rate", "images"),
)


def _options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", nargs="?", help="show all values of one recipe")


def _run(options: argparse.Namespace) -> int:
    from gan_course.recipes import RECIPES, find

    if options.name:
        values = dataclasses.asdict(find(options.name))
        lines = table(("value", "setting"), [(k, _text(v)) for k, v in values.items()])
    else:
        rows = [[_text(getattr(recipe, name)) for name in SHOWN] for recipe in RECIPES]
        lines = table(SHOWN, rows)
        del lines[1]  # no rule: one line of titles, one for each recipe
    print("\n".join(lines))
    return 0


def _text(value: object) -> str:
    return "-" if value in (None, "") else str(value)


RECIPES_COMMAND = Command(
    "recipes", "list what can be trained, or show all values of one", _options, _run
)
