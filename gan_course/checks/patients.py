"""The patients of notebook 08: a training run in which one function is wrong.

A run is made of five functions, `prepare`, `new_discriminator`, `new_optimisers`,
`step` and `draw`. Each patient brings one of them, under the name and with the code
that the notebook shows, but for the fault; the others are the notebook's own. Read the
notebook's case files first: the code below gives the diagnoses away.
"""

# The functions of the patients stand as the notebook shows them, without types:
# ruff: noqa: ANN001

import inspect
import textwrap
from collections.abc import Callable, Iterable
from difflib import ndiff

import torch
from torch import Tensor, nn

from gan_course.losses import LOSSES
from gan_course.penalties import r1_penalty

loss = LOSSES["non-saturating"]


def gradient_size(network: nn.Module) -> Tensor:
    """Length of the gradient that a network holds, one number; 0 if it holds none."""
    sizes = [p.grad.norm() for p in network.parameters() if p.grad is not None]
    return torch.stack(sizes).norm() if sizes else torch.zeros(())


def adam(parameters: Iterable[nn.Parameter]) -> torch.optim.Adam:
    """The optimiser of every run."""
    return torch.optim.Adam(parameters, lr=2e-3, betas=(0.0, 0.99))


def _probability() -> dict[str, Callable]:
    def new_discriminator():
        return nn.Sequential(
            nn.Flatten(), nn.Linear(784, 256), nn.LeakyReLU(0.2),
            nn.Linear(256, 128), nn.LeakyReLU(0.2), nn.Linear(128, 1), nn.Sigmoid(),
        )  # fmt: skip

    return {"new_discriminator": new_discriminator}


def _half_range() -> dict[str, Callable]:
    def prepare(images):
        return images.float() / 255

    return {"prepare": prepare}


def _attached() -> dict[str, Callable]:
    def step(gan, real):
        fake = gan.generator(torch.randn(len(real), 64, device=real.device))

        real.requires_grad_()
        shown = fake
        real_logits, fake_logits = gan.discriminator(real), gan.discriminator(shown)
        penalty = gan.gamma / 2 * r1_penalty(real, real_logits)
        d_loss = loss.discriminator(real_logits, fake_logits)
        gan.d_optimiser.zero_grad()
        (d_loss + penalty).backward(retain_graph=True)
        gan.d_optimiser.step()

        g_loss = loss.generator(real_logits, gan.discriminator(fake))
        g_loss.backward()
        g_gradient = gradient_size(gan.generator)
        gan.g_optimiser.step()
        means = real_logits.mean(), fake_logits.mean()
        return torch.stack([d_loss, g_loss, *means, penalty, g_gradient]).detach()

    return {"step": step}


def _shared() -> dict[str, Callable]:
    def new_optimisers(generator, discriminator):
        g_optimiser = adam([*generator.parameters(), *discriminator.parameters()])
        d_optimiser = g_optimiser
        return g_optimiser, d_optimiser

    return {"new_optimisers": new_optimisers}


def _forgotten() -> dict[str, Callable]:
    def step(gan, real):
        fake = gan.generator(torch.randn(len(real), 64, device=real.device))

        real.requires_grad_()
        shown = fake.detach()
        real_logits, fake_logits = gan.discriminator(real), gan.discriminator(shown)
        penalty = gan.gamma / 2 * r1_penalty(real, real_logits)
        d_loss = loss.discriminator(real_logits, fake_logits)
        gan.d_optimiser.zero_grad()
        d_loss.backward()
        gan.d_optimiser.step()

        g_loss = loss.generator(real_logits, gan.discriminator(fake))
        gan.g_optimiser.zero_grad()
        g_loss.backward()
        g_gradient = gradient_size(gan.generator)
        gan.g_optimiser.step()
        means = real_logits.mean(), fake_logits.mean()
        return torch.stack([d_loss, g_loss, *means, penalty, g_gradient]).detach()

    return {"step": step}


def _fixed() -> dict[str, Callable]:
    def draw(gan, latents):
        gan.generator.eval()
        with torch.no_grad():
            pictures = gan.generator(latents)
        return pictures

    return {"draw": draw}


class Changes(dict):
    """Name → function that replaces the healthy one; printed, it tells nothing."""

    def __repr__(self) -> str:
        return "<changes of a patient: diagnose first, from the case file>"


PATIENTS: dict[int, Changes] = {
    1: Changes(_probability()),
    2: Changes(_half_range()),
    3: Changes(_attached()),
    4: Changes(_shared()),
    5: Changes(_forgotten()),
    6: Changes(_fixed()),
}


def written(function: Callable) -> list[str]:
    """Return the lines of a function as they stand in its source."""
    return textwrap.dedent(inspect.getsource(function)).splitlines()


def print_cause(patient: int, healthy: dict[str, Callable]) -> None:
    """Print where a patient's code differs from the healthy one, line by line.

    Args:
        patient: its number.
        healthy: name → function, the five of the notebook.
    """
    for name, function in PATIENTS[patient].items():
        lines = ndiff(written(healthy[name]), written(function))
        print(f"Patient {patient}, {name}:")
        for line in lines:
            if line[0] in "-+":
                print(line)
