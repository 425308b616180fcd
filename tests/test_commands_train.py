import io
import json
import os
import re
import signal
from types import SimpleNamespace

import pytest
import torch

from gan_course.__main__ import main
from gan_course.commands import train as command_module
from gan_course.commands.progress import Progress
from gan_course.images import resize, save_image
from gan_course.recipes import RECIPES, find
from gan_course.training import Trainer
from gan_course.training.checkpoint import load_checkpoint
from gan_course.training.run import CHECKPOINT, CONFIG, STATS
from tests.small_runs import LENGTH, PERIOD, SET, STEP, contents, train
from tests.training_toys import plain


def test_recipes_are_one_row_of_titles_and_one_row_each(capsys):
    assert main(["recipes"]) == 0
    titles, *rows = capsys.readouterr().out.splitlines()
    assert titles.split()[:3] == ["name", "data", "pair"]
    assert [row.split()[0] for row in rows] == [recipe.name for recipe in RECIPES]
    assert rows[0].split()[1] == "glyphs"
    assert {len(row.split()) for row in (titles, *rows)} == {11}
    assert max(map(len, rows)) <= 120


def test_one_recipe_is_shown_with_all_its_values(capsys):
    assert main(["recipes", "ring"]) == 0
    printed = dict(
        line.split(maxsplit=1) for line in capsys.readouterr().out.splitlines()
    )
    assert printed["r2"] == str(find("ring").r2)
    assert printed["size"] == "-"
    assert main(["recipes", "rin"]) == 1
    assert "no recipe 'rin'; did you mean 'ring'?" in capsys.readouterr().err


def test_a_run_holds_all_its_settings_and_can_be_repeated(tmp_path, capsys):
    folder = tmp_path / "run"
    assert train(folder, "--seed=3") == 0
    printed, said = capsys.readouterr()
    assert printed.startswith(f"glyphs: {LENGTH} images to see, from the 32 of glyphs;")
    assert f"The run in {folder} is finished after {LENGTH} images" in printed
    assert said.splitlines()[-1].startswith(f"{LENGTH} of {LENGTH} images, ")
    settings = json.loads((folder / CONFIG).read_text())["settings"]
    expected = SET | {"seed": 3, "images": LENGTH, "recipe": "glyphs"}
    assert {name: settings[name] for name in expected} == expected
    assert "seconds" not in settings
    moments = [json.loads(text)["images_seen"] for text in lines(folder)]
    assert moments == list(range(PERIOD, LENGTH + 1, PERIOD))
    before = contents(folder)
    assert train(folder, "--seed=3", "--resume") == 0
    assert contents(folder) == before


def lines(folder):
    return (folder / STATS).read_text().splitlines()


def test_two_runs_of_one_command_are_the_same_bytes_and_seeds_differ(tmp_path):
    for name, seed in (("a", 0), ("b", 0), ("c", 1)):
        assert train(tmp_path / name, f"--seed={seed}") == 0
    assert contents(tmp_path / "a") == contents(tmp_path / "b")
    checkpoints = [(tmp_path / name / CHECKPOINT).read_bytes() for name in "ac"]
    assert checkpoints[0] != checkpoints[1]


def test_an_interrupt_keeps_the_moment_and_the_command_goes_on(
    tmp_path, capsys, monkeypatch
):
    assert train(tmp_path / "through") == 0
    step = Trainer.step

    def interrupted(trainer):
        step(trainer)
        if trainer.images_seen == 5 * STEP:
            signal.raise_signal(signal.SIGINT)

    with monkeypatch.context() as patch:
        patch.setattr(Trainer, "step", interrupted)
        assert train(tmp_path / "stopped") == 130
    assert "Interrupted; the same command continues." in capsys.readouterr().err
    kept = load_checkpoint(tmp_path / "stopped" / CHECKPOINT)
    assert kept["images_seen"] == 5 * STEP
    assert train(tmp_path / "stopped") == 0
    assert contents(tmp_path / "stopped") == contents(tmp_path / "through")


