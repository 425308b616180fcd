"""Change the size of images without aliasing."""

import torch
import torch.nn.functional as F
from torch import Tensor


def resize(images: Tensor, size: int | tuple[int, int]) -> Tensor:
    """Resize images to `size` by bicubic interpolation, anti-aliased when shrinking.

    Each new pixel is a weighted mean of the old ones around its place. The weights
    are Keys' cubic kernel (a = -1/2); when shrinking, it is widened by the factor,
    so that detail too fine for the new grid is averaged and not aliased. The kernel
    has negative lobes, which overshoot beside an edge: the result is clipped to the
    range of the levels, 0…255 or [-1, 1], or to the image's own when that is wider.

    Args:
        images: (C, H, W) or (N, C, H, W), uint8 or floating point.
        size: new (height, width), or one number for both.

    Returns:
        Images of the same type. Floats keep their gradient.

    Raises:
        TypeError: neither uint8 nor floating point.
        ValueError: another shape, or a size below 1.

    Source: R. Keys, "Cubic convolution interpolation for digital image processing",
    IEEE Trans. ASSP 29(6), 1981. Pillow's bicubic `Image.resize` computes the same,
    but for clipping once more between rows and columns.

    >>> resize(torch.zeros(3, 480, 640, dtype=torch.uint8), 64).shape
    torch.Size([3, 64, 64])
    """
    height, width = _checked_size(size)
    _check(images)
    if images.shape[-2:] == (height, width):
        return images.clone()
    batch = images if images.ndim == 4 else images[None]
    resized = _bicubic(batch, (height, width))
    return resized if images.ndim == 4 else resized[0]


def _bicubic(batch: Tensor, size: tuple[int, int]) -> Tensor:
    whole = batch.dtype == torch.uint8
    exact = batch if batch.dtype == torch.float64 else batch.float()
    resized = F.interpolate(exact, size, mode="bicubic", antialias=True)
    if whole:
        return resized.round().clamp(0, 255).to(torch.uint8)
    low = exact.detach().amin((1, 2, 3), keepdim=True).clamp(max=-1)
    high = exact.detach().amax((1, 2, 3), keepdim=True).clamp(min=1)
    return resized.clamp(low, high).to(batch.dtype)


def _checked_size(size: int | tuple[int, int]) -> tuple[int, int]:
    pair = tuple(size) if isinstance(size, tuple | list) else (size, size)
    if len(pair) != 2 or not all(isinstance(side, int) and side > 0 for side in pair):
        raise ValueError(
            f"resize got size={size!r}; give one whole number of 1 or more, or a "
            "pair (height, width)."
        )
    return pair


def _check(images: Tensor) -> None:
    if images.dtype != torch.uint8 and not images.is_floating_point():
        raise TypeError(
            f"resize got {images.dtype}, but expects torch.uint8 or floating point."
        )
    shape = tuple(images.shape)
    if len(shape) not in (3, 4) or 0 in shape[-3:]:
        raise ValueError(
            f"The images have shape {shape}, but resize expects (C, H, W) or "
            "(N, C, H, W), with at least one pixel."
        )
