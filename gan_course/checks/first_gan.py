"""Checks of the exercises of notebook 05, Train your first GAN."""

import math
from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn.functional import softplus

from gan_course.checks.exercise import Exercise, expect, expect_close, expect_tensor


@Exercise(
    todo="add the weights and the biases of one layer to the total",
    success="every weight and every bias of a chain of dense layers is counted",
    hint="`inputs` and `outputs` are whole numbers.",
)
def check_count_parameters(count_parameters: Callable[[list[int]], int]) -> None:
    """`count_parameters(sizes)` sums (inputs + 1) · outputs over the layers."""
    one, two, three = (
        count_parameters(sizes) for sizes in ([3, 1], [3, 2], [100, 256, 512])
    )
    expect(
        one != 3,
        "A layer from 3 numbers to 1 has 3 weights, but also a bias: it adds one "
        "number to its output, whatever the input is.",
    )
    expect(
        two != 9,
        "A layer from 3 numbers to 2 has a bias for each of its 2 outputs, not for "
        "each of its 3 inputs.",
    )
    expect(
        two == 8,
        f"A layer from 3 numbers to 2 has 3 · 2 weights and 2 biases, 8 in all, but "
        f"your answer is {two}.",
    )
    expect(one == 4, f"A layer from 3 numbers to 1 has 4 parameters, not {one}.")
    expect(
        three != 256 * 512 + 512,
        "Your total holds the last layer only: add to it with +=, do not replace it.",
    )
    expect(
        three == 101 * 256 + 257 * 512,
        f"100 → 256 → 512 has {101 * 256 + 257 * 512:,} parameters, not {three}.",
    )


@Exercise(
    todo="write what a real picture costs when its target is less than 1",
    success="a real picture is graded against its target, a generated one against 0",
    hint="Both logits are tensors of shape (N, 1); softplus works on each number.",
)
def check_smoothed_loss(loss: Callable[..., Tensor]) -> None:
    """One-sided smoothing: t · softplus(-r) + (1 - t) · softplus(r) + softplus(f)."""
    real = torch.tensor([[0.3], [-1.2], [2.5]], dtype=torch.float64)
    fake = torch.tensor([[-0.7], [0.4], [1.1]], dtype=torch.float64)
    on_fake = softplus(fake).mean()
    plain = softplus(-real).mean() + on_fake
    hard = loss(real, fake, 1.0)
    expect(
        not (isinstance(hard, Tensor) and hard.ndim),
        "Your loss is one number for each real picture; take their mean.",
    )
    expect_tensor(hard, (), "the loss")
    expect(
        not torch.isclose(hard, softplus(real).mean() + on_fake),
        "With target = 1 a real picture must cost softplus(-real_logits), the price of "
        "calling it real; your two shares are swapped.",
    )
    expect(
        not torch.isclose(hard, softplus(-real).sum() + on_fake),
        "Take the mean over the real pictures, not the sum, so that the loss does not "
        "depend on the size of the batch.",
    )
    expect_close(
        hard,
        plain,
        "With target = 1 nothing is smoothed: your loss must then equal the plain one, "
        "the mean of softplus(-real_logits) plus that of softplus(fake_logits). Is the "
        "share `target` itself, and not a fixed number?",
    )
    smoothed = loss(real, fake, 0.9)
    expect_close(
        loss(real, fake + 3, 0.9) - smoothed,
        softplus(fake + 3).mean() - softplus(fake).mean(),
        "Only the real pictures are smoothed; a generated one still has target 0.",
    )
    best = torch.full((4, 1), math.log(9), dtype=torch.float64, requires_grad=True)
    (slope,) = torch.autograd.grad(loss(best, fake, 0.9), best)
    expect(
        slope.sum() > -0.05,
        "With target 0.9 your loss still rewards D for more confidence than 0.9: the "
        "remaining share 1 - target must pull the other way, by softplus(real_logits).",
    )
    expect(
        slope.abs().max() < 1e-6,
        "With target 0.9 the loss on a real picture must be least at the logit log 9, "
        "where D says 0.9: weigh softplus(-r) by target and softplus(r) by 1 - target.",
    )
    expected = 0.9 * softplus(-real) + 0.1 * softplus(real)
    expect_close(
        smoothed,
        expected.mean() + on_fake,
        "The slope is right but the value is not: the two prices are "
        "softplus(-real_logits) and softplus(real_logits), and nothing else is added.",
    )
    huge = loss(torch.tensor([[-200.0], [200.0]]), fake, 0.9)
    expect(
        huge.isfinite(),
        "At logits of ±200 your loss is infinite: write the prices with softplus, "
        "without sigmoid and log.",
    )


