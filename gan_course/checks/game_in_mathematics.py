"""Checks of the exercises of notebook 04, Put the game into mathematics."""

import math
from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn.functional import logsigmoid

from gan_course.checks.exercise import Exercise, expect, expect_close, expect_tensor

State = dict[str, float]


@Exercise(
    todo="weigh what is real and what is generated at the place of each answer",
    success="the answer of D is right for a stream with k generated ones per real one",
    hint="`logits` is a tensor of logits of *real*, `k` a number.",
)
def check_in_the_stream(in_the_stream: Callable[[Tensor, float], Tensor]) -> None:
    """`in_the_stream(ℓ, k)` is D / (D + k (1 - D)) with D = σ(ℓ): σ(ℓ - log k)."""
    logits = torch.tensor([0.0, -1.4, 2.2, 0.6], dtype=torch.float64)
    k = 3
    given = in_the_stream(logits.clone(), k)
    expect(
        not isinstance(given, Tensor) or given.shape != (4,) or not given.isnan().any(),
        "Your result is not a number for a logit of 0, where D says ½.",
    )
    expect_tensor(given, (4,), "what you return for 4 logits")
    for wrong, sentence in _stream_mistakes(logits, k):
        expect(not torch.allclose(given, wrong), sentence)
    right = torch.sigmoid(logits - math.log(k))
    expect_close(
        given,
        right,
        "With odds D / (1 - D) in the even mixture, the odds in the stream are "
        "D / (k (1 - D)); your two weights must stand to each other like this.",
        tolerance=1e-9,
    )
    expect_close(
        in_the_stream(logits.clone(), 12),
        torch.sigmoid(logits - math.log(12)),
        "Your result is right for k = 3 but not for k = 12.",
        tolerance=1e-9,
    )
    sure = in_the_stream(torch.tensor([-200.0, 200.0]), k)
    expect(
        sure.isfinite().all(),
        "At logits of ±200 your result is not a number: section 1 writes D and 1 - D "
        "with σ, which cannot overflow.",
    )
    expect_close(sure, [0.0, 1.0], "Where D is sure, the mixture changes nothing.")


def _stream_mistakes(logits: Tensor, k: float) -> list[tuple[Tensor, str]]:
    """What typical wrong weights give, and what to say about each."""
    D = torch.sigmoid(logits)

    def odds(weight_real: Tensor, weight_fake: Tensor) -> Tensor:
        return weight_real / (weight_real + weight_fake)

    return [
        (
            odds(k * D, 1 - D),
            "Where D says ½ and 3 generated ones come for each real one, 1 in 4 is "
            "real, but you say 3 in 4: k belongs to the other weight.",
        ),
        (
            odds(k * (1 - D), D),
            "This is the probability of *generated*: the two weights are swapped.",
        ),
        (
            odds(1 - D, k * D),
            "D itself belongs to the real ones and 1 - D, times k, to the generated "
            "ones; you have these the other way round.",
        ),
        (
            D,
            "Your result does not depend on k: it is still the answer for as many of "
            "each.",
        ),
        (
            odds(D, (k + 1) * (1 - D)),
            "k generated ones come for every real one: their weight grows k times, not "
            "k + 1 times.",
        ),
        (
            odds(D, k + 0 * D),
            "The generated ones near x are not k, but k for each of the share 1 - D "
            "that they had in the even mixture.",
        ),
        (
            odds(D, (1 - D) * k / (k + 1)),
            "Each weight is relative to the other: if generated ones weigh "
            "k / (k + 1), real ones weigh 1 / (k + 1), not 1.",
        ),
        (
            odds(D, k**2 * (1 - D)),
            "k counts twice: put it into one of the two weights only.",
        ),
        (
            odds(logits, k * (1 - logits)),
            "You used the logits as if they were the answers: D is σ of the logit.",
        ),
        (
            odds(logits.exp(), k * (1 - logits.exp())),
            "The exponential of the logit is not D but the odds D / (1 - D).",
        ),
        (
            torch.sigmoid(logits - k),
            "The odds are divided by k, so the logit loses log k, not k.",
        ),
    ]


