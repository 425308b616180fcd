"""The classic fully connected pair for 28x28 images."""

from torch import Tensor, nn

LATENT_SIZE = 100


class Generator(nn.Module):
    """Latents (N, latent_size) → images (N, 1, 28, 28) in [-1, 1].

    Dense layers latent_size → 256 → 512 → 1024 → 784 with leaky ReLU (slope 0.2)
    between them and tanh at the end; 1,486,352 parameters with 100 latents.
    """

    def __init__(self, latent_size: int = LATENT_SIZE) -> None:
        super().__init__()
        self.latent_size = latent_size
        self.layers = nn.Sequential(
            nn.Linear(latent_size, 256),
            nn.LeakyReLU(0.2),
            nn.Linear(256, 512),
            nn.LeakyReLU(0.2),
            nn.Linear(512, 1024),
            nn.LeakyReLU(0.2),
            nn.Linear(1024, 28 * 28),
            nn.Tanh(),
        )

    def forward(self, latents: Tensor) -> Tensor:
        return self.layers(latents).view(-1, 1, 28, 28)


class Discriminator(nn.Module):
    """Images (N, 1, 28, 28) in [-1, 1] → logits (N, 1), positive for "real".

    Dense layers 784 → 1024 → 512 → 1 with leaky ReLU (slope 0.2) between them;
    1,329,153 parameters.
    """

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Flatten(),
            nn.Linear(28 * 28, 1024),
            nn.LeakyReLU(0.2),
            nn.Linear(1024, 512),
            nn.LeakyReLU(0.2),
            nn.Linear(512, 1),
        )

    def forward(self, images: Tensor) -> Tensor:
        return self.layers(images)
