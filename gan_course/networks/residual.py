"""A small residual pair without normalisation, for square images of any colour.

Parameters, and the products of an image's forward pass in millions, as PyTorch counts:

    network                            parameters  products
    Generator(size=28)                    915,809      7.08
    Generator(size=28, width=16)          453,425      2.05
    Generator(size=32)                    424,289      9.30
    Generator(size=32, blocks=2)          544,417     16.97
    Generator(size=32, last_blocks=1)     427,649     12.71
    Generator(size=64, channels=3)        478,243     39.55
    Discriminator(size=28)                410,673      0.85
    Discriminator(size=28, layers=2)      443,057      0.89
    Discriminator(size=28, width=32)      836,961      2.51
    Discriminator(size=32)                533,553      1.11
    Discriminator(size=64, channels=3)  2,106,929      4.98

The generator follows Y. Huang et al., "The GAN is dead; long live the GAN! A Modern
Baseline GAN", 2024, https://arxiv.org/abs/2501.05441 (R3GAN), and its code, with
hundreds of times fewer weights. As there: no normalisation; residual blocks of a 1×1, a
3×3 and a 1×1 convolution with leaky ReLU between them and nothing after them; bilinear
doubling and changes of width outside of the blocks; the initial weights of `Block`.

What differs, because it draws better digits after a minute on two CPU cores:

- dense layers before the first maps, where R3GAN mixes learnt maps linearly, and before
  those, if asked for, codes: latents that say one of sixteen and no more;
- no blocks at the full size, where they cost most, unless asked for: without, fine
  parts such as the eyes of a portrait are smeared, while strokes do not need it; one
  block at each of the others, not two; a width that at most quadruples;
- the 3×3 convolution has half the maps of its block. R3GAN's has twice as many, in
  groups of 16, which takes a CPU two to four times as long;
- biases and 3×3 pixels in the last layer; tanh, as in all generators of images here;
- a discriminator of two strided convolutions and one dense layer or more, without
  blocks, that also sees how much a batch varies: many small steps teach more than few
  large ones.
"""

import math
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from gan_course.networks.arguments import check_counts
from gan_course.networks.mlp import LATENT_SIZE

GENERATOR_HIDDEN = 128  # numbers in its dense layers
DISCRIMINATOR_HIDDEN = 256
COMPARING = 64  # numbers in a layer that has features and their spread before it
OPTIONS = 16  # latents in a code
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


class Codes(nn.Module):
    """Latents, with the first groups of 16 numbers turned into codes.

        z₁, …, z₁₆ → 4 at the place of the largest one and 0 at all others

    All sixteen places are equally probable, and the mean square of a number stays 1.

    A continuous function cannot tear a cloud of latents apart: between two kinds of
    images it must draw what is neither. A code jumps, and so can the images.

    Args:
        count: how many groups; with 0, latents pass through as they are.

    Source: M. Khayatkhoei, A. Elgammal and M. Singh, "Disconnected Manifold Learning
    for Generative Adversarial Networks", 2018, https://arxiv.org/abs/1806.00880, have
    one code choose among generators; S. Mukherjee et al., "ClusterGAN: Latent Space
    Clustering in Generative Adversarial Networks", 2018,
    https://arxiv.org/abs/1809.03627, feed it to one, as here.
    """

    def __init__(self, count: int) -> None:
        super().__init__()
        self.count = count

    def forward(self, latents: Tensor) -> Tensor:
        """Return as many numbers; no gradient reaches the latents of a code."""
        if self.count == 0:
            return latents
        groups, free = latents.tensor_split([self.count * OPTIONS], dim=1)
        largest = groups.unflatten(1, (self.count, OPTIONS)).argmax(dim=2)
        chosen = F.one_hot(largest, OPTIONS).to(latents.dtype).flatten(1)
        return torch.cat([chosen * math.sqrt(OPTIONS), free], dim=1)


class FirstMaps(nn.Module):
    """Latents (N, latent_size) → maps (N, maps, side, side), by three dense layers.

    The latents are one cloud, but images often come in kinds with little between them.
    Two layers of 128 numbers can stretch the cloud before anything is drawn.

    Args:
        latent_size: numbers in a latent.
        maps: how many.
        side: pixels per side.
    """

    def __init__(self, latent_size: int, maps: int, side: int) -> None:
        super().__init__()
        self.maps, self.side = maps, side
        self.layers = nn.Sequential(
            _drawn(nn.Linear(latent_size, GENERATOR_HIDDEN), GAIN),
            nn.LeakyReLU(0.2, inplace=True),
            _drawn(nn.Linear(GENERATOR_HIDDEN, GENERATOR_HIDDEN), GAIN),
            nn.LeakyReLU(0.2, inplace=True),
            nn.Linear(GENERATOR_HIDDEN, maps * side**2),
            nn.LeakyReLU(0.2, inplace=True),
        )

    def forward(self, latents: Tensor) -> Tensor:
        """Return the first maps of each image, channels last in memory."""
        numbers = self.layers(latents).view(-1, self.side, self.side, self.maps)
        return numbers.permute(0, 3, 1, 2)


class Spread(nn.Module):
    """Features (N, F) → (N, 2 F): beside each, how much it varies over the batch.

        s_f = √(1/N Σ_i (h_if - mean_f)² + 10⁻⁸),    the same for all i

    Source: T. Karras et al., "Progressive Growing of GANs for Improved Quality,
    Stability, and Variation", 2017, https://arxiv.org/abs/1710.10196, section 3, where
    the mean over all features is one number.
    """

    def forward(self, features: Tensor) -> Tensor:
        """Return the features and their standard deviations."""
        variances = features.var(dim=0, correction=0)
        return torch.cat([features, (variances + 1e-8).sqrt().expand_as(features)], 1)


