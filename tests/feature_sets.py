"""Feature vectors of known distribution, the same in every test."""

import torch


def gaussian(count, width, *, seed):
    """Standard normal rows, float64 (count, width)."""
    random = torch.Generator().manual_seed(seed)
    return torch.randn(count, width, generator=random, dtype=torch.float64)


def rotation(width, *, seed=0):
    """A random orthogonal matrix, float64 (width, width)."""
    return torch.linalg.qr(gaussian(width, width, seed=seed)).Q


class Passed(torch.nn.Module):
    """A feature network that returns what it is given."""

    def __init__(self, width):
        super().__init__()
        self.num_features = width

    def forward(self, images):
        return images.reshape(len(images), -1)
