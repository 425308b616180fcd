"""One of two processes that train together, started by test_distributed.py.

    python -m tests.distributed_worker FOLDER PORT PORT PORT

torchrun's variables say which of the two it is.
"""

import json
import os
import sys
import time
from pathlib import Path

import torch
from torch import nn

from gan_course.losses import LOSSES
from gan_course.penalties import r1_penalty, r2_penalty, wgan_gp_penalty
from gan_course.training import Penalty, Trainer
from gan_course.training.checkpoint import save_checkpoint
from gan_course.training.distributed import ALONE, processes

BATCH, STEPS, PATIENCE = 12, 50, 1.5
DIED = 7  # exit status of the process that ends without a word

CASES = {
    "R1": {
        "loss": LOSSES["relativistic"],
        "penalties": {"R1": Penalty(r1_penalty, gamma=0.5)},
        "largest_gradient": 1.0,
    },
    "lazy": {
        "loss": LOSSES["non-saturating"],
        "penalties": {
            "R2": Penalty(r2_penalty, at="fake", every=4),
            "middle": Penalty(wgan_gp_penalty, at=lambda x, y: (x + y) / 2, every=3),
        },
        "discriminator_steps": 2,
    },
}


def pair(start):
    """Networks in double precision, whose weights a number determines."""
    torch.manual_seed(start)
    generator = nn.Sequential(nn.Linear(4, 16), nn.LeakyReLU(0.2), nn.Linear(16, 36))
    generator.append(nn.Unflatten(1, (1, 6, 6)))
    discriminator = nn.Sequential(nn.Conv2d(1, 4, 3), nn.LeakyReLU(0.2), nn.Flatten())
    discriminator.append(nn.Linear(64, 1))
    return generator.double(), discriminator.double()


def trainer_of(case, world=ALONE):
    """A training whose weights at the start differ between processes."""
    images = torch.arange(50 * 36).mul(37).remainder(256).view(50, 1, 6, 6)
    return Trainer(
        *pair(world.rank), images.to(torch.uint8),
        latent_size=4, batch_size=BATCH, seed=5, world=world, **CASES[case],
    )  # fmt: skip


def trained(case, world=ALONE):
    """Train, and return the trainer and the first pixels of all images shown."""
    trainer, shown = trainer_of(case, world), []

    def note(module, inputs):
        shown.append(inputs[0][:, 0, 0, 0].tolist())

    trainer.discriminator.register_forward_pre_hook(note)
    trainer.train(until=STEPS * trainer.images_per_step)
    return trainer, shown


def agree(folder, world):
    """Train together, and leave what each process saw and ended with."""
    notes = {
        "first": list(world.from_first(lambda: bytes([7, world.rank]))),
        "empty": list(world.from_first(bytes)),
    }
    for case in CASES:
        trainer, notes[f"{case} shown"] = trained(case, world)
        notes[f"{case} losses"] = trainer.history["discriminator"]
        save_checkpoint(folder / f"{case} {world.rank}", trainer.state())
        saved = folder / f"{case} saved by {world.rank}"
        trainer.save(saved)
        resumed = trainer_of(case, world)
        resumed.load(saved)
        save_checkpoint(folder / f"{case} {world.rank} again", resumed.state())
    notes["failure"] = failure(lambda: world.from_first(fail))
    (folder / f"{world.rank}.json").write_text(json.dumps(notes))


def fail():
    raise ValueError("Nothing to be read.")


def failure(action):
    """Return the error of an action as text."""
    try:
        action()
    except (OSError, ValueError) as error:
        return f"{type(error).__name__}: {error}"


def wait_in_vain(world):
    """The second process stays silent for longer than the first one waits."""
    if world.rank:
        time.sleep(3 * PATIENCE)
        return ""
    return failure(lambda: world.average([torch.ones(1)]))


def lose_one(world):
    """The second process dies between two steps; the other one says so."""

    def die(trainer):
        if world.rank and trainer.images_seen == 3 * BATCH:
            os._exit(DIED)

    trainer_of("R1", world).train(until=BATCH * STEPS, callbacks=[die])


def main(folder, *ports):
    """Go through all that two processes can meet, each in a group of its own."""
    os.environ["MASTER_PORT"] = ports[0]
    with processes(torch.device("cpu")) as world:
        agree(folder, world)
    os.environ["MASTER_PORT"] = ports[1]
    with processes(torch.device("cpu"), timeout=PATIENCE) as world:
        silence = wait_in_vain(world)
    (folder / f"silence {world.rank}.txt").write_text(silence)
    os.environ["MASTER_PORT"] = ports[2]
    with processes(torch.device("cpu")) as world:
        lose_one(world)


if __name__ == "__main__":
    torch.set_num_threads(1)
    main(Path(sys.argv[1]), *sys.argv[2:])
