"""The steadier generator: an exponential moving average of the weights."""

import copy
import math

import torch
from torch import nn


class Average:
    """The average of a network's weights, in which old ones count ever less.

        average ← d · average + (1 - d) · weights,    d = ½^(images / half_life)

    so that weights count half as much for every `half_life` images since.

    Args:
        network: the network to follow; its copy is the average at the start.
        half_life: in images, more than 0.

    Attributes:
        network: the averaged network, in eval mode and without gradients.

    Raises:
        ValueError: the half-life is not a number above 0.

    Source: Y. Yazıcı et al., "The Unusual Effectiveness of Averaging in GAN Training",
    2019, https://arxiv.org/abs/1806.04498.
    """

    def __init__(self, network: nn.Module, half_life: float) -> None:
        if not (half_life > 0 and math.isfinite(half_life)):
            raise ValueError(
                f"The average has a half-life of {half_life} images; choose a number "
                "above 0, such as 10_000."
            )
        self.half_life = half_life
        self.network = copy.deepcopy(network).eval().requires_grad_(False)

    @torch.no_grad()
    def update(self, network: nn.Module, images: int) -> None:
        """Take in the weights after a step that showed so many images.

        Buffers, such as the statistics of batch normalisation, are averages already:
        they are copied.
        """
        share = 1 - 0.5 ** (images / self.half_life)
        for kept, current in zip(self.network.parameters(), network.parameters()):
            kept.lerp_(current, share)
        for kept, current in zip(self.network.buffers(), network.buffers()):
            kept.copy_(current)
