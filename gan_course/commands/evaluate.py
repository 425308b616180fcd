"""`python -m gan_course evaluate RUN`: the scores of a run beside references."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gan_course.commands.command import Command
from gan_course.commands.options import whole_number
from gan_course.commands.scores import score_table

if TYPE_CHECKING:
    from gan_course.metrics.evaluation import Scores, Yardstick
    from gan_course.recipes import Run
    from gan_course.recipes.reality import RealImages

SAMPLES = 5_000
FILES = {"second": "scores.json", "first": "scores_first.json"}


def _options(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("run", type=Path, metavar="RUN", help="folder of a run, finished or not")
    add(
        "--against",
        metavar="DATA",
        help="a set, a folder or an .npy file (default: what the run is trained on)",
    )
    add(
        "--judge",
        choices=tuple(FILES),
        default="second",
        help="first to tune with, second to report (default)",
    )
    add(
        "--count",
        type=whole_number,
        default=SAMPLES,
        help=f"images on either side (default {SAMPLES}, for all published scores)",
    )


def _run(options: argparse.Namespace) -> int:
    from gan_course.images import to_uint8
    from gan_course.metrics.evaluation import references
    from gan_course.recipes import load_run
    from gan_course.recipes.reality import real_images

    run = load_run(options.run)
    real = real_images(run.recipe, options.against, count=options.count)
    features, yardstick = _yardstick(real, options.judge)
    protocol = _protocol(options, run, real, features)
    print(_opening(options.run, protocol), flush=True)
    generated = to_uint8(run.sample(len(real.reference)))
    sets = {"generated": generated, **references(real.other, real.other_labels)}
    scores = {name: yardstick.measure(images) for name, images in sets.items()}
    print(
        "\n".join(
            ["", *score_table(scores), "", *_explanations(real, yardstick, scores)]
        )
    )
    path = options.run / FILES[options.judge]
    _write(path, protocol, scores)
    print(f"The scores are in {path}.")
    return 0


def _yardstick(real: "RealImages", judge: str) -> tuple[str, "Yardstick"]:
    """Which features the run is measured in, in words, and what measures it."""
    from gan_course.metrics.embeddings import glyph_features, random_features
    from gan_course.metrics.evaluation import Yardstick
    from gan_course.metrics.faces import portrait_features
    from gan_course.metrics.readers import (
        glyph_reader,
        handwriting_reader,
        portrait_reader,
    )

    shape = tuple(real.reference.shape[1:])
    if real.name == "portraits" and shape == (3, 32, 32):
        words = f"64 features of portraits, {judge} network"
        features, reader = portrait_features(judge), portrait_reader(judge)
    elif real.name in ("glyphs", "mnist") and shape == (1, 28, 28):
        words = f"64 features of glyphs, {judge} network"
        features, reader = glyph_features(judge), glyph_reader(judge)
        if real.name == "mnist":
            reader = handwriting_reader()
    else:
        words = "64 random features, of an untrained network"
        features, reader = random_features(real.reference), None
    return words, Yardstick(
        real.reference, features, training=real.training, reader=reader
    )


def _protocol(
    options: argparse.Namespace, run: "Run", real: "RealImages", features: str
) -> dict[str, Any]:
    """All that the scores depend on but for the weights of the run, as JSON."""
    from gan_course.metrics.precision_recall import NEIGHBOURS

    return {
        "against": real.name,
        "features": features,
        "held_out": real.held_out,
        "images": len(real.reference),
        "images_seen": run.images_seen,
        "judge": options.judge,
        "k": NEIGHBOURS,
        "settings": run.settings,
    }


def _opening(folder: Path, protocol: dict[str, Any]) -> str:
    kind = "held-out images" if protocol["held_out"] else "images"
    return (
        f"{folder} after {protocol['images_seen']:,} images: {protocol['images']:,} "
        f"samples against {protocol['images']:,} {kind} of {protocol['against']}; "
        f"{protocol['features']}; k = {protocol['k']}"
    )


def _explanations(
    real: "RealImages", yardstick: "Yardstick", scores: dict[str, "Scores"]
) -> list[str]:
    """What the columns are, and what is missing."""
    lines = [
        "held-out: other real images, the ceiling; shuffled and noise: the floor",
        "recall forgives poor images that lie far apart, coverage does not: read both",
    ]
    if real.other_labels is not None:
        lines.append("class means: one picture for each class, without any variety")
    if yardstick.reader is None:
        lines.append(
            "random features see colour, blur and noise, and hardly what is small"
        )
    else:
        lines.append(f"recognised: by {yardstick.reader.name}")
    if scores["generated"].factor_distances:
        lines.append(_farthest(scores["generated"].factor_distances))
    if not real.held_out:
        lines.append(
            "The data have no held-out part, so the run has seen all images that it is "
            "compared with: copies would score best, and nothing here would tell."
        )
    return lines


def _farthest(distances: dict[str, float]) -> str:
    """The three factors whose shares are farthest from the real ones."""
    worst = sorted(distances, key=distances.get, reverse=True)[:3]
    listed = ", ".join(
        f"{name.replace('_', ' ')} {distances[name]:.3f}" for name in worst
    )
    return f"factors farthest from the real shares: {listed}"


def _write(path: Path, protocol: dict[str, Any], scores: dict[str, "Scores"]) -> None:
    from gan_course.files import write_atomically
    from gan_course.training.run_files import as_json

    values = {name: vars(each) for name, each in scores.items()}
    text = as_json({"protocol": protocol, "scores": values}, indent=2)
    write_atomically(path, f"{text}\n".encode())


EVALUATE = Command(
    "evaluate", "score a run against real images, beside references", _options, _run
)
