"""Numbers as options: read, or refused with a sentence that says what is expected."""

import argparse
import math

LARGEST_SEED = 2**32 - 1


def whole_number(text: str) -> int:
    """Read a whole number of 1 or more; 96_000 and 96000 are the same.

    Raises:
        ArgumentTypeError: it is none.
    """
    return _whole(text, 1, None, "a whole number of 1 or more")


def seed(text: str) -> int:
    """Read a seed, 0 to 2³² - 1.

    Raises:
        ArgumentTypeError: it is none.
    """
    expected = f"a whole number from 0 to {LARGEST_SEED}"
    return _whole(text, 0, LARGEST_SEED, expected)


def seconds(text: str) -> float:
    """Read a time above 0, in seconds.

    Raises:
        ArgumentTypeError: it is none.
    """
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < math.inf:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds above 0")
    return value


def _whole(text: str, least: int, most: int | None, expected: str) -> int:
    try:
        number = int(text)
    except ValueError:
        number = least - 1
    if number < least or (most is not None and number > most):
        raise argparse.ArgumentTypeError(f"{text!r} is not {expected}")
    return number
