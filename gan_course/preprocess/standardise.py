"""Give each channel of a set of images mean 0 and standard deviation 1, and undo it."""

from dataclasses import dataclass

import torch
from torch import Tensor

from gan_course.preprocess.hashing import check_images


@dataclass(frozen=True)
class Standardise:
    """The map x ↦ (x - mean) / std of each channel, with its inverse.

    Fit it on the images to train on alone, and use it on all. `images.to_float`, which
    maps to [-1, 1], needs no fitting and is what generators that end in tanh want.

    Attributes:
        mean: grey levels 0…255, one for each channel.
        std: grey levels above 0, one for each channel.

    >>> images = torch.tensor([0, 100], dtype=torch.uint8).view(2, 1, 1, 1)
    >>> Standardise.fit(images)(images).flatten()
    tensor([-1.,  1.])
    """

    mean: tuple[float, ...]
    std: tuple[float, ...]

    def __post_init__(self) -> None:
        if len(self.mean) != len(self.std) or not all(s > 0 for s in self.std):
            raise ValueError(
                f"The means {self.mean} and deviations {self.std} do not fit: give as "
                "many of each, and deviations above 0."
            )

    @classmethod
    def fit(cls, images: Tensor) -> "Standardise":
        """Measure mean and standard deviation of each channel, exactly.

        Grey levels are counted first, so it needs no memory for floating-point images.

        Args:
            images: uint8 (N, C, H, W), at least one.

        Raises:
            ValueError: the images are something else, or a channel has one level only.
        """
        check_images(images, "Standardise.fit")
        channels = [images[:, channel].flatten() for channel in range(images.shape[1])]
        shares = torch.stack([c.bincount(minlength=256).double() for c in channels])
        shares /= shares.sum(dim=1, keepdim=True)
        levels = torch.arange(256.0, dtype=torch.float64)
        mean = shares @ levels
        std = (shares * (levels - mean[:, None]).square()).sum(dim=1).sqrt()
        if not (std > 0).all():
            raise ValueError(
                f"Standardise.fit got {len(images)} images in which channel "
                f"{int(std.argmin())} has one level only, so nothing can be scaled to "
                "deviation 1; fit on more images."
            )
        return cls(tuple(mean.tolist()), tuple(std.tolist()))

    def __call__(self, images: Tensor) -> Tensor:
        """Standardise uint8 images (N, C, H, W) to float32."""
        check_images(images, "Standardise")
        mean, std = self._of(images)
        return (images.float() - mean) / std

    def inverse(self, images: Tensor) -> Tensor:
        """Give back uint8 images; exact for what `__call__` returned, else clipped."""
        mean, std = self._of(images)
        return (images * std + mean).round().clamp(0, 255).to(torch.uint8)

    def _of(self, images: Tensor) -> tuple[Tensor, Tensor]:
        if images.ndim != 4 or images.shape[1] != len(self.mean):
            raise ValueError(
                f"The images have shape {tuple(images.shape)}, but this was fitted on "
                f"(N, {len(self.mean)}, H, W)."
            )
        mean, std = (
            torch.tensor(values, dtype=torch.float32, device=images.device)
            for values in (self.mean, self.std)
        )
        return mean[:, None, None], std[:, None, None]
