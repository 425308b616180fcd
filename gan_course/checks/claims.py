"""A claim: a sentence about a measured number that holds, or stops the notebook."""

import json
import math
import operator
import os
from numbers import Real
from pathlib import Path

import numpy
import torch

from gan_course.runtime import seed_shift

COMPARISONS = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
}


def claim(
    text: str,
    value: Real | numpy.ndarray | torch.Tensor,
    op: str,
    bound: Real | numpy.ndarray | torch.Tensor,
    *,
    name: str = "",
) -> None:
    """Check `value op bound` and print the claim, or stop with what was measured.

    The printed line never contains the measured value, so it is the same on every
    machine on which the claim holds:

        ✓ the best answer is p / (p + q): error < 0.01

    With `GAN_COURSE_MARGINS` set, one JSON line with the measured value is appended
    to the file of that name, whether the claim holds or not.

    Args:
        text: the claim, one line.
        value: what was measured: a number, or an array or tensor of one element.
        op: one of <, <=, >, >=, ==.
        bound: the number to compare with.
        name: what was measured, in a word or two ("error" above); printed before `op`.

    Raises:
        AssertionError: the claim does not hold, or the value is NaN.
        TypeError: a value or bound that is not one real number.
        ValueError: an empty text, an unknown `op` or a bound of NaN.
    """
    _require_one_line(text)
    value = one_number(value, f"The value of the claim {text!r}")
    bound = one_number(bound, f"The bound of the claim {text!r}")
    holds = compare(value, op, bound)
    _record(text, value, op, bound)
    if not holds:
        raise AssertionError(
            f"This claim does not hold: {text}: measured {value}, "
            f"expected {op} {bound}."
        )
    print(f"✓ {text}: {f'{name} {op}' if name else op} {bound}")


def compare(value: float, op: str, bound: float) -> bool:
    """Return whether `value op bound`; NaN is never in any relation.

    Raises:
        ValueError: `op` is not one of <, <=, >, >=, ==, or the bound is NaN.
    """
    if op not in COMPARISONS:
        raise ValueError(
            f"There is no comparison {op!r}; choose one of {', '.join(COMPARISONS)}."
        )
    if math.isnan(bound):
        raise ValueError("The bound is NaN, and nothing can be compared with it.")
    return not math.isnan(value) and COMPARISONS[op](value, bound)


def _require_one_line(text: str) -> None:
    if not isinstance(text, str) or not text.strip() or "\n" in text:
        raise ValueError(f"The text of a claim is {text!r}; write one line.")


def one_number(value: object, what: str) -> int | float | bool:
    """Turn a number, or an array or tensor of one element, into a Python number.

    Raises:
        TypeError: it is something else; `what` begins the sentence.
    """
    if isinstance(value, torch.Tensor | numpy.ndarray):
        count = value.numel() if isinstance(value, torch.Tensor) else value.size
        if count != 1:
            raise TypeError(
                f"{what} has shape {tuple(value.shape)}; reduce it to one number, "
                "with .max() or .mean() for instance."
            )
    if isinstance(value, torch.Tensor | numpy.ndarray | numpy.generic):
        value = value.item()
    if not isinstance(value, int | float):
        raise TypeError(f"{what} is {value!r}, but must be one real number.")
    return value


def _record(text: str, value: float, op: str, bound: float) -> None:
    """Append the claim to the margins file when there is one."""
    path = os.environ.get("GAN_COURSE_MARGINS", "")
    if not path:
        return
    line = {
        "notebook": os.environ.get("GAN_COURSE_NOTEBOOK", ""),
        "text": text,
        "value": value,
        "op": op,
        "bound": bound,
        "seed": seed_shift(),
    }
    with Path(path).open("a", encoding="utf-8") as file:
        file.write(json.dumps(line, ensure_ascii=False) + "\n")
