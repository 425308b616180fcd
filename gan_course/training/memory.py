"""Where tensors lie in memory, as far as it decides how fast a step is."""

from collections.abc import Iterable
from functools import cache

import torch
from torch import Tensor, nn

KEPT = 31 << 20  # bytes; the C library of Linux learns from no block above 32 MiB


@cache
def keep_freed_memory() -> None:
    """Make the C library keep what a step frees, for the next step to take.

    Every step on a CPU takes and frees the same few megabytes. Linux's C library gives
    such blocks back to the system, which has to clear each page when it is asked for
    again: of a step of the fully connected pair a tenth. The largest block that was
    ever freed sets its limits, so one that is never written to, and so costs nothing,
    raises them. Elsewhere this has no effect.
    """
    torch.empty(KEPT, dtype=torch.uint8)


def image_layout(networks: Iterable[nn.Module], ndim: int) -> torch.memory_format:
    """Return the order in memory in which networks want images of `ndim` dimensions.

    Channels last, if the images are (N, C, H, W) and the kernel of a convolution lies
    so; else as the images come.
    """
    weights = [weight for network in networks for weight in network.parameters()]
    if ndim == 4 and any(
        weight.ndim == 4 and _channels_last(weight) for weight in weights
    ):
        return torch.channels_last
    return torch.preserve_format


def _channels_last(kernel: Tensor) -> bool:
    last = kernel.is_contiguous(memory_format=torch.channels_last)
    return last and not kernel.is_contiguous()
