"""What notebook 07 defines, claims and checks."""

import math

import pytest
import torch

from gan_course.checks import keep_training_stable
from tests.exercise_answers import assert_checks_answers, verdict
from tests.notebook_source import assert_broken_variants_cover, definitions, run

NAME = "07_keep_training_stable"

# Where nobody learns, or the length of a training changes nothing, it is made short.
SHORT_RING = {
    "(80_000, 160_000, 240_000, 320_000)": "(320, 640, 960, 1280)",
    "until=320_000": "until=1_280",
}
SHORT_PICTURES = {
    "go_on(discriminator, 10,": "go_on(discriminator, 2,",
    "rounds=240": "rounds=2",
    "copy.deepcopy(warm), 120)": "copy.deepcopy(warm), 1)",
    "torch.randn(10_000, 100, device=device)": "torch.randn(1_000, 100, device=device)",
}
SHORT_CURES = {
    text: f"{text}, until=1_280"
    for text in (
        "network(1), betas=(0.0, 0.99)",
        "network(1), discriminator_rate=12e-4",
        "network(1, SpectralDense)",
        "network(1), penalties=penalty",
        "network(1, before_last=[Spread()])",
        "network(1), augment=noisy",
    )
}
VARIANTS = {
    "slopes are wrong, and nobody learns": {
        "[-pull * theta - gamma * psi, pull * psi]": (
            "[-pull * theta - psi / 5 - 9 * gamma * psi, pull * psi]"
        ),
        "torch.tensor(sizes) ** 2 / 4": "torch.tensor(sizes) ** 2",
        "moved = psi - step * torch.sigmoid": "moved = psi + step * torch.sigmoid",
        "h, 800, True)": "h, 80, True)",
        "generator(latents).view(COPIES, count, 2)": (
            "generator(latents).view(COPIES, count, 2) * 0"
        ),
        "ring.points.to(device).view": "ring.points.mul(9).to(device).view",
        "[angles.cos(), angles.sin()]": "[angles.cos(), 9 * angles.sin()]",
        "self.right = normalize(self.weight.mT @ left, dim=1)": "pass",
        "variances + 1e-8": "variances + 1",
        '"DejaVu Mono": "DejaVu Sans", "CM Old Style": "CM Roman"': (
            '"CM Italic": "DejaVu Sans", "CM Sans": "CM Roman"'
        ),
        "(certain >= 0.7), digits,": "(certain >= 0.7), 0 * digits,",
        **SHORT_RING,
        **SHORT_PICTURES,
    },
    "nothing turns, and nothing is lost": {
        "    theta = theta + step * velocity(torch.stack([psi, theta]), gamma)[1]": (
            "    theta = 1.2 * theta + psi"
        ),
        "gamma=0.0, beta=0.9": "gamma=0.0, beta=0.0",
        "1_200, gamma=g)": "1_200, gamma=float(g > 2))",
        "4, gamma=1.0)": "4, gamma=0.0)",
        "rates = [-m.real": "rates = [m.real",
        "return generator(latents).view(COPIES, count, 2)": (
            "return ring.points.to(device).view(COPIES, count, 2)"
        ),
        "[angles.cos(), angles.sin()]": "[angles.round().cos(), angles.mul(0)]",
        "counts.sum()).clamp(min=5)": "counts.sum()).clamp(min=1e-3)",
        "(sure >= 0.9) & (certain >= 0.7)": "sure >= 0",
        "0.25 * fair": "1e-6 * fair",
        **SHORT_RING,
        **SHORT_PICTURES,
    },
    "the steps are small, and the circle has clouds": {
        "5_000, step=1.0": "5_000, step=0.01",
        "1_200, gamma=g)": "1_200, gamma=1.0)",
        "[angles.cos(), angles.sin()]": (
            "[(angles / 0.785398).round().mul(0.785398).cos(),"
            " (angles / 0.785398).round().mul(0.785398).sin()]"
        ),
        **SHORT_RING,
    },
    "the memory is taken away": {
        '"betas": (0.9, 0.99)': '"betas": (0.0, 0.99)',
        **SHORT_CURES,
        "judge_of_pictures(with_spectral_norm)": "warm",
        "judge_of_pictures(before_last=[Spread()])": "warm",
    },
    "the cures are taken away": {
        "betas=(0.0, 0.99)).generator)": "betas=(0.9, 0.99)).generator)",
        "network(1), betas=(0.0, 0.99)": "network(1), betas=(0.9, 0.99)",
        "discriminator_rate=12e-4": "discriminator_rate=3e-4",
        "gamma=1.0)}": "gamma=0.0)}",
        "gamma=10.0)}": "gamma=0.0)}",
        "copy.deepcopy(warm), 120)": "copy.deepcopy(warm), 230)",
        **dict(list(SHORT_CURES.items())[2:3] + list(SHORT_CURES.items())[4:]),
    },
}
WRONG, AT_REST, SMALL, NO_MEMORY, NO_CURE = VARIANTS
LAST = {SMALL: "the circle: quality"}
BROKEN = {
    "the velocities are those of the course's losses": WRONG,
    "the flow's eigenvalues are ± i/2": WRONG,
    "the flow keeps its distance": WRONG,
    "the modulus is √(1 + h²/4)": WRONG,
    "even the smallest step spirals out": WRONG,
    "after 300 steps it is far away": WRONG,
    "alternating steps have modulus 1": WRONG,
    "2,000 steps later r is not above": AT_REST,
    "nor below": WRONG,
    "large steps, h = 1, creep out": SMALL,
    "simultaneous: the circle's radius is √(2h)": WRONG,
    "alternating: the radius at t = 800 is √(8/t)": WRONG,
    "without memory the modulus is 1": WRONG,
    "with β₁ = 0.9 it exceeds 1": AT_REST,
    "in 150 steps the distance grows": AT_REST,
    "λ(γ) is as the formula says": WRONG,
    "at time 5, γ = 4 is ahead of γ = 1": SMALL,
    "γ = 1 converges": AT_REST,
    "γ = 4 is still on its way": AT_REST,
    "the flow's best strength is 1": AT_REST,
    "that of alternating steps is 1 - h/4": AT_REST,
    "with β₁ = 0.9 and γ = ¼ it still leaves": WRONG,
    "with γ = 1 even β₁ = 0.9 converges": AT_REST,
    "no cure: modes found, of 8": NO_MEMORY,
    "its points are a flock": AT_REST,
    "real points: modes found": WRONG,
    "the circle: modes found": WRONG,
    "the circle: quality": SMALL,
    "power iteration finds the norm": WRONG,
    "the statistic of equal features is 0": WRONG,
    "without memory: modes": NO_CURE,
    "two time-scales: modes": NO_CURE,
    "gradient penalty: modes": NO_CURE,
    "penalty and averaging: modes": NO_CURE,
    "the best of the other four: modes": AT_REST,
    "nobody draws clouds yet: quality": AT_REST,
    "each group is told apart": WRONG,
    "digits are read": WRONG,
    "one group alone gives at least": WRONG,
    "and at most": AT_REST,
    "the patient draws, of 70 modes,": WRONG,
    "without cure it draws, of 70 modes,": NO_MEMORY,
    "without memory it keeps": NO_CURE,
    "the penalty keeps": NO_CURE,
    "penalty and averaging keep": NO_CURE,
    "averaging alone at 120 steps keeps": NO_CURE,
    "and loses later": NO_MEMORY,
}