def test_seconds_become_images_once(tmp_path, monkeypatch, capsys):
    clock = iter([100.0, 101.0])  # eight steps, a period of R1, take a second
    stopwatch = SimpleNamespace(perf_counter=lambda: next(clock))
    with monkeypatch.context() as patch:
        patch.setattr(command_module, "time", stopwatch)
        assert train(tmp_path / "timed", "--seconds=3", images=None) == 0
    settings = json.loads((tmp_path / "timed" / CONFIG).read_text())["settings"]
    assert (settings["seconds"], settings["images"]) == (3.0, 24 * STEP)
    before = contents(tmp_path / "timed")
    monkeypatch.setattr(command_module, "_measured_length", None)
    assert train(tmp_path / "timed", "--seconds=3", images=None) == 0
    assert contents(tmp_path / "timed") == before
    capsys.readouterr()
    assert train(tmp_path / "timed", "--seconds=4", images=None) == 1
    sentence = "holds a run with other settings: seconds is 3.0 there and 4.0 here; rep"
    assert sentence in capsys.readouterr().err


def test_timing_changes_nothing(tmp_path):
    assert train(tmp_path / "timed", "--seconds=0.0001", images=None) == 0
    length = load_checkpoint(tmp_path / "timed" / CHECKPOINT)["images_seen"]
    assert length == STEP
    assert train(tmp_path / "told", images=length) == 0
    files = [contents(tmp_path / name) for name in ("timed", "told")]
    for content in files:
        content.pop(CONFIG)
    assert files[0] == files[1]


def test_a_folder_of_pictures_is_trained_on(tmp_path, capsys):
    for number in range(10):
        picture = coarse_picture(number)
        save_image(picture, tmp_path / "pictures" / f"{number}.png")
    chosen = f"--data={tmp_path / 'pictures'}"
    assert train(tmp_path / "run", chosen, "--set=channels=3") == 0
    settings = json.loads((tmp_path / "run" / CONFIG).read_text())["settings"]
    assert settings["data"] == (tmp_path / "pictures").resolve().as_posix()
    assert (tmp_path / "run" / "samples" / f"{LENGTH:012}.png").exists()


def coarse_picture(number):
    """A coarse random picture, unlike the others."""
    draw = torch.Generator().manual_seed(number)
    coarse = torch.randint(0, 256, (3, 6, 6), dtype=torch.uint8, generator=draw)
    return resize(coarse, 48)


@pytest.mark.parametrize(
    ("arguments", "status", "sentence"),
    [
        (["--recipe=glyps"], 1, "There is no recipe 'glyps'; did you mean 'glyphs'?"),
        (["--data=glyph"], 1, "no data set or folder 'glyph'; did you mean 'glyphs'?"),
        (["--set=loss=hing"], 1, "There is no loss 'hing'; did you mean 'hinge'?"),
        (["--set=los=hinge"], 1, "value of a recipe 'los'; did you mean 'loss'?"),
        (["--precision=bf15"], 1, "bf16"),
        (["--sed=1"], 2, "has no option '--sed=1'; did you mean '--seed'?"),
        (["--seed=-1"], 2, "'-1' is not a whole number from 0 to 4294967295; see"),
        (["--images=0"], 2, "'0' is not a whole number of 1 or more; see"),
        (["--seconds=soon"], 2, "'soon' is not a number of seconds above 0; see"),
        (["--images=8", "--seconds=3"], 2, "not allowed with argument"),
        (["--fresh", "--resume"], 2, "not allowed with argument"),
        (["--set=batch_size=64"], 1, "A batch takes 64 of 32 images; choose a batch_s"),
        (["--resume"], 1, "There is no run in "),
        (["--data=digits", "--set=size=28"], 1, "set size=8 and channels=1, or choose"),
    ],
)
def test_what_cannot_be_trained_is_one_sentence(
    arguments, status, sentence, tmp_path, capsys
):
    images = None if "--seconds=3" in arguments else 8
    try:
        given = train(tmp_path / "run", *arguments, images=images)
    except SystemExit as left:
        given = left.code
    error = capsys.readouterr().err
    assert (given, error.count("\n")) == (status, 1), error
    assert sentence in error
    assert not (tmp_path / "run").exists()


def test_a_fresh_run_wants_an_empty_folder(tmp_path, capsys):
    assert train(tmp_path, "--fresh") == 0
    assert train(tmp_path, "--fresh") == 1
    assert "holds a run already; choose an empty folder" in capsys.readouterr().err


