"""A small classifier of handwritten digits, the judge of MNIST."""

from torch import nn


def digit_classifier(classes: int) -> nn.Sequential:
    """Images (N, 1, 28, 28) in [-1, 1] → logits (N, classes).

    Three strided convolutions, of 5x5, 3x3 and 3x3, and two linear layers, with GELU.
    """
    return nn.Sequential(
        nn.Conv2d(1, 24, 5, stride=2, padding=2),
        nn.GELU(),
        nn.Conv2d(24, 40, 3, stride=2, padding=1),
        nn.GELU(),
        nn.Conv2d(40, 48, 3, stride=2, padding=1),
        nn.GELU(),
        nn.Flatten(),
        nn.Linear(48 * 4 * 4, 64),
        nn.GELU(),
        nn.Linear(64, classes),
    )
