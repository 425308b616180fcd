"""Checks of the exercises of notebook 06, Choose a loss."""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor
from torch.nn.functional import relu

from gan_course.checks.exercise import Exercise, expect, expect_close, expect_tensor
from gan_course.checks.one_sided import check_better_limit as check_better_limit
from gan_course.checks.one_sided import check_one_sided as check_one_sided

Player = Callable[[Tensor, Tensor], Tensor]


@Exercise(
    todo="return what each player pays, a mean over the pairs",
    success="from a lead of 1 on D pays nothing; G pays it with the roles swapped",
    hint="Both batches of logits have the shape (N, 1); relu is imported.",
)
def check_relativistic_hinge(discriminator: Player, generator: Player) -> None:
    """D pays E relu(1 - (r - f)), G pays E relu(1 - (f - r))."""
    real = torch.tensor([2.0, 0.5, -1.0, 3.0], dtype=torch.float64)[:, None]
    fake = torch.tensor([0.0, 1.1, -1.5, 3.7], dtype=torch.float64)[:, None]
    lead = real - fake
    real.requires_grad_(), fake.requires_grad_()
    right = relu(1 - lead).mean()
    d_price, g_price = discriminator(real, fake), generator(real, fake)
    expect_tensor(d_price, what="the discriminator's price")
    expect_tensor(g_price, what="the generator's price")
    for price, who in ((d_price, "discriminator"), (g_price, "generator")):
        expect(
            price.ndim == 0,
            f"The {who}'s price has shape {tuple(price.shape)}: return the mean.",
        )
    plain = relu(1 - real).mean() + relu(1 + fake).mean()
    against_means = relu(1 - real + fake.mean()).mean()
    wrongs = (
        (
            plain,
            "This is the plain hinge: in the real half, put the lead r - f in the "
            "place of the logit, and drop the other half.",
        ),
        (
            relu(1 - lead.mean()),
            "You compare the means of the two batches. Row i meets row i: take the "
            "price of each pair first, and the mean of the prices last.",
        ),
        (
            2 * right,
            "Your discriminator pays twice. What the plain hinge takes for generated "
            "points is, for pairs, the same price again: keep the real half only.",
        ),
        (
            relu(1 + lead).mean(),
            "The sign of the lead is wrong: a discriminator that rates the real point "
            "far above its partner should pay nothing.",
        ),
        (relu(-lead).mean(), "The margin of 1 is missing: a lead of ½ still costs ½."),
        (relu(1 - lead).sum(), "This is the sum over the pairs; every loss is a mean."),
        (
            against_means,
            "You compare each real logit with the mean of the generated ones, but row "
            "i of one batch meets row i of the other.",
        ),
        (
            relu(1 - lead).square().mean(),
            "You square the shortfall; the hinge takes it as it is.",
        ),
    )
    for wrong, sentence in wrongs:
        expect(not torch.isclose(d_price, wrong), sentence)
    expect_close(
        discriminator(real + 5, fake + 5),
        d_price,
        "Adding 5 to all logits changes your discriminator's price, but only the lead "
        "r - f of a pair should count.",
    )
    expect_close(
        d_price,
        right,
        f"For leads of 2, -0.6, ½ and -0.7 the discriminator pays {right:.3f}, the "
        f"mean of 0, 1.6, ½ and 1.7; yours pays {d_price:.5g}.",
    )
    _expect_far(discriminator, "discriminator")
    _expect_slopes(d_price, {"r": real, "f": fake}, "discriminator")
    wrongs = (
        (
            -fake.mean(),
            "This is the plain hinge's generator. The price asked for is your "
            "discriminator's with the roles swapped.",
        ),
        (-right, "Minus D's price is no swap of the roles: let r and f change places."),
        (right, "Your generator pays the discriminator's price; swap the roles."),
        (
            relu(1 - fake).mean(),
            "Your generator looks at its own logit only; what counts is its lead f - r "
            "over the real partner.",
        ),
    )
    for wrong, sentence in wrongs:
        expect(not torch.isclose(g_price, wrong), sentence)
    expect_close(
        g_price,
        relu(1 + lead).mean(),
        "The generator's price is the discriminator's with r and f in each other's "
        "place, E max(0, 1 - (f - r)).",
    )
    _expect_far(lambda r, f: generator(f, r), "generator")
    _expect_slopes(g_price, {"f": fake}, "generator")


