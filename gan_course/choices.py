"""One of several names, and the nearest one to a name that is none of them."""

from collections.abc import Iterable
from difflib import get_close_matches


def nearest(kind: str, name: str, known: Iterable[str]) -> str:
    """Return the name if it is known.

    Args:
        kind: what the name is the name of, for the sentence.
        name: as it was typed.
        known: all names that there are.

    Raises:
        ValueError: it is not; the nearest one is named, or all if none is near.
    """
    known = list(known)
    if name in known:
        return name
    raise ValueError(f"There is no {kind} {name!r}; {remedy(name, known)}")


def remedy(name: str, known: Iterable[str]) -> str:
    """Return the end of a sentence about an unknown name: the nearest one, or all."""
    known = list(known)
    near = get_close_matches(str(name), known, n=1, cutoff=0.4)
    return f"did you mean {near[0]!r}?" if near else f"choose {', '.join(known)}."
