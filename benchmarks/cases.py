"""What is trained in the benchmark, and the loops that train it."""

import copy
from collections.abc import Callable
from typing import NamedTuple, Protocol

import torch
from torch import Tensor, nn

from benchmarks.textbook import Textbook
from gan_course.datasets import load
from gan_course.images import to_float
from gan_course.networks import convolutional, mlp
from gan_course.networks.convolutional import UpsampledConvolution
from gan_course.training import Trainer
from gan_course.training.batches import batch_indices

BATCH, RATE, BETAS = 64, 2e-4, (0.5, 0.999)
COUNT = 12_000  # images

Pair = tuple[nn.Module, nn.Module]


class Loop(Protocol):
    """A training that can be continued for so many steps."""

    def train(self, steps: int) -> None:
        """Train both networks so many times."""

    def next_batch(self) -> Tensor:
        """Return the next real images, as floats."""


class Case(NamedTuple):
    """Networks and images.

    Attributes:
        title: what stands above its table.
        images: loads them, uint8 (N, C, H, W).
        pair: builds generator and discriminator, with the same weights every time.
        steps: in a timed stretch, about two seconds of the textbook's loop.
    """

    title: str
    images: Callable[[], Tensor]
    pair: Callable[[], Pair]
    steps: int


def _fully_connected() -> Pair:
    torch.manual_seed(0)
    return mlp.Generator(), mlp.Discriminator()


def _convolutional() -> Pair:
    torch.manual_seed(0)
    return convolutional.Generator(), convolutional.Discriminator()


CASES = {
    "mlp": Case(
        "(a) Fully connected pair of notebook 05, 28×28",
        lambda: load("glyphs", count=COUNT).images,
        _fully_connected,
        steps=60,
    ),
    "convolutional": Case(
        "(b) Convolutional pair, 32×32",
        lambda: load("glyphs", count=COUNT, size=32).images,
        _convolutional,
        steps=4,
    ),
}


class Ours:
    """The package's trainer, on the same work."""

    def __init__(self, case: Case, images: Tensor, precision: str) -> None:
        last = torch.channels_last
        networks = [network.to(memory_format=last) for network in case.pair()]
        self.trainer = Trainer(
            *networks,
            images,
            batch_size=BATCH,
            learning_rate=RATE,
            betas=BETAS,
            precision=precision,
        )

    def train(self, steps: int) -> None:
        """Train both networks so many times."""
        self.trainer.train(until=self.trainer.images_seen + steps * BATCH)

    def next_batch(self) -> Tensor:
        """Return the next real images, made as the trainer makes them."""
        images, seen = self.trainer.images, self.trainer.images_seen
        order = batch_indices(len(images), BATCH, seed=0, images_seen=seen)
        return to_float(images[order])


def textbook(case: Case, images: Tensor, *, plain: bool) -> Textbook:
    """Return the textbook's loop, on networks of PyTorch's own layers if plain."""
    generator, discriminator = case.pair()
    if plain:
        generator = written_out(generator)
    return Textbook(
        generator,
        discriminator,
        images,
        batch_size=BATCH,
        learning_rate=RATE,
        betas=BETAS,
    )


def written_out(network: nn.Module) -> nn.Module:
    """Return a copy in which upsampling and convolution are two layers of PyTorch."""
    network = copy.deepcopy(network)
    for parent in list(network.modules()):
        for name, layer in parent.named_children():
            if isinstance(layer, UpsampledConvolution):
                plain = nn.Conv2d(layer.in_channels, layer.out_channels, 3, padding=1)
                plain.load_state_dict(layer.state_dict())
                setattr(parent, name, nn.Sequential(nn.Upsample(scale_factor=2), plain))
    return network


LOOPS: dict[str, Callable[[Case, Tensor], Loop]] = {
    "textbook": lambda case, images: textbook(case, images, plain=True),
    "textbook, our layers": lambda case, images: textbook(case, images, plain=False),
    "trainer, float32": lambda case, images: Ours(case, images, "float32"),
    "trainer, bf16": lambda case, images: Ours(case, images, "bf16"),
}


def loops_of(case: Case) -> list[str]:
    """Return the names of the loops that differ on a case."""
    generator, _ = case.pair()
    ours = any(isinstance(layer, UpsampledConvolution) for layer in generator.modules())
    return [name for name in LOOPS if ours or "our layers" not in name]
