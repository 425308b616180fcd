"""Weights that come with the course, put into a network."""

from typing import TypeVar

from safetensors.torch import load_file
from torch import nn

from gan_course.files import data_folder

Network = TypeVar("Network", bound=nn.Module)


def with_shipped_weights(network: Network, file: str) -> Network:
    """Give a network the weights in a file of `data/`, stored in half precision.

    Returns:
        The network itself, in eval mode, on the CPU, without gradients.

    Raises:
        RuntimeError: the file holds another architecture.
        OSError: there is no such file.
    """
    weights = load_file(data_folder() / file)
    network.load_state_dict({name: value.float() for name, value in weights.items()})
    return network.eval().requires_grad_(False)
