"""From scored runs to a generator that comes with the course, and back."""

import json

import pytest
import torch

from gan_course.networks import weights
from gan_course.recipes import load_run, shipped
from gan_course.recipes.shipped import shipped_facts, shipped_run
from runs import publish_generators
from tests.small_runs import LENGTH, train

SHARES = {3: 0.9, 4: 0.2, 5: 0.5}


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """Three tiny runs with the scores that `evaluate` would have written."""
    folders = []
    for seed, share in SHARES.items():
        folder = tmp_path_factory.mktemp("runs") / f"seed_{seed}"
        assert train(folder, f"--seed={seed}") == 0
        names = "recognised", "frechet", "precision", "recall", "density", "coverage"
        values = dict.fromkeys(names, share)
        protocol = {"settings": load_run(folder).settings}
        text = json.dumps({"protocol": protocol, "scores": {"generated": values}})
        (folder / "scores.json").write_text(text)
        folders.append(folder)
    return folders


@pytest.fixture
def data(tmp_path, monkeypatch):
    """A folder of shipped data that is empty at first."""
    (tmp_path / "build").mkdir()
    monkeypatch.chdir(tmp_path)
    for module in (shipped, weights, publish_generators):
        monkeypatch.setattr(module, "data_folder", lambda: tmp_path)
    return tmp_path


def test_the_median_run_ships_and_draws_the_same_pictures(runs, data):
    publish_generators.publish("tiny", runs, seconds=60.0)
    known, loaded = shipped_facts()["tiny"], shipped_run("tiny")
    assert known["settings"]["seed"] == loaded.settings["seed"] == 5
    assert [run["seed"] for run in known["runs"]] == [3, 4, 5]
    assert [run["recognised"] for run in known["runs"]] == list(SHARES.values())
    assert loaded.images_seen == known["images_seen"] == LENGTH
    expected = load_run(runs[2]).sample(9)
    assert torch.allclose(loaded.sample(9), expected, atol=0.01)
    assert not torch.allclose(loaded.sample(9), load_run(runs[0]).sample(9), atol=0.01)
    assert not any(w.requires_grad for w in loaded.generator.parameters())
    assert {p.name for p in (data / "build").iterdir()} == {
        "tiny_generated.png",
        "tiny_real.png",
    }


def test_a_second_generator_leaves_the_first_one(runs, data):
    publish_generators.publish("one", runs, seconds=60.0)
    publish_generators.publish("two", runs[:1], seconds=30.0)
    facts = shipped_facts()
    assert set(facts) == {"one", "two"}
    assert (facts["one"]["seconds"], facts["two"]["seconds"]) == (60.0, 30.0)
    assert shipped_run("two").settings["seed"] == 3


def test_an_unknown_generator_is_answered_with_the_nearest(runs, data):
    publish_generators.publish("tiny", runs[:1], seconds=60.0)
    with pytest.raises(ValueError, match="did you mean 'tiny'"):
        shipped_run("tinny")
