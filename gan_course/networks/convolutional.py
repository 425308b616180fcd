"""A small convolutional pair, for square images of any size and colour.

Parameters, and the products of an image's forward pass in millions, as PyTorch counts:

    network                                                  parameters  products
    Generator(size=28, width=32)                                372,417     10.17
    Generator(size=28, width=32, upsampling="transposed-3")     372,417      5.96
    Generator(size=28, width=32, upsampling="transposed-4")     415,425     10.17
    Generator(size=28, width=32, upsampling="transposed-5")     470,721     15.59
    Generator(size=28)                                          855,425     39.61
    Generator(size=32)                                        1,049,345     51.74
    Generator(size=64, channels=3)                            3,532,675    211.68
    Discriminator(size=28)                                       97,665      0.84
    Discriminator(size=32)                                       97,665      0.92
    Discriminator(size=64, channels=3)                           99,489      3.98
"""

from collections.abc import Callable
from functools import partial
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from gan_course.choices import nearest
from gan_course.networks.arguments import check_counts
from gan_course.networks.mlp import LATENT_SIZE


def _leaky() -> nn.LeakyReLU:
    # In place: neither a convolution nor this needs what it overwrites to go back.
    return nn.LeakyReLU(0.2, inplace=True)


class UpsampledConvolution(nn.Conv2d):
    """Double maps by nearest neighbours and convolve 3×3, in one operation.

        (N, inputs, H, W) → (N, outputs, 2H, 2W)

    It computes what `nn.Upsample(scale_factor=2)` and `nn.Conv2d(…, 3, padding=1)` do,
    with the same weights, but never makes the doubled maps. Each output looks at only
    2×2 numbers of a small map, so four products replace nine: weights that meet the
    same number are added up first, which makes them the 4×4 kernel of a transposed
    convolution of stride 2.

    Args:
        inputs: maps that come in.
        outputs: maps that go out.
    """

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__(inputs, outputs, kernel_size=3, padding=1)

    def forward(self, maps: Tensor) -> Tensor:
        """Return the doubled and convolved maps."""
        last = self.weight.is_contiguous(memory_format=torch.channels_last)
        layout = torch.channels_last if last else torch.contiguous_format
        flipped = self.weight.transpose(0, 1).flip(2, 3)
        rows = F.pad(flipped, (0, 0, 0, 1)) + F.pad(flipped, (0, 0, 1, 0))
        kernel = F.pad(rows, (0, 1)) + F.pad(rows, (1, 0))
        kernel = kernel.contiguous(memory_format=layout)
        return F.conv_transpose2d(maps, kernel, self.bias, stride=2, padding=1)


class TransposedConvolution(nn.ConvTranspose2d):
    """Double maps by a transposed convolution of stride 2.

        (N, inputs, H, W) → (N, outputs, 2H, 2W)

    Each number of a map spreads a k×k patch, and patches lie two pixels apart. With
    k = 3, rows are met by one or two patches in turn, so pixels add up 1, 2 or 4
    products per map: uneven overlap, which draws a checkerboard. k = 5 gives 4, 6 or 9;
    k = 4 gives 4 to each. But even then the four kinds of pixels have weights of their
    own, and nothing makes them agree.

    The weights begin uniform within ±1/√m, as PyTorch draws those of a convolution with
    m products for an output, m = inputs · k²/4 on average. (PyTorch's own m of a
    transposed one is outputs · k², which makes the results too small.)

    Args:
        inputs: maps that come in.
        outputs: maps that go out.
        kernel: k, pixels per side of a patch, 3 or more.

    Source of the name for what it draws, and of the remedy: A. Odena et al.,
    "Deconvolution and Checkerboard Artifacts", 2016,
    https://distill.pub/2016/deconv-checkerboard.
    """

    def __init__(self, inputs: int, outputs: int, kernel: int) -> None:
        padding, last = (kernel - 1) // 2, kernel % 2
        super().__init__(
            inputs, outputs, kernel, stride=2, padding=padding, output_padding=last
        )

    def reset_parameters(self) -> None:
        """Draw weights and biases anew."""
        products = self.in_channels * self.weight[0, 0].numel() / 4
        for values in (self.weight, self.bias):
            nn.init.uniform_(values, -(products**-0.5), products**-0.5)


