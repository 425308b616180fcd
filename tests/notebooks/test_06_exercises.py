"""The exercises of notebook 06: solutions pass, and each mistake is told apart."""

import pytest
import torch
from torch.nn.functional import leaky_relu, relu

from gan_course.checks import choose_a_loss
from tests.exercise_answers import assert_checks_answers, verdict

NAME = "06_choose_a_loss"


def test_relativistic_hinge(solutions, stubs):
    names = [f"relativistic_hinge_{p}" for p in ("discriminator", "generator")]
    solutions["relu"] = relu
    right_d, right_g = (solutions[name] for name in names)

    def of(price):
        return (price, lambda r, f: price(f, r))

    def by(generator):
        return (right_d, generator)

    assert_checks_answers(
        choose_a_loss.check_relativistic_hinge,
        solution=(right_d, right_g),
        stub=tuple(stubs[name] for name in names),
        mistakes={
            "plain hinge": of(
                lambda r, f: relu(1 - r).mean() + relu(1 + f).mean(),
            ),
            "means compared": of(lambda r, f: relu(1 - (r.mean() - f.mean()))),
            "both halves": of(
                lambda r, f: relu(1 - (r - f)).mean() + relu(1 + (f - r)).mean()
            ),
            "the sign": of(lambda r, f: relu(1 + (r - f)).mean()),
            "no margin": of(lambda r, f: relu(f - r).mean()),
            "the sum": of(lambda r, f: relu(1 - (r - f)).sum()),
            "no mean": of(lambda r, f: relu(1 - (r - f))),
            "against the mean": of(lambda r, f: relu(1 - (r - f.mean())).mean()),
            "squared": of(lambda r, f: relu(1 - (r - f)).square().mean()),
            "real points only": of(lambda r, f: relu(1 - r).mean()),
            "a margin of 2": of(lambda r, f: relu(2 - (r - f)).mean()),
            "the plain generator": by(lambda r, f: -f.mean()),
            "minus the discriminator": by(lambda r, f: -right_d(r, f)),
            "the discriminator's": by(right_d),
            "its own logit only": by(lambda r, f: relu(1 - f).mean()),
            "no margin for the generator": by(lambda r, f: relu(r - f).mean()),
            "no mean for the generator": by(lambda r, f: relu(1 + r - f)),
            "detached": of(lambda r, f: right_d(r, f).detach()),
            "detached for the generator": by(lambda r, f: right_g(r, f).detach()),
            "detached real logits": of(lambda r, f: right_d(r.detach(), f)),
            "detached generated logits": of(lambda r, f: right_d(r, f.detach())),
            "the generator's logit detached": by(lambda r, f: right_g(r, f.detach())),
            "cut off at 5": of(lambda r, f: relu(1 - (r - f)).clamp(max=5).mean()),
            "cut off at 5 for the generator": by(
                lambda r, f: relu(1 + r - f).clamp(max=5).mean()
            ),
            "not quite nothing": of(
                lambda r, f: leaky_relu(1 - (r - f), negative_slope=1e-5).mean()
            ),
        },
    )

    def harmless(r, f):
        return right_g(r.detach(), f)

    line = verdict(choose_a_loss.check_relativistic_hinge, right_d, harmless)
    assert line.startswith("✓ "), "G never learns through the real logits"


def test_best_critic(solutions, stubs):
    def of(rises):
        def critic(places, p, q):
            return torch.cat([torch.zeros(1), rises(places, p, q).cumsum(dim=0)])

        return critic

    def ahead(p, q):
        return q.cumsum(0) - p.cumsum(0)

    def up_and_down(places, p, q):
        return torch.sign(ahead(p, q))[:-1] * places.diff()

    def turning(mark, first=-1.0):
        return of(
            lambda x, p, q: torch.where(mark(x, p, q)[:-1], first, -first) * x.diff()
        )

    def soft(x, p, q):
        return torch.tanh(10 * ahead(p, q))[:-1] * x.diff()

    def not_a_number(x, p, q):
        return (ahead(p, q) / ahead(p, q).abs())[:-1] * x.diff()

    assert_checks_answers(
        choose_a_loss.check_best_critic,
        solution=solutions["best_critic"],
        stub=stubs["best_critic"],
        mistakes={
            "upside down": of(lambda *a: -up_and_down(*a)),
            "no width": of(lambda x, p, q: torch.sign(ahead(p, q))[:-1]),
            "no sign": of(lambda x, p, q: ahead(p, q)[:-1] * x.diff()),
            "not cumulated": of(lambda x, p, q: torch.sign(q - p)[:-1] * x.diff()),
            "the next place": of(lambda x, p, q: torch.sign(p - q)[1:] * x.diff()),
            "one gap off": of(lambda x, p, q: torch.sign(ahead(p, q))[1:] * x.diff()),
            "always up": of(lambda x, p, q: x.diff()),
            "twice as steep": of(lambda *a: 2 * up_and_down(*a)),
            "begins elsewhere": lambda *a: 1 + of(up_and_down)(*a),
            "a gap too many": of(lambda x, p, q: torch.sign(ahead(p, q))),
            "never down": of(lambda x, p, q: (ahead(p, q)[:-1] > 0) * x.diff()),
            "half of the real": turning(lambda x, p, q: p.cumsum(0) < 0.5, first=1.0),
            "half of the generated": turning(lambda x, p, q: q.cumsum(0) < 0.5),
            "half of all": turning(lambda x, p, q: (p + q).cumsum(0) < 1),
            "one kink at 0": turning(lambda x, p, q: x < 0),
            "one kink after the first": turning(
                lambda x, p, q: (ahead(p, q) < 0).cummin(0).values
            ),
            "too soft": of(soft),
            "right for few places only": of(
                lambda x, p, q: up_and_down(x, p, q) * (len(x) < 7)
            ),
            "0 / 0": of(not_a_number),
            "too steep at equal shares": of(
                lambda x, p, q: up_and_down(x, p, q) + 3.0 * (ahead(p, q)[:-1] == 0)
            ),
        },
    )


