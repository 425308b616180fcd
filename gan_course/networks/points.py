"""A fully connected pair for points of the plane, and the stack that both are."""

from itertools import pairwise

from torch import Tensor, nn


def mlp(inputs: int, outputs: int, *, width: int, layers: int) -> nn.Sequential:
    """Return dense layers inputs → width → … → width → outputs.

    ReLU follows each of the hidden layers; the output is linear. Leaky ReLU has a hard
    time to be flat, as a generator of points in narrow modes must be almost everywhere:
    with it, far more points lie between the modes.

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
    widths = [inputs, *[width] * layers]
    hidden: list[nn.Module] = []
    for before, after in pairwise(widths):
        hidden += [nn.Linear(before, after), nn.ReLU()]
    return nn.Sequential(*hidden, nn.Linear(widths[-1], outputs))


class PointGenerator(nn.Module):
    """Latents (N, latent_size) → points (N, 2), anywhere in the plane.

    Args:
        latent_size: numbers in a latent.
        width: numbers in each hidden layer.
        layers: hidden layers.

    Raises:
        ValueError: a size is out of its range.
    """

    def __init__(self, latent_size: int = 2, width: int = 128, layers: int = 2) -> None:
        super().__init__()
        self.latent_size = latent_size
        self.layers = mlp(latent_size, 2, width=width, layers=layers)

    def forward(self, latents: Tensor) -> Tensor:
        return self.layers(latents)


class PointDiscriminator(nn.Module):
    """Points (N, 2) → logits (N, 1), positive for "real".

    Args:
        width: numbers in each hidden layer.
        layers: hidden layers.

    Raises:
        ValueError: a size is out of its range.
    """

    def __init__(self, width: int = 128, layers: int = 2) -> None:
        super().__init__()
        self.layers = mlp(2, 1, width=width, layers=layers)

    def forward(self, points: Tensor) -> Tensor:
        return self.layers(points)
