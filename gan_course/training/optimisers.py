"""Adam as the trainer uses it, its steps, and its state as tensors with names."""

from collections.abc import Mapping

import torch
from torch import Tensor, nn
from torch.nn.utils import clip_grad_norm_
from torch.optim import Adam, Optimizer

from gan_course.training.distributed import ALONE, World


def fused_adam(
    network: nn.Module, learning_rate: float, betas: tuple[float, float]
) -> Adam:
    """Return Adam over the trainable weights, in its fused form: one pass, not ten."""
    trainable = [weights for weights in network.parameters() if weights.requires_grad]
    return Adam(trainable, lr=learning_rate, betas=betas, fused=True)


def minimise(
    losses: Mapping[str, Tensor],
    optimiser: Optimizer,
    learning_rate: float,
    largest_gradient: float | None = None,
    world: World = ALONE,
) -> dict[str, Tensor]:
    """Move the weights of an optimiser against the gradient of the losses' sum.

    Args:
        losses: name → one number with its history.
        optimiser: of the weights to move; no other tensor gets a gradient.
        learning_rate: of this step.
        largest_gradient: a longer gradient, over all weights, is shortened to it.
        world: the processes over which gradients and losses are averaged.

    Returns:
        name → loss, without its history.
    """
    (group,) = optimiser.param_groups
    group["lr"] = learning_rate
    optimiser.zero_grad()
    torch.autograd.backward(sum(losses.values()), inputs=group["params"])
    values = {name: value.detach() for name, value in losses.items()}
    slopes = [weights.grad for weights in group["params"] if weights.grad is not None]
    world.average([*slopes, *values.values()])
    if largest_gradient is not None:
        clip_grad_norm_(group["params"], largest_gradient)
    optimiser.step()
    return values


def optimiser_tensors(optimiser: Optimizer, network: nn.Module) -> dict[str, Tensor]:
    """Return the state of an optimiser: name of a weight and of a value → tensor.

    Empty before the first step.
    """
    return {
        f"{name}.{key}": value
        for name, weights in network.named_parameters()
        for key, value in optimiser.state.get(weights, {}).items()
    }


@torch.no_grad()
def restore_optimiser(
    optimiser: Optimizer, network: nn.Module, tensors: Mapping[str, Tensor]
) -> None:
    """Put an optimiser into the state that `optimiser_tensors` returned."""
    weights_of = dict(network.named_parameters())
    optimiser.state.clear()
    for name, value in tensors.items():
        owner, _, key = name.rpartition(".")
        weights = weights_of[owner]
        # The fused step walks through weights and moments side by side in memory, so
        # a moment must have the layout of its weights, such as channels last.
        like = weights if value.shape == weights.shape else value
        restored = torch.empty_like(like, dtype=value.dtype, device=weights.device)
        optimiser.state[weights][key] = restored.copy_(value)
