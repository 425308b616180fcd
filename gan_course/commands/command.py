"""Commands and groups of commands, and the answer to a mistyped word."""

import argparse
import re
import sys
from collections.abc import Callable, Sequence
from typing import NamedTuple, NoReturn

from gan_course.choices import remedy

INTERRUPTED = 130  # what shells return for a program that Ctrl-C ended


class Command(NamedTuple):
    """One row of a table of commands.

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


class Group(NamedTuple):
    """A row that stands for several commands: its name is typed before theirs."""

    name: str
    summary: str
    commands: tuple[Command, ...]


Table = Sequence[Command | Group]


def no_options(parser: argparse.ArgumentParser) -> None:
    """Declare nothing: the command has no options."""


def dispatch(program: str, table: Table, arguments: Sequence[str]) -> int:
    """Run the command that the first argument names; 2 for a mistyped one."""
    if not arguments or arguments[0] in ("-h", "--help"):
        print(usage(program, table))
        return 0
    by_name = {row.name: row for row in table}
    name = arguments[0]
    if name not in by_name:
        return _mistyped(f"There is no command {name!r}", name, list(by_name))
    row, program = by_name[name], f"{program} {name}"
    if isinstance(row, Group):
        return dispatch(program, row.commands, arguments[1:])
    return _run(program, row, arguments[1:])


def usage(program: str, table: Table) -> str:
    """Return the list of commands."""
    rows = [f"  {row.name:<10} {row.summary}" for row in table]
    return "\n".join([f"usage: {program} COMMAND [OPTIONS]", "", *rows])


class _Parser(argparse.ArgumentParser):
    """A parser whose errors are one sentence, without the usage in front."""

    def error(self, message: str) -> NoReturn:
        """Say what is wrong with an option and leave with status 2."""
        self.exit(2, f"{message[:1].upper()}{message[1:]}; see {self.prog} --help.\n")


def _run(program: str, command: Command, arguments: Sequence[str]) -> int:
    parser = _Parser(prog=program, description=command.summary, allow_abbrev=False)
    command.add_options(parser)
    options, unknown = parser.parse_known_args(arguments)
    if unknown:
        known = re.findall(r"--[\w-]+", parser.format_help())
        problem = f"The command {command.name!r} has no option {unknown[0]!r}"
        return _mistyped(problem, unknown[0], sorted(set(known)))
    return _or_a_sentence(command, options)


def _or_a_sentence(command: Command, options: argparse.Namespace) -> int:
    """Run a command; print an expected error as the sentence that it is."""
    try:
        return command.run(options)
    except (ValueError, OSError, FloatingPointError) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nInterrupted; the same command continues.", file=sys.stderr)
        return INTERRUPTED


def _mistyped(problem: str, given: str, known: Sequence[str]) -> int:
    print(f"{problem}; {remedy(given, known)}", file=sys.stderr)
    return 2
