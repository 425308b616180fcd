"""Train two networks against each other on images in memory."""

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path

import torch
from torch import Tensor, nn

from gan_course.losses import LOSSES, Loss
from gan_course.training.arguments import (
    check_at_least,
    check_images,
    check_same_shape,
    checked_latent_size,
)
from gan_course.training.averaging import Average
from gan_course.training.batches import own_noise
from gan_course.training.callbacks import Callback
from gan_course.training.checkpoint import (
    State,
    decoded,
    encoded,
    read_checkpoint,
    save_checkpoint,
)
from gan_course.training.distributed import ALONE, World
from gan_course.training.feed import Feed
from gan_course.training.history import History
from gan_course.training.interrupts import held_interrupts
from gan_course.training.memory import keep_freed_memory
from gan_course.training.optimisers import fused_adam, minimise
from gan_course.training.precision import in_precision
from gan_course.training.schedules import Schedule, constant
from gan_course.training.sharing import refuse_unshareable
from gan_course.training.state import collected, restore
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
        discriminator_rate: of the discriminator, where it has a learning rate of its
            own ("two time-scales"); times the schedule too.
        betas: Adam's two decay rates.
        schedule: images seen → factor of the learning rate.
        discriminator_steps: steps of the discriminator for one of the generator.
        half_life: of the averaged generator, in images.
        largest_gradient: longer gradients of a network are shortened to this length.
        constrain: called with the discriminator after each of its steps, to clip its
            weights for example.
        seed: of everything random, 0 or more.
        precision: "float32", or "bf16" for the forward passes in bfloat16.
        world: the processes that share each batch, of `distributed.processes()`.

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
        discriminator_rate: float | None = None,
        betas: tuple[float, float] = (0.0, 0.99),
        schedule: Schedule = constant,
        discriminator_steps: int = 1,
        half_life: float = 10_000,
        largest_gradient: float | None = None,
        constrain: Callable[[nn.Module], object] | None = None,
        seed: int = 0,
        precision: str = "float32",
        world: World = ALONE,
    ) -> None:
        check_images(images, batch_size)
        check_at_least(1, discriminator_steps=discriminator_steps)
        if discriminator_rate is None:
            discriminator_rate = learning_rate
        check_at_least(0, seed=seed, learning_rate=learning_rate)
        check_at_least(0, discriminator_rate=discriminator_rate)
        keep_freed_memory()
        self._feed = Feed(
            images,
            checked_latent_size(generator, latent_size),
            batch_size,
            networks=(generator, discriminator),
            seed=seed,
            world=world,
        )
        self.images, self.device = self._feed.images, self._feed.device
        self.latent_size, self.seed = self._feed.latent_size, seed
        self.generator, self.discriminator = generator, discriminator
        self.loss, self.penalties, self.augment = loss, dict(penalties), augment
        self.batch_size, self.discriminator_steps = batch_size, discriminator_steps
        self.rates = {"discriminator": discriminator_rate, "generator": learning_rate}
        self.schedule = schedule
        self.largest_gradient, self.constrain = largest_gradient, constrain
        self.precision, self.world = precision, world
        players = {"discriminator": discriminator, "generator": generator}
        self._forward = {
            name: in_precision(network, precision) for name, network in players.items()
        }
        self.optimisers = {
            name: fused_adam(network, self.rates[name], betas)
            for name, network in players.items()
        }
        self.average = Average(generator, half_life)
        self._networks = players | {"average": self.average.network}
        self.images_seen = 0
        self.losses: dict[str, Tensor] = {}
        self.history = History()
        if world.size > 1:
            refuse_unshareable(self._feed, players, loss, self.penalties, augment)
            content = world.from_first(lambda: encoded(self.state()))
            self.load_state(decoded(content, "The state of the first process"))

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
            ConnectionError: another process of the training ended or does not answer.
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
        factor = self.schedule(self.images_seen)
        rates = {player: rate * factor for player, rate in self.rates.items()}
        move = partial(
            minimise, largest_gradient=self.largest_gradient, world=self.world
        )
        discriminator, augment = self._forward["discriminator"], self.augment
        losses: dict[str, Tensor] = {}
        for _ in range(self.discriminator_steps):
            real, fake = self._next_batch()
            terms = discriminator_step(
                discriminator, real, fake, self.loss, self.penalties,
                augment=augment, number=self.images_seen // self.batch_size,
            )  # fmt: skip
            losses |= move(
                terms, self.optimisers["discriminator"], rates["discriminator"]
            )
            if self.constrain:
                self.constrain(self.discriminator)
            self.images_seen += self.batch_size
        terms = generator_step(discriminator, real, fake, self.loss, augment=augment)
        losses |= move(terms, self.optimisers["generator"], rates["generator"])
        self.average.update(self.generator, self.images_per_step)
        self.losses = {name: losses[name] for name in self.optimisers}
        self.history.add(self.images_seen, losses)

    def _next_batch(self) -> tuple[Tensor, Tensor]:
        """Return real and generated images, which seed and clock determine."""
        real, latents = self._feed.batch(self.images_seen)
        fake = self._forward["generator"](latents)
        check_same_shape(fake, real)
        return real, fake

    @torch.no_grad()
    def sample(self, count: int, *, seed: int = 0) -> Tensor:
        """Return images of the averaged generator, the same ones for the same seed."""
        noise = torch.Generator().manual_seed(seed)
        return self.average.network(self._feed.latents(count, noise))

    def state(self) -> State:
        """Return all that changes in training, as copies on the CPU."""
        tensors = collected(self._networks, self.optimisers)
        return {"images_seen": self.images_seen, **tensors}

    def load_state(self, state: State) -> None:
        """Go on from a state, of this training or of another with the same networks.

        Raises:
            ValueError: the networks are of another architecture; nothing is changed.
        """
        restore(self._networks, self.optimisers, state)
        self.images_seen = state["images_seen"]
        self.history.cut(self.images_seen)

    def save(self, path: str | Path) -> None:
        """Write the state as a checkpoint, if all its numbers are finite.

        Of several processes, only the first one writes.

        Raises:
            FloatingPointError: a loss or a weight is not; an older file is left alone.
            OSError: the file cannot be written.
        """
        self.history.check()
        if self.world.writes:
            save_checkpoint(path, self.state())

    def load(self, path: str | Path) -> None:
        """Go on from a checkpoint, which the first process reads for all.

        Raises:
            OSError, ValueError: it cannot be read, is damaged or of another
                architecture; nothing is changed.
        """
        content = self.world.from_first(lambda: read_checkpoint(path))
        self.load_state(decoded(content, path))
