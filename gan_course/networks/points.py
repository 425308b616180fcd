"""A fully connected pair for points of the plane, and the stack that both are."""

from itertools import pairwise

import torch
from torch import Tensor, nn


@torch.no_grad()
def mlp(inputs: int, outputs: int, *, width: int, layers: int) -> nn.Sequential:
    """Return dense layers inputs → width → … → width → outputs.

    ReLU follows each of the hidden layers; the output is linear. The weights are He's,
    N(0, 2 / m) for m inputs of a layer; biases are 0 but those of the first layer,
    uniform in (-1, 1), so that the places where its ReLUs bend are spread over inputs
    of the size of 1 and do not all meet at 0.

    A generator of points in narrow modes must be flat almost everywhere and steep in
    between. ReLU and bends in many places make that easy: with leaky ReLU of slope 0.2,
    or without the biases, more points lie between the modes.

    Args:
        inputs: numbers in a row of the input, (N, inputs).
        outputs: numbers in a row of the output, (N, outputs).
        width: numbers in each hidden layer.
        layers: hidden layers; 0 leaves a single linear map.

    Raises:
        ValueError: a size is below 1, or the number of layers below 0.
    """
    sizes = {"inputs": inputs, "outputs": outputs, "width": width}
    for name, number in sizes.items():
        if number < 1:
            raise ValueError(f"A stack got {name}={number}; choose 1 or more.")
    if layers < 0:
        raise ValueError(f"A stack got layers={layers}; choose 0 or more.")
    widths = [inputs, *[width] * layers, outputs]
    dense = [nn.Linear(before, after) for before, after in pairwise(widths)]
    for layer in dense:
        nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
        nn.init.zeros_(layer.bias)
    if layers:
        nn.init.uniform_(dense[0].bias, -1, 1)
    hidden = [module for layer in dense[:-1] for module in (layer, nn.ReLU())]
    return nn.Sequential(*hidden, dense[-1])


class PointGenerator(nn.Module):
    """Latents (N, latent_size) → points (N, 2), anywhere in the plane.

    Args:
        latent_size: numbers in a latent.
        width: numbers in each hidden layer.
        layers: hidden layers.
        scale: about the standard deviation of the data; the stack's outputs are
            multiplied by it, so that they begin with the right size.

    Raises:
        ValueError: a size or the scale is out of its range.
    """

    def __init__(
        self,
        latent_size: int = 2,
        width: int = 128,
        layers: int = 2,
        scale: float = 1.0,
    ) -> None:
        super().__init__()
        self.latent_size, self.scale = latent_size, _checked(scale)
        self.layers = mlp(latent_size, 2, width=width, layers=layers)

    def forward(self, latents: Tensor) -> Tensor:
        return self.scale * self.layers(latents)


class PointDiscriminator(nn.Module):
    """Points (N, 2) → logits (N, 1), positive for "real".

    Args:
        width: numbers in each hidden layer.
        layers: hidden layers.
        scale: about the standard deviation of the data; points are divided by it.

    Raises:
        ValueError: a size or the scale is out of its range.
    """

    def __init__(self, width: int = 128, layers: int = 2, scale: float = 1.0) -> None:
        super().__init__()
        self.scale = _checked(scale)
        self.layers = mlp(2, 1, width=width, layers=layers)

    def forward(self, points: Tensor) -> Tensor:
        return self.layers(points / self.scale)


def _checked(scale: float) -> float:
    if not scale > 0:
        raise ValueError(f"The scale of the points is {scale}; choose one above 0.")
    return scale
