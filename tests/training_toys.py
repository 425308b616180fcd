"""Small pairs of networks in training, and how to compare their states."""

import torch
from torch import nn

from gan_course.augment import translate
from gan_course.losses import LOSSES
from gan_course.penalties import r1_penalty
from gan_course.training import Penalty, Trainer, linear_decay

STEP = 16  # images in a step of `toy`


def toy(**options):
    """A small pair that uses all that has a state or draws random numbers."""
    torch.manual_seed(1)
    generator = nn.Sequential(nn.Linear(4, 6), nn.BatchNorm1d(6), nn.Linear(6, 36))
    generator.append(nn.Unflatten(1, (1, 6, 6)))
    discriminator = nn.Sequential(
        nn.Conv2d(1, 4, 3), nn.LeakyReLU(0.2), nn.Dropout(0.2), nn.Flatten()
    )
    discriminator.append(nn.Linear(64, 1))
    images = torch.randint(0, 256, (50, 1, 6, 6), dtype=torch.uint8)
    chosen = {
        "latent_size": 4,
        "loss": LOSSES["relativistic"],
        "penalties": {"R1": Penalty(r1_penalty, every=3)},
        "augment": translate,
        "batch_size": STEP,
        "schedule": linear_decay(40 * STEP),
        "half_life": 100,
        "largest_gradient": 1.0,
    }
    return Trainer(generator, discriminator, images, **(chosen | options))


def plain(**options):
    """A pair of lines on numbers, without any extras."""
    torch.manual_seed(2)
    numbers = torch.randn(200, 1)
    chosen = {"latent_size": 1, "batch_size": 10} | options
    return Trainer(nn.Linear(1, 1), nn.Linear(1, 1), numbers, **chosen)


def assert_equal_states(state, expected):
    assert state.keys() == expected.keys()
    assert state["images_seen"] == expected["images_seen"]
    for section in expected.keys() - {"images_seen"}:
        assert state[section].keys() == expected[section].keys()
        for name, value in expected[section].items():
            assert torch.equal(state[section][name], value), f"{section} {name}"


def differs(state, other):
    return any(
        not torch.equal(state[section][name], value)
        for section in ("generator", "discriminator", "average")
        for name, value in other[section].items()
    )
