import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from gan_course.checks.exercise import Exercise, expect_close, expect_tensor
from tests.exercise_answers import assert_checks_answers, verdict


@Exercise(
    todo="return p / (p + q)",
    success="D* = p / (p + q) everywhere",
    hint="Both densities are tensors.",
)
def check_best(answer):
    best = answer(torch.tensor([1.0]), torch.tensor([3.0]))
    expect_tensor(best, (1,))
    expect_close(best, 0.25, "With p = 1 and q = 3 the best answer is 1/4.")


def solution(p, q):
    return p / (p + q)


def stub(p, q):
    return ...


def test_solution_stub_and_mistakes_are_told_apart():
    assert_checks_answers(
        check_best,
        solution=solution,
        stub=stub,
        mistakes={
            "odds": lambda p, q: p / q,
            "nothing returned": lambda p, q: None,
            "a number": lambda p, q: 0.25,
            "another shape": lambda p, q: solution(p, q).sum(),
            "not finite": lambda p, q: torch.tensor([torch.nan]),
            "an error": lambda p, q: p / "q",
        },
    )


def test_the_helper_for_mistakes_can_fail():
    def swapped(p, q):
        return q / (p + q)

    wrong = {"one": lambda p, q: None, "two": lambda p, q: 0.25}
    same = {"swapped": swapped, "odds": lambda p, q: p / q}
    for answers, complaint in [
        ({"mistakes": wrong}, "at least three"),
        ({"mistakes": {**wrong, "right": solution}}, "right is not found"),
        ({"mistakes": {**wrong, **same}}, "odds and swapped get the same message"),
        ({"mistakes": wrong, "solution": swapped}, "does not pass"),
        ({"mistakes": wrong, "stub": swapped}, "counts as filled"),
    ]:
        with pytest.raises(AssertionError, match=complaint):
            assert_checks_answers(
                check_best, **{"solution": solution, "stub": stub, **answers}
            )


def raising(error):
    def answer(p, q):
        raise error

    return answer


@pytest.mark.parametrize(
    ("answer", "line"),
    [
        (solution, "✓ D* = p / (p + q) everywhere"),
        (stub, "○ not attempted yet: return p / (p + q) (replace every ...)"),
        (..., "○ not attempted yet: return p / (p + q) (replace every ...)"),
        (raising(NotImplementedError()), "○ not attempted yet: return p / (p + q)"),
        (
            lambda p, q: p / "q",
            "✗ your code stopped with TypeError: unsupported operand type(s) for /: "
            "'Tensor' and 'str'. Both densities are tensors.",
        ),
        (
            lambda p: p,
            "✗ your answer could not be used: TypeError: <lambda>() takes 1 positional "
            "argument but 2 were given. Both densities are tensors.",
        ),
        (
            3,
            "✗ your answer could not be used: TypeError: 'int' object is not callable. "
            "Both densities are tensors.",
        ),
        (
            raising(SystemExit()),
            "✗ your code stopped with SystemExit. Both densities are tensors.",
        ),
    ],
)
def test_each_kind_of_answer_gets_its_line(answer, line):
    assert verdict(check_best, answer) == line


@pytest.mark.parametrize(
    ("message", "printed"),
    [
        ("bad <object at 0x7f3b12>", "bad <object at 0x…>"),
        ("invalid syntax (<string>, line 3)", "invalid syntax"),
        ("no file '/home/me/work/data.png'", "no file 'data.png'"),
        (r"no file 'C:\Users\me\data.png'", "no file 'data.png'"),
        ("shapes (3x4 and 5x6)\nmore lines", "shapes (3x4 and 5x6)"),
        ("ends.", "ends"),
        ("x" * 300, "x" * 200 + " …"),
        ("half \ud800", "half ?"),
    ],
)
def test_messages_are_the_same_on_every_machine(message, printed):
    line = verdict(check_best, raising(RuntimeError(message)))
    assert line.startswith(f"✗ your code stopped with RuntimeError: {printed}. Both")


def test_an_interrupt_by_the_reader_passes():
    with pytest.raises(KeyboardInterrupt):
        check_best(raising(KeyboardInterrupt()))


def test_a_check_neither_uses_nor_gives_away_random_numbers():
    seen = []

    @Exercise(todo="draw", success="drawn")
    def check_draw(answer):
        seen.append(torch.rand(3))

    torch.manual_seed(1)
    expected = torch.rand(2)
    torch.manual_seed(1)
    check_draw(None)
    torch.rand(5)
    torch.manual_seed(1)
    first = torch.rand(1)
    check_draw(None)
    assert torch.equal(torch.cat([first, torch.rand(1)]), expected)
    assert torch.equal(seen[0], seen[1])


class OddError(Exception):
    """An exception that cannot even be described."""

    def __str__(self):
        raise ZeroDivisionError


def refuse(self, *_):
    raise OddError


class Hostile:
    """A value with which hardly anything can be done."""

    __class__ = property(refuse)
    __bool__ = __len__ = __eq__ = __call__ = __iter__ = __getattr__ = refuse
    __hash__ = None


def deep(p, q):
    return deep(p, q)


@pytest.mark.parametrize("kind", [0, 1, 2])
@pytest.mark.parametrize("index", range(6))
def test_not_even_a_hostile_answer_makes_a_check_raise(index, kind):
    value = [Hostile(), Hostile, OddError, deep, lambda: 1, raising(OddError())][index]
    answer = [value, lambda p, q: value, lambda p, q: torch.tensor(value)][kind]
    assert verdict(check_best, answer).startswith("✗ ")


VALUES = st.recursive(
    st.none() | st.integers() | st.floats() | st.text() | st.binary() | st.just(...),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)
ERRORS = st.sampled_from(
    [ValueError, KeyError, OSError, RuntimeError, GeneratorExit, StopIteration, Warning]
)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(value=VALUES, error=ERRORS, text=st.text(), use=st.integers(0, 2))
def test_no_answer_makes_a_check_raise(value, error, text, use):
    answers = [value, lambda p, q: value, raising(error(text))]
    assert verdict(check_best, answers[use])[0] in "○✗"
