"""What notebook 04 defines, claims and checks."""

import math

import pytest
import torch
from torch.nn.functional import logsigmoid

from gan_course.checks import game_by_hand
from gan_course.checks import game_in_mathematics as checks
from gan_course.losses import LOSSES
from tests.exercise_answers import assert_checks_answers
from tests.notebook_source import (
    assert_broken_variants_cover,
    assert_claims_fail,
    broken_by,
    definitions,
)

NAME = "04_the_game_in_mathematics"

# Each claim and the broken variant under which it must fail. A variant changes single
# lines.
VARIANTS = {
    "D does not learn, formulas are wrong, and games stop early": {
        "formula = p / (p + q)": "formula = p / (p + 2 * q)",
        "0.01 * (1 - step / steps)": "0.0",
        "torch.histogram(fake_100k, edges)": "torch.histogram(fake_100k + 1, edges)",
        "(kl_p + kl_q) / 2": "kl_p + kl_q",
        "standard = clouds([[0.0]], 1.0)": "standard = clouds([[0.0]], 2.0)",
        "zero_sum_pull = -means * mean": "zero_sum_pull = -means * 1 - 0 * mean",
        "discriminator(torch.randn(500, 1) + theta)": (
            "discriminator(torch.randn(500, 1) + 0 * theta)"
        ),
        "both = -answers.log()": "both = -2 * answers.log()",
        "torch.tensor(2.0, requires_grad=True)": (
            "torch.tensor(3.0, requires_grad=True)"
        ),
        "Adam(D.parameters(), lr=0.005)": "Adam(D.parameters(), lr=0.0)",
        "/ (2 * h)": "/ h",
        '"DG" * 30': '"D" * 60',
        '"G" * 30': '"G" * 1',
    },
    "D is known already, forms are swapped, and G stands still": {
        "error_before = error_of(discriminator)": (
            "error_before = error_of(lambda x: best_logits(real, generated, x))"
        ),
        "kept_promises(2 * logits)": "kept_promises(logits)",
        "best_logits(real, generated, x) for x": (
            "0.5 * best_logits(real, generated, x) for x"
        ),
        "return -logsigmoid(fake_logits).mean()": (
            "return logsigmoid(-fake_logits).mean()"
        ),
        "torch.linspace(-7, -0.1, 70": "torch.linspace(-7, -3, 70",
        "grad(loss_D + zero_sum(fake": "grad(loss_D - zero_sum(fake",
        "torch.optim.SGD([theta], lr=0.1)": "torch.optim.SGD([theta], lr=0.0)",
        '"DG" * 30': '"D" * 60',
        '"G" * 30': '"G" * 1',
    },
}
FIRST, SECOND = VARIANTS
BROKEN = {
    "the best answer is p / (p + q)": FIRST,
    "and its logit is log p - log q": FIRST,
    "before training, the error of D": SECOND,
    "the trained D is near p / (p + q)": FIRST,
    "counting finds the same curve": FIRST,
    "D keeps its promises": FIRST,
    "with doubled logits, D breaks them": SECOND,
    "V* is 2 JSD - log 4": FIRST,
    "at equilibrium V* is -log 4": FIRST,
    "JSD is at most log 2": FIRST,
    "D* on samples reaches 2 JSD - log 4": SECOND,
    "every D stays below it": SECOND,
    "the gap shrinks as D trains": FIRST,
    "and ends small": FIRST,
    "the slopes differ by (1 - D) / D": SECOND,
    "far out, non-saturating pulls harder": FIRST,
    "near the data both pull alike": SECOND,
    "the zero-sum pull is the slope of V*": FIRST,
    "zero-sum says: wider, larger θ": FIRST,
    "non-saturating says: narrower": SECOND,
    "L_G alone has a slope by θ": FIRST,
    "the zero-sum sum has none": SECOND,
    "the other sum is least at D": FIRST,
    "and is log 4 there": FIRST,
    "on the way, fakes cost more than log 4": FIRST,
    "at the end hardly more": FIRST,
    "and θ's pull has faded": FIRST,
    "D knows the real ones": FIRST,
    "yet θ is far from the data": FIRST,
    "in turn, it ends at the data": SECOND,
    "the slope by hand is that of section 4": FIRST,
    "θ ends at the truth": FIRST,
    "D says ½ everywhere": FIRST,
    "V ends at -log 4": FIRST,
    "on the way, G ran past the data": FIRST,
    "D was worse than a coin": FIRST,
    "most of all when G arrived": FIRST,
    "θ runs past the data": FIRST,
    "while L_G is far below log 2": FIRST,
}


def test_every_claim_has_a_broken_variant():
    assert_broken_variants_cover(NAME, BROKEN)


@pytest.mark.parametrize("variant", VARIANTS)
def test_claims_fail_under_their_broken_variant(variant):
    named = broken_by(variant, BROKEN)
    assert_claims_fail(NAME, named, VARIANTS[variant])


