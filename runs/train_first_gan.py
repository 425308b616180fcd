"""Run the training of notebook 05 for longer, with the code that stands in its text.

Five seeds are trained; the median one, by the second judge's share of recognised
samples, becomes data/first_gan.safetensors and the picture at the top of notebook 05.

    sh runs/first_gan.sh
"""

import argparse
import json
import os
import statistics
import time
from pathlib import Path

import jupytext
import torch
from safetensors.torch import load_file, save_file
from torch.nn import Module

from gan_course.metrics.features import recognise
from gan_course.networks.mlp import Generator
from gan_course.plots import image_grid
from gan_course.plots.display import png_bytes

ROOT = Path(__file__).resolve().parents[1]
TEXT = ROOT / "notebooks" / "src" / "05_train_your_first_gan.py"
RUNS = ROOT / "build" / "first_gan"
BUDGET = "budget(cpu=153_600, gpu=1_536_000)"
TRAINING = "third = gan.total // 3"  # where the notebook begins to train
SEED = 1_000  # of the latents that a trained generator is judged by
SAMPLES = 10_000


def train(shift: int, changes: dict[str, str]) -> tuple[Module, dict]:
    """Train what the notebook's text sets up, with `changes`: old text → new text.

    Returns:
        The average of the generators, and what is known of the run.
    """
    os.environ["GAN_COURSE_SEED"] = str(shift)
    text = TEXT.read_text(encoding="utf-8")
    for needed in (TRAINING, *changes):
        if needed not in text:
            raise ValueError(f"{TEXT.name} has no {needed!r}; correct it here as well.")
    namespace: dict = {"__name__": "__main__"}
    for cell in jupytext.reads(text, fmt="py:percent").cells:
        if cell.cell_type != "code" or "solution" in cell.metadata.get("tags", []):
            continue
        source, training, _ = cell.source.partition(TRAINING)
        for old, new in changes.items():
            source = source.replace(old, new)
        exec(source, namespace)
        if training:
            break
    gan, data, learn = (namespace[name] for name in ("gan", "data", "train"))
    print(f"seed {shift}: training on {gan.total:,} images", flush=True)
    start = time.perf_counter()
    learn(gan, data, until=gan.total)
    seconds = round(time.perf_counter() - start)
    known = {"seed": shift, "images": gan.total, "seconds": seconds}
    known |= {"threads": torch.get_num_threads(), **judge_generator(gan.average)}
    print(json.dumps(known), flush=True)
    return gan.average, known


def train_longer(shift: int, images: int) -> None:
    """Train on more images than the notebook does; keep weights and numbers."""
    average, known = train(shift, {BUDGET: str(images)})
    halves = {name: value.half() for name, value in average.state_dict().items()}
    save_file(halves, RUNS / f"seed_{shift}.safetensors")
    (RUNS / f"seed_{shift}.json").write_text(json.dumps(known))


def train_plain() -> None:
    """Train as the notebook does, but without He initialisation and R1."""
    networks = "generator, discriminator = Generator(), Discriminator()\n"
    plain = {"gan = new_gan(": f"{networks}gan = new_gan(", "gamma=2.0": "gamma=0.0"}
    (RUNS / "plain.json").write_text(json.dumps(train(0, plain)[1]))


def sample(generator: Module) -> torch.Tensor:
    """Draw the samples that are judged; always from the same latents."""
    latents = torch.randn(SAMPLES, 100, generator=torch.Generator().manual_seed(SEED))
    with torch.no_grad():
        return generator.cpu()(latents)


def judge_generator(generator: Module) -> dict[str, float]:
    """Shares recognised by both judges, and the rarest digit's share by the second."""
    samples = sample(generator)
    first, second = (recognise(samples, which=name) for name in ("first", "second"))
    return {
        "first": round(first.share, 4),
        "second": round(second.share, 4),
        "rarest_digit": round(second.digit_shares.min().item(), 4),
    }


def publish() -> None:
    """Ship the median seed, its numbers and those of the others, and its picture."""
    results = [json.loads(p.read_text()) for p in sorted(RUNS.glob("seed_*.json"))]
    middle = statistics.median_low(result["second"] for result in results)
    median = next(result for result in results if result["second"] == middle)
    weights = load_file(RUNS / f"seed_{median['seed']}.safetensors")
    save_file(weights, ROOT / "data" / "first_gan.safetensors")
    plain = json.loads((RUNS / "plain.json").read_text())
    stats = {"median_seed": median["seed"], "runs": results, "without_he_and_r1": plain}
    (ROOT / "data" / "first_gan.json").write_text(json.dumps(stats, indent=1) + "\n")
    generator = Generator()
    generator.load_state_dict({name: value.float() for name, value in weights.items()})
    figure = image_grid(sample(generator)[:100], columns=10)
    picture = ROOT / "notebooks" / "pictures" / "05_train_your_first_gan.png"
    picture.parent.mkdir(exist_ok=True)
    picture.write_bytes(png_bytes(figure))
    print(f"median seed {median['seed']}: {median}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, help="train with this seed")
    parser.add_argument("--images", type=int, default=480_000)
    parser.add_argument("--plain", action="store_true", help="without He and R1")
    parser.add_argument("--publish", action="store_true", help="ship the median seed")
    options = parser.parse_args()
    RUNS.mkdir(parents=True, exist_ok=True)
    if options.seed is not None:
        train_longer(options.seed, options.images)
    if options.plain:
        train_plain()
    if options.publish:
        publish()
