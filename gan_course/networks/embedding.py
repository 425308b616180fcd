"""Networks that turn an image into 64 features, in which sets of images are compared.

Their last layer is linear: features of either sign, about as Gaussian as the images
allow, which the Fréchet distance takes them for.
"""

import torch
from torch import nn

from gan_course.networks.classifier import FEATURES, Classifier

RANDOM_SEED = 64  # of the weights that are never trained


def pooled_embedding(classes: int, families: int) -> Classifier:
    """Three convolutions of 3x3, each halved by max pooling, and a linear layer."""
    body = nn.Sequential(
        *_stage(1, 16, nn.ReLU(), nn.MaxPool2d(2)),
        *_stage(16, 32, nn.ReLU(), nn.MaxPool2d(2)),
        *_stage(32, 64, nn.ReLU(), nn.MaxPool2d(2)),
        nn.Flatten(),
        nn.Linear(64 * 3 * 3, FEATURES),
    )
    return Classifier(body, classes, families)


def strided_embedding(classes: int, families: int) -> Classifier:
    """Two strided convolutions of 5x5, two of 3x3, of which the last is strided too."""
    body = nn.Sequential(
        nn.Conv2d(1, 16, 5, stride=2, padding=2),
        nn.GELU(),
        nn.Conv2d(16, 32, 5, stride=2, padding=2),
        nn.GELU(),
        nn.Conv2d(32, 40, 3, padding=1),
        nn.GELU(),
        nn.Conv2d(40, 40, 3, stride=2, padding=1),
        nn.GELU(),
        nn.Flatten(),
        nn.Linear(40 * 4 * 4, FEATURES),
    )
    return Classifier(body, classes, families)


def random_embedding(channels: int) -> nn.Sequential:
    """Convolutions with fixed random weights, for images of any size and colour.

    (N, channels, H, W) in [-1, 1] → (N, 64). Three convolutions of 3x3, each halved by
    the mean, and a linear layer over 4x4 regions. The same weights each time.

    Source: M. F. Naeem et al., "Reliable fidelity and diversity metrics for generative
    models", 2020, https://arxiv.org/abs/2002.09797, recommends 64 random
    features where no network was trained on images of the same kind.
    """
    network = nn.Sequential(
        *_stage(channels, 16, nn.LeakyReLU(0.2), nn.AvgPool2d(2, ceil_mode=True)),
        *_stage(16, 32, nn.LeakyReLU(0.2), nn.AvgPool2d(2, ceil_mode=True)),
        *_stage(32, 64, nn.LeakyReLU(0.2), nn.AdaptiveAvgPool2d(4)),
        nn.Flatten(),
        nn.Linear(64 * 4 * 4, FEATURES),
    )
    random = torch.Generator().manual_seed(RANDOM_SEED)
    for layer in network:
        if isinstance(layer, nn.Conv2d | nn.Linear):
            nn.init.kaiming_normal_(layer.weight, a=0.2, generator=random)
            nn.init.zeros_(layer.bias)
    return network


def _stage(
    inputs: int, outputs: int, activation: nn.Module, smaller: nn.Module
) -> tuple[nn.Module, ...]:
    return nn.Conv2d(inputs, outputs, 3, padding=1), activation, smaller
