"""Splits of the sets that are made on demand, and what may be asked of such a set."""

SPLITS = ("train", "held-out")


def check_request(
    name: str, count: int, size: int, sizes: tuple[int, int], split: str, seed: int
) -> None:
    """Say in one sentence what is wrong with the arguments of a set.

    Args:
        name: of the set, to begin the sentence.
        count: number of images, at least 1.
        size: pixels per side.
        sizes: smallest and largest size possible.
        split: one of SPLITS.
        seed: a whole number ≥ 0.

    Raises:
        ValueError: one of them is out of its range.
    """
    smallest, largest = sizes
    if count < 1:
        raise ValueError(f"{name} got count={count}; ask for at least 1 image.")
    if not smallest <= size <= largest:
        raise ValueError(
            f"{name} got size={size}; choose {smallest} to {largest} pixels per side."
        )
    if split not in SPLITS:
        raise ValueError(f"{name} got split={split!r}; choose one of {SPLITS}.")
    if seed < 0:
        raise ValueError(f"{name} got seed={seed}; choose a whole number ≥ 0.")
