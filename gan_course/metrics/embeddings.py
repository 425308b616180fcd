"""Images as 64 numbers each: the space in which sets of images are compared.

Features are any function of images (N, C, H, W) that returns (N, d). Those that come
with the course are the last hidden layer of two networks that were trained to tell the
digit and the type face of a glyph, and its slant, weight, size and place: what a
network must see to do that, a generator must get right. Recipes are tuned with the
first; published distances are measured with the second.
"""

from collections.abc import Callable
from functools import cache
from typing import NamedTuple

import torch
from torch import Tensor

from gan_course.choices import nearest
from gan_course.datasets.glyphs import FAMILIES
from gan_course.metrics.features import as_input
from gan_course.networks.classifier import Classifier
from gan_course.networks.embedding import (
    pooled_embedding,
    random_embedding,
    strided_embedding,
)
from gan_course.networks.weights import with_shipped_weights

DIGITS = 10
KINDS = DIGITS * len(FAMILIES)  # a digit in a family of type faces
BATCH = 500
Features = Callable[[Tensor], Tensor]


class Shipped(NamedTuple):
    """A trained network: the file of its weights in `data/`, and what builds it."""

    file: str
    make: Callable[[int, int], Classifier]


NETWORKS = {
    "first": Shipped("features_first.safetensors", pooled_embedding),
    "second": Shipped("features_second.safetensors", strided_embedding),
}


@cache
def embedding(which: str = "second") -> Classifier:
    """A trained network of glyphs in eval mode, on the CPU, from the shipped weights.

    Its `features` have mean 0 for real glyphs, and a variance of 1 in the mean over the
    64 features.

    Raises:
        ValueError: there is no such network.
    """
    file, make = NETWORKS[nearest("feature network", which, NETWORKS)]
    return with_shipped_weights(make(DIGITS, len(FAMILIES)), file)


def glyph_features(which: str = "second") -> Features:
    """Features of images (N, 1, 28, 28), from the "first" or "second" network.

    Raises:
        ValueError: there is no such network.
    """
    return embedding(which).features


def random_features(real: Tensor) -> Features:
    """Features of images of the size and colour of these, from an untrained network.

    They have mean 0 for the real images given, and a variance of 1 in the mean over
    features. They see colour, noise and blur well, and what is small hardly.

    Args:
        real: (N, C, H, W), N ≥ 2, uint8 or float in [-1, 1].

    Raises:
        ValueError: the images have another shape, or do not vary.
    """
    if real.ndim != 4 or len(real) < 2:
        raise ValueError(
            f"The real images have shape {tuple(real.shape)}, but must be (N, C, H, W) "
            "with N ≥ 2."
        )
    network = random_embedding(real.shape[1]).eval().requires_grad_(False)
    values = embed(real, network)
    centre, spread = values.mean(dim=0), values.var(dim=0).mean().sqrt()
    if not spread > 0:
        raise ValueError(
            "All real images are equal, so there is nothing to compare with; choose "
            "other data."
        )
    return lambda images: (network(images) - centre) / spread


@torch.inference_mode()
def embed(images: Tensor, features: Features | None = None) -> Tensor:
    """Features of many images, a batch at a time, on the CPU.

    Compare images of the same rounding: turn floats into grey levels by `to_uint8`
    first, if the others are grey levels.

    Args:
        images: (N, C, H, W), N ≥ 1, uint8 or float in [-1, 1], on any device.
        features: from images in [-1, 1] to (N, d); `glyph_features()` if not given.

    Returns:
        float (N, d).

    Raises:
        ValueError: the images have another shape, or the features are not (N, d).
    """
    if images.ndim != 4 or len(images) == 0:
        raise ValueError(
            f"The images have shape {tuple(images.shape)}, but must be (N, C, H, W) "
            "with N ≥ 1."
        )
    if features is None:
        if images.shape[1:] != (1, 28, 28):
            raise ValueError(
                f"The images have shape {tuple(images.shape)}, but the features of "
                "glyphs are of (N, 1, 28, 28); pass `random_features(real)`, or a "
                "network of your own."
            )
        features = glyph_features()
    parts = [features(as_input(part)) for part in images.split(BATCH)]
    found = torch.cat(parts)
    if found.ndim != 2 or len(found) != len(images):
        raise ValueError(
            f"The features of {len(images)} images have shape {tuple(found.shape)}, "
            "but must be (N, d); flatten what the network returns."
        )
    return found


@torch.inference_mode()
def kinds(images: Tensor, which: str = "second") -> Tensor:
    """Which of 90 kinds each glyph is: digit * 9 + family of the type face, int64 (N,).

    Args:
        images: (N, 1, 28, 28), uint8 or float in [-1, 1].
        which: "first" or "second" network.

    Raises:
        ValueError: the images have another shape, or there is no such network.
    """
    network = embedding(which)
    said = embed(images, lambda part: torch.cat(network(part), dim=1))
    digit, family = said.split([DIGITS, len(FAMILIES)], dim=1)
    return digit.argmax(dim=1) * len(FAMILIES) + family.argmax(dim=1)
