"""Schedules: how the learning rate changes, as a function of the images seen alone.

A schedule takes the clock and returns the factor of the learning rate, 0…1.
"""

from collections.abc import Callable

Schedule = Callable[[int], float]


def constant(images_seen: int) -> float:
    """Leave the learning rate as it is: 1 at any time."""
    return 1.0


def linear_decay(total_images: int, *, start: int = 0) -> Schedule:
    """Return a schedule that is 1 up to `start` and falls in a line to 0 at the total.

        (total - images_seen) / (total - start)    between the two, 0 from then on

    Args:
        total_images: images at the end of the training.
        start: images after which the decay begins, 0 ≤ start < total.

    Raises:
        ValueError: the decay would begin before the training or after its end.

    >>> halved = linear_decay(1_000)
    >>> halved(0), halved(500), halved(1_000)
    (1.0, 0.5, 0.0)
    """
    if not 0 <= start < total_images:
        raise ValueError(
            f"The learning rate is to fall from {start} to {total_images} images; "
            "choose a start of 0 or more, before the end."
        )

    def share(images_seen: int) -> float:
        left = (total_images - images_seen) / (total_images - start)
        return float(min(max(left, 0), 1))

    return share
