"""Check of the losses with augmentation, the last exercise of notebook 07."""

import math
from collections.abc import Callable

import torch
from torch import Tensor, nn

from gan_course.checks.exercise import Exercise, expect, expect_close, expect_tensor
from gan_course.losses import LOSSES


@Exercise(
    todo="say what the discriminator is shown in each half",
    success="both kinds are varied, and the generator learns through the variation",
    hint="augment takes pictures and returns pictures; loss.discriminator and "
    "loss.generator take real logits, then fake logits.",
)
def check_augmented_losses(losses: Callable[..., tuple[Tensor, Tensor]]) -> None:
    """D sees augment(real) and augment(fake detached); G's half augment(fake)."""
    generator, discriminator = nn.Linear(1, 1), nn.Linear(1, 1)
    with torch.no_grad():
        for network, weight, bias in (
            (generator, 2.0, 1.0),
            (discriminator, 0.5, -1.0),
        ):
            network.weight.fill_(weight)
            network.bias.fill_(bias)
    generator, discriminator = generator.double(), discriminator.double()
    real = torch.tensor([[3.0], [4.0]]).double()
    latents = torch.tensor([[0.5], [-1.0]]).double()
    fake, loss = 2 * latents + 1, LOSSES["non-saturating"]

    def augment(pictures: Tensor) -> Tensor:
        return 3 * pictures + 0.5

    def logits(pictures: Tensor) -> Tensor:
        return 0.5 * pictures - 1

    answer = losses(generator, discriminator, loss, real, latents, augment)
    expect(
        isinstance(answer, tuple) and len(answer) == 2,
        "Return both losses, that of the discriminator first.",
    )
    d_loss, g_loss = answer
    expect_tensor(d_loss, (), "the discriminator's loss")
    expect_tensor(g_loss, (), "the generator's loss")

    def is_(of_real: Tensor, of_fake: Tensor) -> bool:
        return torch.allclose(
            d_loss, loss.discriminator(logits(of_real), logits(of_fake))
        )

    expect(
        not is_(augment(real), fake),
        "Only real pictures are varied, so the varied ones count as real and the "
        "generator learns to draw the variation. Vary both kinds.",
    )
    expect(
        not is_(real, augment(fake)),
        "Only generated pictures are varied; D is then right to reject the variation. "
        "Vary both kinds.",
    )
    expect(
        not is_(real, fake),
        "The discriminator still sees the pictures as they are; put augment around "
        "both.",
    )
    expect(
        not is_(augment(fake), augment(real)),
        "Real and generated logits are exchanged: those of real pictures come first.",
    )
    swapped = loss.generator(logits(augment(real)), logits(augment(fake)))
    expect(
        not torch.allclose(d_loss, swapped),
        "The losses are returned in the wrong order: the discriminator's comes first.",
    )
    expect(
        is_(augment(real), augment(fake)),
        "The discriminator's loss is not that of augment(real) and augment(fake).",
    )
    expect(
        not torch.allclose(g_loss, loss.generator(logits(real), logits(fake))),
        "In the generator's half D must see varied pictures as well: it never learnt "
        "to judge others.",
    )
    expect_close(
        g_loss,
        loss.generator(logits(real), logits(augment(fake))),
        "The generator's loss is not that of augment(fake).",
    )
    expect(
        all(weights.requires_grad for weights in discriminator.parameters()),
        "D's parameters are still frozen when you return. Leave them as they are: the "
        "optimiser of G changes nothing in D.",
    )
    _expect_the_discriminator_learns(
        discriminator, d_loss, augment(real), augment(fake)
    )
    _expect_gradients(
        generator, d_loss, g_loss, 0.5 * 3 * latents, logits(augment(fake))
    )


def _expect_the_discriminator_learns(
    discriminator: nn.Module, d_loss: Tensor, real: Tensor, fake: Tensor
) -> None:
    """The discriminator's gradient is that of both terms, the real one included."""
    weight = discriminator.weight
    slope = None
    if d_loss.requires_grad:
        (slope,) = torch.autograd.grad(
            d_loss, weight, retain_graph=True, allow_unused=True
        )
    expect(
        slope is not None,
        "The discriminator gets no gradient from its own loss; only the fake pictures "
        "may be cut off, not its logits.",
    )
    of_real = ((torch.sigmoid(0.5 * real - 1) - 1) * real).mean().item()
    of_fake = (torch.sigmoid(0.5 * fake - 1) * fake).mean().item()
    expect(
        not math.isclose(slope.item(), of_fake, rel_tol=1e-6),
        "The discriminator learns nothing from the real pictures: their logits have "
        "lost their gradient.",
    )
    expect(
        not math.isclose(slope.item(), of_real, rel_tol=1e-6),
        "The discriminator learns nothing from the generated pictures: detach the "
        "pictures, not their logits.",
    )
    expect(
        math.isclose(slope.item(), of_real + of_fake, rel_tol=1e-6),
        "The discriminator's gradient is not that of its loss.",
    )


def _expect_gradients(
    generator: nn.Module, d_loss: Tensor, g_loss: Tensor, inner: Tensor, at: Tensor
) -> None:
    """Nothing from D's half may reach G, and all of its own half must."""
    weight = generator.weight
    if d_loss.requires_grad:
        (leak,) = torch.autograd.grad(
            d_loss, weight, retain_graph=True, allow_unused=True
        )
        expect(
            leak is None or not leak.any(),
            "The generator gets a gradient from the discriminator's half; detach the "
            "fakes there.",
        )
    slope = None
    if g_loss.requires_grad:
        (slope,) = torch.autograd.grad(g_loss, weight, allow_unused=True)
    expect(
        slope is not None and slope.any(),
        "The generator gets no gradient from its own half: nothing may be detached "
        "there, and augment must not stand in torch.no_grad().",
    )
    wanted = ((torch.sigmoid(at) - 1) * inner).mean()
    expect(
        math.isclose(slope.item(), wanted.item(), rel_tol=1e-6),
        "The generator's gradient is not whole: it must flow through D, then through "
        "augment, into G.",
    )
