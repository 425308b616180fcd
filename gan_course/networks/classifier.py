"""Two small classifiers of glyphs, of different architecture: the judges."""

from typing import NamedTuple

from torch import Tensor, nn

FEATURES = 64


class Prediction(NamedTuple):
    """What a classifier says of N images.

    Attributes:
        class_logits: (N, classes).
        family_logits: (N, families).
    """

    class_logits: Tensor
    family_logits: Tensor


class Classifier(nn.Module):
    """Images (N, 1, 28, 28) in [-1, 1] → 64 features → logits of class and family."""

    def __init__(self, body: nn.Module, classes: int, families: int) -> None:
        super().__init__()
        self.body = body
        self.class_head = nn.Linear(FEATURES, classes)
        self.family_head = nn.Linear(FEATURES, families)

    def features(self, images: Tensor) -> Tensor:
        """The last hidden layer, (N, 64)."""
        return self.body(images)

    def forward(self, images: Tensor) -> Prediction:
        features = self.features(images)
        return Prediction(self.class_head(features), self.family_head(features))


def plain_classifier(classes: int, families: int) -> Classifier:
    """Three convolutions of 3x3, each halved by max pooling, and a dense layer."""

    def stage(inputs: int, outputs: int) -> nn.Sequential:
        convolution = nn.Conv2d(inputs, outputs, 3, padding=1)
        return nn.Sequential(convolution, nn.ReLU(), nn.MaxPool2d(2))

    body = nn.Sequential(
        stage(1, 16),
        stage(16, 32),
        stage(32, 64),
        nn.Flatten(),
        nn.Linear(64 * 3 * 3, FEATURES),
        nn.ReLU(),
    )
    return Classifier(body, classes, families)


class _Residual(nn.Module):
    """x + two 3x3 convolutions of gelu(normalised x)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.change = nn.Sequential(
            nn.BatchNorm2d(channels),
            nn.GELU(),
            nn.Conv2d(channels, channels, 3, padding=1),
            nn.GELU(),
            nn.Conv2d(channels, channels, 3, padding=1),
        )

    def forward(self, inputs: Tensor) -> Tensor:
        return inputs + self.change(inputs)


def residual_classifier(classes: int, families: int) -> Classifier:
    """Two strided convolutions of 5x5, a residual block and a dense layer."""
    body = nn.Sequential(
        nn.Conv2d(1, 24, 5, stride=2, padding=2),
        nn.GELU(),
        nn.Conv2d(24, 48, 5, stride=2, padding=2),
        _Residual(48),
        nn.GELU(),
        nn.Flatten(),
        nn.Linear(48 * 7 * 7, FEATURES),
        nn.GELU(),
    )
    return Classifier(body, classes, families)
