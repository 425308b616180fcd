"""Two small networks that read the factors of a portrait, of different architecture."""

from typing import NamedTuple

from torch import Tensor, nn

from gan_course.networks.classifier import FEATURES


class FacePrediction(NamedTuple):
    """What a network says of N portraits.

    Attributes:
        face_logits: (N,), of the image being a whole face.
        factor_logits: for each factor (N, values), in the order of the counts.
    """

    face_logits: Tensor
    factor_logits: tuple[Tensor, ...]


class FaceNetwork(nn.Module):
    """Images (N, 3, 32, 32) in [-1, 1] → 64 features → logits of face and factors.

    Args:
        body: images → features (N, 64); its last layer is linear.
        counts: how many values each factor has.
    """

    def __init__(self, body: nn.Sequential, counts: tuple[int, ...]) -> None:
        super().__init__()
        self.body, self.counts = body, counts
        self.face_head = nn.Sequential(
            nn.Linear(FEATURES, 16), nn.GELU(), nn.Linear(16, 1)
        )
        self.factor_head = nn.Linear(FEATURES, sum(counts))

    def features(self, images: Tensor) -> Tensor:
        """The last hidden layer, (N, 64)."""
        return self.body(images)

    def forward(self, images: Tensor) -> FacePrediction:
        features = self.features(images)
        said = self.factor_head(features).split(self.counts, dim=1)
        return FacePrediction(self.face_head(features).squeeze(1), said)


def pooled_faces(counts: tuple[int, ...]) -> FaceNetwork:
    """Three convolutions of 3x3, each halved by max pooling, and a linear layer."""
    stages = [
        (nn.Conv2d(inputs, outputs, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2))
        for inputs, outputs in ((3, 16), (16, 32), (32, 56))
    ]
    layers = [layer for stage in stages for layer in stage]
    body = nn.Sequential(*layers, nn.Flatten(), nn.Linear(56 * 4 * 4, FEATURES))
    return FaceNetwork(body, counts)


def strided_faces(counts: tuple[int, ...]) -> FaceNetwork:
    """Two strided convolutions of 5x5 and 3x3, two of 3x3, the last strided; GELU."""
    body = nn.Sequential(
        nn.Conv2d(3, 28, 5, stride=2, padding=2),
        nn.GELU(),
        nn.Conv2d(28, 44, 3, stride=2, padding=1),
        nn.GELU(),
        nn.Conv2d(44, 44, 3, padding=1),
        nn.GELU(),
        nn.Conv2d(44, 44, 3, stride=2, padding=1),
        nn.GELU(),
        nn.Flatten(),
        nn.Linear(44 * 4 * 4, FEATURES),
    )
    return FaceNetwork(body, counts)