def test_every_claim_has_a_broken_variant():
    assert_broken_variants_cover(NAME, BROKEN)


@pytest.mark.parametrize("variant", VARIANTS)
def test_claims_fail_under_their_broken_variant(variant):
    try:
        claims = run(NAME, VARIANTS[variant], until=LAST.get(variant))
    finally:
        torch.set_default_dtype(torch.float32)
    made = {claim.text: claim.holds for claim in claims}
    named = [text for text, broken in BROKEN.items() if broken == variant]
    assert [text for text in named if made[text]] == []


@pytest.fixture(scope="module")
def solutions():
    return definitions(NAME, tag="solution")


@pytest.fixture(scope="module")
def stubs():
    return definitions(NAME, tag="stub")


def test_alternating_matrix(solutions, stubs):
    def of(first, then):
        def matrix(h, g):
            return torch.tensor(then(h, g)) @ torch.tensor(first(h, g))

        return matrix

    def d_moves(h, g):
        return [[1 - h * g, -h / 2], [0.0, 1.0]]

    def g_moves(h, g):
        return [[1.0, 0.0], [h / 2, 1.0]]

    mistakes = {
        "simultaneous": lambda h, g: torch.tensor([[1 - h * g, -h / 2], [h / 2, 1.0]]),
        "the generator first": of(g_moves, d_moves),
        "the slope ½ forgotten": of(
            lambda h, g: [[1 - h * g, -h], [0.0, 1.0]],
            lambda h, g: [[1.0, 0.0], [h, 1.0]],
        ),
        "both signs wrong": of(
            lambda h, g: [[1 - h * g, h / 2], [0.0, 1.0]],
            lambda h, g: [[1.0, 0.0], [-h / 2, 1.0]],
        ),
        "half the penalty": of(
            lambda h, g: [[1 - h * g / 2, -h / 2], [0.0, 1.0]], g_moves
        ),
        "no identity": of(
            lambda h, g: [[-h * g, -h / 2], [0.0, 0.0]],
            lambda h, g: [[0.0, 0.0], [h / 2, 0.0]],
        ),
        "no penalty": of(lambda h, g: d_moves(h, 0.0), g_moves),
        "θ scaled too": of(d_moves, lambda h, g: [[1.0, 0.0], [h / 2, 1 - h / 2]]),
        "transposed": lambda h, g: (
            (torch.tensor(g_moves(h, g)) @ torch.tensor(d_moves(h, g))).T
        ),
        "the generator is penalised": of(
            lambda h, g: d_moves(h, 0.0), lambda h, g: [[1.0, 0.0], [h / 2, 1 - h * g]]
        ),
        "one sign wrong": of(lambda h, g: [[1 - h * g, h / 2], [0.0, 1.0]], g_moves),
        "the penalty grows": of(lambda h, g: d_moves(h, -g), g_moves),
    }
    assert_checks_answers(
        keep_training_stable.check_alternating_matrix,
        solution=solutions["alternating_matrix"],
        stub=stubs["alternating_matrix"],
        mistakes=mistakes,
    )


