import dataclasses
import itertools
import json

import pytest
import torch

from gan_course.__main__ import main
from gan_course.commands.evaluate import SAMPLES
from gan_course.commands.scores import LINES
from gan_course.datasets.array import write_array
from gan_course.datasets.portraits import CATEGORIES
from gan_course.metrics.evaluation import Scores
from gan_course.recipes import load_run, reality
from gan_course.training.run import CHECKPOINT
from tests import small_mnist
from tests.small_runs import contents, train

FEW = ["--count", 100]
OF_FACES = {"values_found", "factor_distance"}


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs") / "glyphs"
    assert train(folder) == 0
    return folder


@pytest.fixture(scope="module")
def readable(tmp_path_factory):
    """A run whose images the judges take."""
    folder = tmp_path_factory.mktemp("runs") / "readable"
    assert train(folder, "--set=size=28", "--set=count=150") == 0
    return folder


def evaluate(*arguments):
    return main(["evaluate", *map(str, arguments)])


def columns(text):
    """The table as rows of cells, the titles first."""
    lines = text.split("\n\n")[1].splitlines()
    widths = [len(word) for word in lines[1].split("  ")]
    starts = [sum(widths[:n]) + 2 * n for n in range(len(widths) + 1)]
    spans = list(itertools.pairwise(starts))
    cells = [[line[a:b].strip() for a, b in spans] for line in lines]
    return [cells[0], *cells[2:]]


def test_a_table_beside_references_and_the_same_in_json(readable, capsys):
    assert evaluate(readable, *FEW) == 0
    said = capsys.readouterr()
    titles, *rows = columns(said.out)
    names = ["generated", "held-out", "class means", "shuffled", "noise"]
    assert titles == ["", *names, "best"]
    known = [line.title for name, line in LINES.items() if name not in OF_FACES]
    assert [row[0] for row in rows] == known
    content = json.loads((readable / "scores.json").read_text())
    assert set(content["scores"]) == set(names)
    fields = {field.name for field in dataclasses.fields(Scores)}
    assert all(set(scores) == fields for scores in content["scores"].values())
    recognised = content["scores"]["held-out"]["recognised"]
    assert rows[0][2] == f"{100 * recognised:.1f} %"
    assert recognised > 0.95
    protocol = content["protocol"]
    assert (protocol["images"], protocol["k"], protocol["judge"]) == (100, 3, "second")
    assert protocol["settings"] == load_run(readable).settings
    assert "100 samples against 100 held-out images of glyphs" in said.out
    assert said.out.endswith(f"The scores are in {readable / 'scores.json'}.\n")
    assert said.err == ""


def test_the_same_run_has_the_same_scores_and_is_not_changed(run, capsys):
    before = contents(run)
    assert evaluate(run, *FEW) == 0
    first = (run / "scores.json").read_bytes()
    assert evaluate(run, *FEW) == 0
    assert (run / "scores.json").read_bytes() == first
    after = contents(run)
    assert after.pop("scores.json") == first
    before.pop("scores.json", None)
    assert after == before
    assert train(run) == 0  # nor is it in the way of going on


def test_the_first_judge_writes_beside_the_second(readable, capsys):
    assert evaluate(readable, *FEW, "--judge", "first") == 0
    assert "64 features of glyphs, first network" in capsys.readouterr().out
    content = json.loads((readable / "scores_first.json").read_text())
    assert content["protocol"]["judge"] == "first"


def test_images_that_no_network_knows_are_compared_by_random_features(run, capsys):
    assert evaluate(run, *FEW) == 0
    said = capsys.readouterr().out
    assert "64 random features, of an untrained network" in said
    known = {row[0] for row in columns(said)}
    assert "recognised" not in known
    assert {"Fréchet distance", "copies of training"} <= known


def test_images_in_colour_have_scores_too(tmp_path, capsys):
    assert train(tmp_path / "run", "--set=size=16", recipe="portraits") == 0
    assert evaluate(tmp_path / "run", *FEW) == 0
    titles, *_ = columns(capsys.readouterr().out)
    assert titles == ["", "generated", "held-out", "shuffled", "noise", "best"]


