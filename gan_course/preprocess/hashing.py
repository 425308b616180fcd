"""Fingerprints of pictures that stay when a picture is compressed or resized."""

import torch
from torch import Tensor
from torch.nn.functional import adaptive_avg_pool2d, normalize

ROWS, COLUMNS = 8, 9
EQUAL = 2.0  # grey levels: neighbours that differ by less count as equal
SIDE = 16  # of the small picture that a signature describes
CHUNK = 1024  # images computed at once, to bound memory


def perceptual_hash(images: Tensor) -> Tensor:
    """The difference hash of each image: 64 answers to "is the right one brighter?".

    The image is shrunk to the grey means of 8 rows of 9 areas. A bit is 1 where an
    area is brighter than its left neighbour by more than EQUAL grey levels, so that
    noise on an even surface sets none.

    Args:
        images: uint8 (N, C, H, W), C = 1 or 3.

    Returns:
        bool (N, 64), row by row.

    Raises:
        ValueError: the images are something else.

    Source: N. Krawetz, "Kind of like that", The Hacker Factor Blog, 2013.

    >>> ramp = torch.arange(0, 72, 8, dtype=torch.uint8).expand(1, 1, 8, 9)
    >>> perceptual_hash(ramp).all()
    tensor(True)
    """
    check_images(images, "perceptual_hash")
    means = [
        adaptive_avg_pool2d(grey_levels(part), (ROWS, COLUMNS))
        for part in images.split(CHUNK)
    ]
    areas = torch.cat(means) if means else torch.empty(0, 1, ROWS, COLUMNS)
    return (areas.diff(dim=3) > EQUAL).flatten(1)


def hash_distance(first: Tensor, second: Tensor) -> Tensor:
    """The number of bits in which hashes differ, every one with every other.

    With bits written as ±1, the product of two hashes counts equal bits minus
    different ones, so all distances are one matrix product: (64 - A Bᵀ) / 2.

    Args:
        first: bool (N, 64).
        second: bool (M, 64).

    Returns:
        float32 (N, M), whole numbers 0…64.

    >>> hash_distance(torch.tensor([[True, False]]), torch.tensor([[True, True]]))
    tensor([[1.]])
    """
    signs = [hashes.float() * 2 - 1 for hashes in (first, second)]
    return (first.shape[1] - signs[0] @ signs[1].T) / 2


def signature(images: Tensor) -> Tensor:
    """What an image shows, small and without its light, as a vector of length 1.

    The image is shrunk to the means of 16 × 16 areas. From each channel its mean and
    its even slope from side to side are taken off, so the brightness of the light
    does not matter; the length 1 takes the contrast off. So A Bᵀ of two signatures is
    the correlation of the two pictures, -1…1. An even picture has signature 0.

    Args:
        images: uint8 (N, C, H, W), C = 1 or 3.

    Returns:
        float32 (N, C · 256).

    Raises:
        ValueError: the images are something else.
    """
    check_images(images, "signature")
    shown = [_without_light(part.float()) for part in images.split(CHUNK)]
    width = images.shape[1] * SIDE**2
    return normalize(torch.cat([torch.empty(0, width), *shown]), eps=1e-3)


def _without_light(images: Tensor) -> Tensor:
    areas = adaptive_avg_pool2d(images, (SIDE, SIDE))
    areas = areas - areas.mean(dim=(2, 3), keepdim=True)
    slope = torch.linspace(-1, 1, SIDE)
    slope = slope / slope.square().mean().sqrt()
    areas = areas - (areas * slope).mean(dim=(2, 3), keepdim=True) * slope
    slope = slope[:, None]
    areas = areas - (areas * slope).mean(dim=(2, 3), keepdim=True) * slope
    return areas.flatten(1)


def grey_levels(images: Tensor) -> Tensor:
    """Grey levels 0.299 R + 0.587 G + 0.114 B of uint8 images, float (N, 1, H, W)."""
    if images.shape[1] == 1:
        return images.float()
    weights = torch.tensor([0.299, 0.587, 0.114])[:, None, None]
    return (images.float() * weights).sum(dim=1, keepdim=True)


def check_images(images: Tensor, name: str) -> None:
    """Say in one sentence what is wrong with images that are not uint8 (N, C, H, W)."""
    shape = tuple(images.shape)
    if images.dtype != torch.uint8 or len(shape) != 4 or shape[1] not in (1, 3):
        raise ValueError(
            f"{name} got {images.dtype} of shape {shape}, but expects torch.uint8 "
            "(N, 1, H, W) or (N, 3, H, W); convert floats with to_uint8."
        )
    if 0 in shape[2:]:
        raise ValueError(f"{name} got images of shape {shape}, without any pixel.")
