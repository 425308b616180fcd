"""A run that was trained: its averaged generator, and all that it was trained with."""

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from gan_course.recipes.build import networks
from gan_course.recipes.recipe import Recipe, from_settings
from gan_course.training.checkpoint import architecture_differences, load_checkpoint
from gan_course.training.run import CHECKPOINT, CONFIG, read_settings

# Samples are drawn and made in whole parts of this size, as a run's own pictures are:
# neither random numbers nor sums then depend on how many are asked for.
PART = 64


@dataclass(frozen=True)
class Run:
    """A run in a folder, as its last checkpoint knows it.

    Attributes:
        generator: the averaged generator, in eval mode, on the CPU, without gradients.
        recipe: all values that it was trained with, `data` and `images` included.
        settings: the same, with seed and precision, as `config.json` holds them.
        images_seen: real images that the discriminator had seen by then.
    """

    generator: nn.Module
    recipe: Recipe
    settings: dict[str, Any]
    images_seen: int

    @torch.no_grad()
    def sample(self, count: int, *, seed: int = 0) -> Tensor:
        """Return images or points of the generator, on the CPU.

        Those that are asked for are the first of any larger number, for the same seed;
        with seed 0 the first 64 are those of the run's own pictures.

        Raises:
            ValueError: the count is below 1.
        """
        if count < 1:
            raise ValueError(f"{count} samples are asked for; choose 1 or more.")
        noise = torch.Generator().manual_seed(seed)
        parts = -(-count // PART)
        shape = parts, PART, self.recipe.latent_size
        latents = torch.randn(shape, generator=noise)
        return torch.cat([self.generator(part) for part in latents])[:count]


def settings_of(
    recipe: Recipe, *, seed: int, precision: str, seconds: float | None = None
) -> dict[str, Any]:
    """Return all that the result of a training depends on, as JSON can hold it."""
    values = dataclasses.asdict(recipe)
    settings = {"recipe": values.pop("name"), **values}
    settings |= {"seed": seed, "precision": precision}
    return settings if seconds is None else settings | {"seconds": seconds}


def load_run(folder: str | Path) -> Run:
    """Return the run in a folder, while it is trained or later.

    Raises:
        ValueError: there is no run, no checkpoint yet, or a file of it is damaged.
        OSError: a file cannot be read.
    """
    folder = Path(folder)
    settings = read_settings(folder)
    recipe = from_settings(settings)
    path = folder / CHECKPOINT
    if not path.exists():
        raise ValueError(
            f"The run in {folder} has no checkpoint yet; wait for its first one, or "
            "repeat the command that trains it."
        )
    state = load_checkpoint(path)
    generator, _ = networks(recipe)
    weights = state.get("average", {})
    differences = architecture_differences(generator.state_dict(), weights)
    if differences:
        raise ValueError(
            f"{path} holds other networks than {folder / CONFIG} describes: "
            f"{differences[0]}; take both files from one run."
        )
    generator.load_state_dict(weights)
    generator.eval().requires_grad_(False)
    return Run(generator, recipe, settings, state["images_seen"])
