"""Weights of the right size before the first step."""

import math

import torch
from torch import nn

LAYERS = (nn.Linear, nn.Conv1d, nn.Conv2d, nn.Conv3d)
TRANSPOSED = (nn.ConvTranspose1d, nn.ConvTranspose2d, nn.ConvTranspose3d)


@torch.no_grad()
def he_initialise(network: nn.Module, gain: float = 1.0) -> nn.Module:
    """Draw the weights anew so that every layer keeps the size of its inputs.

        w ~ N(0, 2 / ((1 + 0.2²) m)),    b = 0,    the first layer's w times `gain`

    for the m products that an output of a dense or convolutional layer adds up, each
    followed by leaky ReLU of slope 0.2; with a transposed convolution, m is their mean
    over the outputs. Other layers are left as they are.

    Args:
        network: whose weights are drawn, in the order in which its layers were named.
        gain: how much more strongly the first layer reacts to its inputs.

    Returns:
        The network itself.

    Raises:
        ValueError: it has no dense and no convolutional layer.

    Source: K. He et al., "Delving Deep into Rectifiers", 2015, section 2.2,
    https://arxiv.org/abs/1502.01852.
    """
    known = LAYERS + TRANSPOSED
    layers = [layer for layer in network.modules() if isinstance(layer, known)]
    if not layers:
        raise ValueError(
            f"{type(network).__name__} has no dense and no convolutional layer to "
            "initialise; pass a network that has one."
        )
    for layer in layers:
        if isinstance(layer, TRANSPOSED):
            products = (
                layer.weight[:, 0].numel() / layer.groups / math.prod(layer.stride)
            )
            nn.init.normal_(layer.weight, std=math.sqrt(2 / (1.04 * products)))
        else:
            nn.init.kaiming_normal_(layer.weight, a=0.2)
        if layer.bias is not None:
            nn.init.zeros_(layer.bias)
    layers[0].weight.mul_(gain)
    return network
