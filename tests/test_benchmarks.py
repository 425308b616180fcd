"""The benchmark compares loops that do the same work, and reports what it measures."""

import re
import sys

import pytest
import torch
from torch import nn

from benchmarks import alone, measure, points, training
from benchmarks.cases import BATCH, CASES, LOOPS, Ours, loops_of, textbook
from benchmarks.measure import (
    KINDS,
    matrix_rate,
    operations,
    shares,
    timed_rounds,
    watched,
)
from benchmarks.report import README, publish, spread, table
from benchmarks.textbook import Pictures
from gan_course.images import to_float
from gan_course.recipes import find
from gan_course.training.batches import seed_noise


@pytest.fixture
def glyphs():
    return torch.randint(0, 256, (100, 1, 28, 28), dtype=torch.uint8)


@pytest.mark.parametrize("channels", [1, 3])
def test_the_textbook_sees_the_images_that_the_trainer_sees(channels):
    images = torch.randint(0, 256, (5, channels, 6, 7), dtype=torch.uint8)
    pictures = Pictures(images)
    seen = torch.stack([pictures[index] for index in range(len(pictures))])
    assert torch.allclose(seen, to_float(images), atol=1e-6)


def test_an_epoch_of_the_textbook_shows_every_image_once(glyphs):
    loop = textbook(CASES["mlp"], glyphs[:BATCH], plain=True)
    expected = to_float(glyphs[:BATCH]).flatten(1).sum(dim=1).sort().values
    for batch in (loop.next_batch(), loop.next_batch()):
        sums = batch.flatten(1).sum(dim=1).sort().values
        assert torch.allclose(sums, expected, atol=1e-3)


@pytest.mark.parametrize("plain", [True, False])
def test_a_step_of_the_textbook_is_a_step_of_the_trainer(plain):
    """The same batch and latents change all weights in the same way."""
    images = torch.randint(0, 256, (BATCH, 1, 32, 32), dtype=torch.uint8)
    case = CASES["convolutional"]
    theirs, ours = textbook(case, images, plain=plain), Ours(case, images, "float32")
    real = ours.next_batch()
    seed_noise(0, 0, torch.device("cpu"))
    theirs.step(real)
    ours.train(1)
    for player in ("generator", "discriminator"):
        trained = getattr(ours.trainer, player).state_dict().values()
        for own, other in zip(trained, getattr(theirs, player).state_dict().values()):
            # Adam moves each weight by the rate, so a wrong sign would show as 4e-4;
            # where a gradient is almost 0, rounding decides how far.
            error = (own - other).abs()
            assert error.mean() < 1e-7
            assert (error > 1e-5).double().mean() < 1e-3
    seen = [ours.trainer.losses[name].item() for name in ("discriminator", "generator")]
    assert theirs.losses == [pytest.approx(seen, rel=1e-5)]


def test_only_a_case_with_layers_of_our_own_has_a_loop_for_them():
    assert loops_of(CASES["convolutional"]) == list(LOOPS)
    rest = [name for name in LOOPS if "our layers" not in name]
    assert loops_of(CASES["mlp"]) == rest


def test_operations_are_those_of_the_matrix_products(glyphs):
    """Counted by hand for the fully connected pair: 2 · N · weights a product."""
    generator, discriminator = CASES["mlp"].pair()
    loop = Ours(CASES["mlp"], glyphs, "float32")

    def weights(network, skip=0):
        layers = [m for m in network.modules() if isinstance(m, nn.Linear)]
        return sum(layer.weight.numel() for layer in layers[skip:])

    g, d = weights(generator), weights(discriminator)
    made = g  # images, of which the gradient by the latents is not needed
    learned = g + weights(generator, 1)
    judged = 2 * (d + d + weights(discriminator, 1))  # real and generated
    taught = d + d  # to the images and back
    expected = 2 * BATCH * (made + learned + judged + taught)
    assert operations(loop) == expected


def test_each_round_times_every_loop_and_another_goes_first():
    order = []

    class Recorder:
        def __init__(self, name):
            self.name = name

        def train(self, steps):
            order.append((self.name, steps))

    loops = {name: Recorder(name) for name in "abc"}
    seconds = timed_rounds(loops, rounds=4, steps=7)
    assert {name: len(times) for name, times in seconds.items()} == dict.fromkeys(
        "abc", 4
    )
    assert order[:3] == [("a", 2), ("b", 2), ("c", 2)]
    timed = "".join(name for name, steps in order[3:] if steps == 7)
    assert timed == "abc" + "bca" + "cab" + "abc"
    assert [steps for _, steps in order[3:]] == [1, 7] * 12


@pytest.mark.parametrize("name", ["textbook", "trainer, float32"])
def test_the_shares_of_a_step_sum_to_one(name, glyphs):
    loop = LOOPS[name](CASES["mlp"], glyphs)
    loop.train(1)
    found = shares(loop, 3)
    assert list(found) == list(KINDS)
    assert sum(found.values()) == pytest.approx(1, abs=0.05)
    assert all(0 <= share <= 1 for share in found.values())
    assert found["matrix products"] > max(found["data"], found["between"])


