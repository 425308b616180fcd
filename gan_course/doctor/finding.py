"""One line of the doctor's report."""

from dataclasses import dataclass

REINSTALL = "run `make lab` in the folder of the course, or `pip install -e .` there"


@dataclass(frozen=True)
class Finding:
    """What was found, and what to do about it.

    Attributes:
        name: what was looked at.
        value: what was found.
        state: "fine"; "note" when the course works all the same; or "broken".
        remedy: what to do, when it is not fine.
    """

    name: str
    value: str
    state: str = "fine"
    remedy: str = ""