@pytest.fixture(scope="module")
def shown(taught):
    """What the cells define, and the grid of section 6, which a cell computes."""
    taught["grid"] = torch.linspace(-10, 10, 1_001, dtype=torch.float64)
    return taught


@pytest.fixture(scope="module")
def solved(shown):
    return _beside(definitions(NAME, tag="solution"), shown)


def _beside(namespace, shown):
    """Let functions of a namespace see what the setup cells define."""
    namespace.update({k: v for k, v in shown.items() if k not in namespace})
    return namespace


def test_the_losses_on_the_page_are_those_of_the_package(shown):
    real, fake = torch.randn(2, 40, 1) * 10
    for page, name in (("zero_sum", "minimax"), ("non_saturating", "non-saturating")):
        package = LOSSES[name]
        on_the_page = -shown["value"](real, fake)
        assert torch.equal(on_the_page, package.discriminator(real, fake))
        assert torch.equal(shown[page](fake), package.generator(real, fake))


def test_clouds_are_mixtures_of_equally_likely_normals(shown):
    two = shown["clouds"]([[-2.0], [2.0]], 0.7)
    assert two.sample((5,)).shape == (5, 1)
    expected = 0.5 / (0.7 * math.sqrt(2 * math.pi))
    assert math.isclose(two.log_prob(torch.tensor([2.0])).exp(), expected, rel_tol=1e-4)


def test_slopes_by_hand_are_those_of_autograd(shown):
    state = {"theta": -1.0, "w": 0.7, "b": -0.2}
    for (player, name), expected in game_by_hand._slopes(state).items():
        found = shown["slope"](shown[f"L_{player}"], state, name)
        assert math.isclose(found, expected, rel_tol=1e-5, abs_tol=1e-8)


def test_the_best_value_is_that_of_the_best_line(shown):
    theta, h = -1.5, 1e-3
    best = shown["best_value"](theta)
    for w, b in ((h, 0), (-h, 0), (0, h), (0, -h)):
        state = {"theta": theta, "w": -theta + w, "b": theta**2 / 2 + b}
        assert -shown["L_D"](state) < best


def test_in_the_stream(solved, stubs):
    def of(real, fake):
        def in_the_stream(logits, k):
            D = torch.sigmoid(logits)
            return real(D, k) / (real(D, k) + fake(D, k))

        return in_the_stream

    def by_odds(logits, k):
        return logits.exp() / (logits.exp() + k)

    def other(D, k):
        return 1 - D

    def right(D, k):
        return k * (1 - D)

    def itself(D, k):
        return D

    assert_checks_answers(
        checks.check_in_the_stream,
        solution=solved["in_the_stream"],
        stub=stubs["in_the_stream"],
        mistakes={
            "k at the real ones": of(lambda D, k: k * D, other),
            "weights swapped": of(right, itself),
            "the answer belongs to generated ones": of(other, lambda D, k: k * D),
            "no k": of(itself, other),
            "k + 1": of(itself, lambda D, k: (k + 1) * (1 - D)),
            "k alone": of(itself, lambda D, k: k),
            "a share and a weight": of(itself, lambda D, k: (1 - D) * k / (k + 1)),
            "k twice": of(lambda D, k: D / k, right),
            "odds, which overflow": by_odds,
            "a sum": of(itself, lambda D, k: 1 - D + k),
            "logits as answers": lambda x, k: x / (x + k * (1 - x)),
            "odds as answers": lambda x, k: x.exp() / (x.exp() + k * (1 - x.exp())),
            "log k forgotten": lambda x, k: torch.sigmoid(x - k),
            "always 3": of(itself, lambda D, k: 3 * (1 - D)),
            "infinite": lambda x, k: 1 / x * 0,
        },
    )


