"""Which images come next, and which random numbers: functions of seed and clock alone.

Nothing has to be stored to continue a training exactly where it was: the same seed and
the same number of images seen give the same batch and the same noise.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache

import numpy
import torch
from torch import Tensor

ORDER, NOISE = 0, 1  # uses of a seed, which must not see the same numbers; 2, … too


def derived_seed(use: int, seed: int, counter: int) -> int:
    """Mix three whole numbers of 0 or more into a seed of 64 bits.

    Neighbouring seeds and counters give unrelated results: the mixing is that of
    `numpy.random.SeedSequence`.
    """
    mixed = numpy.random.SeedSequence((use, seed, counter))
    return int(mixed.generate_state(1, numpy.uint64)[0])


def batch_indices(
    count: int,
    batch_size: int,
    *,
    seed: int,
    images_seen: int,
    device: torch.device | None = None,
) -> Tensor:
    """Return the indices of the next images, int64 (batch_size,).

    Epochs follow each other without end, each a permutation of all images; a batch
    takes the next ones and may reach from one epoch into the next.

    Args:
        count: images in the set, 1 or more.
        batch_size: images to take.
        seed: of the permutations, 0 or more.
        images_seen: images taken before.
        device: where the indices are wanted; the CPU, if not given.
    """
    device = device or torch.device("cpu")
    parts, left = [], batch_size
    while left:
        epoch, first = divmod(images_seen + batch_size - left, count)
        order = _epoch_order(count, seed, epoch, device)
        parts.append(order[first : first + left])
        left -= len(parts[-1])
    return torch.cat(parts)


@lru_cache(maxsize=8)
def _epoch_order(count: int, seed: int, epoch: int, device: torch.device) -> Tensor:
    generator = torch.Generator().manual_seed(derived_seed(ORDER, seed, epoch))
    return torch.randperm(count, generator=generator).to(device)


def seed_noise(
    seed: int, images_seen: int, device: torch.device, *, stream: int = 0
) -> None:
    """Seed PyTorch's own random numbers for the step that begins now.

    All that is random in a step draws from them: latents, augmentation, dropout.
    (`torch.manual_seed` does the same, but takes ten times as long.)

    Args:
        seed: of the training.
        images_seen: its clock.
        device: the networks'.
        stream: another number of 0 or more gives unrelated random numbers.
    """
    mixed = derived_seed(NOISE + stream, seed, images_seen)
    torch.default_generator.manual_seed(mixed)
    if device.type == "cuda":
        torch.cuda.manual_seed_all(mixed)
    elif device.type == "mps":
        torch.mps.manual_seed(mixed)


@contextmanager
def own_noise(device: torch.device) -> Iterator[None]:
    """Give the caller's random numbers back as they were, whatever is drawn inside."""
    devices = [device] if device.type == "cuda" else []
    with torch.random.fork_rng(devices, device_type="cuda"):
        yield
