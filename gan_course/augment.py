"""Random changes of images through which gradients flow, one draw for each image.

A discriminator that sees few images learns them by heart. Shown a new variation of
each image every time, it cannot, provided that generated images are varied in the
same way and the generator's gradient flows through the variation. So each function
here is made of tensor operations alone, for a whole batch at once.

Each function has a strength; at 0 it returns the images unchanged. Images are float
(N, C, H, W) in [-1, 1], and the results have the same shape, type and device. Random
numbers come from `generator`, or from PyTorch's own when there is none.

Source: S. Zhao, Z. Liu, J. Lin, J.-Y. Zhu and S. Han, "Differentiable Augmentation
for Data-Efficient GAN Training", NeurIPS 2020, https://arxiv.org/abs/2006.10738.
"""

import torch
from torch import Generator, Tensor
from torch.nn.functional import pad


def flip(
    images: Tensor, share: float = 0.5, *, generator: Generator | None = None
) -> Tensor:
    """Mirror each image left to right with the probability `share`.

    Args:
        share: 0…1, of the images that are mirrored, on average.
        generator: where the random numbers come from.

    Raises:
        TypeError, ValueError: images or share are something else.
    """
    _check(images, "flip", share=(share, 1))
    mirrored = _uniform(images, 0, 1, generator) < share
    return torch.where(mirrored[:, None, None, None], images.flip(3), images)


def translate(
    images: Tensor,
    share: float = 0.125,
    *,
    fill: float = 0.0,
    generator: Generator | None = None,
) -> Tensor:
    """Shift each image by whole pixels, at most `share` of its sides either way.

    Whole pixels, because a shift by half a pixel would blur the image. Every shift
    in the range is equally likely, independently right and down.

    Args:
        share: 0…1, of the width to the right or left, of the height up or down.
        fill: the level of what comes in from outside.
        generator: where the random numbers come from.

    Raises:
        TypeError, ValueError: images or share are something else.
    """
    _check(images, "translate", share=(share, 1))
    most_down, most_right = (round(share * side) for side in images.shape[2:])
    down = _whole(images, -most_down, most_down, generator)
    right = _whole(images, -most_right, most_right, generator)
    return shifted(images, right, down, fill=fill)


def crop(
    images: Tensor, share: float = 0.2, *, generator: Generator | None = None
) -> Tensor:
    """Enlarge a random window of each image to the size of the whole.

    The window's sides are (1 - u) times those of the image, u uniform in [0, share];
    its place is uniform among those inside. Pixels between pixels are bilinear.

    Args:
        share: 0…0.9, of the sides that is cut away, at most.
        generator: where the random numbers come from.

    Raises:
        TypeError, ValueError: images or share are something else.
    """
    _check(images, "crop", share=(share, 0.9))
    side = 1 - _uniform(images, 0, share, generator)
    left = (1 - side) * _uniform(images, 0, 1, generator)
    top = (1 - side) * _uniform(images, 0, 1, generator)
    return cropped(images, left, top, side)


def rotate(
    images: Tensor,
    degrees: float = 15.0,
    *,
    fill: float = 0.0,
    generator: Generator | None = None,
) -> Tensor:
    """Turn each image about its centre by an angle uniform in ±`degrees`.

    Args:
        degrees: 0…180, the largest angle.
        fill: the level of what comes in from outside.
        generator: where the random numbers come from.

    Raises:
        TypeError, ValueError: images or degrees are something else.
    """
    _check(images, "rotate", degrees=(degrees, 180))
    return rotated(images, _uniform(images, -degrees, degrees, generator), fill=fill)


def colour(
    images: Tensor,
    brightness: float = 0.5,
    saturation: float = 1.0,
    contrast: float = 0.5,
    *,
    generator: Generator | None = None,
) -> Tensor:
    """Change brightness, saturation and contrast of each image, in this order.

        x ← x + b                      b uniform in ±brightness
        x ← x + s (x - mean over C)    s uniform in ±saturation
        x ← x + c (x - mean over CHW)  c uniform in ±contrast

    So s = -1 takes all colour away and c = -1 all contrast. Levels may leave
    [-1, 1]; they are not clipped, because a clipped level has no gradient. The
    saturation of a grey image (C = 1) does not change.

    Args:
        brightness: 0…2, in levels (the range [-1, 1] is 2 wide).
        saturation: 0…1, share of the colourfulness.
        contrast: 0…1, share of the contrast.
        generator: where the random numbers come from.

    Raises:
        TypeError, ValueError: images or a strength are something else.
    """
    strengths = {"saturation": (saturation, 1), "contrast": (contrast, 1)}
    _check(images, "colour", brightness=(brightness, 2), **strengths)
    b, s, c = (
        _beside(_uniform(images, -strength, strength, generator), images)
        for strength in (brightness, saturation, contrast)
    )
    images = images + b
    images = images + s * (images - images.mean(dim=1, keepdim=True))
    return images + c * (images - images.mean(dim=(1, 2, 3), keepdim=True))


def cutout(
    images: Tensor,
    share: float = 0.5,
    *,
    fill: float = 0.0,
    generator: Generator | None = None,
) -> Tensor:
    """Hide a rectangle of each image, whose sides are `share` of the image's.

    Its centre is any pixel, each equally likely, so it may reach over the border.

    Args:
        share: 0…1, of the height and of the width.
        fill: the level inside.
        generator: where the random numbers come from.

    Raises:
        TypeError, ValueError: images or share are something else.
    """
    _check(images, "cutout", share=(share, 1))
    rows, columns = (
        _stretch(images, side, round(share * side), generator)
        for side in images.shape[2:]
    )
    return images.masked_fill(rows[:, None, :, None] & columns[:, None, None], fill)


