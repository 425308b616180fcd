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
    near = get_close_matches(name, known, n=1, cutoff=0.4)
    remedy = f"did you mean {near[0]!r}?" if near else f"choose {', '.join(known)}."
    raise ValueError(f"There is no {kind} {name!r}; {remedy}")
