"""What a step is fed with: the next real images and the latents beside them."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from gan_course.images import to_float
from gan_course.training.batches import batch_indices, seed_noise
from gan_course.training.distributed import World
from gan_course.training.memory import image_layout


class Feed:
    """Batches of real images and latents, functions of the seed and the clock alone.

    Several processes draw the whole batch, the same in each, and take their share of
    it; what is random after that is another number in each of them.

    Args:
        images: uint8 (N, C, H, W) grey levels, or floats (N, …).
        latent_size: numbers in a latent.
        batch_size: images in a batch, of all processes together.
        networks: the generator first; images and latents are on the device and of the
            type of its weights, and images are laid out as convolutions want them.
        seed: of the order and of the latents.
        world: the processes that share each batch.
    """

    def __init__(
        self,
        images: Tensor,
        latent_size: int,
        batch_size: int,
        *,
        networks: Sequence[nn.Module],
        seed: int,
        world: World,
    ) -> None:
        like = next(networks[0].parameters())
        self.device, self.dtype = like.device, like.dtype
        self.images, self.latent_size = images.to(self.device), latent_size
        self.batch_size, self.seed, self.world = batch_size, seed, world
        self.layout = image_layout(networks, images.ndim)

    def batch(self, images_seen: int) -> tuple[Tensor, Tensor]:
        """Return real images and latents of the step at this clock.

        PyTorch's random numbers are seeded for the rest of the step.
        """
        place = {"seed": self.seed, "images_seen": images_seen}
        order = batch_indices(
            len(self.images), self.batch_size, **place, device=self.device
        )
        real = self.float_images(self.world.share_of(order))
        seed_noise(**place, device=self.device)
        latents = self.world.share_of(self.latents(self.batch_size))
        if self.world.rank:
            seed_noise(**place, device=self.device, stream=self.world.rank)
        return real, latents

    def float_images(self, indices: Tensor) -> Tensor:
        """Return some real images as the networks take them."""
        images = self.images[indices]
        images = to_float(images) if images.dtype == torch.uint8 else images
        return images.to(self.dtype, memory_format=self.layout)

    def latents(self, count: int, noise: torch.Generator | None = None) -> Tensor:
        """Return normal random numbers (count, latent_size).

        Args:
            count: how many latents.
            noise: where the numbers come from; PyTorch's own by default.
        """
        device = noise.device if noise else self.device
        shape = (count, self.latent_size)
        latents = torch.randn(shape, generator=noise, device=device, dtype=self.dtype)
        return latents.to(self.device)