UPSAMPLINGS: dict[str, Callable[[int, int], nn.Module]] = {
    "nearest": UpsampledConvolution,
    "transposed-3": partial(TransposedConvolution, kernel=3),
    "transposed-4": partial(TransposedConvolution, kernel=4),
    "transposed-5": partial(TransposedConvolution, kernel=5),
}


class Generator(nn.Module):
    """Latents (N, latent_size) → images (N, channels, size, size) in [-1, 1].

    A dense layer makes 2 · width maps of a quarter of the size; two stages double it
    and convolve, to 2 · width and to width maps; a last 3×3 convolution makes the
    image. Leaky ReLU (slope 0.2) after every layer but the last, which ends in tanh. No
    normalisation, so an image never depends on its neighbours in the batch. 1,049,345
    parameters with the defaults. Before tanh, first images have a standard deviation of
    0.02 to 0.1, whatever the size and the upsampling.

    Args:
        latent_size: numbers in a latent.
        size: pixels per side, a multiple of 4 from 8 on, such as 28, 32 or 64.
        channels: 1 for grey, 3 for RGB.
        width: maps before the last layer.
        upsampling: "nearest" doubles by nearest neighbours and convolves 3×3, which
            leaves no checkerboard; "transposed-4" is a transposed convolution with a
            4×4 kernel, as in most listings of DCGAN; "transposed-5", as in its paper,
            and "transposed-3" are those whose patches overlap unevenly.

    Raises:
        ValueError: an argument is out of its range.

    Sources: A. Radford, L. Metz and S. Chintala, "Unsupervised Representation Learning
    with Deep Convolutional Generative Adversarial Networks", 2015,
    https://arxiv.org/abs/1511.06434 (DCGAN; it has batch normalisation and four
    stages); A. Odena et al., "Deconvolution and Checkerboard Artifacts", 2016,
    https://distill.pub/2016/deconv-checkerboard.
    """

    def __init__(
        self,
        latent_size: int = LATENT_SIZE,
        size: int = 32,
        channels: int = 1,
        width: int = 64,
        upsampling: str = "nearest",
    ) -> None:
        super().__init__()
        _check(size, channels, latent_size=latent_size, width=width)
        doubled = UPSAMPLINGS[nearest("upsampling", upsampling, UPSAMPLINGS)]
        self.latent_size = latent_size
        wide, quarter = 2 * width, size // 4
        self.layers = nn.Sequential(
            nn.Linear(latent_size, wide * quarter**2),
            _leaky(),
            nn.Unflatten(1, (wide, quarter, quarter)),
            doubled(wide, wide),
            _leaky(),
            doubled(wide, width),
            _leaky(),
            nn.Conv2d(width, channels, 3, padding=1),
            nn.Tanh(),
        )

    def forward(self, latents: Tensor) -> Tensor:
        return self.layers(latents)


class Discriminator(nn.Module):
    """Images (N, channels, size, size) in [-1, 1] → logits (N, 1), positive for "real".

    Four 3×3 convolutions of stride 2, to width, 2 · width, 4 · width and 8 · width
    maps, each followed by leaky ReLU (slope 0.2), and a dense layer. No normalisation.
    97,665 parameters with the defaults. The first logits lie within ±0.2, whatever the
    size.

    Args:
        size: pixels per side, a multiple of 4 from 8 on, such as 28, 32 or 64.
        channels: 1 for grey, 3 for RGB.
        width: maps after the first layer.

    Raises:
        ValueError: an argument is out of its range.
    """

    def __init__(self, size: int = 32, channels: int = 1, width: int = 16) -> None:
        super().__init__()
        _check(size, channels, width=width)
        maps = [channels, width, 2 * width, 4 * width, 8 * width]
        layers: list[nn.Module] = []
        for inputs, outputs in pairwise(maps):
            layers.append(nn.Conv2d(inputs, outputs, 3, stride=2, padding=1))
            layers.append(_leaky())
        side = -(-size // 16)  # each stride halves and rounds up
        self.layers = nn.Sequential(
            *layers, nn.Flatten(), nn.Linear(maps[-1] * side**2, 1)
        )

    def forward(self, images: Tensor) -> Tensor:
        return self.layers(images)


def _check(size: int, channels: int, **counts: int) -> None:
    if size < 8 or size % 4:
        raise ValueError(
            f"The convolutional pair got size={size}; choose a multiple of 4 from 8 "
            "on, such as 28, 32 or 64."
        )
    check_counts("convolutional", channels=channels, **counts)
