"""The step that notebook 05 writes out is the step of the package."""

import copy

import pytest
import torch

from gan_course.images import to_float
from gan_course.networks.mlp import Discriminator, Generator
from gan_course.penalties import r1_penalty
from gan_course.training import Penalty, Trainer, linear_decay
from gan_course.training.batches import batch_indices, seed_noise
from tests.notebook_source import definitions

BATCH, STEPS, RATE = 8, 6, 1e-3


@pytest.fixture
def trainer():
    images = torch.randint(0, 256, (40, 1, 28, 28), dtype=torch.uint8)
    return Trainer(
        Generator(),
        Discriminator(),
        images,
        penalties={"R1": Penalty(r1_penalty, gamma=2.0, every=4)},
        batch_size=BATCH,
        learning_rate=RATE,
        schedule=linear_decay(100 * BATCH),
    )


def written_out(taught, trainer):
    """Train copies of the networks with the notebook's step, on the same batches."""
    networks = copy.deepcopy((trainer.generator, trainer.discriminator))
    gan = taught["new_gan"](*networks, 100, batch=BATCH, gamma=2.0)
    for seen in range(0, STEPS * BATCH, BATCH):
        for optimiser in (gan.g_optimiser, gan.d_optimiser):
            optimiser.param_groups[0]["lr"] = RATE * (1 - seen / (100 * BATCH))
        order = batch_indices(40, BATCH, seed=0, images_seen=seen)
        seed_noise(0, seen, torch.device("cpu"))
        losses = taught["step"](gan, to_float(trainer.images[order]))
        gan.images_seen += BATCH
    return gan, losses


def test_both_train_the_same_networks(trainer):
    gan, losses = written_out(definitions("05"), trainer)
    trainer.train(until=STEPS * BATCH)
    for name in ("generator", "discriminator"):
        weights = getattr(gan, name).state_dict()
        for key, value in getattr(trainer, name).state_dict().items():
            assert torch.allclose(value, weights[key], atol=1e-6), f"{name} {key}"
        assert trainer.losses[name].item() == pytest.approx(losses[name].item(), 1e-4)
