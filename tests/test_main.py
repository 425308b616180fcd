import subprocess
import sys

import pytest

from gan_course import __main__ as program
from gan_course.__main__ import main
from gan_course.commands.command import Command, Group


@pytest.fixture
def commands(monkeypatch):
    """Two commands that need no machine."""

    def add_options(parser):
        parser.add_argument("--images", type=int, default=0)
        parser.add_argument("--seed", type=int, default=0)

    rows = (
        Command("doctor", "look", lambda parser: None, lambda options: 0),
        Command("train", "learn", add_options, lambda options: options.images),
        Group("data", "sets", (Command("list", "say", add_options, lambda _: 5),)),
    )
    monkeypatch.setattr(program, "COMMANDS", rows)


def test_a_command_gets_its_options_and_gives_its_status(commands):
    assert main(["train", "--images", "7"]) == 7
    assert main(["train"]) == 0


def test_a_group_runs_the_command_that_the_next_word_names(commands):
    assert main(["data", "list", "--seed", "1"]) == 5


@pytest.mark.parametrize("arguments", [[], ["--help"], ["-h"]])
def test_help_lists_the_commands(commands, arguments, capsys):
    assert main(arguments) == 0
    assert "  train      learn\n" in capsys.readouterr().out
    assert main(["data", *arguments]) == 0
    assert capsys.readouterr().out == (
        "usage: python -m gan_course data COMMAND [OPTIONS]\n\n  list       say\n"
    )


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["docter"], "There is no command 'docter'; did you mean 'doctor'?"),
        (["xyz"], "There is no command 'xyz'; choose doctor, train, data."),
        (["data", "lst"], "There is no command 'lst'; did you mean 'list'?"),
        (
            ["data", "list", "--sed"],
            "The command 'list' has no option '--sed'; did you mean '--seed'?",
        ),
        (
            ["train", "--image", "7"],
            "The command 'train' has no option '--image'; did you mean '--images'?",
        ),
        (
            ["train", "--zzz"],
            "The command 'train' has no option '--zzz'; choose --help, --images, "
            "--seed.",
        ),
    ],
)
def test_a_mistyped_word_is_one_sentence(commands, arguments, sentence, capsys):
    assert main(arguments) == 2
    assert capsys.readouterr() == ("", sentence + "\n")


def test_a_wrong_value_is_one_sentence(commands, capsys):
    with pytest.raises(SystemExit) as caught:
        main(["train", "--images", "many"])
    assert caught.value.code == 2
    error = capsys.readouterr().err
    assert error.startswith("Argument --images: invalid int value: 'many'; see ")
    assert error.count("\n") == 1


def test_the_package_runs_as_a_program():
    command = [sys.executable, "-W", "error", "-m", "gan_course", "doctr"]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 2
    assert result.stderr == "There is no command 'doctr'; did you mean 'doctor'?\n"
