"""A training as tutorials write it: the loop that the trainer is measured against.

Nothing in it is slowed down. It is the loop that a reader finds in most places: a
`DataLoader` that turns one PIL image after the other into a tensor, as the transforms
of torchvision do; both losses by `BCEWithLogitsLoss`; plain Adam; a backward pass of
the generator's loss that also fills the discriminator's gradients; `item()` for the
curves. Everything is float32 and NCHW.
"""

from collections.abc import Iterator

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn
from torch.optim import Adam
from torch.utils.data import DataLoader, Dataset


class Pictures(Dataset[Tensor]):
    """Grey levels (N, C, H, W), each image a PIL image until it is asked for."""

    def __init__(self, images: Tensor) -> None:
        arrays = images.permute(0, 2, 3, 1).squeeze(-1).numpy()
        self.pictures = [Image.fromarray(array) for array in arrays]

    def __len__(self) -> int:
        return len(self.pictures)

    def __getitem__(self, index: int) -> Tensor:
        """Return floats (C, H, W) in [-1, 1]."""
        return normalised(to_tensor(self.pictures[index]))


def to_tensor(picture: Image.Image) -> Tensor:
    """Turn a PIL image into floats (C, H, W) in [0, 1]."""
    levels = torch.from_numpy(np.array(picture))
    levels = levels.view(picture.height, picture.width, len(picture.getbands()))
    return levels.permute(2, 0, 1).contiguous().to(torch.float32).div(255)


def normalised(image: Tensor) -> Tensor:
    """Subtract the mean ½ of each channel and divide by its standard deviation ½."""
    mean = torch.full((len(image), 1, 1), 0.5)
    deviation = torch.full((len(image), 1, 1), 0.5)
    return image.clone().sub_(mean).div_(deviation)


class Textbook:
    """Two networks in a textbook's training.

    Attributes:
        losses: of the discriminator and of the generator, a pair for each step.
    """

    def __init__(
        self,
        generator: nn.Module,
        discriminator: nn.Module,
        images: Tensor,
        *,
        batch_size: int,
        learning_rate: float,
        betas: tuple[float, float],
    ) -> None:
        self.generator, self.discriminator = generator, discriminator
        self.loader = DataLoader(
            Pictures(images), batch_size=batch_size, shuffle=True, drop_last=True
        )
        self.g_optimiser = Adam(generator.parameters(), learning_rate, betas)
        self.d_optimiser = Adam(discriminator.parameters(), learning_rate, betas)
        self.criterion = nn.BCEWithLogitsLoss()
        self.losses: list[tuple[float, float]] = []
        self._batches: Iterator[Tensor] = iter(())

    def next_batch(self) -> Tensor:
        """Return the next real images, of a new epoch when one has ended."""
        batch = next(self._batches, None)
        if batch is None:
            self._batches = iter(self.loader)
            batch = next(self._batches)
        return batch

    def train(self, steps: int) -> None:
        """Train both networks so many times."""
        for _ in range(steps):
            self.step(self.next_batch())

    def step(self, real: Tensor) -> None:
        """Train the discriminator and then the generator, once each."""
        valid, wrong = torch.ones(len(real), 1), torch.zeros(len(real), 1)
        fake = self.generator(torch.randn(len(real), self.generator.latent_size))

        self.d_optimiser.zero_grad()
        real_loss = self.criterion(self.discriminator(real), valid)
        fake_loss = self.criterion(self.discriminator(fake.detach()), wrong)
        d_loss = real_loss + fake_loss
        d_loss.backward()
        self.d_optimiser.step()

        self.g_optimiser.zero_grad()
        g_loss = self.criterion(self.discriminator(fake), valid)
        g_loss.backward()
        self.g_optimiser.step()

        self.losses.append((d_loss.item(), g_loss.item()))