def _expect_far(price_of: Player, who: str) -> None:
    """Far from the margin the price is 1 - lead, or nothing; `who`'s logits first."""
    far, zero = torch.tensor([[1000.0]]), torch.zeros(1, 1)
    behind, before = price_of(zero, far), price_of(far, zero)
    expect_close(
        behind,
        1001.0,
        f"With a lead of -1000 the {who} pays {behind:.6g} instead of 1001: however "
        "far behind, each further step costs 1 more. Cut the price at 0 only.",
    )
    expect_close(
        before,
        0.0,
        f"With a lead of 1000 the {who} pays {before:.3g} instead of 0.",
    )


def _expect_slopes(price: Tensor, logits: dict[str, Tensor], who: str) -> None:
    """The price teaches through these logits."""
    expect(
        price.requires_grad,
        f"The {who}'s price is right but has no slope, so nobody learns from it: it "
        "was detached. Compute it from the logits as they come.",
    )
    slopes = torch.autograd.grad(price, list(logits.values()), allow_unused=True)
    for name, slope in zip(logits, slopes):
        expect(
            slope is not None and slope.abs().sum() > 0,
            f"The {who}'s price has the right value but no slope in {name}, a logit "
            f"through which the {who} learns: do not detach it.",
        )


# Places, real shares, generated shares.
TWO_SIDES = ((-1, 0, 0.5, 2.5, 4, 4.5), (4, 0, 0, 0, 2, 4), (1, 1, 5, 3, 0, 0))
ROOF = ((-2, -1, 0, 1, 3), (2, 6, 8, 4, 0), (9, 0, 0, 5, 6))
TWO_KINKS = ((0, 2, 3, 4.5), (2, 10, 2, 6), (6, 3, 9, 2))
UNEQUAL_MEDIANS = ((0, 1, 2), (6, 0, 4), (8, 1, 1))
FLAT_TOP = ((0, 1, 2, 4), (1, 1, 2, 0), (2, 0, 1, 1))
RULE = (
    "Climb where a larger share of the real than of the generated things is still "
    "ahead, and fall where a smaller one is."
)


@Exercise(
    todo="write the slope and the rise in each gap between two places",
    success="nowhere steeper than 1, up or down, and the loss is -W₁",
    hint="There is one gap less than places; .diff() and [:-1] make K - 1 of K.",
)
def check_best_critic(best: Callable[[Tensor, Tensor, Tensor], Tensor]) -> None:
    """Slope sign(F_q - F_p) in each gap, times its width, summed up from 0."""
    worlds = [_world(*w) for w in (TWO_SIDES, ROOF, TWO_KINKS, UNEQUAL_MEDIANS)]
    critics = [_critic(best, *world) for world in worlds]
    for rule, sentence in _wrong_rules():
        same = [
            torch.allclose(critic.diff(), rule(*world), atol=1e-5)
            for critic, world in zip(critics, worlds)
        ]
        expect(not all(same), sentence)
    places, p, q = _world(*FLAT_TOP)
    expect(
        not torch.as_tensor(best(places, p, q)).isnan().any(),
        "Where equal shares of both are ahead, you divide 0 by 0. Any slope from -1 to "
        "1 will do there, but it must be a number.",
    )
    worlds.append((places, p, q))
    for _ in range(5):
        worlds.append(_world((torch.rand(12) + 0.1).cumsum(0), *torch.rand(2, 12)))
    for world in worlds:
        _expect_best(_critic(best, *world), *world)


