import math

import pytest
import torch
from torch.nn.functional import binary_cross_entropy_with_logits

from gan_course.losses import discriminator_loss, generator_loss


def test_undecided_logits_cost_two_log_two_and_log_two():
    zero = torch.zeros(6, 1, dtype=torch.float64)
    assert discriminator_loss(zero, zero).item() == pytest.approx(2 * math.log(2))
    assert generator_loss(zero).item() == pytest.approx(math.log(2))


def test_the_losses_are_binary_cross_entropies():
    real, fake = torch.randn(2, 50, 1, dtype=torch.float64) * 5
    one, zero = torch.ones_like(real), torch.zeros_like(fake)
    cross_entropy = binary_cross_entropy_with_logits
    expected = cross_entropy(real, one) + cross_entropy(fake, zero)
    assert torch.allclose(discriminator_loss(real, fake), expected)
    assert torch.allclose(generator_loss(fake), cross_entropy(fake, one))


def test_gradients_are_those_of_the_formula_even_at_huge_logits():
    logits = torch.tensor([[-1000.0], [-1.0], [0.0], [3.0], [1000.0]])
    logits.requires_grad_()
    generator_loss(logits).backward()
    assert torch.allclose(logits.grad, (torch.sigmoid(logits) - 1).detach() / 5)
    loss = discriminator_loss(logits, -logits)
    assert torch.isfinite(loss)