@pytest.mark.filterwarnings("default:The Fréchet distance")
def test_portraits_are_measured_by_their_factors(tmp_path, capsys):
    folder = tmp_path / "run"
    assert train(folder, "--set=size=32", recipe="portraits") == 0
    capsys.readouterr()
    assert evaluate(folder, *FEW) == 0
    said = capsys.readouterr().out
    assert "64 features of portraits, second network" in said
    assert "recognised: by the second network of portraits" in said
    rows = {row[0]: row for row in columns(said)}
    assert float(rows["recognised"][2].removesuffix(" %")) > 95
    found, possible = map(int, rows["factors found"][2].split(" of "))
    assert found > 0.9 * possible
    assert rows["factors found"][-2].startswith("0 of ")
    assert 0 < float(rows["distance of factor shares"][2]) < 0.2
    assert "kinds found" not in rows
    content = json.loads((folder / "scores.json").read_text())
    distances = content["scores"]["held-out"]["factor_distances"]
    assert set(distances) == set(CATEGORIES)


@pytest.mark.filterwarnings("default:The Fréchet distance")
def test_handwriting_is_read_by_its_own_judge(tmp_path, monkeypatch, capsys):
    small_mnist.use(monkeypatch)
    monkeypatch.setenv("GAN_COURSE_DATA", str(tmp_path))
    small_mnist.put(tmp_path / "mnist", small_mnist.DIGITS)
    monkeypatch.setattr(reality, "LEAST", 10)
    assert train(tmp_path / "run", "--set=size=28", recipe="mnist") == 0
    capsys.readouterr()
    assert evaluate(tmp_path / "run") == 0
    said = capsys.readouterr().out
    assert "64 features of glyphs, second network" in said
    assert "recognised: by the judge of handwriting" in said
    assert {"recognised", "kinds found"} <= {row[0] for row in columns(said)}


def test_images_of_yours_have_no_held_out_part_and_that_is_said(tmp_path, capsys):
    images = torch.randint(0, 256, (240, 1, 8, 8), dtype=torch.uint8)
    write_array(images, tmp_path / "mine.npy")
    data = f"--data={tmp_path / 'mine.npy'}"
    assert train(tmp_path / "run", data) == 0
    capsys.readouterr()
    assert evaluate(tmp_path / "run") == 0
    said = capsys.readouterr().out
    assert f"120 samples against 120 images of {tmp_path.as_posix()}/mine.npy" in said
    assert "The data have no held-out part" in said
    assert "copies of training" not in said


def test_a_run_is_scored_against_other_data(run, tmp_path, capsys):
    assert evaluate(run, "--against", "digits", *FEW) == 0
    said = capsys.readouterr().out
    assert "against 100 held-out images of digits" in said
    assert "copies of training" not in said


@pytest.mark.filterwarnings("default:The Fréchet distance")
def test_few_images_are_a_warning(run, capsys):
    assert evaluate(run, "--count", 30) == 0
    said = capsys.readouterr().err
    assert "computed from 30 images with 64 features" in said
    assert said.count("\n") == said.count("The Fréchet distance is computed")


def test_points_are_refused_in_a_sentence(tmp_path, capsys):
    wide = "--set=pair=points", "--set=augment=", "--set=generator_width=64"
    assert train(tmp_path / "run", *wide, recipe="ring", images=16) == 0
    capsys.readouterr()
    assert evaluate(tmp_path / "run") == 1
    error = capsys.readouterr().err
    assert error.startswith("The recipe 'ring' makes points of the plane, and")
    assert error.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "status", "sentence"),
    [
        (["none"], 1, "There is no run in none; check its name."),
        (["none", "--count", "0"], 2, "'0' is not a whole number of 1"),
        (["none", "--judge", "third"], 2, "invalid choice: 'third'"),
        (["none", "--againts=glyphs"], 2, "did you mean '--against'?"),
        ([], 2, "The following arguments are required: RUN; see"),
    ],
)
def test_what_cannot_be_evaluated_is_one_sentence(arguments, status, sentence, capsys):
    try:
        given = evaluate(*arguments)
    except SystemExit as left:
        given = left.code
    error = capsys.readouterr().err
    assert (given, error.count("\n")) == (status, 1)
    assert sentence in error


def test_wrong_data_are_one_sentence_and_leave_no_file(run, tmp_path, capsys):
    assert train(tmp_path / "run") == 0
    capsys.readouterr()
    assert evaluate(tmp_path / "run", "--against", "ring") == 1
    assert "ring is a set of points" in capsys.readouterr().err
    path = tmp_path / "run" / CHECKPOINT
    path.write_bytes(path.read_bytes()[:-9])
    assert evaluate(tmp_path / "run") == 1
    assert "is damaged or no checkpoint" in capsys.readouterr().err
    assert not (tmp_path / "run" / "scores.json").exists()


def test_the_command_compares_as_many_images_as_the_protocol_says():
    assert SAMPLES == reality.SAMPLES
