"""The power spectrum: at which scale images vary, and what upsampling leaves behind."""

from dataclasses import dataclass

import torch
from torch import Tensor

from gan_course.images import to_float

CHUNK = 500
HALF = 0.25  # cycles per pixel: halfway from a flat image to a checkerboard line


@dataclass(frozen=True)
class Spectrum:
    """How much images vary at each spatial frequency, in the mean over all directions.

    Attributes:
        frequencies: float64 (K,), cycles per pixel, from 0 to at most √½ = 0.707, the
            corner that only a checkerboard reaches. A line of one dark and one bright
            pixel is at 0.5.
        power: float64 (K,), mean |F|² of the frequencies in a ring.
        energy: float64 (K,), their sum: what the ring adds to the variance of a pixel.
            All together are that variance.
    """

    frequencies: Tensor
    power: Tensor
    energy: Tensor

    def share_above(self, frequency: float = HALF) -> float:
        """Share of the variance at a frequency above this one, 0…1.

        0 for images without any variance.

        Raises:
            ValueError: the frequency is not in 0…0.71.
        """
        if not 0 <= frequency <= 0.71:
            raise ValueError(
                f"The frequency is {frequency}, but must be 0 to 0.71 cycles per "
                "pixel; divide cycles per image by the number of pixels."
            )
        total = self.energy.sum()
        above = self.energy[self.frequencies > frequency].sum()
        return (above / total).item() if total > 0 else 0.0


def spectrum(images: Tensor) -> Spectrum:
    """Radially averaged power spectrum of images, each without its mean.

        F(u, v) = 1/(H W) Σ (x - mean x) exp(-2πi (u row / H + v column / W))

    |F|² is averaged over images and channels, and then over the rings of frequencies
    √((u/H)² + (v/W)²) that are one cycle per image wide. An image counts as if it went
    on periodically, so edges that do not fit together add a little at all frequencies:
    compare images with images of the same kind.

    Args:
        images: (N, C, H, W), uint8 or float in [-1, 1], H and W at least 2.

    Raises:
        ValueError: they have another shape, there are none, or a number is not finite.

    Source: R. Durall, M. Keuper and J. Keuper, "Watch your up-convolution: CNN based
    generative deep neural networks are failing to reproduce spectral distributions",
    2020, https://arxiv.org/abs/2003.01826.
    """
    if images.ndim != 4 or 0 in images.shape or min(images.shape[2:]) < 2:
        raise ValueError(
            f"The images have shape {tuple(images.shape)}, but must be (N, C, H, W) "
            "with N ≥ 1 and at least 2×2 pixels."
        )
    power = _mean_power(images)
    if not power.isfinite().all():
        raise ValueError(
            "An image holds numbers that are not finite; check the network that made "
            "the images."
        )
    height, width = images.shape[2:]
    rows, columns = torch.fft.fftfreq(height), torch.fft.fftfreq(width)
    radii = torch.hypot(*torch.meshgrid(rows.double(), columns.double(), indexing="ij"))
    rings = (radii * max(height, width)).round().long().flatten()
    count = rings.bincount()
    energy = rings.bincount(power.flatten())
    radius = rings.bincount(radii.flatten())
    filled = count > 0
    count, energy, radius = count[filled], energy[filled], radius[filled]
    return Spectrum(radius / count, energy / count, energy)


def _mean_power(images: Tensor) -> Tensor:
    """|F|² of every frequency, mean over images and channels, float64 (H, W)."""
    height, width = images.shape[2:]
    total = torch.zeros(height, width, dtype=torch.float64)
    for chunk in images.detach().cpu().split(CHUNK):
        levels = to_float(chunk) if chunk.dtype == torch.uint8 else chunk
        levels = levels.double()
        away = levels - levels.mean(dim=(2, 3), keepdim=True)
        total += torch.fft.fft2(away).abs().square().sum(dim=(0, 1))
    return total / (images.shape[0] * images.shape[1] * (height * width) ** 2)
