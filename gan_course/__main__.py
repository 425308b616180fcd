"""The commands of the course: `python -m gan_course COMMAND`."""

import argparse
import re
import sys
from collections.abc import Callable, Sequence
from difflib import get_close_matches
from typing import NamedTuple, NoReturn

from gan_course.doctor import report


class Command(NamedTuple):
    """One row of the table of commands.

    Attributes:
        name: what is typed.
        summary: what it does, for the list of commands.
        add_options: declares its options on a parser.
        run: does it, given the parsed options, and returns the exit status.
    """

    name: str
    summary: str
    add_options: Callable[[argparse.ArgumentParser], None]
    run: Callable[[argparse.Namespace], int]


def _no_options(parser: argparse.ArgumentParser) -> None:
    """Declare nothing: the command has no options."""


COMMANDS = (
    Command(
        "doctor",
        "check this machine and say what to do about anything wrong",
        _no_options,
        lambda _options: report.main(),
    ),
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status: 2 for a mistyped one."""
    arguments = list(sys.argv[1:] if arguments is None else arguments)
    if hasattr(sys.stdout, "reconfigure"):
        # A console that cannot print ✓ shows a question mark instead of stopping.
        sys.stdout.reconfigure(errors="replace")
    if not arguments or arguments[0] in ("-h", "--help"):
        print(usage())
        return 0
    by_name = {command.name: command for command in COMMANDS}
    name = arguments[0]
    if name not in by_name:
        return _mistyped(f"There is no command {name!r}", name, list(by_name))
    return _run(by_name[name], arguments[1:])


def usage() -> str:
    """Return the list of commands."""
    rows = [f"  {command.name:<10} {command.summary}" for command in COMMANDS]
    return "\n".join(["usage: python -m gan_course COMMAND [OPTIONS]", "", *rows])


class _Parser(argparse.ArgumentParser):
    """A parser whose errors are one sentence, without the usage in front."""

    def error(self, message: str) -> NoReturn:
        """Say what is wrong with an option and leave with status 2."""
        self.exit(2, f"{message[:1].upper()}{message[1:]}; see {self.prog} --help.\n")


def _run(command: Command, arguments: Sequence[str]) -> int:
    program = f"python -m gan_course {command.name}"
    parser = _Parser(prog=program, description=command.summary, allow_abbrev=False)
    command.add_options(parser)
    options, unknown = parser.parse_known_args(arguments)
    if unknown:
        known = re.findall(r"--[\w-]+", parser.format_help())
        problem = f"The command {command.name!r} has no option {unknown[0]!r}"
        return _mistyped(problem, unknown[0], sorted(set(known)))
    return command.run(options)


def _mistyped(problem: str, given: str, known: Sequence[str]) -> int:
    near = get_close_matches(given, known, n=1, cutoff=0.5)
    remedy = f"did you mean {near[0]!r}?" if near else f"choose {', '.join(known)}."
    print(f"{problem}; {remedy}", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main())