def test_divergence(solved, stubs, shown):
    value, log_2, log_4 = shown["value"], math.log(2), math.log(4)

    def of(convert, V=value):
        return lambda real, fake: convert(V(real, fake))

    def bits(V):
        return (V + log_4) / 2 / log_2

    def by_sigmoid(real, fake):
        D_real, D_fake = torch.sigmoid(real), torch.sigmoid(fake)
        return bits(D_real.log().mean() + (1 - D_fake).log().mean())

    def sums(real, fake):
        return logsigmoid(real).sum() + logsigmoid(-fake).sum()

    def one_mean(real, fake):
        return torch.cat([logsigmoid(real), logsigmoid(-fake)]).mean()

    def both_real(real, fake):
        return logsigmoid(real).mean() + logsigmoid(fake).mean()

    assert_checks_answers(
        checks.check_divergence,
        solution=solved["divergence"],
        stub=stubs["divergence"],
        mistakes={
            "natural units": of(lambda V: (V + log_4) / 2),
            "times log 2": of(lambda V: (V + log_4) / 2 * log_2),
            "twice, natural": of(lambda V: V + log_4),
            "twice, in bits": of(lambda V: (V + log_4) / log_2),
            "log 4 subtracted": of(lambda V: (V - log_4) / 2 / log_2),
            "no log 4": of(lambda V: V / 2 / log_2),
            "the price": of(lambda V: bits(-V)),
            "swapped": lambda real, fake: bits(value(fake, real)),
            "both called real": of(bits, both_real),
            "sums": of(bits, sums),
            "one mean over all": of(bits, one_mean),
            "half in bits": of(lambda V: (V / log_2 + log_4) / 2),
            "log 2 in place of log 4": of(lambda V: (V + log_2) / 2 / log_2),
            "no mean": lambda real, fake: bits(logsigmoid(real)),
            "sigmoid and logarithm": by_sigmoid,
            "size of it": of(lambda V: bits(V).abs()),
            "never negative": of(lambda V: bits(V).clamp(min=0) + 0 * V),
            "logits cut off": lambda real, fake: bits(
                value(real.clamp(-10, 10), fake.clamp(-10, 10))
            ),
            "logits cut off later": lambda real, fake: bits(
                value(real.clamp(-100, 100), fake.clamp(-100, 100))
            ),
        },
    )


def test_with_full_pull(solved, stubs):
    def of(ratio):
        return lambda slopes, logits: slopes * ratio(torch.sigmoid(logits))

    assert_checks_answers(
        checks.check_with_full_pull,
        solution=solved["with_full_pull"],
        stub=stubs["with_full_pull"],
        mistakes={
            "upside down": of(lambda D: D / (1 - D)),
            "sign": of(lambda D: (D - 1) / D),
            "1 - D": of(lambda D: 1 - D),
            "1 / D": of(lambda D: 1 / D),
            "unchanged": of(lambda D: 1),
            "logits as answers": lambda slopes, D: slopes * (1 - D) / D,
            "one ratio for all": of(lambda D: ((1 - D) / D).mean()),
            "the ratio alone": lambda slopes, x: torch.exp(-x).expand_as(slopes),
            "added": lambda slopes, logits: slopes + torch.exp(-logits),
            "only the ratio": lambda slopes, logits: torch.exp(-logits),
            "the other sign of the logit": of(lambda D: 2 * D),
            "ratio cut off": of(lambda D: ((1 - D) / D).clamp(max=1000)),
            "in place": lambda slopes, logits: slopes.mul_(torch.exp(-logits)),
        },
    )


def test_both_at_once(solved, stubs, shown):
    L_D, L_G, slope = shown["L_D"], shown["L_G"], shown["slope"]

    def of(loss_D=L_D, loss_G=L_G, sign_D=-1, sign_G=-1, rate_of=lambda rate: rate):
        def both_at_once(state, rate):
            after, rate = dict(state), rate_of(rate)
            for name in ("w", "b"):
                after[name] = state[name] + sign_D * rate * slope(loss_D, state, name)
            step = sign_G * rate * slope(loss_G, state, "theta")
            after["theta"] = state["theta"] + step
            return after

        return both_at_once

    def in_turn(state, rate):
        after = {**of()(state, rate), "theta": state["theta"]}
        after["theta"] -= rate * slope(L_G, after, "theta")
        return after

    def g_first(state, rate):
        moved = {**state, "theta": of()(state, rate)["theta"]}
        return {**of()(moved, rate), "theta": moved["theta"]}

    def w_before_b(state, rate):
        after = dict(state)
        for name in ("w", "b"):
            after[name] -= rate * slope(L_D, after, name)
        after["theta"] -= rate * slope(L_G, state, "theta")
        return after

    def steps_alone(state, rate):
        after = of()(state, rate)
        return {name: after[name] - state[name] for name in state}

    def in_place(state, rate):
        state.update(of()(state, rate))
        return state

    assert_checks_answers(
        checks.check_both_at_once,
        solution=solved["both_at_once"],
        stub=stubs["both_at_once"],
        mistakes={
            "D climbs": of(sign_D=1),
            "G climbs": of(sign_G=1),
            "losses swapped": of(loss_D=L_G, loss_G=L_D),
            "G follows L_D": of(loss_G=L_D),
            "zero-sum": of(loss_G=lambda state: -L_D(state)),
            "D follows the sum": of(loss_D=lambda state: L_D(state) + L_G(state)),
            "G follows the sum": of(loss_G=lambda state: L_D(state) + L_G(state)),
            "in turn": in_turn,
            "in turn, G first": g_first,
            "always 0.3": of(rate_of=lambda rate: 0.3),
            "w before b": w_before_b,
            "steps alone": steps_alone,
            "in place": in_place,
            "the rate of section 6": of(rate_of=lambda rate: 0.5),
            "no rate": of(rate_of=lambda rate: 1.0),
        },
    )
