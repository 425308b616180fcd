"""A small convolutional pair, for square images of any size and colour."""

from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F

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


class Generator(nn.Module):
    """Latents (N, latent_size) → images (N, channels, size, size) in [-1, 1].

    A dense layer makes 2 · width maps of a quarter of the size; two stages double it
    by nearest neighbours and convolve 3×3, to 2 · width and to width maps; a last 3×3
    convolution makes the image. Leaky ReLU (slope 0.2) after every layer but the last,
    which ends in tanh. No normalisation, so an image never depends on its neighbours in
    the batch. 1,049,345 parameters with the defaults.

    Args:
        latent_size: numbers in a latent.
        size: pixels per side, a multiple of 4 from 8 on, such as 28, 32 or 64.
        channels: 1 for grey, 3 for RGB.
        width: maps before the last layer.

    Raises:
        ValueError: an argument is out of its range.

    The upsampling followed by a convolution is that of A. Odena et al., "Deconvolution
    and Checkerboard Artifacts", 2016, https://distill.pub/2016/deconv-checkerboard.
    """

    def __init__(
        self,
        latent_size: int = LATENT_SIZE,
        size: int = 32,
        channels: int = 1,
        width: int = 64,
    ) -> None:
        super().__init__()
        _check(size, channels, latent_size=latent_size, width=width)
        self.latent_size = latent_size
        wide, quarter = 2 * width, size // 4
        self.layers = nn.Sequential(
            nn.Linear(latent_size, wide * quarter**2),
            _leaky(),
            nn.Unflatten(1, (wide, quarter, quarter)),
            UpsampledConvolution(wide, wide),
            _leaky(),
            UpsampledConvolution(wide, width),
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
    97,665 parameters with the defaults.

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
    if channels not in (1, 3):
        raise ValueError(
            f"The convolutional pair got channels={channels}; choose 1 for grey or 3 "
            "for RGB."
        )
    for name, count in counts.items():
        if count < 1:
            raise ValueError(
                f"The convolutional pair got {name}={count}; choose 1 or more."
            )