def test_memory_is_the_most_that_a_process_held():
    program = (
        "import psutil, time; print(psutil.Process().memory_info().rss, flush=True);"
        "block = bytes(range(256)) * 400_000; time.sleep(0.3)"
    )
    seen = watched([sys.executable, "-c", program])
    assert 102 <= seen.peak - seen.before < 115
    with pytest.raises(RuntimeError, match="ended with 3"):
        watched([sys.executable, "-c", "raise SystemExit(3)"])


def test_a_loop_alone_says_what_it_holds_and_trains(glyphs, monkeypatch, capsys):
    trained = []
    small = CASES["mlp"]._replace(images=lambda: glyphs)
    monkeypatch.setitem(CASES, "mlp", small)
    monkeypatch.setattr(Ours, "train", lambda loop, steps: trained.append(steps))
    alone.main("mlp", "trainer, float32", "7")
    assert trained == [7]
    assert 50e6 < int(capsys.readouterr().out) < 3e9


def test_a_product_in_bf16_has_a_rate():
    assert matrix_rate(torch.bfloat16) > 1e8


def test_a_table_and_a_spread_read_as_they_should():
    assert table(("a", "b"), [("x", "1")]) == "| a | b |\n| --- | ---: |\n| x | 1 |"
    assert spread([3.0, 1.0, 10.0]) == "3.00 (1.00…10.00)"


def test_only_what_stands_between_the_markers_is_replaced(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("up\n<!-- x: begin -->\nold\n<!-- x: end -->\ndown\n", "utf-8")
    publish("x", "new ½", page)
    publish("x", "new ½", page)
    text = page.read_text("utf-8")
    assert text == "up\n<!-- x: begin -->\n\nnew ½\n\n<!-- x: end -->\ndown\n"
    with pytest.raises(ValueError, match="lacks '<!-- y: begin -->'"):
        publish("y", "new", page)


def test_the_report_compares_every_loop_with_the_textbook(glyphs, capsys, monkeypatch):
    """The whole command, with one round of one step."""
    written = []
    small = CASES["mlp"]._replace(images=lambda: glyphs)
    monkeypatch.setitem(CASES, "mlp", small)
    monkeypatch.setattr(training, "publish", lambda *text: written.append(text))
    monkeypatch.setattr(measure, "MATRIX_SIZE", 64)
    monkeypatch.setattr(training, "memory", lambda *_: training.Memory(100, 200))
    training.main(["--cases", "mlp", "--rounds", "1", "--steps", "1"])
    printed = capsys.readouterr().out
    assert written == [("training", printed.removesuffix("\n"))]
    assert "Generator 1,486,352 parameters, discriminator 1,329,153." in printed
    assert "| textbook |" in printed and "1.00 (1.00…1.00)" in printed
    for name in loops_of(CASES["mlp"]):
        assert len(re.findall(rf"^\| {name} \|", printed, re.MULTILINE)) == 2


def test_the_page_has_a_place_for_each_table(tmp_path):
    page = tmp_path / "README.md"
    page.write_bytes(README.read_bytes())
    for name in ("training", "points"):
        publish(name, "measured", page)


def test_samples_of_points_are_compared_with_the_modes_of_their_recipe():
    recipe = find("ring")
    exact = points.points_of(recipe, count=5_000, seed=9).points
    counts = points.compare(recipe, exact)
    assert counts.found == 8 and counts.high_quality > 0.98
    rows = [points.Row(counts, 3.0), points.Row(points.compare(recipe, exact * 2), 5.0)]
    lines = points.described(recipe, rows).splitlines()
    assert (
        f"8 modes; {recipe.images:,} points seen in 4 s of one core (at most 5 s)."
        in lines
    )
    exact_row, far_row, reference = (
        line.strip("| ").split(" | ") for line in lines[-3:]
    )
    assert exact_row[:3] == ["0", "8", "8"] and exact_row[-1] == "3"
    assert 98 < float(exact_row[3].rstrip("%")) < 100
    assert [0.9 < float(edge) < 1.1 for edge in exact_row[5].split("…")] == [True] * 2
    assert far_row[:4] == ["1", "0", "0", "0.0%"] and far_row[5:] == ["none", "5"]
    assert reference[:3] == ["exact sampler", "8", "8"]


def test_a_seed_trains_on_one_thread_and_is_timed():
    recipe = points.changed(find("ring"), ["images=512", "count=1000"])
    threads = torch.get_num_threads()
    try:
        row = points.train(recipe, seed=1)
        assert torch.get_num_threads() == 1
    finally:
        torch.set_num_threads(threads)
    assert row.seconds > 0 and row.counts.nearest.sum() == points.SAMPLES


@pytest.mark.parametrize(
    ("main", "arguments", "sentence"),
    [
        (training.main, ["--rounds", "0"], "choose 1 or more"),
        (training.main, ["--cases", "mpl"], "invalid choice"),
        (points.main, ["--seeds", "0"], "--seeds is 0; choose 1 or more"),
        (points.main, ["--recipes", "rnig"], "'ring'"),
        (points.main, ["--recipes", "glyphs"], "glyphs has no modes to count"),
    ],
)
def test_a_wrong_option_stops_before_anything_is_trained(
    capsys, main, arguments, sentence
):
    with pytest.raises(SystemExit):
        main([*arguments, "--print-only"])
    assert sentence in capsys.readouterr().err
