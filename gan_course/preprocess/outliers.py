"""Find images without content, and those that are unlike all others."""

import torch
from torch import Tensor
from torch.nn.functional import avg_pool2d

from gan_course.preprocess.hashing import check_images, grey_levels

EVEN = 2.0  # grey levels: the standard deviation below which a channel is even
# Side of the squares averaged → roughness that noise exceeds. Photographs and textures
# reach 0.72 at full size; dithered ones more, but they are smooth when averaged.
NOISE = {1: 0.77, 2: 0.77, 4: 0.6}
SMALLEST = 32  # pixels per side that are needed to tell noise from detail
FEWEST = 20  # images that are needed to say what is usual
SHARE, LEAST = 0.03, 2  # of the images, which may lie out of reach of the others
SCORE = 4.0  # reaches from the median at which an image is an outlier
CHUNK = 1024  # images computed at once, to bound memory

# What is measured, and the smallest difference that means something.
FLOORS = {"brightness": 0.05, "contrast": 0.05, "colourfulness": 0.03}


def is_blank(images: Tensor) -> Tensor:
    """Say which images show nothing: every channel has one level, but for noise.

    That is, the standard deviation of each channel is below EVEN grey levels of 255.

    Args:
        images: uint8 (N, C, H, W).

    Returns:
        bool (N,).

    Raises:
        ValueError: the images are something else.
    """
    check_images(images, "is_blank")
    spreads = [
        part.float().flatten(2).std(dim=2, correction=0) for part in images.split(CHUNK)
    ]
    return (torch.cat([torch.empty(0, images.shape[1]), *spreads]) < EVEN).all(dim=1)


def is_noise(images: Tensor) -> Tensor:
    """Say which images are pure noise: neighbouring pixels have nothing in common.

    That is, `roughness` is high, as NOISE says, at full size and when squares of 2 × 2
    and 4 × 4 pixels are averaged, as long as SMALLEST / 2 of them are left a side.
    Images of fewer than SMALLEST pixels a side are never called noise.

    Args:
        images: uint8 (N, C, H, W).

    Returns:
        bool (N,).

    Raises:
        ValueError: the images are something else.
    """
    check_images(images, "is_noise")
    side = min(images.shape[2:])
    noisy = torch.full((len(images),), side >= SMALLEST)
    for square, least in NOISE.items():
        if square == 1 or side // square >= SMALLEST // 2:
            noisy &= roughness(_averaged(images, square)) > least
    return noisy


def _averaged(images: Tensor, square: int) -> Tensor:
    parts = [avg_pool2d(part.float(), square) for part in images.split(CHUNK)]
    return torch.cat(parts).round().to(torch.uint8) if parts else images


def roughness(images: Tensor) -> Tensor:
    """How unlike neighbouring pixels are: 0 for an even slope, 1 for pure noise.

        mean of (x - right neighbour)² and (x - lower neighbour)², over 2 variance(x)

    where x are grey levels; 1 minus the correlation of neighbours, in other words.

    Args:
        images: uint8 (N, C, H, W).

    Returns:
        float32 (N,), 0…2; 0 for an image of one level.

    Raises:
        ValueError: the images are something else.
    """
    check_images(images, "roughness")
    return torch.cat([torch.empty(0), *map(_roughness, images.split(CHUNK))])


def _roughness(images: Tensor) -> Tensor:
    grey = grey_levels(images)
    variance = grey.flatten(1).var(dim=1, correction=0)
    steps = [grey.diff(dim=dim).flatten(1) for dim in (2, 3)]
    squares = torch.stack([step.square().mean(dim=1) for step in steps]).nanmean(dim=0)
    return torch.where(variance > 0, squares / (2 * variance), 0)


def measurements(images: Tensor) -> dict[str, Tensor]:
    """Measure what a glance sees of each image, in shares of the range of levels.

    Args:
        images: uint8 (N, C, H, W).

    Returns:
        `brightness`, the mean grey level; `contrast`, their standard deviation; and
        `colourfulness`, the mean over the pixels of the standard deviation of the
        channels: float32 (N,) each, 0…1.

    Raises:
        ValueError: the images are something else.
    """
    check_images(images, "measurements")
    rows = [torch.empty(0, 3)]
    for part in images.split(CHUNK):
        grey = grey_levels(part).flatten(1)
        tint = part.float() - part.float().mean(dim=1, keepdim=True)
        colour = tint.square().mean(dim=1).sqrt().mean(dim=(1, 2))
        rows.append(torch.stack([grey.mean(1), grey.std(1, correction=0), colour], 1))
    return dict(zip(FLOORS, (torch.cat(rows) / 255).unbind(dim=1)))


def outlier_scores(values: Tensor, floor: float = 0.0) -> Tensor:
    """How far each value is from the median, in reaches.

    The reach is the distance from the median within which all values lie but the 3 %
    that are farthest, which are two at least. Unlike the median distance it grows to
    hold a second kind of images that a set may well contain.

    Args:
        values: (N,), one for each image.
        floor: the reach is at least this, in the unit of the values.

    Returns:
        float (N,), from 0; all 0 for fewer than FEWEST values.
    """
    if len(values) < FEWEST:
        return torch.zeros_like(values)
    distances, reach = (values - values.median()).abs(), usual_reach(values)
    return distances / max(reach, floor, 1e-12)


def usual_reach(values: Tensor) -> float:
    """The distance from the median that all values keep but the 3 % farthest."""
    distances = (values - values.median()).abs().sort(descending=True).values
    return distances[max(LEAST, int(SHARE * len(values)))].item()


def outliers(measured: dict[str, Tensor]) -> dict[int, str]:
    """Name the images that are unlike all others, and what is unusual of each.

    Args:
        measured: of `measurements`.

    Returns:
        index → what is unusual, such as "has brightness 0.91; nearly all others have
        0.02…0.31"; empty for fewer than FEWEST images.
    """
    found: dict[int, str] = {}
    for name, values in measured.items():
        scores = outlier_scores(values, FLOORS[name])
        for index in (scores > SCORE).nonzero().flatten().tolist():
            found.setdefault(index, _explained(name, values, index))
    return found


def _explained(name: str, values: Tensor, index: int) -> str:
    middle, reach = values.median().item(), max(usual_reach(values), FLOORS[name])
    low, high = max(0.0, middle - reach), min(1.0, middle + reach)
    value = f"{values[index]:.2f}"
    return f"has {name} {value}; nearly all others have {low:.2f}…{high:.2f}"
