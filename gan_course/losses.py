"""Adversarial losses: pure functions of the discriminator's logits."""

from torch import Tensor
from torch.nn.functional import softplus


def discriminator_loss(real_logits: Tensor, fake_logits: Tensor) -> Tensor:
    """Cross-entropy of the discriminator: -mean log D(x) - mean log(1 - D(G(z))).

    With D = sigmoid(logit) the two terms are softplus(-real) and softplus(fake), which
    stay finite for every logit. 2 log 2 when all logits are 0.

    Args:
        real_logits: (N, 1), the discriminator's logits for real images.
        fake_logits: (M, 1), its logits for generated images.

    Source: I. Goodfellow et al., Generative Adversarial Nets, 2014, equation 1.
    """
    return softplus(-real_logits).mean() + softplus(fake_logits).mean()


def generator_loss(fake_logits: Tensor) -> Tensor:
    """Non-saturating loss of the generator: -mean log D(G(z)) = mean softplus(-fake).

    log 2 when all logits are 0.

    Source: I. Goodfellow et al., Generative Adversarial Nets, 2014, section 3.
    """
    return softplus(-fake_logits).mean()