@Exercise(
    todo="compute V from the logits, and solve for JSD, in bits",
    success="the logits give the divergence in bits: 0 for a coin, 1 for a sure D",
    hint="Both logits are (N, 1); `value` of section 1 takes them in this order.",
)
def check_divergence(divergence: Callable[[Tensor, Tensor], Tensor]) -> None:
    """`divergence(real, fake)` is (V + log 4) / 2, divided by log 2."""
    real = torch.tensor([[1.5], [-0.3], [2.0], [0.4]], dtype=torch.float64)
    fake = torch.tensor([[-1.0], [0.6]], dtype=torch.float64)
    V = logsigmoid(real).mean() + logsigmoid(-fake).mean()
    nats = (V + math.log(4)) / 2
    bits = nats / math.log(2)
    given = torch.as_tensor(divergence(real, fake))
    expect(
        given.ndim == 0,
        f"Your estimate has shape {tuple(given.shape)}, but is one number for all "
        "samples: V takes means.",
    )
    expect(given.isfinite(), "Your estimate of moderate logits is not a finite number.")
    given = given.item()
    for wrong, sentence in _divergence_mistakes(real, fake, V, nats):
        expect(not math.isclose(given, wrong, rel_tol=1e-6, abs_tol=1e-9), sentence)
    expect_close(
        given,
        bits,
        "Your estimate differs from (V + log 4) / 2 / log 2, with V as in section 1.",
        tolerance=1e-6,
    )
    ones = torch.ones(3, 1)
    expect(
        divergence(-ones, ones) <= 0,
        "This D is worse than a coin, and you report a divergence: where V is below "
        "-log 4 the estimate has a minus sign.",
    )
    expect_close(
        divergence(-ones, ones),
        (logsigmoid(-ones).mean() * 2 + math.log(4)) / 2 / math.log(2),
        "This D is worse than a coin: V is below -log 4, and the estimate is negative. "
        "Leave it so; a D that does badly should be seen.",
    )
    expect(
        math.isfinite(divergence(-300 * ones, 300 * ones)),
        "At logits of ±300 your estimate is not finite: use logsigmoid, or value.",
    )
    apart = divergence(300 * ones, -300 * ones)
    expect_close(apart, 1.0, "A D that is sure and right must find 1 bit.")
    for size in (30, 300):
        expect_close(
            divergence(-size * ones, size * ones),
            (math.log(4) - 2 * size) / 2 / math.log(2),
            f"At logits of ±{size} your estimate is cut off: a D that is sure and "
            "wrong has a very small V. Take the logits as they are.",
        )


def _divergence_mistakes(
    real: Tensor, fake: Tensor, V: Tensor, nats: Tensor
) -> list[tuple[float, str]]:
    """What typical wrong formulas give, and what to say about each."""
    swapped = logsigmoid(fake).mean() + logsigmoid(-real).mean()
    log_2, log_4 = math.log(2), math.log(4)
    same_side = logsigmoid(real).mean() + logsigmoid(fake).mean()
    total = logsigmoid(real).sum() + logsigmoid(-fake).sum()
    together = torch.cat([logsigmoid(real), logsigmoid(-fake)]).mean()
    mistakes = [
        (nats, "This is in natural units: divide by log 2 to get bits."),
        (
            nats * log_2,
            "A bit is log 2 = 0.693 natural units, so the number of bits is larger "
            "than that of natural units: divide by log 2.",
        ),
        (V + log_4, "This is 2 JSD, in natural units: halve it and change the unit."),
        (
            (V + log_4) / log_2,
            "This is 2 JSD in bits: a D that is sure and right would find 2. Halve it.",
        ),
        (
            (V - log_4) / 2 / log_2,
            "V = 2 JSD - log 4, so log 4 is added to V: a coin must find 0.",
        ),
        (
            V / 2 / log_2,
            "A coin, with all logits 0, must find a divergence of 0: what happened to "
            "log 4?",
        ),
        (
            (-V + log_4) / 2 / log_2,
            "The sign of V is wrong: V is the mean of the logarithms themselves, and "
            "-V is the price.",
        ),
        (
            (swapped + log_4) / 2 / log_2,
            "Real and generated are swapped: V takes log D on real and log(1 - D) on "
            "generated samples.",
        ),
        (
            (same_side + log_4) / 2 / log_2,
            "On generated samples V takes log(1 - D), which is logsigmoid of *minus* "
            "the logit.",
        ),
        (
            (total + log_4) / 2 / log_2,
            "V is made of means over the samples, not of sums.",
        ),
        (
            (together + log_4) / 2 / log_2,
            "V is the *sum* of two means, one over the real and one over the generated "
            "samples, not one mean over all.",
        ),
        (
            (V / log_2 + log_4) / 2,
            "Only V was changed to bits, and log 4 was not: in bits it is 2.",
        ),
    ]
    return [(float(wrong), sentence) for wrong, sentence in mistakes]


