"""Exercise checks that answer every attempt with one line and never stop a notebook.

A check is a function that looks at a learner's answer and says what it expects:

    @Exercise(
        todo="return the probability that D gives to a real image",
        success="D* = p / (p + q) at every point",
        hint="Both densities are tensors of one length.",
    )
    def check_best_discriminator(answer):
        best = answer(torch.tensor([1.0]), torch.tensor([3.0]))
        expect_tensor(best, (1,))
        expect_close(best, 0.25, "With p = 1 and q = 3, D* is 1/4: divide by p + q.")

The learner calls `check_best_discriminator(their_function)` and reads one of

    ○ not attempted yet: return the probability that … (replace every ...)
    ✓ D* = p / (p + q) at every point
    ✗ With p = 1 and q = 3, D* is 1/4: divide by p + q.
    ✗ your code stopped with TypeError: can't … . Both densities are tensors of …
"""

import functools
import inspect
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from gan_course.checks.blanks import has_blank, written_code

LONGEST_MESSAGE = 200
ADDRESS = re.compile(r"\b0x[0-9a-fA-F]+")
PLACE = re.compile(r"\s*\([^()]*, line \d+\)")
FOLDERS = re.compile(r"(?:[A-Za-z]:)?[/\\](?:[^/\\\s'\"]+[/\\])+")


class WrongAnswerError(Exception):
    """What a check expected does not hold; the text is the sentence for the learner."""


@dataclass(frozen=True, kw_only=True)
class Exercise:
    """Decorator for the check of one exercise, with what it says in any case.

    Attributes:
        todo: what to fill in, said while a blank `...` stands in the answer.
        success: what a right answer has shown.
        hint: a sentence added when the learner's code stops with an error.
    """

    todo: str
    success: str
    hint: str = ""

    def __call__(self, check: Callable[..., None]) -> Callable[..., None]:
        """Turn a function of `expect` lines into a check that prints and never raises.

        Only an interrupt by the reader (KeyboardInterrupt) passes through. PyTorch's
        random numbers are the same in every call and afterwards go on as before.
        """

        @functools.wraps(check)
        def checked(*answers: Any, **named: Any) -> None:
            print(_printable(self._verdict(check, answers, named)))

        return checked

    def _verdict(
        self, check: Callable[..., None], answers: tuple, named: dict[str, Any]
    ) -> str:
        given = [*answers, *named.values()]
        try:
            if any(has_blank(answer) for answer in given):
                return f"○ not attempted yet: {self.todo} (replace every ...)"
            with torch.random.fork_rng(devices=[]):
                torch.random.default_generator.manual_seed(0)
                check(*answers, **named)
        except WrongAnswerError as wrong:
            return f"✗ {wrong}"
        except NotImplementedError:
            return f"○ not attempted yet: {self.todo}"
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # SystemExit is an answer too
            return f"✗ {_explain(error, given)} {self.hint}".rstrip()
        return f"✓ {self.success}"


def expect(condition: Any, sentence: str) -> None:
    """Go on when the condition holds; otherwise answer with the sentence.

    Args:
        condition: anything with a truth value, a tensor of one element for instance.
        sentence: what a learner with this mistake needs to read.
    """
    if not bool(condition):
        raise WrongAnswerError(sentence)


def expect_tensor(
    value: Any, shape: Sequence[int] | None = None, what: str = "your answer"
) -> None:
    """Expect a tensor without NaN or infinity, and of this shape if one is given."""
    if value is None:
        raise WrongAnswerError(f"{what} is None: does the function end in a return?")
    expect(
        isinstance(value, Tensor),
        f"{what} is of type {type(value).__name__}, but should be a tensor.",
    )
    if shape is not None:
        expect(
            tuple(value.shape) == tuple(shape),
            f"{what} has shape {tuple(value.shape)}, but should have {tuple(shape)}.",
        )
    expect(value.isfinite().all(), f"{what} holds NaN or infinite numbers.")


def expect_close(
    value: Any, expected: Any, sentence: str, *, tolerance: float = 1e-4
) -> None:
    """Expect numbers that differ by at most `tolerance`, absolutely or relatively.

    Args:
        value: a number or tensor of the learner.
        expected: a number or tensor; it is broadcast to the shape of `value`.
        sentence: what a learner with another value needs to read.
        tolerance: for both the absolute and the relative difference, > 0.
    """
    value = torch.as_tensor(value).detach().cpu().double()
    expected = torch.as_tensor(expected).detach().cpu().double()
    close = torch.isclose(value, expected, rtol=tolerance, atol=tolerance)
    expect(close.all(), sentence)


def describe(error: BaseException) -> str:
    """Name an error in one line that is the same on every machine and in every run.

    Memory addresses, folders and line numbers are left out.
    """
    name = type(error).__name__
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    if not lines:
        return f"{name}."
    text = ADDRESS.sub("0x…", FOLDERS.sub("", PLACE.sub("", lines[0])))
    if len(text) > LONGEST_MESSAGE:
        text = text[:LONGEST_MESSAGE].rstrip() + " …"
    return f"{name}: {text.rstrip('.')}."


def _explain(error: BaseException, answers: Sequence[Any]) -> str:
    try:
        if _is_theirs(error, answers):
            return f"your code stopped with {describe(error)}"
        return f"your answer could not be used: {describe(error)}"
    except Exception:  # an answer or error so odd that even looking at it fails
        return "your answer could not be used."


def _is_theirs(error: BaseException, answers: Sequence[Any]) -> bool:
    """Say whether an error passed through code that the learner wrote."""
    theirs = {
        code
        for answer in answers
        for written in written_code(answer)
        for code in _code_objects(written)
    }
    trace = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code in theirs:
            return True
        trace = trace.tb_next
    return False


def _code_objects(written: Any) -> list[Any]:
    members = vars(written).values() if isinstance(written, type) else [written]
    return [inspect.unwrap(member).__code__ for member in members if _has_code(member)]


def _has_code(member: Any) -> bool:
    return hasattr(inspect.unwrap(member), "__code__")


def _printable(line: str) -> str:
    """Replace what no output can encode, such as half of a surrogate pair."""
    return line.encode("utf-8", "replace").decode("utf-8")
