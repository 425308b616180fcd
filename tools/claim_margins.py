"""How much of its margin a claim uses, from the values of many runs."""

from __future__ import annotations

import math
from statistics import median
from typing import NamedTuple

ALLOWED_SHARE = 0.5


class Claim(NamedTuple):
    """All values of one claim; `recorded` of `runs` runs reached it."""

    text: str
    op: str
    bounds: list
    values: list
    recorded: int
    runs: int

    @property
    def numbers(self) -> bool:
        """Whether all values and bounds are finite numbers."""
        found = [*self.values, *self.bounds]
        return all(isinstance(v, (int, float)) and math.isfinite(v) for v in found)

    @property
    def typical(self) -> float | None:
        """The median value; None where values are not numbers."""
        return median(self.values) if self.numbers else None

    @property
    def bound(self) -> float:
        """The strictest bound among the runs."""
        return min(self.bounds) if self.op in ("<", "<=") else max(self.bounds)

    @property
    def worst(self) -> float | None:
        """The value nearest to failing (for ==, the farthest from the bound)."""
        if not self.numbers:
            return None
        if self.op == "==":
            return max(self.values, key=lambda value: abs(value - self.bound))
        return max(self.values) if self.op in ("<", "<=") else min(self.values)

    @property
    def share(self) -> float:
        """Part of the margin that the worst value uses; 1 is a value at the bound."""
        if self.op == "==":
            same = all(value == bound for value in self.values for bound in self.bounds)
            return 0.0 if same else math.inf
        if not self.numbers:
            return math.inf
        if self.worst == self.typical:
            distance_used = 0.0
        elif self.bound == self.typical:
            distance_used = math.inf
        else:
            distance_used = abs(
                (self.worst - self.typical) / (self.bound - self.typical)
            )
        return distance_used if self._holds(self.typical) else math.inf

    @property
    def safe(self) -> bool:
        """Whether every run reached the claim, far enough from its bound."""
        return self.share <= ALLOWED_SHARE and self.recorded == self.runs

    def _holds(self, value: float) -> bool:
        return {
            "<": value < self.bound,
            "<=": value <= self.bound,
            ">": value > self.bound,
            ">=": value >= self.bound,
        }[self.op]


def gather(runs: list[list[dict]]) -> list[Claim]:
    """Claims in order of appearance, from the margins lines of each run."""
    keys = dict.fromkeys((line["text"], line["op"]) for run in runs for line in run)
    return [_claim(text, op, runs) for text, op in keys]


def _claim(text: str, op: str, runs: list[list[dict]]) -> Claim:
    own = [[s for s in run if (s["text"], s["op"]) == (text, op)] for run in runs]
    lines = [line for run in own for line in run]
    return Claim(
        text,
        op,
        [line["bound"] for line in lines],
        [line["value"] for line in lines],
        sum(bool(run) for run in own),
        len(runs),
    )


def table(claims: list[Claim]) -> str:
    """One row per claim: bound, typical and worst value, share of the margin used."""
    if not claims:
        return "no claims were made."
    width = max(len(claim.text) for claim in claims)
    head = f"{'claim':{width}}  {'bound':>14}  {'typical':>11}  {'worst':>11}  used"
    return "\n".join([head, *(_row(claim, width) for claim in claims)])


def _row(claim: Claim, width: int) -> str:
    bound = f"{claim.op} {_short(claim.bound)}"
    share = f"{claim.share:.0%}" if math.isfinite(claim.share) else "all"
    note = "" if claim.safe else "  UNSAFE"
    if claim.recorded < claim.runs:
        note += f", made in {claim.recorded} of {claim.runs} runs"
    numbers = f"{_short(claim.typical):>11}  {_short(claim.worst):>11}"
    return f"{claim.text:{width}}  {bound:>14}  {numbers}  {share:>4}{note}"


def _short(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, (int, float)) else str(value)
