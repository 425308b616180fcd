"""A small residual pair without normalisation, for square images of any colour.

Parameters, and the products of an image's forward pass in millions, as PyTorch counts:

    network                             parameters  products
    Generator(size=28)                      96,353      6.26
    Generator(size=28, width=16)            28,977      1.62
    Generator(size=32)                     145,505      9.02
    Generator(size=32, blocks=2)           265,633     16.69
    Generator(size=64, channels=3)         199,459     39.27
    Discriminator(size=28)                  22,657      1.62
    Discriminator(size=28, width=32)        83,713      6.25
    Discriminator(size=32)                  33,921      2.33
    Discriminator(size=32, blocks=2)        64,033      4.24
    Discriminator(size=64, channels=3)      47,585     10.70

Both follow Y. Huang et al., "The GAN is dead; long live the GAN! A Modern Baseline
GAN", 2024, https://arxiv.org/abs/2501.05441 (R3GAN), and its code, with hundreds of
times fewer weights. As there: no normalisation; residual blocks of a 1×1, a 3×3 and a
1×1 convolution with leaky ReLU between them and nothing after them; bilinear doubling
and changes of width outside of the blocks; learnt 4×4 maps at the generator's start,
and a 4×4 convolution of each map for itself at the discriminator's end; the initial
weights of `Block`.

What differs:

- no blocks at the full size, where they would cost most and gained nothing in a short
  training; one block at each of the others, not two; a width that at most quadruples;
- the 3×3 convolution has half the maps of its block. R3GAN's has twice as many, in
  groups of 16, which takes a CPU two to four times as long;
- averages of 2×2 pixels where R3GAN halves maps by a filter of 4×4;
- 7×7 learnt maps for 28 pixels; biases and 3×3 pixels in the first layer of the one and
  the last of the other network; tanh, as in all generators of images here.
"""

import math
from itertools import pairwise

import torch
from torch import Tensor, nn

from gan_course.networks.arguments import check_counts
from gan_course.networks.mlp import LATENT_SIZE

WIDEST = 4  # times the width that is asked for, whatever the size
# What gives back to a signal what leaky ReLU takes from it.
GAIN = nn.init.calculate_gain("leaky_relu", 0.2)


