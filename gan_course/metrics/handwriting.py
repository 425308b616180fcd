"""The judge of handwriting: which digit an image of MNIST shows, or none.

The judges of glyphs know print only. This one was trained with the training images of
MNIST, and knows the same eleventh class, "other".
"""

from functools import cache

import torch
from torch import Tensor, nn

from gan_course.metrics.features import BATCH, CLASSES, OTHER, Recognition, as_input
from gan_course.networks.handwriting import digit_classifier
from gan_course.networks.weights import with_shipped_weights

FILE = "judge_mnist.safetensors"


@cache
def handwriting_judge() -> nn.Module:
    """The trained judge in eval mode, on the CPU, loaded from the shipped weights."""
    return with_shipped_weights(digit_classifier(len(CLASSES)), FILE)


@torch.inference_mode()
def recognise_handwriting(images: Tensor, *, confidence: float = 0.9) -> Recognition:
    """Ask the judge which handwritten digit each image shows.

    Args:
        images: (N, 1, 28, 28), uint8 or float in [-1, 1], light strokes on black, on
            any device.
        confidence: probability from which a digit counts as recognised, 0…1.

    Raises:
        ValueError: the images have another shape, or there are none.
    """
    if images.ndim != 4 or images.shape[1:] != (1, 28, 28) or len(images) == 0:
        raise ValueError(
            f"The judge of handwriting got images of shape {tuple(images.shape)}, but "
            "reads grey 28x28 images, (N, 1, 28, 28) with N ≥ 1."
        )
    network = handwriting_judge()
    parts = [network(as_input(part)).softmax(dim=1) for part in images.split(BATCH)]
    probabilities = torch.cat(parts)
    highest, labels = probabilities[:, :OTHER].max(dim=1)
    return Recognition(labels, highest >= confidence, probabilities)