class Generator(nn.Module):
    """Latents (N, latent_size) → images (N, channels, size, size) in [-1, 1].

    Codes, if any; dense layers to maps of 4 to 7 pixels per side; residual blocks at
    each size but the last; between sizes a 1×1 convolution to the next width and
    bilinear doubling; at the last size, where blocks cost most, those that are asked
    for, a 3×3 convolution and tanh. The last size has `width` maps, each one before it
    twice as many, but at most 4 · width. Before tanh, first images have a standard
    deviation of 0.1 to 0.6, whatever the size.

    Args:
        latent_size: numbers in a latent.
        size: pixels per side: 4, 5, 6 or 7 times a power of two, such as 28, 32 or 64.
        channels: 1 for grey, 3 for RGB.
        width: maps at the last size.
        blocks: at each size but the last.
        last_blocks: at the last size, 0 or more.
        codes: groups of 16 latents that become codes.

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
        last_blocks: int = 0,
        codes: int = 0,
    ) -> None:
        super().__init__()
        counts = {"latent_size": latent_size, "width": width, "blocks": blocks}
        check_counts("residual", channels=channels, **counts)
        if last_blocks < 0:
            raise ValueError(
                f"The residual generator got last_blocks={last_blocks}; choose 0 or "
                "more."
            )
        if not 0 <= codes * OPTIONS <= latent_size:
            raise ValueError(
                f"The residual generator got codes={codes} and "
                f"latent_size={latent_size}; choose 0 codes or more, and {OPTIONS} "
                "latents or more for each."
            )
        self.latent_size = latent_size
        sides = _sides(size)
        widths = [width * min(2**place, WIDEST) for place in range(len(sides))][::-1]
        total = blocks * (len(sides) - 1) + last_blocks
        first = FirstMaps(latent_size, widths[0], sides[-1])
        layers: list[nn.Module] = [Codes(codes), first]
        for inputs, outputs in pairwise(widths):
            layers += [Block(inputs, total) for _ in range(blocks)]
            if inputs != outputs:
                layers.append(_drawn(nn.Conv2d(inputs, outputs, 1, bias=False)))
            layers.append(nn.Upsample(scale_factor=2, mode="bilinear"))
        layers += [Block(width, total) for _ in range(last_blocks)]
        layers += [_drawn(nn.Conv2d(width, channels, 3, padding=1)), nn.Tanh()]
        self.layers = nn.Sequential(*layers)

    def forward(self, latents: Tensor) -> Tensor:
        return self.layers(latents)


class Discriminator(nn.Module):
    """Images (N, channels, size, size) in [-1, 1] → logits (N, 1), positive for "real".

    Two 4×4 convolutions of stride 2, to `width` and 2 · width maps, and a dense layer
    of 256 numbers; beside those numbers their spread over the batch, then further dense
    layers of 64 numbers, if asked for, and a last one. Leaky ReLU (slope 0.2) follows
    each layer but the last. The first logits lie within ±0.2, whatever the size.

    Without a further layer a logit is a sum of what an image says and what the spread
    says, the same for all images of the batch. With one, it can weigh an image by the
    spread.

    A logit depends on the whole batch, through the spread. So give it real images
    alone or generated ones alone, as the trainer does; the slope that R1 measures is
    that of the sum of all logits by each image. Several processes cannot share it.

    Args:
        size: pixels per side: 4, 5, 6 or 7 times a power of two, such as 28, 32 or 64.
        channels: 1 for grey, 3 for RGB.
        width: maps after the first layer.
        layers: hidden dense layers: one before the spread, the others after it.

    Raises:
        ValueError: an argument is out of its range.
    """

    def __init__(
        self, size: int = 32, channels: int = 1, width: int = 16, layers: int = 1
    ) -> None:
        super().__init__()
        check_counts("residual", channels=channels, width=width, layers=layers)
        _sides(size)
        widths = [2 * DISCRIMINATOR_HIDDEN, *[COMPARING] * (layers - 1)]
        comparing: list[nn.Module] = []
        for inputs, outputs in pairwise(widths):
            comparing += [nn.Linear(inputs, outputs), nn.LeakyReLU(0.2, inplace=True)]
        self.layers = nn.Sequential(
            nn.Conv2d(channels, width, 4, stride=2, padding=1),
            nn.LeakyReLU(0.2, inplace=True),
            nn.Conv2d(width, 2 * width, 4, stride=2, padding=1),
            nn.LeakyReLU(0.2, inplace=True),
            nn.Flatten(),
            nn.Linear(2 * width * (size // 4) ** 2, DISCRIMINATOR_HIDDEN),
            nn.LeakyReLU(0.2, inplace=True),
            Spread(),
            *comparing,
            nn.Linear(widths[-1], 1),
        )

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


def _drawn(layer: nn.Conv2d | nn.Linear, gain: float = 1.0) -> nn.Module:
    """The layer with w ~ N(0, gain² / m) for m products that it adds up, and b = 0."""
    products = layer.weight[0].numel()
    nn.init.normal_(layer.weight, std=gain / math.sqrt(products))
    if layer.bias is not None:
        nn.init.zeros_(layer.bias)
    return layer
