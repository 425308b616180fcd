"""Put many images side by side on one canvas."""

import torch
from torch import Tensor


def tile(images: Tensor, columns: int, *, below: int = 0, gap: int = 1) -> Tensor:
    """Put images (N, C, H, W) on one white canvas (3, height, width), row by row.

    Args:
        images: uint8, grey (C = 1) or RGB (C = 3), at least one.
        columns: images in a row; the last row may be shorter.
        below: further white pixels under each row.
        gap: white pixels between images.

    Raises:
        TypeError: the images are not uint8.
        ValueError: another shape, no column, or a negative distance.

    >>> tile(torch.zeros(5, 1, 8, 8, dtype=torch.uint8), columns=3).shape
    torch.Size([3, 17, 26])
    """
    _check(images)
    if columns < 1 or below < 0 or gap < 0:
        raise ValueError(
            f"tile got columns={columns}, below={below}, gap={gap}; choose 1 column "
            "or more, and no negative distance."
        )
    count, _, height, width = images.shape
    rows = -(-count // columns)
    step_y, step_x = height + below + gap, width + gap
    canvas = images.new_full((3, rows * step_y - gap, columns * step_x - gap), 255)
    for index, image in enumerate(images):
        top, left = index // columns * step_y, index % columns * step_x
        canvas[:, top : top + height, left : left + width] = image
    return canvas


def _check(images: Tensor) -> None:
    if images.dtype != torch.uint8:
        raise TypeError(
            f"tile got {images.dtype}, but expects torch.uint8; use to_uint8 first."
        )
    shape = tuple(images.shape)
    if len(shape) != 4 or shape[1] not in (1, 3) or 0 in shape:
        raise ValueError(
            f"The images have shape {shape}, but tile expects (N, 1, H, W) or "
            "(N, 3, H, W); write image[None] for a single (C, H, W) picture."
        )