@Exercise(
    todo="write the saturation ratio of each point, and use it",
    success="every point has the pull that the non-saturating loss gives it",
    hint="`slopes` is (N, 2) and `fake_logits` (N, 1), so their product is (N, 2).",
)
def check_with_full_pull(with_full_pull: Callable[[Tensor, Tensor], Tensor]) -> None:
    """`with_full_pull(slopes, logits)` is slopes · (1 - D) / D = slopes · exp(-ℓ)."""
    points = torch.tensor([[0.5, -1.0], [2.0, 0.3], [-1.2, 0.8]], dtype=torch.float64)
    points.requires_grad_()
    logits = (points.square() @ points.new_tensor([0.7, -0.4]) + points[:, 0])[:, None]
    (slopes,) = torch.autograd.grad(
        logsigmoid(-logits).sum(), points, retain_graph=True
    )
    (right,) = torch.autograd.grad(-logsigmoid(logits).sum(), points)
    logits = logits.detach()
    D = torch.sigmoid(logits)
    handed = slopes.clone(), logits.clone()
    given = with_full_pull(*handed)
    expect(
        torch.equal(handed[0], slopes) and torch.equal(handed[1], logits),
        "Your function changed the slopes or logits that it was given: make a new "
        "tensor, with ratio * slopes.",
    )
    expect_tensor(given, (3, 2), "what you return for 3 points of the plane")
    wrongs = (
        (
            slopes * D / (1 - D),
            "Your ratio is upside down: where D is sure that a point is generated, D "
            "near 0, the zero-sum slope is too small and must be made larger.",
        ),
        (
            -right,
            "The sign is wrong: both forms pull every point in the same direction.",
        ),
        (slopes * (1 - D), "The zero-sum slope holds a factor D already; divide by D."),
        (slopes / D, "This is the slope of -ℓ itself: the factor 1 - D is missing."),
        (slopes, "Nothing has changed: multiply the slopes by the ratio."),
        (
            slopes * (1 - logits) / logits,
            "D is not the logit: the ratio (1 - D) / D wants D = sigmoid(logit).",
        ),
        (
            slopes * ((1 - D) / D).mean(),
            "Each point has a ratio of its own; you used their mean for all.",
        ),
        (
            (1 - D) / D + slopes * 0,
            "This is the ratio alone: multiply it by the slopes.",
        ),
        (
            slopes + (1 - D) / D,
            "The ratio is a factor: multiply the slopes by it, do not add it.",
        ),
    )
    for wrong, sentence in wrongs:
        expect(not torch.allclose(given, wrong), sentence)
    expect_close(
        given,
        right,
        "The slopes are not those of the non-saturating form: multiply each point's "
        "by its (1 - D) / D.",
        tolerance=1e-8,
    )
    sure = torch.tensor([[-30.0], [-12.0], [12.0]], dtype=torch.float64)
    direction = torch.tensor([[0.6, -0.8]], dtype=torch.float64)
    expect_close(
        with_full_pull(-torch.sigmoid(sure) * direction, sure.clone()),
        -torch.sigmoid(-sure) * direction,
        "Where D is surest, at logits of -12 and -30, the pull is not given back: the "
        "ratio is huge there and must not be cut off.",
        tolerance=1e-6,
    )


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