class Block(nn.Module):
    """Maps + three convolutions of them, which begin as no change at all.

        (N, maps, H, W) → x + w₃ ∗ φ(w₂ ∗ φ(w₁ ∗ x)),    (N, maps, H, W)

    w₁ is 1×1 to half as many maps, w₂ 3×3, w₃ 1×1 back, and φ is leaky ReLU (slope
    0.2). What L blocks add to a signal, and what a step changes about it, would grow
    with L. Therefore w₃ begins as 0, and the m - 1 = 2 others with He's standard
    deviation times L^(-1 / (2m - 2)) = L^(-1/4).

    Args:
        maps: that come in and go out.
        total: L, the blocks of the whole network.

    Source: H. Zhang, Y. Dauphin and T. Ma, "Fixup Initialization: Residual Learning
    Without Normalization", 2019, https://arxiv.org/abs/1901.09321, section 3: of its
    rules, the one for the weights of a block, as in R3GAN.
    """

    def __init__(self, maps: int, total: int) -> None:
        super().__init__()
        inner, gain = max(1, maps // 2), GAIN * total**-0.25
        self.change = nn.Sequential(
            _drawn(nn.Conv2d(maps, inner, 1), gain),
            nn.LeakyReLU(0.2, inplace=True),
            _drawn(nn.Conv2d(inner, inner, 3, padding=1), gain),
            nn.LeakyReLU(0.2, inplace=True),
            _drawn(nn.Conv2d(inner, maps, 1, bias=False), 0.0),
        )

    def forward(self, maps: Tensor) -> Tensor:
        """Return the changed maps."""
        return maps + self.change(maps)


class Basis(nn.Module):
    """Latents (N, latent_size) → maps (N, maps, side, side): learnt ones, mixed anew.

    Every image begins with the same maps, each times a number of its own, a linear
    function of the latent.

    Args:
        latent_size: numbers in a latent.
        maps: how many.
        side: pixels per side.
    """

    def __init__(self, latent_size: int, maps: int, side: int) -> None:
        super().__init__()
        self.maps = nn.Parameter(torch.randn(1, maps, side, side))
        self.strengths = _drawn(nn.Linear(latent_size, maps, bias=False))

    def forward(self, latents: Tensor) -> Tensor:
        """Return the first maps of an image."""
        return self.maps * self.strengths(latents)[:, :, None, None]


class Generator(nn.Module):
    """Latents (N, latent_size) → images (N, channels, size, size) in [-1, 1].

    A basis of 4 to 7 pixels per side; residual blocks at each size but the last;
    between sizes a 1×1 convolution to the next width and bilinear doubling; at the last
    size, where blocks would cost most, a 3×3 convolution and tanh. The last size has
    `width` maps, each one before it twice as many, but at most 4 · width. Before tanh,
    first images have a standard deviation of 0.3 to 1.2, whatever the size.

    Args:
        latent_size: numbers in a latent.
        size: pixels per side: 4, 5, 6 or 7 times a power of two, such as 28, 32 or 64.
        channels: 1 for grey, 3 for RGB.
        width: maps at the last size.
        blocks: at each size but the last.

    Raises:
        ValueError: an argument is out of its range.
    """

    def __init__(
        self,
        latent_size: int = LATENT_SIZE,
        size: int = 32,
        channels: int = 1,
        width: int = 32,
        blocks: int = 1,
    ) -> None:
        super().__init__()
        counts = {"latent_size": latent_size, "width": width, "blocks": blocks}
        check_counts("residual", channels=channels, **counts)
        self.latent_size = latent_size
        sides = _sides(size)
        widths = _widths(width, len(sides))[::-1]
        layers: list[nn.Module] = [Basis(latent_size, widths[0], sides[-1])]
        for inputs, outputs in pairwise(widths):
            layers += _blocks(inputs, blocks, sides)
            layers += _other_width(inputs, outputs)
            layers.append(nn.Upsample(scale_factor=2, mode="bilinear"))
        layers += [_drawn(nn.Conv2d(width, channels, 3, padding=1)), nn.Tanh()]
        self.layers = nn.Sequential(*layers)

    def forward(self, latents: Tensor) -> Tensor:
        return self.layers(latents)


class Discriminator(nn.Module):
    """Images (N, channels, size, size) in [-1, 1] → logits (N, 1), positive for "real".

    The generator's way back: a 3×3 convolution to `width` maps; averages of 2×2 pixels
    and a 1×1 convolution to twice the width, but at most 4 · width, then residual
    blocks, and so on; at the end a convolution of each map for itself, and a dense
    layer. The first logits lie within ±4, whatever the size.

    Args:
        size: pixels per side: 4, 5, 6 or 7 times a power of two, such as 28, 32 or 64.
        channels: 1 for grey, 3 for RGB.
        width: maps at the first size.
        blocks: at each size but the first.

    Raises:
        ValueError: an argument is out of its range.
    """

    def __init__(
        self, size: int = 32, channels: int = 1, width: int = 16, blocks: int = 1
    ) -> None:
        super().__init__()
        check_counts("residual", channels=channels, width=width, blocks=blocks)
        sides = _sides(size)
        widths = _widths(width, len(sides))
        layers: list[nn.Module] = [_drawn(nn.Conv2d(channels, width, 3, padding=1))]
        for inputs, outputs in pairwise(widths):
            layers.append(nn.AvgPool2d(2))
            layers += _other_width(inputs, outputs)
            layers += _blocks(outputs, blocks, sides)
        last, side = widths[-1], sides[-1]
        layers += [
            _drawn(nn.Conv2d(last, last, side, groups=last, bias=False)),
            nn.Flatten(),
            _drawn(nn.Linear(last, 1)),
        ]
        self.layers = nn.Sequential(*layers)

    def forward(self, images: Tensor) -> Tensor:
        return self.layers(images)


def _sides(size: int) -> list[int]:
    """The size, its half, and so on to the first one below 8."""
    sides = [size]
    while sides[-1] >= 8 and sides[-1] % 2 == 0:
        sides.append(sides[-1] // 2)
    if len(sides) < 2 or sides[-1] >= 8:
        raise ValueError(
            f"The residual pair got size={size}; choose 4, 5, 6 or 7 times a power of "
            "two from 8 on, such as 28, 32 or 64."
        )
    return sides


def _widths(width: int, count: int) -> list[int]:
    return [width * min(2**place, WIDEST) for place in range(count)]


def _blocks(maps: int, count: int, sides: list[int]) -> list[nn.Module]:
    total = count * (len(sides) - 1)
    return [Block(maps, total) for _ in range(count)]


def _other_width(inputs: int, outputs: int) -> list[nn.Module]:
    if inputs == outputs:
        return []
    return [_drawn(nn.Conv2d(inputs, outputs, 1, bias=False))]


def _drawn(layer: nn.Conv2d | nn.Linear, gain: float = 1.0) -> nn.Module:
    """The layer with w ~ N(0, gain² / m) for m products that it adds up, and b = 0."""
    products = layer.weight[0].numel()
    nn.init.normal_(layer.weight, std=gain / math.sqrt(products))
    if layer.bias is not None:
        nn.init.zeros_(layer.bias)
    return layer
