"""The judges: two trained classifiers that say whether a picture is a readable digit.

Recipes are tuned on the first judge; published shares come from the second, which has
another architecture and was trained from another seed. Both know an eleventh class,
"other", learnt from noise, shuffled glyphs and blends of two digits.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import torch
from safetensors.torch import load_file
from torch import Tensor

from gan_course.datasets.glyphs import FAMILIES
from gan_course.files import data_folder
from gan_course.images import to_float
from gan_course.networks.classifier import (
    Classifier,
    plain_classifier,
    residual_classifier,
)

CLASSES = (*"0123456789", "other")
OTHER = CLASSES.index("other")
JUDGES: dict[str, Callable[[int, int], Classifier]] = {
    "first": plain_classifier,
    "second": residual_classifier,
}
BATCH = 1000


@dataclass(frozen=True)
class Recognition:
    """What a judge says of N images.

    Attributes:
        labels: int64 (N,), the most probable digit, 0…9.
        recognised: bool (N,), that digit has at least the probability asked for.
        probabilities: float32 (N, 11), of the ten digits and of "other".
    """

    labels: Tensor
    recognised: Tensor
    probabilities: Tensor

    @property
    def share(self) -> float:
        """Share of the images that were recognised, 0…1."""
        return self.recognised.float().mean().item()

    @property
    def digit_shares(self) -> Tensor:
        """Share of all images that were recognised as each digit, float (10,)."""
        counts = self.labels[self.recognised].bincount(minlength=OTHER)
        return counts / len(self.labels)


@cache
def judge(which: str = "second") -> Classifier:
    """A trained judge in eval mode, on the CPU, loaded from the shipped weights.

    Raises:
        ValueError: there is no such judge.
    """
    if which not in JUDGES:
        raise ValueError(f"There is no judge {which!r}; choose one of {tuple(JUDGES)}.")
    network = JUDGES[which](len(CLASSES), len(FAMILIES))
    weights = load_file(data_folder() / f"judge_{which}.safetensors")
    network.load_state_dict({name: value.float() for name, value in weights.items()})
    return network.eval().requires_grad_(False)


@torch.inference_mode()
def recognise(
    images: Tensor, *, which: str = "second", confidence: float = 0.9
) -> Recognition:
    """Ask a judge which digit each image shows.

    Args:
        images: (N, 1, 28, 28), uint8 or float in [-1, 1], on any device.
        which: "first" or "second" judge.
        confidence: probability from which a digit counts as recognised, 0…1.

    Raises:
        ValueError: the images have another shape, or there are none.
    """
    if images.ndim != 4 or images.shape[1:] != (1, 28, 28) or len(images) == 0:
        raise ValueError(
            f"The judge got images of shape {tuple(images.shape)}, but reads grey "
            "28x28 images, (N, 1, 28, 28) with N ≥ 1."
        )
    network = judge(which)
    parts = [
        network(as_input(part)).class_logits.softmax(dim=1)
        for part in images.split(BATCH)
    ]
    probabilities = torch.cat(parts)
    highest, labels = probabilities[:, :OTHER].max(dim=1)
    return Recognition(labels, highest >= confidence, probabilities)


def as_input(images: Tensor) -> Tensor:
    """Images as the judges take them: float in [-1, 1], on the CPU."""
    images = images.detach().cpu()
    return to_float(images) if images.dtype == torch.uint8 else images.float()
