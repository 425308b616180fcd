"""Adversarial losses: pairs of pure functions of the discriminator's logits.

Each function takes `real_logits` and `fake_logits`, both (N, 1): what the discriminator
answers, before any sigmoid, on real and on generated images. It returns one number, the
mean over the batch, for its player to minimise. No logit is too large: the logarithm of
a sigmoid is always computed as -log σ(t) = softplus(-t) = log(1 + exp(-t)).

All generators take both logits, so that every loss is called alike; only those of the
relativistic losses use the real ones.

    loss = LOSSES["hinge"]
    loss.discriminator(real_logits, fake_logits).backward()

With r for the logit of a real image, f for that of a generated one, E for the mean, and
both losses of a discriminator that answers 0 everywhere in the last column:

    name                 discriminator                  generator       undecided
    minimax              E softplus(-r) + E softplus(f) -E softplus(f)  2 log 2, -log 2
    non-saturating       the same                       E softplus(-f)  2 log 2, log 2
    least-squares        ½ E (r - 1)² + ½ E f²          ½ E (f - 1)²    ½, ½
    wasserstein          E f - E r                      -E f            0, 0
    hinge                E relu(1 - r) + E relu(1 + f)  -E f            2, 0
    relativistic         E softplus(f - r)              roles swapped   log 2, log 2
    relativistic-average the first, of r - E f, f - E r roles swapped   2 log 2 each
"""

from collections.abc import Callable
from typing import NamedTuple

from torch import Tensor
from torch.nn.functional import relu, softplus

Formula = Callable[[Tensor, Tensor], Tensor]


class Loss(NamedTuple):
    """What each player minimises; both are functions of (real_logits, fake_logits)."""

    discriminator: Formula
    generator: Formula


def cross_entropy_discriminator(real_logits: Tensor, fake_logits: Tensor) -> Tensor:
    """Price of the discriminator's probabilities: -E log σ(r) - E log(1 - σ(f)).

    0 when every answer is right and sure, 2 log 2 when all logits are 0. It is minus
    the value of the game: the best discriminator pays 2 log 2 - 2 JSD(real, fake).

    Source: I. Goodfellow et al., "Generative Adversarial Nets", 2014, equation 1,
    https://arxiv.org/abs/1406.2661.
    """
    return softplus(-real_logits).mean() + softplus(fake_logits).mean()


def minimax_generator(real_logits: Tensor, fake_logits: Tensor) -> Tensor:
    """What the zero-sum game leaves the generator: E log(1 - σ(f)) = -E softplus(f).

    -log 2 when all logits are 0. Its slope -σ(f) vanishes where the discriminator is
    sure that an image is generated: there the loss is saturated.

    Source: I. Goodfellow et al., "Generative Adversarial Nets", 2014, equation 1,
    https://arxiv.org/abs/1406.2661.
    """
    return -softplus(fake_logits).mean()


def non_saturating_generator(real_logits: Tensor, fake_logits: Tensor) -> Tensor:
    """Price of being recognised as generated: -E log σ(f) = E softplus(-f).

    log 2 when all logits are 0. Its slope σ(f) - 1 is steepest, -1, where the
    discriminator is sure that an image is generated.

    Source: I. Goodfellow et al., "Generative Adversarial Nets", 2014, section 3,
    https://arxiv.org/abs/1406.2661.
    """
    return softplus(-fake_logits).mean()


def least_squares_discriminator(real_logits: Tensor, fake_logits: Tensor) -> Tensor:
    """Half the squared distance to the labels 1 and 0: ½ E (r - 1)² + ½ E f².

    ½ when all logits are 0; at best ¼, with all logits ½, when nothing can be told.

    Source: X. Mao et al., "Least Squares Generative Adversarial Networks", 2017,
    equation 9 (labels a = 0 and b = c = 1), https://arxiv.org/abs/1611.04076.
    """
    return ((real_logits - 1).square().mean() + fake_logits.square().mean()) / 2


def least_squares_generator(real_logits: Tensor, fake_logits: Tensor) -> Tensor:
    """Half the squared distance of generated images to the label 1: ½ E (f - 1)².

    ½ when all logits are 0.

    Source: X. Mao et al., "Least Squares Generative Adversarial Networks", 2017,
    equation 9 (labels a = 0 and b = c = 1), https://arxiv.org/abs/1611.04076.
    """
    return (fake_logits - 1).square().mean() / 2


