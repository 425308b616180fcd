"""Find out whether a learner has filled in the blanks `...` of a stub."""

import ast
import functools
import inspect
import textwrap
from types import CodeType, FunctionType, MethodType
from typing import Any

CONTAINERS = (list, tuple, set, frozenset)


def has_blank(answer: Any) -> bool:
    """Say whether a blank `...` is left in an answer.

    A blank is the value `...` itself, such a value inside a list, tuple, set or dict,
    or a `...` in the source of a function or class of the learner. A `...` inside
    square brackets (`images[..., 0]`, `tuple[int, ...]`) is ordinary Python.
    """
    return _has_blank(answer, seen=set())


def _has_blank(answer: Any, seen: set[int]) -> bool:
    if answer is ...:
        return True
    if id(answer) in seen:
        return False
    seen.add(id(answer))
    if isinstance(answer, dict):
        return any(_has_blank(value, seen) for value in answer.values())
    if isinstance(answer, CONTAINERS):
        return any(_has_blank(value, seen) for value in answer)
    return any(_unfinished(code) for code in written_code(answer))


def written_code(answer: Any) -> list[FunctionType | type]:
    """Return the functions and classes that the learner wrote for this answer.

    Code that comes from an installed package is left out: a `torch.nn.Linear` is
    nothing that the learner has to fill in.
    """
    while isinstance(answer, functools.partial):
        answer = answer.func
    if isinstance(answer, MethodType):
        answer = answer.__func__
    if not isinstance(answer, FunctionType | type):
        answer = type(answer)
    return [] if _is_installed(answer) else [answer]


def _is_installed(code: FunctionType | type) -> bool:
    package = str(getattr(code, "__module__", "")).partition(".")[0]
    return package in {"builtins", "torch", "numpy", "gan_course"}


def _unfinished(code: FunctionType | type) -> bool:
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(code)))
    except (OSError, TypeError, SyntaxError):
        # No source, or only a piece of a line, as for a lambda inside a call.
        return isinstance(code, FunctionType) and _holds_blank(code.__code__)
    finder = _BlankFinder()
    finder.visit(tree)
    return finder.found


class _BlankFinder(ast.NodeVisitor):
    found = False

    def visit_Constant(self, node: ast.Constant) -> None:
        self.found |= node.value is ...

    def visit_Subscript(self, node: ast.Subscript) -> None:
        self.visit(node.value)


def _holds_blank(code: CodeType) -> bool:
    nested = (item for item in code.co_consts if isinstance(item, CodeType))
    return ... in code.co_consts or any(_holds_blank(item) for item in nested)
