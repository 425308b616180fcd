"""The scripts in runs/ still fit the programs that they call."""

import argparse
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from gan_course.__main__ import COMMANDS
from gan_course.recipes import changed, find

RUNS = Path(__file__).resolve().parents[1] / "runs"
SCRIPTS = sorted(RUNS.glob("*.sh"))
BY_NAME = {command.name: command for command in COMMANDS}


def calls(script):
    """The arguments of each call of the course's program."""
    text = script.read_text(encoding="utf-8").replace("\\\n", " ")
    for line in re.findall(r"^[^#\n]*-m gan_course (.*)$", text, flags=re.MULTILINE):
        name, *arguments = shlex.split(
            line.replace("$seed", "0").replace("$run", "RUN")
        )
        yield BY_NAME[name], arguments


@pytest.mark.skipif(not shutil.which("sh"), reason="there is no shell")
@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.name)
def test_a_script_is_shell_and_names_files_that_exist(script):
    subprocess.run(["sh", "-n", str(script)], check=True)
    text = script.read_text(encoding="utf-8")
    modules = re.findall(r"python -m ((?:benchmarks|runs)\.\w+)", text)
    files = [f"{module.replace('.', '/')}.py" for module in modules]
    for file in files + re.findall(r"python (\S+\.py)", text):
        assert (RUNS.parent / file).exists()


@pytest.mark.parametrize("name", ["generators.sh", "mnist.sh", "slurm.sh"])
def test_a_script_gives_options_that_there_are(name):
    found = list(calls(RUNS / name))
    assert found
    for command, arguments in found:
        parser = argparse.ArgumentParser(exit_on_error=False)
        command.add_options(parser)
        options = parser.parse_args(arguments)
        if command.name == "train":
            changed(find(options.recipe), options.set)
