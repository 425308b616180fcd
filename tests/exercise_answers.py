"""Test the check of an exercise: with its stub, its solution and plausible mistakes."""

import contextlib
import io
from collections.abc import Callable, Mapping
from typing import Any

FEWEST_MISTAKES = 3


def verdict(check: Callable[..., None], *answers: Any) -> str:
    """Return the line that a check prints for an answer."""
    output = io.StringIO()
    with contextlib.redirect_stdout(output):
        assert check(*answers) is None
    lines = output.getvalue().splitlines()
    assert len(lines) == 1, f"a check prints one line, not {lines}"
    return lines[0]


def assert_checks_answers(
    check: Callable[..., None],
    *,
    solution: Any,
    stub: Any = ...,
    mistakes: Mapping[str, Any],
) -> None:
    """Assert that a check tells the solution, the stub and each mistake apart.

    Args:
        check: the check.
        solution: the answer that must pass; a tuple stands for several arguments.
        stub: the unfilled answer.
        mistakes: what is wrong → such an answer, at least three. Each must fail, with
            a message that no other mistake gets.
    """
    line = verdict(check, *_arguments(solution))
    assert line.startswith("✓ "), f"the solution does not pass: {line}"
    line = verdict(check, *_arguments(stub))
    assert line.startswith("○ not attempted yet: "), f"stub counts as filled: {line}"
    assert len(mistakes) >= FEWEST_MISTAKES, "test at least three mistakes"
    messages: dict[str, str] = {}
    for mistake, answer in mistakes.items():
        message = verdict(check, *_arguments(answer))
        assert message.startswith("✗ "), f"{mistake} is not found: {message}"
        twin = messages.setdefault(message, mistake)
        assert twin == mistake, f"{mistake} and {twin} get the same message: {message}"


def _arguments(answer: Any) -> tuple:
    return answer if isinstance(answer, tuple) else (answer,)