def wasserstein_discriminator(real_logits: Tensor, fake_logits: Tensor) -> Tensor:
    """How far generated images are rated above real ones: E f - E r.

    0 when both have the same mean. Minus an estimate of the distance W₁ between the
    two distributions, if the logit's slope is at most 1 everywhere. Nothing here
    ensures that: clip the weights, penalise the slope or normalise the layers, or the
    loss falls without limit.

    Source: M. Arjovsky, S. Chintala and L. Bottou, "Wasserstein GAN", 2017, equation 3
    and algorithm 1, https://arxiv.org/abs/1701.07875.
    """
    return fake_logits.mean() - real_logits.mean()


def rating_generator(real_logits: Tensor, fake_logits: Tensor) -> Tensor:
    """How low generated images are rated: -E f. Its slope is -1 at every logit.

    The generator's loss for both the Wasserstein and the hinge discriminator.

    Source: M. Arjovsky, S. Chintala and L. Bottou, "Wasserstein GAN", 2017,
    algorithm 1, https://arxiv.org/abs/1701.07875.
    """
    return -fake_logits.mean()


def hinge_discriminator(real_logits: Tensor, fake_logits: Tensor) -> Tensor:
    """Shortfall from the margins ±1: E max(0, 1 - r) + E max(0, 1 + f).

    2 when all logits have the same value in [-1, 1], 0 when r ≥ 1 and f ≤ -1. An image
    beyond its margin costs nothing and has no gradient.

    Source: J. H. Lim and J. C. Ye, "Geometric GAN", 2017,
    https://arxiv.org/abs/1705.02894.
    """
    return relu(1 - real_logits).mean() + relu(1 + fake_logits).mean()


def relativistic_discriminator(real_logits: Tensor, fake_logits: Tensor) -> Tensor:
    """Price of rating a real image below the generated one beside it: -E log σ(r - f).

    Row i of one batch is compared with row i of the other; log 2 when every pair ties.
    A number added to all logits changes nothing.

    Raises:
        ValueError: the two batches have different shapes, so there are no pairs.

    Source: A. Jolicoeur-Martineau, "The Relativistic Discriminator", 2018, section 4.1
    (RSGAN), https://arxiv.org/abs/1807.00734; the loss of Y. Huang et al., "The GAN is
    dead; long live the GAN!" (R3GAN), 2024, equation 2,
    https://arxiv.org/abs/2501.05441.
    """
    if real_logits.shape != fake_logits.shape:
        raise ValueError(
            f"The relativistic loss compares pairs, but got {tuple(real_logits.shape)} "
            f"real and {tuple(fake_logits.shape)} fake logits; generate as many images "
            "as there are real ones, and give both logits the shape (N, 1)."
        )
    return softplus(fake_logits - real_logits).mean()


def relativistic_generator(real_logits: Tensor, fake_logits: Tensor) -> Tensor:
    """Price of being rated below the real image beside it: -E log σ(f - r).

    The discriminator's loss with real and generated images in each other's place, so
    the generator needs `real_logits` too.

    Raises:
        ValueError: the two batches have different shapes, so there are no pairs.

    Source: as for `relativistic_discriminator`.
    """
    return relativistic_discriminator(fake_logits, real_logits)


def relativistic_average_discriminator(
    real_logits: Tensor, fake_logits: Tensor
) -> Tensor:
    """Price against the other batch's mean: -E log σ(r - E f) - E log(1 - σ(f - E r)).

    2 log 2 when all logits are equal. A number added to all logits changes nothing,
    nor does the order within a batch. Gradients flow through the two means, which
    mix the samples of a batch.

    Source: A. Jolicoeur-Martineau, "The Relativistic Discriminator", 2018, section 4.3
    (RaSGAN), https://arxiv.org/abs/1807.00734.
    """
    return cross_entropy_discriminator(
        real_logits - fake_logits.mean(), fake_logits - real_logits.mean()
    )


def relativistic_average_generator(real_logits: Tensor, fake_logits: Tensor) -> Tensor:
    """The same price with the roles swapped: -E log σ(f - E r) - E log(1 - σ(r - E f)).

    Source: as for `relativistic_average_discriminator`.
    """
    return relativistic_average_discriminator(fake_logits, real_logits)


LOSSES: dict[str, Loss] = {
    "minimax": Loss(cross_entropy_discriminator, minimax_generator),
    "non-saturating": Loss(cross_entropy_discriminator, non_saturating_generator),
    "least-squares": Loss(least_squares_discriminator, least_squares_generator),
    "wasserstein": Loss(wasserstein_discriminator, rating_generator),
    "hinge": Loss(hinge_discriminator, rating_generator),
    "relativistic": Loss(relativistic_discriminator, relativistic_generator),
    "relativistic-average": Loss(
        relativistic_average_discriminator, relativistic_average_generator
    ),
}
