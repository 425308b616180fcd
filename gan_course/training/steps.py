"""The two halves of a training step: what each player is to minimise, on one batch.

A step is a function from the discriminator and a batch to a dict of losses, and the
sum of its values is what the player minimises. It knows no optimiser. The generated
images come as an argument, because one forward pass serves both halves.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

import torch
from torch import Tensor, nn

from gan_course.losses import Loss

NO_PENALTIES: Mapping[str, "Penalty"] = MappingProxyType({})


@dataclass(frozen=True)
class Penalty:
    """A penalty of the discriminator: γ/2 · function(inputs, logits), as values.

    Attributes:
        function: of `gan_course.penalties`, of inputs (N, …) and logits (N, 1).
        gamma: γ ≥ 0. Sources that write λ mean γ/2, so λ = 10 is γ = 20.
        at: the inputs: "real", "fake", or a function of (real, fake) that makes them,
            such as `interpolate`. They are images as the discriminator sees them,
            after augmentation.
        every: k ≥ 1; a lazy penalty is computed in one of k steps, k times as strong.

    Raises:
        ValueError: a value is out of its range.
    """

    function: Callable[[Tensor, Tensor], Tensor]
    gamma: float = 1.0
    at: str | Callable[[Tensor, Tensor], Tensor] = "real"
    every: int = 1

    def __post_init__(self) -> None:
        if not callable(self.at) and self.at not in ("real", "fake"):
            raise ValueError(
                f"A penalty is asked for at {self.at!r}; choose 'real', 'fake' or a "
                "function of both."
            )
        if not self.gamma >= 0 or self.every < 1:
            raise ValueError(
                f"A penalty has gamma={self.gamma} and every={self.every}; choose a "
                "gamma of 0 or more and a period of 1 or more."
            )


def unchanged(images: Tensor) -> Tensor:
    """Augment nothing."""
    return images


def discriminator_step(
    discriminator: nn.Module,
    real: Tensor,
    fake: Tensor,
    loss: Loss,
    penalties: Mapping[str, Penalty] = NO_PENALTIES,
    *,
    augment: Callable[[Tensor], Tensor] = unchanged,
    number: int = 0,
) -> dict[str, Tensor]:
    """Return what the discriminator is to minimise; the generator gets no gradient.

        L_D + Σ k γ/2 · penalty    over the penalties with period k that are due

    Args:
        discriminator: images (N, …) → logits (N, 1).
        real: (N, …) real images.
        fake: (N, …) generated images, with their history or without.
        loss: the pair of losses.
        penalties: name → penalty.
        augment: a random, differentiable change of images, for both kinds.
        number: of discriminator steps done before; penalties with period k are due
            where k divides it.

    Returns:
        "discriminator" → L_D, and the name of each penalty that is due → its term.
    """
    due = {name: row for name, row in penalties.items() if number % row.every == 0}
    places = [row.at for row in due.values()]
    real = augment(real.detach()).requires_grad_("real" in places)
    fake = augment(fake.detach()).requires_grad_("fake" in places)
    real_logits, fake_logits = discriminator(real), discriminator(fake)
    seen = {"real": (real, real_logits), "fake": (fake, fake_logits)}

    losses = {"discriminator": loss.discriminator(real_logits, fake_logits)}
    for name, row in due.items():
        if callable(row.at):
            inputs = row.at(real, fake).detach().requires_grad_()
            pair = inputs, discriminator(inputs)
        else:
            pair = seen[row.at]
        losses[name] = row.every * row.gamma / 2 * row.function(*pair)
    return losses


def generator_step(
    discriminator: nn.Module,
    real: Tensor,
    fake: Tensor,
    loss: Loss,
    *,
    augment: Callable[[Tensor], Tensor] = unchanged,
) -> dict[str, Tensor]:
    """Return what the generator is to minimise; the discriminator gets no gradient.

    Args:
        discriminator: images (N, …) → logits (N, 1).
        real: (N, …) real images; looked at only if the loss depends on their logits.
        fake: (N, …) generated images, with their history.
        loss: the pair of losses.
        augment: a random, differentiable change of images, for both kinds.

    Returns:
        "generator" → L_G.
    """
    with _frozen(discriminator):
        fake_logits = discriminator(augment(fake))
        real_logits = torch.zeros_like(fake_logits)
        if _depends_on_real(loss):
            real_logits = discriminator(augment(real))
    return {"generator": loss.generator(real_logits, fake_logits)}


@cache
def _depends_on_real(loss: Loss) -> bool:
    """Whether the generator's loss has a gradient by the real logits."""
    real, fake = torch.zeros(2, 2, 1, requires_grad=True).unbind()
    (slope,) = torch.autograd.grad(loss.generator(real, fake), real, allow_unused=True)
    return slope is not None


@contextmanager
def _frozen(network: nn.Module) -> Iterator[None]:
    """Let gradients flow through a network and not into it."""
    trainable = [weights for weights in network.parameters() if weights.requires_grad]
    for weights in trainable:
        weights.requires_grad_(False)
    try:
        yield
    finally:
        for weights in trainable:
            weights.requires_grad_(True)
