"""Check of the game played by hand, the last exercise of notebook 04."""

import math
from collections.abc import Callable

import torch
from torch.nn.functional import logsigmoid

from gan_course.checks.exercise import Exercise, expect

State = dict[str, float]


@Exercise(
    todo="move w, b and theta, each by its slope in the state before the round",
    success="both players moved at once, each along its own loss",
    hint="`state` holds the numbers theta, w and b; slope(loss, state, name) is one.",
)
def check_both_at_once(both_at_once: Callable[[State, float], State]) -> None:
    """`both_at_once(state, rate)`: all slopes at `state`, D by L_D and G by L_G."""
    before = {"theta": -1.5, "w": 0.8, "b": 0.4}
    state = dict(before)
    after = both_at_once(state, 0.3)
    expect(
        state == before,
        "Your function changed the state that it was given; write into `after`.",
    )
    expect(isinstance(after, dict), "Return `after`, a dict with theta, w and b.")
    steps = {name: float(after[name]) - before[name] for name in before}
    by = _slopes(before)
    ahead = {**before, "theta": before["theta"] - 0.3 * by["G", "theta"]}
    expect(
        not _near(steps["w"], -0.3 * _slopes(ahead)["D", "w"]),
        "D's slopes were taken after G had moved: that is playing in turn, G first. "
        "Take them at `state`.",
    )
    _explain_wrong_discriminator(steps, by)
    expect(
        not _near(steps["theta"], 0.3 * by["G", "theta"]),
        "θ climbs L_G: a player moves *against* the slope of its loss.",
    )
    expect(
        not _near(steps["theta"], -0.3 * by["D", "theta"]),
        "θ follows L_D, the loss of its opponent; G has its own, L_G.",
    )
    expect(
        not _near(steps["theta"], 0.3 * by["D", "theta"]),
        "θ climbs L_D, which is the zero-sum form; the game of section 6 uses the "
        "non-saturating L_G.",
    )
    expect(
        not _near(steps["theta"], -0.3 * (by["D", "theta"] + by["G", "theta"])),
        "θ follows the sum of both losses, which is the goal of neither player; G has "
        "L_G alone.",
    )
    moved = {**before, "w": after["w"], "b": after["b"]}
    expect(
        not _near(steps["theta"], -0.3 * _slopes(moved)["G", "theta"]),
        "θ's slope was taken after D had moved: that is playing in turn. Take it at "
        "`state`.",
    )
    expect(
        not _near(steps["theta"], -by["G", "theta"] / 2),
        "θ's step has the length ½ of section 6; use `rate`.",
    )
    expect(
        _near(steps["theta"], -0.3 * by["G", "theta"]),
        "θ must move by -rate · slope(L_G, state, 'theta').",
    )
    shorter = both_at_once(dict(before), 0.05)
    losses = {"theta": "G", "w": "D", "b": "D"}
    for name, player in losses.items():
        expect(
            _near(float(shorter[name]) - before[name], -0.05 * by[player, name]),
            f"With a rate of 0.3 the new {name} is right, with 0.05 it is not: use "
            "`rate`.",
        )


def _explain_wrong_discriminator(
    steps: State, by: dict[tuple[str, str], float]
) -> None:
    """Go on when w and b moved as they should; otherwise say why not."""
    expect(
        not _near(steps["w"], 0.3 * by["D", "w"]),
        "w climbs L_D: D wants V = -L_D large, so it moves against the slope of L_D.",
    )
    expect(
        not _near(steps["w"], -0.3 * by["G", "w"]),
        "w follows L_G, the loss of its opponent; D has its own, L_D.",
    )
    expect(
        not _near(steps["w"], -0.3 * (by["D", "w"] + by["G", "w"])),
        "w follows the sum of both losses; section 5 warns of it.",
    )
    expect(
        not _near(steps["w"], -by["D", "w"] / 2),
        "w's step has the length ½ of section 6; use `rate`.",
    )
    expect(
        not _near(steps["w"], -by["D", "w"]),
        "The slope is to be multiplied by `rate`.",
    )
    expect(
        not _near(steps["w"], -0.3 * by["D", "w"] - 0.8),
        "The new w is the old one, less rate · slope; yours is the step alone.",
    )
    expect(
        _near(steps["w"], -0.3 * by["D", "w"]),
        "w must move by -rate · slope(L_D, state, 'w').",
    )
    expect(
        _near(steps["b"], -0.3 * by["D", "b"]),
        "w is right but b is not: its slope too is taken at `state`, before w moved, "
        "and by its own name.",
    )


def _near(step: float, expected: float) -> bool:
    return math.isclose(step, expected, rel_tol=1e-4, abs_tol=1e-6)


def _slopes(state: State) -> dict[tuple[str, str], float]:
    """The slopes of both losses of section 6 by all three parameters, by autograd."""
    grid = torch.linspace(-10, 10, 1_001, dtype=torch.float64)
    names = ("theta", "w", "b")
    leaves = [grid.new_tensor(float(state[name])).requires_grad_() for name in names]
    theta, w, b = leaves
    logits = w * grid + b
    scale = (grid[1] - grid[0]) / math.sqrt(2 * math.pi)
    p = torch.exp(-(grid**2) / 2) * scale
    q = torch.exp(-((grid - theta) ** 2) / 2) * scale
    losses = {
        "D": -(p * logsigmoid(logits)).sum() - (q * logsigmoid(-logits)).sum(),
        "G": -(q * logsigmoid(logits)).sum(),
    }
    slopes = {}
    for player, loss in losses.items():
        by_name = torch.autograd.grad(loss, leaves, retain_graph=True)
        slopes |= {(player, n): s.item() for n, s in zip(names, by_name)}
    return slopes
