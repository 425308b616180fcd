import pytest
import torch

from gan_course.__main__ import main
from gan_course.images import load_image, tile, to_uint8
from gan_course.recipes import load_run
from gan_course.training.run import CHECKPOINT
from tests.small_runs import train


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs") / "images"
    assert train(folder) == 0
    return folder


def sample(*arguments):
    return main(["sample", *map(str, arguments)])


def test_a_hundred_samples_are_ten_rows_of_ten(run, tmp_path, capsys):
    assert sample(run, "-o", tmp_path / "grid.png") == 0
    picture = load_image(tmp_path / "grid.png")
    expected = tile(to_uint8(load_run(run).sample(100)), columns=10)
    assert torch.equal(picture, expected)
    said = capsys.readouterr().out
    assert said == f"{tmp_path / 'grid.png'}: 100 samples of {run} after 96 images\n"


def test_fewer_samples_are_the_first_ones(run, tmp_path):
    for count in (4, 100):
        assert sample(run, "-o", tmp_path / f"{count}.png", "--count", count) == 0
    few, many = (load_image(tmp_path / f"{count}.png") for count in (4, 100))
    assert few.shape == (3, 17, 17)
    assert torch.equal(few[:, :8, :17], many[:, :8, :17])


def test_seeds_give_other_samples_and_zoom_larger_ones(run, tmp_path):
    for seed in (0, 1):
        assert sample(run, "-o", tmp_path / f"{seed}.png", "--seed", seed) == 0
    first, second = (load_image(tmp_path / f"{seed}.png") for seed in (0, 1))
    assert not torch.equal(first, second)
    assert sample(run, "-o", tmp_path / "large.png", "--zoom", 3) == 0
    assert torch.equal(load_image(tmp_path / "large.png")[:, ::3, ::3], first)


def test_every_format_of_pictures_can_be_written(run, tmp_path, capsys):
    assert sample(run, "-o", tmp_path / "grid.webp", "--count", 2) == 0
    assert load_image(tmp_path / "grid.webp").shape == (3, 8, 17)
    assert sample(run, "-o", tmp_path / "grid.pgn") == 1
    assert "Did you mean grid.png?" in capsys.readouterr().err


def test_points_are_drawn_over_those_of_the_data(tmp_path):
    wide = "--set=pair=points", "--set=augment=", "--set=generator_width=64"
    assert train(tmp_path / "run", *wide, recipe="ring", images=16) == 0
    assert sample(tmp_path / "run", "-o", tmp_path / "points.png", "--count", 500) == 0
    picture = load_image(tmp_path / "points.png")
    assert picture.shape == (3, 640, 640)
    vermillion = torch.tensor([0xD5, 0x5E, 0x00], dtype=torch.uint8)[:, None, None]
    assert 50 < (picture == vermillion).all(dim=0).sum() < 50_000


def test_a_run_that_is_going_on_is_sampled_from_its_last_checkpoint(tmp_path):
    from gan_course.training import Trainer

    seen = []
    step = Trainer.step

    def step_and_sample(trainer):
        step(trainer)
        if trainer.images_seen == 40:
            seen.append(load_run(tmp_path / "run").images_seen)
            seen.append(sample(tmp_path / "run", "-o", tmp_path / "meanwhile.png"))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Trainer, "step", step_and_sample)
        assert train(tmp_path / "run") == 0
    assert seen == [32, 0]


@pytest.mark.parametrize(
    ("arguments", "status", "sentence"),
    [
        (["none", "-o", "a.png"], 1, "There is no run in none; check its name."),
        (["none", "-o", "a.png", "--count", "0"], 2, "'0' is not a whole number of 1"),
        (["none"], 2, "The following arguments are required: -o/--out; see"),
        (["none", "-o", "a.png", "--cout=3"], 2, "did you mean '--count'?"),
    ],
)
def test_what_cannot_be_sampled_is_one_sentence(arguments, status, sentence, capsys):
    try:
        given = sample(*arguments)
    except SystemExit as left:
        given = left.code
    error = capsys.readouterr().err
    assert (given, error.count("\n")) == (status, 1)
    assert sentence in error


def test_a_damaged_checkpoint_is_one_sentence(tmp_path, capsys):
    assert train(tmp_path / "run") == 0
    path = tmp_path / "run" / CHECKPOINT
    path.write_bytes(path.read_bytes()[:-9])
    capsys.readouterr()
    assert sample(tmp_path / "run", "-o", tmp_path / "grid.png") == 1
    assert "is damaged or no checkpoint" in capsys.readouterr().err
    assert not (tmp_path / "grid.png").exists()
