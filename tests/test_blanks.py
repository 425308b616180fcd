import functools

import pytest
import torch
from torch import nn

from gan_course.checks.blanks import has_blank


def blank_return(x):
    return ...


def blank_line(x):
    x = x + 1
    ...
    return x


def blank_argument(x):
    return torch.relu(...)


def blank_inside(x):
    def inner(y):
        return y * ...

    return inner(x)


class BlankMethod(nn.Module):
    def forward(self, x):
        return ...


def filled(x):
    """Return every second pixel of ..., which is no blank."""
    rest: tuple[int, ...] = (1, 2)
    # a ... in a comment
    return x[..., ::2] * len(rest)


class FilledMethod(nn.Module):
    def forward(self, x):
        return x[...]


RING = [1]
RING.append(RING)


@pytest.mark.parametrize(
    "answer",
    [
        ...,
        [1, ...],
        {"learning rate": ...},
        ((1, {2: [...]}),),
        blank_return,
        blank_line,
        blank_argument,
        blank_inside,
        functools.partial(blank_return, 3),
        BlankMethod,
        BlankMethod(),
        BlankMethod().forward,
        [filled, blank_return],
    ],
)
def test_a_blank_is_found(answer):
    assert has_blank(answer)


@pytest.mark.parametrize(
    "answer",
    [
        None,
        0,
        "...",
        [1, 2],
        RING,
        filled,
        FilledMethod,
        FilledMethod(),
        functools.partial(filled, 3),
        torch.relu,
        nn.Linear(2, 2),
        nn.Linear,
        torch.zeros(3),
        print,
    ],
)
def test_what_is_filled_in_has_no_blank(answer):
    assert not has_blank(answer)


def test_without_source_the_compiled_code_is_read():
    namespace = {}
    exec("def stub(x):\n    return ...\ndef done(x):\n    return x[..., 0]", namespace)
    assert has_blank(namespace["stub"])
    assert not has_blank(namespace["done"])
