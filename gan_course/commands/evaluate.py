"""`python -m gan_course evaluate RUN`: the scores of a run beside references."""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from gan_course.commands.command import Command
from gan_course.commands.data import table
from gan_course.commands.options import whole_number

if TYPE_CHECKING:
    from gan_course.metrics.evaluation import Scores, Yardstick
    from gan_course.recipes import Run
    from gan_course.recipes.reality import RealImages

SAMPLES = 5_000
FILES = {"second": "scores.json", "first": "scores_first.json"}


class Line(NamedTuple):
    """A line of the table: its title, how it is written, and which values are best."""

    title: str
    text: Callable[["Scores"], str]
    best: str


def _share(name: str) -> Callable[["Scores"], str]:
    return lambda scores: f"{100 * getattr(scores, name):.1f} %"


def _number(name: str) -> Callable[["Scores"], str]:
    return lambda scores: f"{getattr(scores, name):.3f}"


# Each line by the score that must be known for it.
LINES = {
    "recognised": Line("recognised", _share("recognised"), "high"),
    "found": Line("kinds found", lambda s: f"{s.found} of {s.possible}", "all"),
    "reverse_kl": Line("reverse KL of kinds", _number("reverse_kl"), "low"),
    "frechet": Line("Fréchet distance", _number("frechet"), "low"),
    "kernel": Line(
        "kernel distance · 1000",
        lambda s: f"{1000 * s.kernel:.1f} ± {1000 * s.kernel_error:.1f}",
        "low",
    ),
    "precision": Line("precision", _number("precision"), "high"),
    "recall": Line("recall", _number("recall"), "high"),
    "density": Line("density", _number("density"), "1"),
    "coverage": Line("coverage", _number("coverage"), "high"),
    "nearer": Line("nearer to training", _share("nearer"), "50 %"),
    "copies": Line("copies of training", _share("copies"), "1 %"),
    "high_frequencies": Line("high frequencies", _share("high_frequencies"), "real"),
}


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
    print("\n".join(["", *_table(scores), "", *_explanations(real, yardstick)]))
    path = options.run / FILES[options.judge]
    _write(path, protocol, scores)
    print(f"The scores are in {path}.")
    return 0


def _yardstick(real: "RealImages", judge: str) -> tuple[str, "Yardstick"]:
    """Which features the run is measured in, in words, and what measures it."""
    from gan_course.metrics.embeddings import glyph_features, random_features
    from gan_course.metrics.evaluation import Yardstick

    training, reference = real.training, real.reference
    if not real.digits or reference.shape[1:] != (1, 28, 28):
        words = "64 random features, of an untrained network"
        return words, Yardstick(
            reference, random_features(reference), training=training
        )
    yardstick = Yardstick(
        reference,
        glyph_features(judge),
        training=training,
        judge=judge,
        type_faces=real.type_faces,
    )
    return f"64 features of glyphs, {judge} network", yardstick


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


def _table(scores: dict[str, "Scores"]) -> list[str]:
    """A line for each score that is known of any set."""
    rows = [
        (line.title, *(_text(name, line, each) for each in scores.values()), line.best)
        for name, line in LINES.items()
        if any(getattr(each, name) is not None for each in scores.values())
    ]
    return table(("", *scores, "best"), rows)


def _text(name: str, line: Line, scores: "Scores") -> str:
    return "-" if getattr(scores, name) is None else line.text(scores)


def _explanations(real: "RealImages", yardstick: "Yardstick") -> list[str]:
    """What the columns are, and what is missing."""
    lines = [
        "held-out: other real images, the ceiling; shuffled and noise: the floor",
        "recall forgives poor images that lie far apart, coverage does not: read both",
    ]
    if real.other_labels is not None:
        lines.append("class means: one picture for each class, without any variety")
    if yardstick.judge is None:
        lines.append(
            "random features see colour, blur and noise, and hardly what is small"
        )
    if not real.held_out:
        lines.append(
            "The data have no held-out part, so the run has seen all images that it is "
            "compared with: copies would score best, and nothing here would tell."
        )
    return lines


def _write(path: Path, protocol: dict[str, Any], scores: dict[str, "Scores"]) -> None:
    from gan_course.files import write_atomically
    from gan_course.training.run_files import as_json

    values = {name: vars(each) for name, each in scores.items()}
    text = as_json({"protocol": protocol, "scores": values}, indent=2)
    write_atomically(path, f"{text}\n".encode())


EVALUATE = Command(
    "evaluate", "score a run against real images, beside references", _options, _run
)
