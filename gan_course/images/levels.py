"""Turn stored grey levels into numbers a network can use, and back without loss."""

import torch
from torch import Tensor


def to_float(images: Tensor) -> Tensor:
    """Grey levels 0…255 as float32 in [-1, 1]: x / 127.5 - 1, any shape.

    The range is that of tanh, the last layer of the generators.

    Raises:
        TypeError: the images are not uint8.

    >>> to_float(torch.tensor([0, 255], dtype=torch.uint8))
    tensor([-1.,  1.])
    """
    if images.dtype != torch.uint8:
        raise TypeError(
            f"to_float got {images.dtype}, but expects torch.uint8 grey levels "
            "0…255; images that are float already need no conversion."
        )
    return images.float() / 127.5 - 1


def to_uint8(images: Tensor) -> Tensor:
    """Float images in [-1, 1] as grey levels 0…255: round(127.5 (x + 1)), clipped.

    The inverse of `to_float`, exactly, for all 256 levels.

    Raises:
        TypeError: the images are not floating point.
        ValueError: an image holds NaN.

    >>> to_uint8(torch.tensor([-1.0, 0.0, 1.0]))
    tensor([  0, 128, 255], dtype=torch.uint8)
    """
    if not images.is_floating_point():
        raise TypeError(
            f"to_uint8 got {images.dtype}, but expects floats in [-1, 1]; "
            "uint8 images need no conversion."
        )
    if torch.isnan(images).any():
        raise ValueError("to_uint8 got NaN; check the network that made the images.")
    return ((images.float() + 1) * 127.5).round().clamp(0, 255).to(torch.uint8)