def test_other_options_are_listed(tmp_path, capsys):
    assert train(tmp_path) == 0
    before = contents(tmp_path)
    assert train(tmp_path, "--seed=1", "--set=loss=hinge", images=2 * LENGTH) == 1
    differences = (
        f"images is {LENGTH} there and {2 * LENGTH} here, loss is non-saturating there "
        "and hinge here, seed is 0 there and 1 here; repeat its settings to go on"
    )
    assert differences in capsys.readouterr().err
    assert contents(tmp_path) == before


@pytest.mark.parametrize("name", [CONFIG, CHECKPOINT, STATS])
def test_a_damaged_file_is_one_sentence(name, tmp_path, capsys):
    assert train(tmp_path) == 0
    capsys.readouterr()
    whole = (tmp_path / name).read_bytes()
    (tmp_path / name).write_bytes(whole[: len(whole) // 2])
    assert train(tmp_path) == 1
    error = capsys.readouterr().err
    assert "damaged" in error and error.count("\n") == 1


def test_a_training_that_breaks_leaves_its_last_good_checkpoint(tmp_path, capsys):
    assert train(tmp_path, "--set=learning_rate=1e30") == 1
    error = capsys.readouterr().err.splitlines()[-1]
    assert re.match(r"The \S+ loss is \S+ after \d+ images; go back to an", error)
    assert not (tmp_path / CHECKPOINT).exists()


@pytest.mark.parametrize("value", [0, "many", None, True])
def test_an_edited_length_is_one_sentence(value, tmp_path, capsys):
    assert train(tmp_path, "--seconds=0.0001", images=None) == 0
    config = json.loads((tmp_path / CONFIG).read_text())
    config["settings"]["images"] = value
    (tmp_path / CONFIG).write_text(json.dumps(config))
    capsys.readouterr()
    assert train(tmp_path, "--seconds=0.0001", images=None) == 1
    error = capsys.readouterr().err
    assert f"holds images={json.dumps(value)}, but a run has" in error
    assert error.count("\n") == 1


@pytest.mark.filterwarnings("default")
def test_another_machine_is_said_in_one_line(tmp_path, capsys):
    assert train(tmp_path) == 0
    config = json.loads((tmp_path / CONFIG).read_text())
    config["machine"]["threads"] = 99
    (tmp_path / CONFIG).write_text(json.dumps(config))
    capsys.readouterr()
    assert train(tmp_path) == 0
    error = capsys.readouterr().err
    assert error.startswith(f"The run in {tmp_path} began elsewhere: threads is 99 th")
    assert error.count("\n") == 1


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_progress_is_a_bar_on_a_terminal(monkeypatch):
    monkeypatch.setenv("COLUMNS", "120")
    screen, trainer = Terminal(), plain()
    trainer.train(until=100)  # a run that goes on
    with Progress(1_000, stream=screen) as progress:
        trainer.train(until=1_000, callbacks=[progress])
    last = screen.getvalue().split("\r")[-1]
    assert last.startswith("100%") and "1.00k/1.00k" in last
    assert "discriminator" in last and "generator" in last
    assert "\n" not in screen.getvalue().rstrip("\n")


def test_progress_is_a_few_lines_elsewhere():
    stream, trainer = io.StringIO(), plain()
    trainer.train(until=500)
    with Progress(5_000, stream=stream) as progress:
        trainer.train(until=5_000, callbacks=[progress])
    printed = stream.getvalue().splitlines()
    assert [line.split()[0] for line in printed] == [
        f"{seen:,}" for seen in range(1_000, 5_001, 500)
    ]
    pattern = (
        r"5,000 of 5,000 images, [\d,]+ images/s, discriminator 1\.\d{3}, generator"
    )
    assert re.match(pattern, printed[-1])


def test_hidden_progress_shows_nothing():
    stream = io.StringIO()
    with Progress(100, stream=stream, hidden=True) as progress:
        plain().train(until=100, callbacks=[progress])
    assert stream.getvalue() == ""


def test_the_device_can_be_chosen(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("GAN_COURSE_DEVICE", "gpu")
    assert train(tmp_path / "run") == 1
    assert "There is no device 'gpu'; choose cpu" in capsys.readouterr().err
    assert os.environ.get("WORLD_SIZE") is None
