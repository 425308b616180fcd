"""Refuse what nothing can be trained with, before the first step."""

import torch
from torch import Tensor, nn


def check_images(images: Tensor, batch_size: int) -> None:
    """Return if the images are grey levels or floats, and enough for a batch.

    Raises:
        TypeError: they are of another type.
        ValueError: a batch is empty or takes more images than there are.
    """
    if not (images.is_floating_point() or images.dtype == torch.uint8):
        raise TypeError(
            f"The images are {images.dtype}; pass torch.uint8 grey levels, or floats."
        )
    if not 1 <= batch_size <= len(images):
        raise ValueError(
            f"A batch takes {batch_size} of {len(images)} images; choose a batch_size "
            f"from 1 to {len(images)}, or more images."
        )


def check_at_least(least: int, **numbers: float) -> None:
    """Return if every number is `least` or more.

    Raises:
        ValueError: one is not.
    """
    for name, number in numbers.items():
        if not number >= least:
            raise ValueError(f"{name} is {number}; choose {least} or more.")


def checked_latent_size(generator: nn.Module, given: int | None) -> int:
    """Return how many numbers a latent has: as given, or as the generator says.

    Raises:
        ValueError: neither says it, or it is below 1.
    """
    size = getattr(generator, "latent_size", None) if given is None else given
    if size is None:
        raise ValueError(
            "The generator does not say how many numbers a latent has; pass "
            "latent_size, such as latent_size=100."
        )
    check_at_least(1, latent_size=size)
    return size


def check_same_shape(fake: Tensor, real: Tensor) -> None:
    """Return if generated images have the shape of the real ones.

    Raises:
        ValueError: they have another.
    """
    if fake.shape != real.shape:
        raise ValueError(
            f"The generator makes images of shape {tuple(fake.shape)}, but the "
            f"real ones are {tuple(real.shape)}; change one of the two."
        )
