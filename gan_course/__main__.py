"""The commands of the course: `python -m gan_course COMMAND`."""

import sys
import warnings
from collections.abc import Sequence

from gan_course.commands.command import Command, dispatch, no_options
from gan_course.commands.data import DATA
from gan_course.commands.evaluate import EVALUATE
from gan_course.commands.recipes import RECIPES_COMMAND
from gan_course.commands.sample import SAMPLE
from gan_course.commands.train import TRAIN
from gan_course.doctor import report

PROGRAM = "python -m gan_course"
COMMANDS = (
    Command(
        "doctor",
        "check this machine and say what to do about anything wrong",
        no_options,
        lambda _options: report.main(),
    ),
    DATA,
    RECIPES_COMMAND,
    TRAIN,
    SAMPLE,
    EVALUATE,
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status: 2 for a mistyped one."""
    if hasattr(sys.stdout, "reconfigure"):
        # A console that cannot print ✓ shows a question mark instead of stopping.
        sys.stdout.reconfigure(errors="replace")
    with warnings.catch_warnings():
        warnings.showwarning = _say
        given = sys.argv[1:] if arguments is None else arguments
        return dispatch(PROGRAM, COMMANDS, given)


def _say(message: Warning | str, *_where: object) -> None:
    """Print a warning as the sentence that it is, without the line of code behind."""
    print(message, file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
