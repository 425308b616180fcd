"""Device, seed and budget: the three settings that differ between machines."""

import operator
import os
import random
import re

import numpy
import torch

LARGEST_SEED = 2**32 - 1  # numpy's global generator takes no larger one


def pick_device(name: str | None = None) -> torch.device:
    """Return the device to compute on.

    The choice is `name`, else the environment variable `GAN_COURSE_DEVICE`, else the
    first of CUDA, MPS and CPU that this machine has.

    Args:
        name: "cpu", "cuda", "cuda:1" (any number), "mps", or None to choose.

    Raises:
        ValueError: the name is unknown, or this machine has no such device.
    """
    wanted = (name or os.environ.get("GAN_COURSE_DEVICE", "")).strip().lower()
    if not wanted:
        return torch.device(_available_devices()[0])
    if not re.fullmatch(r"cpu|mps|cuda(:\d+)?", wanted):
        raise ValueError(
            f"There is no device {wanted!r}; choose cpu, cuda, cuda:0, cuda:1, … or "
            "mps, or leave GAN_COURSE_DEVICE unset."
        )
    if wanted not in _available_devices():
        raise ValueError(
            f"This machine has no {wanted!r}; choose one of "
            f"{', '.join(_available_devices())}, or leave GAN_COURSE_DEVICE unset."
        )
    return torch.device(wanted)


def _available_devices() -> list[str]:
    """Name every device of this machine, the one to prefer first."""
    count = torch.cuda.device_count() if torch.cuda.is_available() else 0
    cuda = ["cuda", *(f"cuda:{index}" for index in range(count))] if count else []
    mps = ["mps"] if torch.backends.mps.is_available() else []
    return [*cuda, *mps, "cpu"]


def seed_shift() -> int:
    """Return the whole number in `GAN_COURSE_SEED` (0 when unset).

    Raises:
        ValueError: it is not a whole number of 0 or more.
    """
    text = os.environ.get("GAN_COURSE_SEED", "").strip() or "0"
    if not text.isascii() or not text.isdigit():
        raise ValueError(
            f"GAN_COURSE_SEED is {text!r}; set it to a whole number of 0 or more, "
            "or leave it unset."
        )
    return int(text)


def seed_everything(seed: int = 0) -> int:
    """Seed Python's, NumPy's and PyTorch's generators, on every device.

    `GAN_COURSE_SEED` is added, so that one variable reruns a notebook with other
    random numbers and the same code.

    Returns:
        The seed that was used.

    Raises:
        ValueError: the sum is no whole number from 0 to 2³² - 1.
    """
    total = _whole_number(seed, "seed") + seed_shift()
    if not 0 <= total <= LARGEST_SEED:
        raise ValueError(
            f"The seed is {total}; choose a whole number from 0 to {LARGEST_SEED}."
        )
    random.seed(total)
    numpy.random.seed(total)
    torch.manual_seed(total)
    return total


def budget(*, cpu: int, gpu: int) -> int:
    """Return `cpu` or `gpu`, whichever fits the device of `pick_device()`.

    Both numbers stand in the cell, so that a reader sees what a GPU would change.

    Raises:
        ValueError: one of them is not a whole number of 1 or more.
    """
    amounts = {
        "cpu": _whole_number(cpu, "cpu budget"),
        "gpu": _whole_number(gpu, "gpu budget"),
    }
    for name, amount in amounts.items():
        if amount < 1:
            raise ValueError(
                f"The budget {name}={amount} trains nothing; choose 1 or more."
            )
    return amounts["cpu" if pick_device().type == "cpu" else "gpu"]


def _whole_number(value: object, name: str) -> int:
    try:
        if isinstance(value, bool):
            raise TypeError
        return operator.index(value)
    except TypeError:
        raise ValueError(
            f"The {name} is {value!r}; choose a whole number, such as 12_000."
        ) from None