@pytest.mark.parametrize("first", [1.0, -1.0])
def test_half_of_the_real_is_named_both_ways(first):
    def critic(places, p, q):
        slopes = torch.where(p.cumsum(0)[:-1] < 0.5, first, -first)
        return torch.cat([torch.zeros(1), (slopes * places.diff()).cumsum(dim=0)])

    line = verdict(choose_a_loss.check_best_critic, critic)
    assert "half of the real things" in line and "larger share" in line


@pytest.mark.parametrize("at_equal_shares", [1.0, -1.0, 0.5])
def test_any_slope_will_do_at_equal_shares(at_equal_shares):
    def critic(places, p, q):
        ahead = (q.cumsum(0) - p.cumsum(0))[:-1]
        slopes = torch.where(ahead == 0, at_equal_shares, ahead.sign())
        return torch.cat([torch.zeros(1), (slopes * places.diff()).cumsum(dim=0)])

    line = verdict(choose_a_loss.check_best_critic, critic)
    assert line.startswith("✓ "), line


def test_better_limit(solutions, stubs):
    assert_checks_answers(
        choose_a_loss.check_better_limit,
        solution=solutions["better_limit"],
        stub=stubs["better_limit"],
        mistakes={
            "in proportion": lambda c, s, k: c / s,
            "the wrong way": lambda c, s, k: c * s ** (1 / k),
            "a power": lambda c, s, k: c / s**k,
            "one layer too few": lambda c, s, k: c * s ** (-1 / (k - 1)),
            "the factor only": lambda c, s, k: s ** (-1 / k),
            "one layer too many": lambda c, s, k: c * s ** (-1 / (k + 1)),
            "always three layers": lambda c, s, k: c * s ** (-1 / 3),
            "never a larger limit": lambda c, s, k: min(c, c * s ** (-1 / k)),
            "on the safe side": lambda c, s, k: 0.9 * c * s ** (-1 / k),
        },
    )


def test_one_sided(taught, solutions, stubs):
    slopes, between = taught["slopes"], taught["between"]
    for name in ("slopes", "between"):
        solutions[name] = taught[name]

    def of(price, points=between):
        return lambda critic, r, f: price(slopes(critic, points(r, f)))

    def one_share(real, fake):
        share = torch.rand(())
        return share * real + (1 - share) * fake

    def shares(draw):
        def points(real, fake):
            share = draw(torch.rand_like(real[..., :1]))
            return share * real + (1 - share) * fake

        return points

    def beyond(real, fake):
        share = 3 * torch.rand_like(real[..., :1])
        return share * real + (1 - share) * fake

    def right(s):
        return relu(s - 1).square().mean()

    assert_checks_answers(
        choose_a_loss.check_one_sided,
        solution=solutions["one_sided"],
        stub=stubs["one_sided"],
        mistakes={
            "begins below 1": of(lambda s: ((s > 0.9) * (s - 1).square()).mean()),
            "begins above 1": of(lambda s: ((s > 1.1) * (s - 1).square()).mean()),
            "cut off": of(lambda s: (s - 1).clamp(0, 5).square().mean()),
            "two-sided": of(lambda s: (s - 1).square().mean()),
            "the wrong side": of(lambda s: relu(1 - s).square().mean()),
            "like R1": of(lambda s: s.square().mean()),
            "not squared": of(lambda s: relu(s - 1).mean()),
            "1 from the square": of(lambda s: relu(s.square() - 1).mean()),
            "half": of(lambda s: right(s) / 2),
            "no mean": of(lambda s: relu(s - 1).square()),
            "the largest": of(lambda s: relu(s - 1).square().max()),
            "the mean first": of(lambda s: relu(s.mean() - 1).square()),
            "steep points only": of(
                lambda s: right(s) * len(s) / (s > 1).sum().clamp(min=1)
            ),
            "steep points only, unguarded": of(
                lambda s: (s[s > 1] - 1).square().mean()
            ),
            "at real points": of(right, lambda r, f: r),
            "the real half": of(right, shares(lambda t: 0.5 + t / 2)),
            "the generated half": of(right, shares(lambda t: t / 2)),
            "the middle half": of(right, shares(lambda t: 0.25 + t / 2)),
            "crowded at the generated": of(right, shares(torch.square)),
            "one share for all": of(right, one_share),
            "not between": of(right, beyond),
            "detached": of(lambda s: right(s.detach())),
        },
    )
    summed = of(lambda s: relu(s - 1).square().sum())
    assert "no sum" in verdict(choose_a_loss.check_one_sided, summed)
