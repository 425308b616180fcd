"""Portraits as a network sees them: whether it is a face, which, and 64 features.

Two networks were trained to tell a portrait of the course from blends, patchworks,
blurs, shuffles and noise, and to name each factor that it was drawn from. Recipes are
tuned with the first; published scores come from the second.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

import torch
from torch import Tensor

from gan_course.choices import nearest
from gan_course.datasets.portraits import CATEGORIES
from gan_course.metrics.classes import ClassCoverage, class_coverage
from gan_course.metrics.embeddings import BATCH, Features
from gan_course.metrics.features import as_input
from gan_course.networks.faces import FaceNetwork, pooled_faces, strided_faces
from gan_course.networks.weights import with_shipped_weights

FACTORS = {name: len(values) for name, values in CATEGORIES.items()}
SHAPE = (3, 32, 32)


class Shipped(NamedTuple):
    """A trained network: the file of its weights in `data/`, and what builds it."""

    file: str
    make: Callable[[tuple[int, ...]], FaceNetwork]


NETWORKS = {
    "first": Shipped("portraits_first.safetensors", pooled_faces),
    "second": Shipped("portraits_second.safetensors", strided_faces),
}


@dataclass(frozen=True)
class Faces:
    """What a network says of N images.

    Attributes:
        probability: float (N,), that the image is a whole face, 0…1.
        recognised: bool (N,), that probability is at least the one asked for.
        labels: for each factor int64 (N,), its most probable value.
        confidence: for each factor float (N,), the probability of that value; low where
            hair hides earrings, or nothing shows the colour of the hair.
    """

    probability: Tensor
    recognised: Tensor
    labels: dict[str, Tensor]
    confidence: dict[str, Tensor]

    @property
    def share(self) -> float:
        """Share of the images that were recognised as faces, 0…1."""
        return self.recognised.float().mean().item()


@cache
def face_network(which: str = "second") -> FaceNetwork:
    """A trained network of portraits in eval mode, on the CPU, from shipped weights.

    Its `features` have mean 0 for real portraits, and a variance of 1 in the mean over
    the 64 features.

    Raises:
        ValueError: there is no such network.
    """
    file, make = NETWORKS[nearest("network of portraits", which, NETWORKS)]
    return with_shipped_weights(make(tuple(FACTORS.values())), file)


def portrait_features(which: str = "second") -> Features:
    """Features of images (N, 3, 32, 32), from the "first" or "second" network.

    Raises:
        ValueError: there is no such network.
    """
    return face_network(which).features


@torch.inference_mode()
def faces(images: Tensor, which: str = "second", *, confidence: float = 0.7) -> Faces:
    """Ask a network which images are faces, and of which factors.

    Args:
        images: (N, 3, 32, 32), uint8 or float in [-1, 1], on any device.
        which: "first" or "second" network.
        confidence: probability of "face" from which an image is recognised, 0…1.

    Raises:
        ValueError: the images have another shape, there are none, or there is no such
            network.
    """
    if images.ndim != 4 or images.shape[1:] != SHAPE or len(images) == 0:
        raise ValueError(
            f"The networks of portraits got images of shape {tuple(images.shape)}, but "
            "read colour images of 32x32, (N, 3, 32, 32) with N ≥ 1."
        )
    network = face_network(which)
    parts = [network(as_input(part)) for part in images.split(BATCH)]
    probability = torch.cat([part.face_logits for part in parts]).sigmoid()
    best = {
        name: torch.cat(said).softmax(dim=1).max(dim=1)
        for name, said in zip(FACTORS, zip(*(part.factor_logits for part in parts)))
    }
    return Faces(
        probability,
        probability >= confidence,
        {name: each.indices for name, each in best.items()},
        {name: each.values for name, each in best.items()},
    )


def factor_coverage(
    generated: dict[str, Tensor], real: dict[str, Tensor]
) -> dict[str, ClassCoverage]:
    """How the values of each factor are spread over generated and over real faces.

    Each tells how many values are `found` of those `possible`, and the `distance` of
    the shares. Both label sets come from one network, so that its errors are in both.

    Args:
        generated: labels of N ≥ 1 faces, for each factor int64 (N,).
        real: labels of M ≥ 1 faces, likewise.

    Raises:
        ValueError: a factor is missing or unknown, there are no labels, or a label is
            no value of its factor.
    """
    for labels in (generated, real):
        if set(labels) != set(FACTORS):
            raise ValueError(
                f"The labels are of {', '.join(labels) or 'nothing'}, but must be of "
                f"{', '.join(FACTORS)}; take them from `faces(images).labels`."
            )
    return {
        name: class_coverage(generated[name], real[name], count)
        for name, count in FACTORS.items()
    }
