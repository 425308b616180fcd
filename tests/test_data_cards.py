"""The cards in data/README.md say what the shipped files are."""

import hashlib
import json
import re
import statistics
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from gan_course.files import data_folder
from gan_course.images import to_uint8
from gan_course.metrics.faces import faces
from gan_course.metrics.features import recognise
from gan_course.networks.mlp import Generator
from gan_course.recipes.shipped import shipped_facts, shipped_run

DATA = Path(data_folder())
CARDS = (DATA / "README.md").read_text(encoding="utf-8")
SHIPPED = sorted(path.name for path in DATA.iterdir() if path.suffix != ".md")
LARGEST = 10_000_000  # bytes of all files together


@pytest.mark.parametrize("name", SHIPPED)
def test_every_file_is_named_with_its_checksum(name):
    assert f"`{name}`" in CARDS
    assert hashlib.sha256((DATA / name).read_bytes()).hexdigest() in CARDS


def test_no_card_names_a_checksum_of_nothing():
    actual = {hashlib.sha256((DATA / n).read_bytes()).hexdigest() for n in SHIPPED}
    assert set(re.findall(r"\b[0-9a-f]{64}\b", CARDS)) == actual


def test_what_ships_is_small():
    assert sum((DATA / name).stat().st_size for name in SHIPPED) <= LARGEST


def test_the_shipped_generator_is_the_median_run_and_draws_what_its_card_says():
    stats = json.loads((DATA / "first_gan.json").read_text())
    shares = [run["second"] for run in stats["runs"]]
    [median] = [r for r in stats["runs"] if r["seed"] == stats["median_seed"]]
    assert len(shares) == 5
    assert median["second"] == statistics.median(shares)
    generator = Generator()
    weights = load_file(DATA / "first_gan.safetensors")
    generator.load_state_dict({name: value.float() for name, value in weights.items()})
    latents = torch.randn(10_000, 100, generator=torch.Generator().manual_seed(1_000))
    with torch.no_grad():
        seen = recognise(generator(latents))
    assert abs(seen.share - median["second"]) < 0.01
    assert abs(seen.digit_shares.min() - median["rarest_digit"]) < 0.01


@pytest.mark.parametrize("name", ["glyphs", "portraits"])
def test_a_shipped_run_is_the_median_and_draws_what_its_card_says(name):
    facts = shipped_facts()[name]
    shares = [run["recognised"] for run in facts["runs"]]
    [median] = [r for r in facts["runs"] if r["seed"] == facts["settings"]["seed"]]
    assert len(shares) == 5
    assert median["recognised"] == statistics.median(shares)
    samples = to_uint8(shipped_run(name).sample(5_000))
    judge = {"glyphs": recognise, "portraits": faces}[name]
    assert abs(judge(samples).share - median["recognised"]) < 0.003
    _, _, card = CARDS.partition(f"\n## The generator of {name}")
    card, _, _ = card.partition("\n## ")
    assert f"{facts['images_seen']:,} images" in card
    assert f"{median['recognised']:.1%}".replace("%", " %") in card
    for score in ("frechet", "coverage"):
        assert f"{median[score]:.2f}" in card
    lowest, highest = min(shares), max(shares)
    assert f"{100 * lowest:.1f} to {100 * highest:.1f} %" in card


def test_the_shipped_generators_together_are_at_most_5_mb():
    sizes = [p.stat().st_size for p in DATA.glob("generator_*.safetensors")]
    assert len(sizes) == len(shipped_facts())
    assert sum(sizes) <= 5_000_000
