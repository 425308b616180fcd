"""The comparison of the losses: its runs, and what data/ ships of them."""

import json
import math

import pytest
import torch
from safetensors.torch import load_file

from benchmarks.points import points_of
from gan_course.files import data_folder
from gan_course.losses import LOSSES
from gan_course.metrics.modes import EXACT_QUALITY, RADIUS
from gan_course.penalties import interpolate
from gan_course.recipes import find
from runs import compare_losses, publish_losses
from runs.compare_losses import LENGTHS, RATES, ROWS, Choice, Run, score

SHIPPED = json.loads((data_folder() / "choose_a_loss.json").read_text())
DRAWN = load_file(data_folder() / "choose_a_loss.safetensors")
EACH_SET = pytest.mark.parametrize("data", ["ring", "grid"])
EACH_ROW = pytest.mark.parametrize("row", ROWS)
SMALL = {"ring": 192 * 10, "grid": 256 * 10}


def small(data, row, rate=1e-3, **changes):
    """A run of ten steps of the discriminator."""
    options = ROWS[row]
    choice = Choice(rate, options.strengths[-1], options.steps[-1])
    return Run(data, row, choice._replace(**changes), SMALL[data], seed=3)


@EACH_SET
def test_the_shipped_comparison_is_complete(data):
    known = SHIPPED["sets"][data]
    assert list(SHIPPED["sets"]) == list(LENGTHS)
    assert known["images"] == LENGTHS[data]
    assert list(known["rows"]) == list(ROWS) and len(ROWS) == 8
    for row in known["rows"].values():
        assert [run["seed"] for run in row["runs"]] == list(range(10))
    assert len(known["exact"]) == 10


@EACH_SET
def test_the_shipped_numbers_are_in_their_ranges(data):
    known = SHIPPED["sets"][data]
    modes = known["modes"]
    for row in known["rows"].values():
        for run in row["runs"]:
            assert 0 <= run["found"] <= run["touched"] <= modes
            assert 0 <= run["high_quality"] <= 1 and 1 < run["seconds"] < 1_000
            if not run["finite"]:
                assert run["found"] == 0 and run["reverse_kl"] is None
                continue
            assert 0 <= run["reverse_kl"] <= math.log(modes)
            assert (run["spread_least"] is None) == (run["found"] == 0)
            if run["found"]:
                # Points on the rim of the 3σ circle have 3 / √2 / 0.974 = 2.18.
                assert 0 <= run["spread_least"] <= run["spread_median"] < 2.3


@EACH_SET
def test_the_exact_sampler_reaches_the_closed_forms(data):
    known = SHIPPED["sets"][data]
    runs, count = known["exact"], SHIPPED["samples"]
    assert all(run["found"] == run["touched"] == known["modes"] for run in runs)
    share = sum(run["high_quality"] for run in runs) / len(runs)
    error = math.sqrt(EXACT_QUALITY * (1 - EXACT_QUALITY) / (count * len(runs)))
    assert abs(share - EXACT_QUALITY) < 4 * error
    # 2 N KL follows the chi-square distribution with K - 1 degrees of freedom.
    freedom = (known["modes"] - 1) * len(runs)
    total = 2 * count * sum(run["reverse_kl"] for run in runs)
    assert abs(total - freedom) < 4 * math.sqrt(2 * freedom)
    assert all(0.97 < run["spread_median"] < 1.03 for run in runs)


@EACH_SET
@EACH_ROW
def test_a_row_was_trained_with_its_best_choice(data, row):
    known = SHIPPED["sets"][data]["rows"][row]
    long = [each for each in known["tuning"] if each["images"] == LENGTHS[data]]
    short = [each for each in known["tuning"] if each not in long]
    best = max(long, key=lambda each: each["score"])
    assert all(known[name] == best[name] for name in Choice._fields)
    assert len(long) == 2
    rates = {each["learning_rate"] for each in short}
    assert rates == set(RATES) == set(SHIPPED["learning_rates"])
    assert known["strength"] in ROWS[row].strengths
    assert known["steps"] in ROWS[row].steps


