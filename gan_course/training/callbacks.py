"""What happens between steps: a callback is a function of the trainer."""

from collections.abc import Callable
from typing import Any

Callback = Callable[[Any], object]


def every(images: int, action: Callback) -> Callback:
    """Return a callback that acts whenever another `images` have been seen.

    It acts after the step in which the clock passes a multiple of `images`, so a
    resumed training acts at the same moments as one that was never interrupted.

        trainer.train(until=64_000, callbacks=[every(10_000, save)])

    Raises:
        ValueError: the period is below 1.
    """
    if images < 1:
        raise ValueError(f"The period is {images} images; choose 1 or more.")

    def act_when_due(trainer: Any) -> None:
        before = trainer.images_seen - trainer.images_per_step
        if trainer.images_seen // images > before // images:
            action(trainer)

    return act_when_due
