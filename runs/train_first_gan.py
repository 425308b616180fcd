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

from gan_course.metrics.features import recognise
from gan_course.networks.mlp import Generator
from gan_course.plots import image_grid
from gan_course.plots.display import png_bytes

ROOT = Path(__file__).resolve().parents[1]
TEXT = ROOT / "notebooks" / "src" / "05_train_your_first_gan.py"
RUNS = ROOT / "build" / "first_gan"
BUDGET, LIVE = "budget(cpu=153_600, gpu=1_536_000)", "LiveTraining("
SEED = 1_000  # of the latents that a trained generator is judged by
SAMPLES = 10_000


def train(shift: int, images: int) -> None:
    """Execute the notebook's cells up to its training, train, and store the average."""
    os.environ["GAN_COURSE_SEED"] = str(shift)
    namespace: dict = {"__name__": "__main__"}
    for cell in jupytext.read(TEXT).cells:
        if cell.cell_type != "code" or "solution" in cell.metadata.get("tags", []):
            continue
        if LIVE in cell.source:
            break
        exec(cell.source.replace(BUDGET, str(images)), namespace)
    gan, data, learn = (namespace[name] for name in ("gan", "data", "train"))
    print(f"seed {shift}: training on {images:,} images", flush=True)
    start = time.perf_counter()
    learn(gan, data, until=gan.total)
    seconds = time.perf_counter() - start
    judged = judge_generator(gan.average)
    RUNS.mkdir(parents=True, exist_ok=True)
    halves = {name: value.half() for name, value in gan.average.state_dict().items()}
    save_file(halves, RUNS / f"seed_{shift}.safetensors")
    judged |= {"seed": shift, "images": images, "seconds": round(seconds)}
    judged |= {"threads": torch.get_num_threads()}
    (RUNS / f"seed_{shift}.json").write_text(json.dumps(judged))
    print(json.dumps(judged), flush=True)


def sample(generator: torch.nn.Module) -> torch.Tensor:
    """Draw the samples that are judged; always from the same latents."""
    latents = torch.randn(SAMPLES, 100, generator=torch.Generator().manual_seed(SEED))
    with torch.no_grad():
        return generator.cpu()(latents)


def judge_generator(generator: torch.nn.Module) -> dict[str, float]:
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
    results = [json.loads(path.read_text()) for path in sorted(RUNS.glob("*.json"))]
    middle = statistics.median_low(result["second"] for result in results)
    median = next(result for result in results if result["second"] == middle)
    weights = load_file(RUNS / f"seed_{median['seed']}.safetensors")
    save_file(weights, ROOT / "data" / "first_gan.safetensors")
    stats = {"median_seed": median["seed"], "runs": results}
    (ROOT / "data" / "first_gan.json").write_text(json.dumps(stats, indent=1) + "\n")
    generator = Generator()
    generator.load_state_dict({name: value.float() for name, value in weights.items()})
    figure = image_grid(sample(generator)[:100], columns=20)
    picture = ROOT / "notebooks" / "pictures" / "05_train_your_first_gan.png"
    picture.parent.mkdir(exist_ok=True)
    picture.write_bytes(png_bytes(figure))
    print(f"median seed {median['seed']}: {median}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, help="train with this seed")
    parser.add_argument("--images", type=int, default=480_000)
    parser.add_argument("--publish", action="store_true", help="ship the median seed")
    options = parser.parse_args()
    if options.seed is not None:
        train(options.seed, options.images)
    if options.publish:
        publish()