@Exercise(
    todo="make the pictures and choose what the discriminator is shown",
    success="the discriminator has its gradient and the generator has none",
    hint="The generator takes latents, the discriminator takes pictures.",
)
def check_discriminator_gradients(gradients: Callable[..., Tensor]) -> None:
    """`gradients` leaves ∂L_D/∂φ in D and nothing in G, and returns L_D."""
    generator = nn.Linear(1, 1)
    discriminator = nn.Linear(1, 1)
    with torch.no_grad():
        generator.weight.fill_(2.0)
        generator.bias.fill_(1.0)
        discriminator.weight.fill_(0.5)
        discriminator.bias.fill_(-1.0)
    real, latents = torch.tensor([[3.0], [4.0]]), torch.tensor([[0.5], [-1.0]])
    loss = gradients(generator, discriminator, real, latents)
    expect_tensor(loss, (), "the loss")
    pictures = 2 * latents + 1
    right = softplus(1 - 0.5 * real).mean() + softplus(0.5 * pictures - 1).mean()
    swapped = softplus(1 - 0.5 * pictures).mean() + softplus(0.5 * real - 1).mean()
    raw = softplus(1 - 0.5 * real).mean() + softplus(0.5 * latents - 1).mean()
    expect(
        abs(loss.item() - swapped.item()) > 1e-4,
        "Real and generated are swapped: discriminator_loss takes the logits of the "
        "real pictures first.",
    )
    expect(
        abs(loss.item() - raw.item()) > 1e-4,
        "The discriminator was shown the latents themselves; it judges what the "
        "generator makes of them.",
    )
    expect_close(loss, right, "The loss is not discriminator_loss(D(real), D(G(z))).")
    slope = (torch.sigmoid(0.5 * real - 1) - 1).mean()
    slope = slope + torch.sigmoid(0.5 * pictures - 1).mean()
    learnt = discriminator.bias.grad
    expect(
        learnt is not None and torch.allclose(learnt, slope),
        "The discriminator did not get its whole gradient: detach the generated "
        "pictures, not the logits that D gives to them, and use no torch.no_grad().",
    )
    expect(
        all(p.grad is None or not p.grad.any() for p in generator.parameters()),
        "The generator got a gradient too: cut the path back to it with .detach().",
    )


@Exercise(
    todo="write the sine for each end",
    success="between latents of one length, every latent on the way has it too",
    hint="t is a number from 0 to 1; torch.sin takes a tensor such as angle.",
)
def check_slerp(slerp: Callable[[Tensor, Tensor, float], Tensor]) -> None:
    """Spherical interpolation: (sin((1 - t)Ω) a + sin(tΩ) b) / sin Ω."""
    a, b = torch.tensor([5.0, 0.0, 0.0]), torch.tensor([3.0, 4.0, 0.0])
    start, quarter, middle, end = (slerp(a, b, t) for t in (0.0, 0.25, 0.5, 1.0))
    expect_tensor(middle, (3,), "the latent")
    expect(
        not (torch.allclose(start, b) and torch.allclose(end, a)),
        "The way is walked backwards: at t = 0 you should stand at the first latent, "
        "so its share must be the one with 1 - t.",
    )
    expect_close(
        start,
        a,
        "At t = 0 the result must be the first latent: its share must be sin(angle) "
        "there (the function divides by it at its end), and that of the second 0.",
    )
    expect_close(end, b, "At t = 1 the result must be the second latent.")
    expect(
        not torch.allclose(middle, (a + b) / 2),
        "This is the straight line: half-way between two latents of length 5 you are "
        f"at length {middle.norm():.2f}. Put the sines of the two parts of the angle.",
    )
    expect_close(
        middle,
        (a + b) / (a + b).norm() * 5,
        "Half-way between two latents of length 5 the length is "
        f"{middle.norm():.2f}: the shares must use the angle computed above.",
    )
    turned = math.acos(0.6) / 4
    expect_close(
        quarter,
        torch.tensor([5 * math.cos(turned), 5 * math.sin(turned), 0.0]),
        "At t = 1/4 you must have turned by a quarter of the angle, at length 5.",
    )
