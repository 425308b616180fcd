"""Train two networks against each other on images in memory."""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import torch
from torch import Tensor, nn

from gan_course.images import to_float
from gan_course.losses import LOSSES, Loss
from gan_course.training.arguments import (
    check_at_least,
    check_images,
    checked_latent_size,
)
from gan_course.training.averaging import Average
from gan_course.training.batches import batch_indices, own_noise, seed_noise
from gan_course.training.callbacks import Callback
from gan_course.training.checkpoint import (
    State,
    copied,
    load_checkpoint,
    refuse_other_architecture,
    save_checkpoint,
)
from gan_course.training.history import History
from gan_course.training.interrupts import held_interrupts
from gan_course.training.optimisers import (
    fused_adam,
    minimise,
    optimiser_tensors,
    restore_optimiser,
)
from gan_course.training.schedules import Schedule, constant
from gan_course.training.steps import (
    NO_PENALTIES,
    Penalty,
    discriminator_step,
    generator_step,
    unchanged,
)


class Trainer:
    """A generator and a discriminator in training, with all that belongs to them.

        penalties = {"R1": Penalty(r1_penalty, gamma=2.0, every=4)}
        trainer = Trainer(generator, discriminator, images, penalties=penalties)
        trainer.train(until=64_000)
        pictures = trainer.sample(100)

    The clock is `images_seen`, the real images shown to the discriminator. Learning
    rate, average, lazy penalties, the order of the images and all random numbers depend
    on it and on the seed alone, so a training that is saved, loaded and continued is
    the same, bit by bit, as one that never stopped.

    Args:
        generator: latents (N, latent_size) → images, on the device to train on.
        discriminator: images → logits (N, 1), on the same device.
        images: uint8 (N, C, H, W), turned into floats in [-1, 1] batch by batch, or
            floats (N, …) that are taken as they are.
        latent_size: numbers in a latent; `generator.latent_size` if not given.
        loss: the pair of losses.
        penalties: name → penalty of the discriminator.
        augment: a random, differentiable change of images, real and generated.
        batch_size: images in a step of the discriminator.
        learning_rate: of both networks, times the schedule.
        betas: Adam's two decay rates.
        schedule: images seen → factor of the learning rate.
        discriminator_steps: steps of the discriminator for one of the generator.
        half_life: of the averaged generator, in images.
        largest_gradient: longer gradients of a network are shortened to this length.
        constrain: called with the discriminator after each of its steps, to clip its
            weights for example.
        seed: of everything random, 0 or more.

    Attributes:
        images_seen: the clock.
        average: the averaged generator, `average.network`.
        losses: the last "discriminator" and "generator" loss, each one number.
        history: all losses; `history.figure()` draws them.

    Raises:
        TypeError, ValueError: images or numbers with which nothing can be trained.
    """

    def __init__(
        self,
        generator: nn.Module,
        discriminator: nn.Module,
        images: Tensor,
        *,
        latent_size: int | None = None,
        loss: Loss = LOSSES["non-saturating"],
        penalties: Mapping[str, Penalty] = NO_PENALTIES,
        augment: Callable[[Tensor], Tensor] = unchanged,
        batch_size: int = 64,
        learning_rate: float = 1e-3,
        betas: tuple[float, float] = (0.0, 0.99),
        schedule: Schedule = constant,
        discriminator_steps: int = 1,
        half_life: float = 10_000,
        largest_gradient: float | None = None,
        constrain: Callable[[nn.Module], object] | None = None,
        seed: int = 0,
    ) -> None:
        check_images(images, batch_size)
        check_at_least(1, discriminator_steps=discriminator_steps)
        check_at_least(0, seed=seed, learning_rate=learning_rate)
        first = next(generator.parameters())
        self.device, self._dtype = first.device, first.dtype
        self.images = images.to(self.device)
        self.generator, self.discriminator = generator, discriminator
        self.latent_size = checked_latent_size(generator, latent_size)
        self.loss, self.penalties, self.augment = loss, dict(penalties), augment
        self.batch_size, self.discriminator_steps = batch_size, discriminator_steps
        self.learning_rate, self.schedule = learning_rate, schedule
        self.largest_gradient, self.constrain = largest_gradient, constrain
        self.seed = seed
        self.optimisers = {
            "discriminator": fused_adam(discriminator, learning_rate, betas),
            "generator": fused_adam(generator, learning_rate, betas),
        }
        self.average = Average(generator, half_life)
        self.images_seen = 0
        self.losses: dict[str, Tensor] = {}
        self.history = History()

    @property
    def images_per_step(self) -> int:
        """Real images that one step shows to the discriminator."""
        return self.batch_size * self.discriminator_steps

    def train(self, *, until: int, callbacks: Iterable[Callback] = ()) -> None:
        """Train until so many images have been seen, from wherever the training is.

        A keyboard interrupt takes effect after the running step and loses nothing:
        call `train` again to go on. Whatever callbacks draw at random, the training
        does not notice, and the caller's random numbers go on as if it had drawn none.

        Args:
            until: images seen at the end; the last step may go past it.
            callbacks: functions of the trainer, called after every step.

        Raises:
            FloatingPointError: a loss was infinite or not a number, in one of the last
                50 steps.
            KeyboardInterrupt: after an interrupt.
        """
        callbacks = tuple(callbacks)
        with own_noise(self.device), held_interrupts() as release_interrupt:
            while self.images_seen < until:
                self.step()
                for callback in callbacks:
                    callback(self)
                release_interrupt()
        self.history.check()

    def step(self) -> None:
        """Train the discriminator, once or more, and then the generator once.

        Seeds PyTorch's random numbers; `train` gives back those of the caller.
        """
        learning_rate = self.learning_rate * self.schedule(self.images_seen)
        losses: dict[str, Tensor] = {}
        for _ in range(self.discriminator_steps):
            real, fake = self._next_batch()
            losses |= self._train_discriminator(real, fake, learning_rate)
            self.images_seen += self.batch_size
        losses |= self._train_generator(real, fake, learning_rate)
        self.average.update(self.generator, self.images_per_step)
        self.losses = {name: losses[name] for name in self.optimisers}
        self.history.add(self.images_seen, losses)

    def _train_discriminator(
        self, real: Tensor, fake: Tensor, learning_rate: float
    ) -> dict[str, Tensor]:
        losses = discriminator_step(
            self.discriminator,
            real,
            fake,
            self.loss,
            self.penalties,
            augment=self.augment,
            number=self.images_seen // self.batch_size,
        )
        self._move("discriminator", losses, learning_rate)
        if self.constrain:
            self.constrain(self.discriminator)
        return _detached(losses)

    def _train_generator(
        self, real: Tensor, fake: Tensor, learning_rate: float
    ) -> dict[str, Tensor]:
        losses = generator_step(
            self.discriminator, real, fake, self.loss, augment=self.augment
        )
        self._move("generator", losses, learning_rate)
        return _detached(losses)

    def _move(self, player: str, losses: dict[str, Tensor], rate: float) -> None:
        minimise(losses, self.optimisers[player], rate, self.largest_gradient)

    def _next_batch(self) -> tuple[Tensor, Tensor]:
        """Return real and generated images, which seed and clock determine."""
        place = {"seed": self.seed, "images_seen": self.images_seen}
        order = batch_indices(
            len(self.images), self.batch_size, **place, device=self.device
        )
        real = self.images[order]
        real = to_float(real) if real.dtype == torch.uint8 else real
        seed_noise(**place, device=self.device)
        fake = self.generator(self._latents(self.batch_size))
        if fake.shape != real.shape:
            raise ValueError(
                f"The generator makes images of shape {tuple(fake.shape)}, but the "
                f"real ones are {tuple(real.shape)}; change one of the two."
            )
        return real.to(self._dtype), fake

    def _latents(self, count: int, noise: torch.Generator | None = None) -> Tensor:
        device = noise.device if noise else self.device
        shape = (count, self.latent_size)
        latents = torch.randn(shape, generator=noise, device=device, dtype=self._dtype)
        return latents.to(self.device)

    @torch.no_grad()
    def sample(self, count: int, *, seed: int = 0) -> Tensor:
        """Return images of the averaged generator, the same ones for the same seed."""
        noise = torch.Generator().manual_seed(seed)
        return self.average.network(self._latents(count, noise))

    def state(self) -> State:
        """Return all that changes in training, as copies on the CPU."""
        networks = self._networks()
        tensors = {name: network.state_dict() for name, network in networks.items()}
        for name, optimiser in self.optimisers.items():
            named = optimiser_tensors(optimiser, networks[name])
            tensors[f"{name}_optimiser"] = named
        copies = {
            section: {name: copied(value) for name, value in named.items()}
            for section, named in tensors.items()
        }
        return {"images_seen": self.images_seen, **copies}

    def load_state(self, state: State) -> None:
        """Go on from a state, of this training or of another with the same networks.

        Raises:
            ValueError: the networks are of another architecture; nothing is changed.
        """
        networks = self._networks()
        here = {name: network.state_dict() for name, network in networks.items()}
        refuse_other_architecture(here, state)
        for name, network in networks.items():
            network.load_state_dict(state[name])
        for name, optimiser in self.optimisers.items():
            restore_optimiser(optimiser, networks[name], state[f"{name}_optimiser"])
        self.images_seen = state["images_seen"]
        self.history.cut(self.images_seen)

    def save(self, path: str | Path) -> None:
        """Write the state as a checkpoint, if all its numbers are finite.

        Raises:
            FloatingPointError: a loss or a weight is not; an older file is left alone.
            OSError: the file cannot be written.
        """
        self.history.check()
        save_checkpoint(path, self.state())

    def load(self, path: str | Path) -> None:
        """Go on from a checkpoint.

        Raises:
            OSError, ValueError: it cannot be read, is damaged or of another
                architecture; nothing is changed.
        """
        self.load_state(load_checkpoint(path))

    def _networks(self) -> dict[str, nn.Module]:
        return {
            "generator": self.generator,
            "discriminator": self.discriminator,
            "average": self.average.network,
        }


def _detached(losses: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {name: value.detach() for name, value in losses.items()}
