"""Checks of exercises 3 and 4 of notebook 06: a better limit, a one-sided penalty."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from gan_course.checks.exercise import Exercise, expect, expect_close, expect_tensor

Critic = Callable[[Tensor], Tensor]
STEEP, GENTLE = 4.0, 0.5
DRAWS = 8192


class _Linear(nn.Module):
    """A critic of the plane with the same slope everywhere."""

    def __init__(self, slope: float) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.tensor([0.6, 0.8]) * slope)
        self.seen: list[Tensor] = []

    def forward(self, points: Tensor) -> Tensor:
        self.seen.append(points.detach())
        return points @ self.weight[:, None]


@Exercise(
    todo="return the largest limit at which no slope exceeds 1",
    success="the slope grows like the limit to the power of the number of layers",
    hint="All three arguments are numbers.",
)
def check_better_limit(better: Callable[[float, float, int], float]) -> None:
    """`better(c, s, K)` = c · s^(-1 / K), since s is proportional to c^K."""
    limit = float(better(0.2, 8.0, 3))

    def is_(value: float) -> bool:
        return abs(limit - value) < 1e-6

    expect(
        not is_(0.2 / 8),
        "You divide the limit by the slope, as if the slope grew like the limit. With "
        "three layers, doubling the limit made it eight times as steep.",
    )
    expect(
        not is_(0.2 * 8 ** (1 / 3)),
        "Wrong way: the slope was 8, so the limit must become smaller.",
    )
    expect(
        not is_(0.2 / 8**3),
        "You divide by the slope to the power of the layers. It is the limit that is "
        "raised to that power, so take the root of the slope.",
    )
    expect(
        not is_(0.2 * 8 ** (-1 / 2)),
        "You took the square root, as if there were only two layers: the last layer "
        "has weights too, and `layers` counts it.",
    )
    expect(
        not is_(8 ** (-1 / 3)),
        "This is the factor for the limit; multiply the old limit by it.",
    )
    for c, s, layers in ((0.2, 8.0, 3), (0.05, 0.25, 2), (0.1, 1.0, 4), (0.3, 81.0, 4)):
        slope = s * (float(better(c, s, layers)) / c) ** layers
        case = f"With limit {c:g}, slope {s:g} and {layers} layers, your new limit"
        expect(
            slope > 1 - 1e-4,
            f"{case} gives a largest slope of {slope:.3g}. That does not exceed 1, but "
            "a larger limit would do too, and the largest is asked for.",
        )
        expect(
            slope < 1 + 1e-4,
            f"{case} gives a slope of {slope:.3g}, and that exceeds 1.",
        )


@Exercise(
    todo="measure the slopes at WGAN-GP's points, and return their mean price",
    success="slopes up to 1 are free, and steeper ones pay (slope - 1)²",
    hint="`slopes(critic, points)` returns one slope for each point.",
)
def check_one_sided(penalty: Callable[[Critic, Tensor, Tensor], Tensor]) -> None:
    """`penalty(critic, real, fake)` = E relu(|∇ℓ| - 1)² between real and generated."""
    real = torch.randn(64, 2) + torch.tensor([8.0, 0.0])
    fake = torch.randn(64, 2)
    steep = penalty(_Linear(STEEP), real, fake)
    expect_tensor(steep, what="your penalty")
    expect(
        steep.ndim == 0,
        f"Your penalty has shape {tuple(steep.shape)}: return the mean of all points.",
    )
    gentle, flat = (
        torch.as_tensor(penalty(_Linear(slope), real, fake)) for slope in (GENTLE, 0.0)
    )
    expect(
        not gentle.isnan(),
        "With slope ½ everywhere your penalty is NaN, the mean of nothing: no point "
        "is too steep. Average over all points; those up to 1 count with price 0.",
    )
    expect(
        steep > 1e-4 or gentle < 1e-4,
        "The wrong side: your penalty is 0 for slope 4 and punishes slope ½.",
    )
    expect(
        abs(flat - 1) > 1e-4 or abs(gentle - (1 - GENTLE) ** 2) > 1e-4,
        "A slope of ½ still costs ¼: this is WGAN-GP's two-sided penalty. Only slopes "
        "above 1 are forbidden.",
    )
    expect(
        abs(gentle - GENTLE**2) > 1e-4,
        "Your penalty punishes every slope, like R1: its distance from 1 counts, and "
        "only above 1.",
    )
    expect(
        abs(steep - (STEEP - 1)) > 1e-4,
        "A slope of 4 costs 3, its distance from 1; it should cost the square of it.",
    )
    expect(
        abs(steep - (STEEP**2 - 1)) > 1e-3 and abs(steep - (STEEP**2 - 1) ** 2) > 1e-2,
        "You subtract 1 from the squared slope. Subtract it from the slope, and square "
        "the distance.",
    )
    expect(
        abs(steep - (STEEP - 1) ** 2 / 2) > 1e-4 and abs(steep - 64 * 9) > 1e-1,
        "For slope 4 everywhere the price is (4 - 1)² = 9, the plain mean: no sum, "
        "and no factor ½.",
    )
    expect_close(gentle, 0.0, "A slope of ½ breaks no condition and must cost nothing.")
    expect_close(
        steep,
        (STEEP - 1) ** 2,
        f"With slope 4 everywhere the penalty is {steep:.3f}; it should be 9.",
    )
    for slope in (0.95, 1.05, 100.0):
        expect_close(
            penalty(_Linear(slope), real, fake),
            max(slope - 1, 0.0) ** 2,
            f"With slope {slope:g} everywhere the price is wrong: the condition breaks "
            "at exactly 1, and no price is cut off.",
        )
    _check_points(penalty, real, fake)
    critic = _Linear(STEEP)
    price = penalty(critic, real, fake)
    expect(
        price.requires_grad,
        "No gradient of your penalty reaches the critic's weights, so it would teach "
        "nothing; do not detach.",
    )
    (gradient,) = torch.autograd.grad(price, critic.weight)
    expect_close(
        gradient,
        2 * (STEEP - 1) * torch.tensor([0.6, 0.8]),
        "The gradient of your penalty by the critic's weights is wrong; use the slopes "
        "as `slopes` returns them.",
    )
    _check_mean(penalty)
    _check_evenness(penalty)


def _check_mean(penalty: Callable[[Critic, Tensor, Tensor], Tensor]) -> None:
    """A trough, y², whose slope 2 |y| is the same all the way from real to fake."""
    y = torch.tensor([0.1, -0.3, 0.6, -1.0, 2.0])
    real = torch.stack([torch.full_like(y, 4.0), y], dim=1)
    fake = torch.stack([torch.zeros_like(y), y], dim=1)
    price = penalty(lambda points: points[..., 1:].square(), real, fake)
    excess = (2 * y.abs() - 1).clamp(min=0)
    expect(
        abs(price - excess.max() ** 2) > 1e-3,
        "You take the largest slope of the batch; the price is a mean over the points.",
    )
    expect(
        abs(price - (2 * y.abs().mean() - 1) ** 2) > 1e-3,
        "You compare the mean slope with 1. Take the price of each point first.",
    )
    expect(
        abs(price - excess[excess > 0].square().mean()) > 1e-3,
        "You average over the steep points only; the mean goes over all points.",
    )
    expect_close(
        price,
        excess.square().mean(),
        "Where slopes differ from point to point, your penalty is not the mean of "
        "each point's price.",
    )


def _check_points(penalty: Callable, real: Tensor, fake: Tensor) -> None:
    critic = _Linear(STEEP)
    penalty(critic, real, fake)
    expect(critic.seen, "Your penalty never asks the critic; use `slopes`.")
    points = torch.cat(critic.seen)
    expect(
        not torch.equal(points[: len(real)], real)
        and not torch.equal(points[: len(fake)], fake),
        "You measure at the real or at the generated points themselves. WGAN-GP's "
        "points lie between them.",
    )
    away, shares = points[:64] - fake, real - fake
    t = (away * shares).sum(1) / shares.square().sum(1)
    expect(
        torch.allclose(away, t[:, None] * shares, atol=1e-4)
        and (t > -1e-4).all()
        and (t < 1 + 1e-4).all(),
        "Your points do not lie between a real point and its generated partner; use "
        "`between(real, fake)`.",
    )
    expect(
        t.std() > 0.1,
        "All your points lie at the same share of the way; draw a share for each.",
    )


def _check_evenness(penalty: Callable[[Critic, Tensor, Tensor], Tensor]) -> None:
    """Critics with slope 2 in a quarter of the way, 0 elsewhere: each costs ¼."""
    y = torch.linspace(-1, 1, DRAWS)
    real, fake = (torch.stack([torch.full_like(y, x), y], dim=1) for x in (1.0, 0.0))
    prices = [
        float(penalty(lambda x, a=a: 2 * x[..., :1].clamp(a, a + 0.25), real, fake))
        for a in (0.0, 0.25, 0.5, 0.75)
    ]
    first, second, third, fourth = prices
    for half, other, near in (
        (first + second, third + fourth, "real"),
        (third + fourth, first + second, "generated"),
    ):
        expect(
            half > 0.05 or other < 0.5,
            f"You measure only in the half of the way next to the {near} points; "
            "WGAN-GP's points are drawn from all of it.",
        )
    shown = ", ".join(f"{price:.0%}" for price in prices)
    expect(
        max(abs(price - 0.25) for price in prices) < 0.04,
        f"Of your points, {shown} lie in the four quarters of the way from generated "
        "to real. WGAN-GP draws evenly: 25% in each.",
    )