def shifted(images: Tensor, right: Tensor, down: Tensor, *, fill: float = 0) -> Tensor:
    """Shift images (N, C, H, W) by N whole numbers of pixels each way.

    Pixel (y, x) of the result is pixel (y - down, x - right) of the image, or `fill`.
    """
    height, width = images.shape[2:]
    y = _pixels(images, height) - down[:, None]
    x = _pixels(images, width) - right[:, None]
    outside = ((y < 0) | (y >= height))[:, None, :, None]
    outside = outside | ((x < 0) | (x >= width))[:, None, None]
    rows = y.clamp(0, height - 1)[:, None, :, None].expand_as(images)
    columns = x.clamp(0, width - 1)[:, None, None].expand_as(images)
    return images.gather(2, rows).gather(3, columns).masked_fill(outside, fill)


def cropped(images: Tensor, left: Tensor, top: Tensor, side: Tensor) -> Tensor:
    """Enlarge windows of images (N, C, H, W) to the size of the whole.

    The N windows start at the shares `left` of the width and `top` of the height, and
    their sides are the share `side` of those of the image; left + side ≤ 1.
    """
    height, width = images.shape[2:]
    rows, columns = (
        (first[:, None] * extent + (_pixels(images, extent) + 0.5) * side[:, None])
        .sub(0.5)
        .clamp(0, extent - 1)
        for first, extent in ((top, height), (left, width))
    )
    shape = (len(images), height, width)
    return _sampled(
        images, rows[:, :, None].expand(shape), columns[:, None].expand(shape)
    )


def rotated(images: Tensor, degrees: Tensor, *, fill: float = 0) -> Tensor:
    """Turn images (N, C, H, W) about their centres by N angles, counter-clockwise.

    A pixel at (y, x) from the centre shows what was at
    (y cos θ + x sin θ, x cos θ - y sin θ), bilinear between pixels.
    """
    height, width = images.shape[2:]
    y = (_pixels(images, height) - (height - 1) / 2)[:, None]
    x = _pixels(images, width) - (width - 1) / 2
    angle = degrees.deg2rad()[:, None, None]
    rows = y * angle.cos() + x * angle.sin() + (height - 1) / 2
    columns = x * angle.cos() - y * angle.sin() + (width - 1) / 2
    return _sampled(images, rows, columns, fill)


def _sampled(images: Tensor, rows: Tensor, columns: Tensor, fill: float = 0) -> Tensor:
    """Look images up at fractional places (N, H, W), by bilinear interpolation.

    Around the images lies one pixel of `fill`. The result is a weighted sum of four
    gathered pixels, so derivatives of every order exist on every device.
    """
    height, width = images.shape[2:]
    framed = pad(images, (1, 1, 1, 1), value=fill).flatten(2)
    top, left = rows.floor().clamp(-1, height - 1), columns.floor().clamp(-1, width - 1)
    down = (rows - top).clamp(0, 1).unsqueeze(1).to(images.dtype)
    right = (columns - left).clamp(0, 1).unsqueeze(1).to(images.dtype)
    place = ((top + 1) * (width + 2) + left + 1).long()

    def pixel(step: int) -> Tensor:
        index = (place + step).flatten(1).unsqueeze(1).expand(-1, images.shape[1], -1)
        return framed.gather(2, index).view_as(images)

    upper = pixel(0) + right * (pixel(1) - pixel(0))
    lower = pixel(width + 2) + right * (pixel(width + 3) - pixel(width + 2))
    return upper + down * (lower - upper)


def _stretch(
    images: Tensor, side: int, extent: int, generator: Generator | None
) -> Tensor:
    """Mark `extent` of `side` pixels in a row around a random one, bool (N, side)."""
    first = _whole(images, 0, side - 1, generator) - extent // 2
    place = _pixels(images, side) - first[:, None]
    return (place >= 0) & (place < extent)


def _pixels(images: Tensor, side: int) -> Tensor:
    return torch.arange(side, device=images.device)


def _whole(images: Tensor, low: int, high: int, generator: Generator | None) -> Tensor:
    """Draw one whole number of low…high for each image, int64 (N,)."""
    device = generator.device if generator else images.device
    numbers = torch.randint(
        low, high + 1, (len(images),), generator=generator, device=device
    )
    return numbers.to(images.device)


def _uniform(
    images: Tensor, low: float, high: float, generator: Generator | None
) -> Tensor:
    """Draw one number of low…high for each image, float32 or more precise, (N,)."""
    device = generator.device if generator else images.device
    kind = torch.float64 if images.dtype == torch.float64 else torch.float32
    numbers = torch.rand(len(images), generator=generator, device=device, dtype=kind)
    return low + (high - low) * numbers.to(images.device)


def _beside(values: Tensor, images: Tensor) -> Tensor:
    """Give N numbers the shape (N, 1, 1, 1) and the type of the images."""
    return values.to(images.dtype)[:, None, None, None]


def _check(images: Tensor, name: str, **strengths: tuple[float, float]) -> None:
    if not images.is_floating_point():
        raise TypeError(
            f"{name} got {images.dtype}, but expects floats in [-1, 1]; convert the "
            "images with to_float first."
        )
    if images.ndim != 4:
        raise ValueError(
            f"{name} got images of shape {tuple(images.shape)}, but expects "
            "(N, C, H, W); write image[None] for a single one."
        )
    for strength, (value, largest) in strengths.items():
        if not 0 <= value <= largest:
            raise ValueError(f"{name} got {strength}={value}; choose 0 to {largest}.")
