"""Train the judges, data/judge_first.safetensors and data/judge_second.safetensors.

python runs/train_judge.py first
python runs/train_judge.py second
"""

import argparse
import time

import torch
from safetensors.torch import save_file
from torch import Tensor
from torch.nn.functional import (
    affine_grid,
    avg_pool2d,
    cross_entropy,
    grid_sample,
    interpolate,
    one_hot,
)
from tqdm import tqdm

from gan_course.datasets import glyphs
from gan_course.datasets.glyphs import FAMILIES
from gan_course.files import data_folder
from gan_course.images import to_float
from gan_course.metrics.features import CLASSES, JUDGES, OTHER, judge, recognise

SEEDS = {"first": 1, "second": 2}
TRAINING_SEED = 1000  # sets of glyphs that no notebook uses
SETS, EPOCHS, BATCH, LEARNING_RATE = 10, 2, 128, 3e-3


def coarse_noise(count: int, cells: int, channels: int = 1) -> Tensor:
    """Smooth noise (count, channels, 28, 28) that varies over 28 / cells pixels."""
    corners = torch.randn(count, channels, cells, cells)
    return interpolate(corners, (28, 28), mode="bilinear", align_corners=True)


def strength(count: int) -> Tensor:
    """How much to spoil each image, 0…1, (count, 1, 1, 1); 0 for a third of them."""
    return torch.rand(count, 1, 1, 1) * (torch.rand(count, 1, 1, 1) < 0.67)


def bend(images: Tensor) -> Tensor:
    """Each image with its strokes bent by up to about a pixel, each another way."""
    count = len(images)
    upright = torch.eye(2, 3).expand(count, 2, 3)
    grid = affine_grid(upright, list(images.shape), align_corners=False)
    pixels = strength(count) * coarse_noise(count, 7, channels=2)
    return grid_sample(
        images,
        grid + pixels.permute(0, 2, 3, 1) / 14,
        padding_mode="border",
        align_corners=False,
    )


def fray(images: Tensor) -> Tensor:
    """Each image with strokes that are ragged, patchy or too bold in places."""
    count = len(images)
    soft = avg_pool2d(images, 3, stride=1, padding=1, count_include_pad=False)
    rough = coarse_noise(count, 14) + 0.7 * torch.randn_like(images)
    near_ink = (soft + 1) / 2
    frayed = images + strength(count) * (soft - images)
    frayed = frayed + 0.8 * strength(count) * rough * near_ink
    return frayed * (1 + strength(count))


def speckle(images: Tensor) -> Tensor:
    """Each image with noise and single wrong pixels, and sometimes less contrast."""
    count = len(images)
    noisy = images + 0.3 * strength(count) * torch.randn_like(images)
    wrong = torch.rand_like(images) < 0.05 * strength(count)
    noisy = torch.where(wrong, torch.rand_like(images) * 2 - 1, noisy)
    return (noisy.clamp(-1, 1) + 1) * (1 - 0.5 * strength(count)) - 1


def spoil(images: Tensor) -> Tensor:
    """Pictures as a generator may draw them and a person still reads them."""
    return speckle(fray(bend(images)).clamp(-1, 1))


def shuffle_pixels(images: Tensor) -> Tensor:
    """Each image with its pixels in a random order: same grey levels, no shape."""
    order = torch.rand(len(images), 28 * 28).argsort(dim=1)
    return images.flatten(1).gather(1, order).view_as(images)


def shuffle_blocks(images: Tensor) -> Tensor:
    """Each image cut into sixteen squares of 7x7 pixels and put together wrongly."""
    count = len(images)
    blocks = images.view(count, 4, 7, 4, 7).transpose(2, 3).reshape(count, 16, 49)
    order = torch.rand(count, 16).argsort(dim=1)
    mixed = blocks.gather(1, order.unsqueeze(2).expand(-1, -1, 49))
    return mixed.view(count, 4, 4, 7, 7).transpose(2, 3).reshape(images.shape)


