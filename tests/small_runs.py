"""The command line on a run that takes a second: tiny networks, tiny glyphs."""

from pathlib import Path

from gan_course.__main__ import main
from gan_course.training.run_files import LOCK

STEP, LENGTH, PERIOD = 8, 96, 32  # images in a step, in a run, between two moments
SET = {"count": 32, "size": 8, "generator_width": 2, "discriminator_width": 2}
SET |= {"latent_size": 5, "batch_size": STEP, "augment": "translate flip"}
# What follows may change in the recipes, and is what the tests expect.
SET |= {"loss": "non-saturating", "r1": 2.0, "r2": 0.0, "penalty_every": 8}
SET |= {"pair": "convolutional"}
SET |= {"learning_rate": 2e-3, "decay_from": 0.0, "half_life": 5_000, "gain": 1.0}


def command(folder, *more, recipe="glyphs", images=LENGTH, keep_every=PERIOD):
    """Return the arguments that train a tiny run in a folder."""
    changes = [f"--set={name}={value}" for name, value in SET.items()]
    length = [f"--images={images}"] if images else []
    start = ["train", f"--recipe={recipe}", f"--out={folder}"]
    return [*start, f"--keep-every={keep_every}", *length, *changes, *more]


def train(folder, *more, **options):
    """Train a tiny run and return the exit status."""
    return main(command(folder, *more, **options))


def contents(folder):
    """Return what a folder holds, but for its lock: path inside it → bytes."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(Path(folder).rglob("*"))
        if path.is_file() and path.name != LOCK
    }
