"""All rules that an edition must keep, tested on what the build stored."""

from __future__ import annotations

from tools.rules import cells, costs, outputs
from tools.rules.edition import Edition


def faults(edition: Edition) -> list[str]:
    """Every rule that the edition breaks, as sentences; empty when it keeps all."""
    every = (*costs.RULES, *cells.RULES, *outputs.RULES)
    return [fault for rule in every for fault in rule(edition)]