def blend(images: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
    """Each image mixed with the next, and the shares of both digits as target."""
    share = 0.35 + 0.3 * torch.rand(len(images), 1)
    column = share.view(-1, 1, 1, 1)
    mixed = column * images + (1 - column) * images.roll(1, dims=0)
    own, mate = (one_hot(digits, len(CLASSES)) for digits in (labels, labels.roll(1)))
    return mixed, share * own + (1 - share) * mate


def noise(images: Tensor) -> Tensor:
    """Noise of random coarseness, mean and strength, down to blank images."""
    count = len(images)
    fine, coarse = torch.randn_like(images), coarse_noise(count, 9)
    mixed = torch.where(torch.rand(count, 1, 1, 1) < 0.5, fine, coarse)
    level = torch.rand(count, 1, 1, 1) * 2 - 1
    return (level + 1.5 * torch.rand(count, 1, 1, 1) * mixed).clamp(-1, 1)


def others(images: Tensor) -> Tensor:
    """Pictures that are no digits, an equal share of each kind."""
    first, second, third = images.tensor_split(3)
    return torch.cat([shuffle_pixels(first), shuffle_blocks(second), noise(third)])


def loss_on(network: torch.nn.Module, batch: dict[str, Tensor]) -> Tensor:
    """Cross-entropy of digit or "other", plus that of the family where there is one."""
    images, labels = to_float(batch["images"]), batch["labels"]
    wrong = others(images[: len(images) // 3])
    blended, shares = blend(images[-len(images) // 4 :], labels[-len(images) // 4 :])
    prediction = network(spoil(torch.cat([images, wrong, blended])))
    classes = torch.cat([labels, torch.full((len(wrong),), OTHER)])
    targets = torch.cat([one_hot(classes, len(CLASSES)), shares])
    family = prediction.family_logits[: len(images)]
    digit_loss = cross_entropy(prediction.class_logits, targets)
    return digit_loss + 0.3 * cross_entropy(family, batch["family"])


def train(which: str) -> None:
    """Train a judge on 120,000 glyphs and store its weights in half precision."""
    torch.manual_seed(SEEDS[which])
    sets = [glyphs(seed=TRAINING_SEED + k) for k in range(SETS)]
    data = {
        "images": torch.cat([part.images for part in sets]),
        "labels": torch.cat([part.labels for part in sets]),
        "family": torch.cat([part.factors["family"] for part in sets]),
    }
    network = JUDGES[which](len(CLASSES), len(FAMILIES))
    steps = EPOCHS * len(data["images"]) // BATCH
    optimiser = torch.optim.AdamW(network.parameters(), LEARNING_RATE)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, LEARNING_RATE, steps)
    for _ in tqdm(range(steps), desc=f"{which} judge"):
        chosen = torch.randint(len(data["images"]), (BATCH,))
        loss = loss_on(network, {name: value[chosen] for name, value in data.items()})
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
    halves = {
        name: value.half() if value.is_floating_point() else value
        for name, value in network.state_dict().items()
    }
    save_file(halves, data_folder() / f"judge_{which}.safetensors")


def report(which: str) -> None:
    """Print the references that every share recognised is read beside."""
    held_out = glyphs(10_000, split="held-out")
    images = to_float(held_out.images)
    seen = recognise(images, which=which)
    right = (seen.labels == held_out.labels).float().mean()
    families = judge(which)(images).family_logits.argmax(dim=1)
    known = (families == held_out.factors["family"]).float().mean()
    means = torch.stack([images[held_out.labels == d].mean(dim=0) for d in range(10)])
    torch.manual_seed(0)
    floors = {
        "uniform noise": torch.rand(10_000, 1, 28, 28) * 2 - 1,
        "normal noise": torch.randn(10_000, 1, 28, 28).clamp(-1, 1),
        "pixel-shuffled glyphs": shuffle_pixels(images),
        "block-shuffled glyphs": shuffle_blocks(images),
        "blends of two digits": blend(images, held_out.labels)[0],
    }
    print(f"{which} judge: {right:.2%} of 10,000 held-out glyphs have the right digit")
    print(f"  right family: {known:.2%}")
    print(f"  held-out glyphs recognised with at least 90 %: {seen.share:.2%}")
    for name, pictures in floors.items():
        print(f"  {name}: {recognise(pictures, which=which).share:.2%}")
    of_means = recognise(means, which=which)
    print(f"  mean images of the ten digits recognised: {of_means.recognised.sum()}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("judge", choices=JUDGES)
    which = parser.parse_args().judge
    start = time.perf_counter()
    train(which)
    print(f"trained in {time.perf_counter() - start:.0f} s")
    report(which)
