"""What the checks of notebook 07 answer to right and wrong solutions."""

import math

import torch

from gan_course.checks import keep_training_stable
from tests.exercise_answers import assert_checks_answers, verdict

NAME = "07_keep_training_stable"


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
        "the penalty without the step": of(
            lambda h, g: [[1 - g, -h / 2], [0.0, 1.0]], g_moves
        ),
        "the penalty of the flow": of(
            lambda h, g: [[math.exp(-h * g), -h / 2], [0.0, 1.0]], g_moves
        ),
        "θ first": lambda h, g: of(d_moves, g_moves)(h, g).flip(0, 1),
        "multiplied element by element": lambda h, g: (
            torch.tensor(g_moves(h, g)) * torch.tensor(d_moves(h, g))
        ),
        "the step is fixed": lambda h, g: of(d_moves, g_moves)(0.2, g),
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
            "the generator only": lambda a, b: math.sqrt(b),
            "a root of one rate": lambda a, b: math.sqrt(b) / a,
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

    def exchanged(generator, discriminator, loss, *rest):
        class Exchanged:
            generator = loss.generator

            @staticmethod
            def discriminator(real_logits, fake_logits):
                return loss.discriminator(fake_logits, real_logits)

        return of()(generator, discriminator, Exchanged, *rest)

    def frozen(generator, discriminator, loss, real, latents, augment):
        fake = generator(latents)
        real_logits = discriminator(augment(real))
        fake_logits = discriminator(augment(fake.detach()))
        d_loss = loss.discriminator(real_logits, fake_logits)
        discriminator.requires_grad_(False)
        return d_loss, loss.generator(real_logits, discriminator(augment(fake)))

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
            "real and fake exchanged": exchanged,
            "the generator's loss first": lambda *given: of()(*given)[::-1],
            "the discriminator stays frozen": frozen,
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