def test_slowest_rate(solutions, stubs):
    def root(gamma):
        return (gamma**2 / 4 - 0.25).clamp(min=0).sqrt()

    assert_checks_answers(
        keep_training_stable.check_slowest_rate,
        solution=solutions["slowest_rate"],
        stub=stubs["slowest_rate"],
        mistakes={
            "NaN": lambda g: g / 2 - (g**2 / 4 - 0.25).sqrt(),
            "the sign": lambda g: root(g) - g / 2,
            "the fastest": lambda g: g / 2 + root(g),
            "the modulus under the root": lambda g: (
                g / 2 - (g**2 / 4 - 0.25).abs().sqrt()
            ),
            "without the half": lambda g: g - root(g),
            "always γ/2": lambda g: g / 2,
        },
    )


def test_best_gamma(solutions, stubs):
    assert_checks_answers(
        keep_training_stable.check_best_gamma,
        solution=solutions["best_gamma"],
        stub=stubs["best_gamma"],
        mistakes={
            "always 1": lambda a, b: 1.0,
            "upside down": lambda a, b: math.sqrt(a / b),
            "no root": lambda a, b: b / a,
            "a factor 2": lambda a, b: math.sqrt(b / a) / 2,
            "a factor 3": lambda a, b: 3 * math.sqrt(b / a),
            "the product": lambda a, b: math.sqrt(a * b),
            "of tensors": lambda a, b: torch.sqrt(b / a),
            "the discriminator only": lambda a, b: math.sqrt(1 / a),
            "an arbitrary mean": lambda a, b: 2 / (a / b + 1),
        },
    )


def test_augmented_losses(solutions, stubs):
    def same(pictures, augment):
        return pictures

    def varied(pictures, augment):
        return augment(pictures)

    def of(on_real=varied, on_fake=varied, on_last=varied, cut=True):
        def losses(generator, discriminator, loss, real, latents, augment):
            fake = generator(latents)
            shown = fake.detach() if cut else fake
            real_logits = discriminator(on_real(real, augment))
            fake_logits = discriminator(on_fake(shown, augment))
            d_loss = loss.discriminator(real_logits, fake_logits)
            last = discriminator(on_last(fake, augment))
            return d_loss, loss.generator(real_logits, last)

        return losses

    def silent(kind):
        def losses(generator, discriminator, loss, real, latents, augment):
            fake = generator(latents)
            logits = {
                "real": discriminator(augment(real)),
                "fake": discriminator(augment(fake.detach())),
            }
            logits[kind] = logits[kind].detach()
            last = discriminator(augment(fake))
            d_loss = loss.discriminator(logits["real"], logits["fake"])
            return d_loss, loss.generator(logits["real"], last)

        return losses

    def no_gradient(pictures, augment):
        with torch.no_grad():
            return augment(pictures)

    assert_checks_answers(
        keep_training_stable.check_augmented_losses,
        solution=solutions["augmented_losses"],
        stub=stubs["augmented_losses"],
        mistakes={
            "only real": of(on_fake=same, on_last=same),
            "only generated": of(on_real=same),
            "nothing": of(same, same, same),
            "not in the generator's half": of(on_last=same),
            "detached in the generator's half": of(
                on_last=lambda fake, augment: augment(fake.detach())
            ),
            "not detached": of(cut=False),
            "varied twice": of(on_fake=lambda fake, augment: augment(augment(fake))),
            "real ones teach nothing": silent("real"),
            "fakes teach nothing": silent("fake"),
            "a gradient around the variation": of(
                on_last=lambda fake, augment: (
                    augment(fake).detach() + fake - fake.detach()
                )
            ),
        },
    )
    leaky = verdict(
        keep_training_stable.check_augmented_losses, of(on_last=no_gradient)
    )
    assert "no gradient from its own half" in leaky