def _world(*world: Sequence[float]) -> tuple[Tensor, Tensor, Tensor]:
    places, p, q = (torch.as_tensor(numbers).float() for numbers in world)
    return places, p / p.sum(), q / q.sum()


def _critic(best: Callable, places: Tensor, p: Tensor, q: Tensor) -> Tensor:
    critic = best(places.clone(), p.clone(), q.clone())
    what = f"your critic's logits at {len(places)} places"
    expect_tensor(critic, (len(places),), what)
    return critic


def _expect_best(critic: Tensor, places: Tensor, p: Tensor, q: Tensor) -> None:
    slopes = critic.diff() / places.diff()
    expect(
        (slopes.abs() < 1 + 1e-4).all(),
        f"The steepest slope of your critic is {slopes.abs().max():.2f}; up or down, "
        "it may not be steeper than 1.",
    )
    expect(
        critic[0].abs() < 1e-6,
        f"Your critic begins with {critic[0]:.2f}; let it begin with 0.",
    )
    real, fake = 1 - p.cumsum(0), 1 - q.cumsum(0)
    for k, slope in enumerate(slopes):
        more = real[k] - fake[k]
        expect(
            more.abs() < 1e-3 or abs(slope - more.sign()) < 1e-3,
            f"Between the places {places[k]:.2f} and {places[k + 1]:.2f} your slope is "
            f"{slope:.3g}, but {real[k]:.0%} of the real and {fake[k]:.0%} of the "
            f"generated things are still ahead there, so it should be {more.sign():g}.",
        )


def _wrong_rules() -> list[tuple[Callable[[Tensor, Tensor, Tensor], Tensor], str]]:
    """Rises in the gaps as typical mistakes have them, and what to say to each."""

    def ahead(p: Tensor, q: Tensor) -> Tensor:
        return q.cumsum(0) - p.cumsum(0)

    def half(of: Callable[[Tensor, Tensor], Tensor], sign: int) -> Callable:
        return lambda x, p, q: (
            torch.where(of(p, q).cumsum(0)[:-1] < 0.5, sign, -sign) * x.diff()
        )

    wholes = {
        "real": lambda p, q: p,
        "generated": lambda p, q: q,
        "real and generated": lambda p, q: (p + q) / 2,
    }
    halves = [
        (
            half(of, sign),
            f"You turn where half of the {whose} things lie behind, but no half "
            f"counts: compare two shares. {RULE}",
        )
        for whose, of in wholes.items()
        for sign in (1, -1)
    ]
    return [
        *halves,
        (
            lambda x, p, q: -torch.sign(ahead(p, q))[:-1] * x.diff(),
            f"Upside down. {RULE}",
        ),
        (
            lambda x, p, q: torch.sign(ahead(p, q))[:-1],
            "Your critic rises by 1 in every gap, however wide: a rise is the slope "
            "times the width of the gap.",
        ),
        (
            lambda x, p, q: ahead(p, q)[:-1] * x.diff(),
            "Your slopes are differences of shares. The best critic goes to the limit: "
            "slope 1 or -1, whichever sign the difference has.",
        ),
        (
            lambda x, p, q: (ahead(p, q)[:-1] > 0) * x.diff(),
            "Your critic never falls. Where a smaller share of the real than of the "
            "generated things is still ahead, the slope is -1, not 0.",
        ),
        (
            lambda x, p, q: torch.sign(q - p)[:-1] * x.diff(),
            "You compare the shares at the place only. What counts for a gap is all "
            "that lies on one side of it: cumulate first.",
        ),
        (
            lambda x, p, q: torch.sign(p - q)[1:] * x.diff(),
            "You look at the next place only. A rise in a gap lifts all that lies to "
            "its right: cumulate the shares first.",
        ),
        (
            lambda x, p, q: torch.sign(ahead(p, q)[1:]) * x.diff(),
            "You are one gap off: the gap after place k has the places up to k, and "
            "not k + 1, on its left.",
        ),
    ]