@EACH_SET
@EACH_ROW
def test_the_shipped_samples_are_those_of_the_median_run(data, row):
    known = SHIPPED["sets"][data]["rows"][row]
    [median] = [run for run in known["runs"] if run["seed"] == known["median_seed"]]
    scores = sorted(score(run) for run in known["runs"])
    assert score(median) == scores[4]
    points = points_of(find(data), count=1)
    samples = DRAWN[f"{data}/{row}"] / compare_losses.UNIT
    assert samples.shape == (1_000, 2)
    nearest = torch.cdist(samples, points.centres).min(dim=1).values
    share = (nearest <= RADIUS * points.sigma).double().mean().item()
    assert abs(share - median["high_quality"]) < 4 * math.sqrt(0.25 / 1_000)


def test_the_published_files_are_small():
    files = data_folder().glob("choose_a_loss.*")
    assert sum(path.stat().st_size for path in files) < 150_000


@EACH_SET
@EACH_ROW
def test_a_row_differs_from_the_recipe_in_loss_remedy_and_choice_alone(data, row):
    recipe, run = find(data), small(data, row)
    trainer = run.trainer()
    assert trainer.loss == LOSSES[ROWS[row].loss]
    assert trainer.batch_size == recipe.batch_size
    assert trainer.rates == {"generator": 1e-3, "discriminator": 1e-3}
    assert trainer.average.half_life == recipe.half_life
    assert trainer.schedule(run.images // 2) == 0.5
    assert trainer.discriminator_steps == (5 if "W" in row else 1)
    assert (trainer.constrain is not None) == (row == "Wasserstein, clipped")
    penalties = {name: each.gamma for name, each in trainer.penalties.items()}
    expected = {
        "WGAN-GP": {"WGAN-GP": 2 * 10.0},
        "relativistic + R1 + R2": {"R1": recipe.r1, "R2": recipe.r2},
    }
    assert penalties == expected.get(row, {})


def test_the_remedies_of_the_wasserstein_rows_act():
    run = small("ring", "Wasserstein, clipped", strength=0.07)
    trainer = run.trainer()
    trainer.train(until=run.images)
    largest = max(each.abs().max() for each in trainer.discriminator.parameters())
    assert largest.item() == pytest.approx(0.07)
    trainer = small("ring", "WGAN-GP").trainer()
    assert trainer.penalties["WGAN-GP"].at is interpolate
    trainer.step()
    assert "WGAN-GP" in trainer.history.names


@EACH_ROW
def test_a_row_can_be_trained_again(row, tmp_path, monkeypatch):
    """In miniature: the same numbers each time, and a run that is there is kept."""
    monkeypatch.setattr(compare_losses, "RUNS", tmp_path)
    run = small("ring", row)
    first, again = run.train(), run.result()
    assert first["finite"] and first["seed"] == 3
    assert run.finished and len(again["drawn"]) == 1_000
    for known in (first, again):
        del known["seconds"]
    assert first == again
    monkeypatch.delattr(Run, "train")
    assert run.result()["drawn"] == first["drawn"]


def test_a_run_that_is_not_finite_has_found_nothing():
    known = small("ring", "Wasserstein, clipped", rate=1e38, strength=1e38).train()
    assert not known["finite"] and score(known) == 0
    assert known["spread_median"] is None and known["reverse_kl"] is None


def test_what_is_unfinished_is_left_out(tmp_path, monkeypatch):
    """The whole way with a few steps a run: tune, train two seeds of ten, publish."""
    monkeypatch.setattr(compare_losses, "RUNS", tmp_path / "runs")
    monkeypatch.delitem(LENGTHS, "grid")
    for row in list(ROWS)[1:]:
        monkeypatch.delitem(ROWS, row)
    monkeypatch.setitem(LENGTHS, "ring", 3 * 192)
    monkeypatch.setitem(compare_losses.SHORT_LENGTHS, "ring", 2 * 192)
    for run in compare_losses.reported_runs("ring", "minimax")[:2]:
        run.result()
    publish_losses.publish(tmp_path)
    text = (tmp_path / "choose_a_loss.json").read_text()
    known = json.loads(text)["sets"]["ring"]["rows"]["minimax"]
    assert [run["seed"] for run in known["runs"]] == [0, 1]
    assert [each["images"] for each in known["tuning"]] == [384] * 3 + [576] * 2
    assert sum('"seed": 1,' in line for line in text.splitlines()) == 1
    assert list(load_file(tmp_path / "choose_a_loss.safetensors")) == ["ring/minimax"]
