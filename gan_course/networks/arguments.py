"""What the networks of images refuse, in one sentence."""


def check_counts(pair: str, *, channels: int, **counts: int) -> None:
    """Return if a pair can be built with these numbers.

    Args:
        pair: the adjective that the sentence begins with, such as "convolutional".
        channels: 1 or 3.
        counts: whatever is to be 1 or more.

    Raises:
        ValueError: a number is out of its range.
    """
    if channels not in (1, 3):
        raise ValueError(
            f"The {pair} pair got channels={channels}; choose 1 for grey or 3 for RGB."
        )
    for name, count in counts.items():
        if count < 1:
            raise ValueError(f"The {pair} pair got {name}={count}; choose 1 or more.")
