"""Ship the median of several runs as a generator of the course.

    python runs/publish_generators.py glyphs build/glyphs/seed_* --seconds 600

Every run must have been scored by `python -m gan_course evaluate`. The median, by the
share recognised by the second judge, becomes data/generator_NAME.safetensors in half
precision; settings and scores of all runs go into data/generators.json. Beside it, the
first 100 samples and 100 real images are drawn at 4× zoom, for eyes: build/NAME.png.
"""

import argparse
import json
import platform
import statistics
from pathlib import Path

import torch
from safetensors.torch import save_file

from gan_course.files import data_folder
from gan_course.images import to_float
from gan_course.plots import image_grid
from gan_course.plots.display import png_bytes
from gan_course.recipes import Run, load_images, load_run
from gan_course.recipes.shipped import FACTS, weights_file


def scores_of(folder: Path) -> dict[str, float]:
    """What the second judge said of a run, and its seed."""
    known = json.loads((folder / "scores.json").read_text(encoding="utf-8"))
    settings = known["protocol"]["settings"]
    names = "recognised", "frechet", "precision", "recall", "density", "coverage"
    values = known["scores"]["generated"]
    return {"seed": settings["seed"]} | {name: values[name] for name in names}


def processor() -> str:
    """The processor's name, as far as the system tells."""
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor()


def publish(name: str, folders: list[Path], seconds: float) -> None:
    """Store the median run's generator and what is known of all runs."""
    runs = sorted((scores_of(folder) for folder in folders), key=lambda r: r["seed"])
    middle = statistics.median_low(run["recognised"] for run in runs)
    place = next(f for f in folders if scores_of(f)["recognised"] == middle)
    run = load_run(place)
    weights = run.generator.state_dict()
    halves = {key: value.half().contiguous() for key, value in weights.items()}
    save_file(halves, data_folder() / weights_file(name))
    path = data_folder() / FACTS
    facts = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    facts[name] = {
        "settings": run.settings,
        "images_seen": run.images_seen,
        "seconds": seconds,
        "threads": torch.get_num_threads(),
        "processor": processor(),
        "runs": runs,
    }
    path.write_text(json.dumps(facts, indent=1, sort_keys=True) + "\n")
    draw(name, run)
    seed = run.settings["seed"]
    print(f"{name}: seed {seed} of {len(runs)}, {middle:.1%} recognised")


def draw(name: str, run: Run) -> None:
    """The first 100 samples beside 100 real images."""
    samples, real = run.sample(100), to_float(load_images(run.recipe)[:100])
    for kind, images in (("generated", samples), ("real", real)):
        figure = image_grid(images, columns=10, zoom=4)
        Path(f"build/{name}_{kind}.png").write_bytes(png_bytes(figure))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("name", help="of the generator")
    parser.add_argument("runs", nargs="+", type=Path, help="folders of its runs")
    parser.add_argument("--seconds", type=float, required=True, help="of each run")
    options = parser.parse_args()
    publish(options.name, options.runs, options.seconds)
