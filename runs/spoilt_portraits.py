"""Portraits spoilt by code: a little, as a generator may, or until no face is left."""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn.functional import affine_grid, avg_pool2d, grid_sample, interpolate


def strength(images: Tensor) -> Tensor:
    """How much to spoil each image, 0…1, (N, 1, 1, 1); 0 for half of them."""
    count = len(images)
    return torch.rand(count, 1, 1, 1) * (torch.rand(count, 1, 1, 1) < 0.5)


def soft(images: Tensor) -> Tensor:
    """The mean of 3x3 pixels."""
    return avg_pool2d(images, 3, 1, 1, count_include_pad=False)


def bend(images: Tensor, pixels: Tensor) -> Tensor:
    """Each image bent by a smooth random field of about so many pixels (N, 1, 1, 1)."""
    count, side = len(images), images.shape[-1]
    field = interpolate(torch.randn(count, 2, 5, 5), (side, side), mode="bicubic")
    upright = torch.eye(2, 3).expand(count, 2, 3)
    grid = affine_grid(upright, list(images.shape), align_corners=False)
    moved = grid + (pixels * field).permute(0, 2, 3, 1) * 2 / side
    return grid_sample(images, moved, padding_mode="border", align_corners=False)


def spoil(images: Tensor) -> Tensor:
    """Faces as a generator may draw them: a little bent, soft, tinted and noisy."""
    bent = bend(images, 0.4 * strength(images))
    softer = bent + 0.3 * strength(images) * (soft(bent) - bent)
    tint = 0.06 * strength(images) * torch.randn(len(images), 3, 1, 1)
    noise = 0.08 * strength(images) * torch.randn_like(images)
    return (softer + tint + noise).clamp(-1, 1)


def blends(images: Tensor) -> Tensor:
    """Each image mixed with the next, 30 to 70 % of either."""
    share = 0.3 + 0.4 * torch.rand(len(images), 1, 1, 1)
    return share * images + (1 - share) * images.roll(1, dims=0)


def _between(low: Tensor, high: Tensor, side: int) -> Tensor:
    """Which of the places are in [low, high), bool (N, side)."""
    places = torch.arange(side)
    return (places >= low.unsqueeze(1)) & (places < high.unsqueeze(1))


def patched(images: Tensor) -> Tensor:
    """Each image with a rectangle of 8 to 20 pixels in its middle from the next."""
    count, side = len(images), images.shape[-1]
    spans = []
    for _ in range(2):
        length = torch.randint(side // 4, side * 5 // 8 + 1, (count,))
        room = side * 13 // 16 - length
        start = side // 8 + (torch.rand(count) * (room - side // 8 + 1)).long()
        spans.append(_between(start, start + length, side))
    inside = (spans[0].unsqueeze(2) & spans[1].unsqueeze(1)).unsqueeze(1)
    return torch.where(inside, images.roll(1, dims=0), images)


def halved(images: Tensor) -> Tensor:
    """The upper or left half of each image, beside the other half of the next."""
    first = torch.arange(images.shape[-1]) < images.shape[-1] // 2
    across = torch.rand(len(images), 1, 1, 1) < 0.5
    kept = torch.where(across, first, first.unsqueeze(1))
    return torch.where(kept, images, images.roll(1, dims=0))


def blurred(images: Tensor) -> Tensor:
    """The mean of 3x3 pixels, taken one to five times."""
    times = torch.randint(1, 6, (len(images), 1, 1, 1))
    for k in range(5):
        images = torch.where(times > k, soft(images), images)
    return images


def warped(images: Tensor) -> Tensor:
    """Each image bent by some two to four pixels."""
    return bend(images, 2 + 2 * torch.rand(len(images), 1, 1, 1))


def shuffled(images: Tensor) -> Tensor:
    """Each image cut into squares of 1, 4 or 8 pixels, put together wrongly."""
    parts = images.tensor_split(3)
    return torch.cat([_shuffled(p, size) for p, size in zip(parts, (1, 4, 8))])


def _shuffled(images: Tensor, size: int) -> Tensor:
    count, colours, side, _ = images.shape
    n = side // size
    cut = images.reshape(count, colours, n, size, n, size).permute(0, 2, 4, 1, 3, 5)
    blocks = cut.reshape(count, n * n, -1)
    order = torch.rand(count, n * n).argsort(dim=1).unsqueeze(2)
    mixed = blocks.gather(1, order.expand(blocks.shape))
    mixed = mixed.view(count, n, n, colours, size, size)
    return mixed.permute(0, 3, 1, 4, 2, 5).reshape(images.shape)


def noise(images: Tensor) -> Tensor:
    """Noise of random coarseness, mean and strength, down to a single colour."""
    count, colours, side, _ = images.shape
    coarse = interpolate(torch.randn(count, colours, 8, 8), (side, side))
    smooth = interpolate(coarse[..., ::4, ::4], (side, side), mode="bilinear")
    kind = torch.randint(3, (count, 1, 1, 1))
    mixed = torch.where(kind == 0, torch.randn_like(images), coarse)
    mixed = torch.where(kind == 1, smooth, mixed)
    level = torch.rand(count, colours, 1, 1) * 2 - 1
    return (level + 1.2 * torch.rand(count, 1, 1, 1) * mixed).clamp(-1, 1)


def noisy(images: Tensor) -> Tensor:
    """Each image with noise of a standard deviation of 0.4 to 1."""
    level = 0.4 + 0.6 * torch.rand(len(images), 1, 1, 1)
    return (images + level * torch.randn_like(images)).clamp(-1, 1)


OTHERS: dict[str, Callable[[Tensor], Tensor]] = {
    "blends of two": blends,
    "patchworks of two": patched,
    "halves of two": halved,
    "blurred": blurred,
    "warped": warped,
    "shuffled": shuffled,
    "noisy": noisy,
    "noise": noise,
}


def others(images: Tensor) -> Tensor:
    """Pictures that are no faces: more of the blends and patchworks than of others."""
    kinds = [*OTHERS.values(), blends, blends, patched, patched]
    parts = images.tensor_split(len(kinds))
    return torch.cat([kind(part) for kind, part in zip(kinds, parts)])
