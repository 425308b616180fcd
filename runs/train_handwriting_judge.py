"""Train the judge of MNIST, data/judge_mnist.safetensors.

GAN_COURSE_DATA=FOLDER python runs/train_handwriting_judge.py
"""

import time

import torch
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.nn.functional import avg_pool2d, cross_entropy, one_hot
from tqdm import tqdm
from train_judge import (
    bend,
    blend,
    noise,
    others,
    shuffle_blocks,
    shuffle_pixels,
    speckle,
    strength,
)

from gan_course.datasets import mnist
from gan_course.files import data_folder
from gan_course.images import to_float
from gan_course.metrics.features import CLASSES, OTHER
from gan_course.metrics.handwriting import FILE, recognise_handwriting
from gan_course.networks.handwriting import digit_classifier

SEED = 31
STEPS, BATCH, LEARNING_RATE = 3_000, 64, 3e-3


def spoil(images: Tensor) -> Tensor:
    """Handwriting as a generator may draw it: bent, softer, with wrong pixels."""
    bent = bend(images)
    soft = avg_pool2d(bent, 3, stride=1, padding=1, count_include_pad=False)
    return speckle(bent + 0.5 * strength(len(images)) * (soft - bent))


def loss_on(network: nn.Module, images: Tensor, labels: Tensor) -> Tensor:
    """Cross-entropy of the digit, of "other", and of both digits of a blend."""
    wrong = others(images[: len(images) // 3])
    blended, shares = blend(images[-len(images) // 4 :], labels[-len(images) // 4 :])
    classes = torch.cat([labels, torch.full((len(wrong),), OTHER)])
    targets = torch.cat([one_hot(classes, len(CLASSES)), shares])
    return cross_entropy(network(spoil(torch.cat([images, wrong, blended]))), targets)


def train() -> None:
    """Train the judge on the 60,000 training images, store it in half precision."""
    torch.manual_seed(SEED)
    data = mnist()
    network = digit_classifier(len(CLASSES))
    optimiser = torch.optim.AdamW(network.parameters(), LEARNING_RATE)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, LEARNING_RATE, STEPS)
    for _ in tqdm(range(STEPS), desc="judge of MNIST", mininterval=5):
        chosen = torch.randint(len(data), (BATCH,))
        loss = loss_on(network, to_float(data.images[chosen]), data.labels[chosen])
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
    halves = {name: value.half() for name, value in network.state_dict().items()}
    save_file(halves, data_folder() / FILE)


def report() -> None:
    """Print the references that every share recognised is read beside."""
    held_out = mnist("held-out")
    images = to_float(held_out.images)
    seen = recognise_handwriting(images)
    right = (seen.labels == held_out.labels).float().mean()
    print(f"{right:.2%} of the 10,000 held-out images have the right digit")
    print(f"  recognised with at least 90 %: {seen.share:.2%}")
    torch.manual_seed(0)
    floors = {
        "uniform noise": torch.rand_like(images) * 2 - 1,
        "normal noise": torch.randn_like(images).clamp(-1, 1),
        "noise of any coarseness": noise(images),
        "pixel-shuffled": shuffle_pixels(images),
        "block-shuffled": shuffle_blocks(images),
        "blends of two digits": blend(images, held_out.labels)[0],
    }
    for name, pictures in floors.items():
        print(f"  {name}: {recognise_handwriting(pictures).share:.2%}")
    means = torch.stack([images[held_out.labels == d].mean(dim=0) for d in range(10)])
    print(f"  mean images recognised: {recognise_handwriting(means).recognised.sum()}")


if __name__ == "__main__":
    start = time.process_time()
    train()
    print(f"trained in {time.process_time() - start:.0f} s of one core")
    report()
