"""What notebook 05 defines, claims and checks."""

import math
from itertools import pairwise

import pytest
import torch
from torch.nn.functional import softplus

from gan_course.checks import first_gan
from gan_course.losses import LOSSES
from gan_course.networks import mlp
from gan_course.penalties import r1_penalty
from tests.exercise_answers import assert_checks_answers
from tests.notebook_source import (
    assert_broken_variants_cover,
    assert_claims_fail,
    broken_by,
    definitions,
)

NAME = "05_train_your_first_gan"

# Each claim and the broken variant under which it must fail. A variant changes single
# lines; whatever does not learn is also made short, since its length changes nothing.
VARIANTS = {
    "a sign is wrong, and both players stand still": {
        "safe = softplus(-logits)": "safe = softplus(logits) + 1",
        "naive = -torch.log(torch.sigmoid(logits))": "naive = softplus(-logits)",
        "(-real_logits).mean() + softplus(fake_logits)": "(-real_logits)",
        "gan.learning_rate * left": "0.0",
        "total=192_000": "total=1_280",
        "budget(cpu=153_600, gpu=1_536_000)": "640",
        "total=9_600": "total=640",
        "to_float(glyphs.images)": "(glyphs.images.float() / 510)",
        "nn.Linear(latent_size, 256)": "nn.Linear(latent_size, 256, bias=False)",
        "nn.Linear(28 * 28, 1024)": "nn.Linear(28 * 28, 1024, bias=False)",
        "        nn.init.zeros_(layer.bias)\n": "",
        "torch.randperm(28 * 28)": "torch.arange(28 * 28)",
        "kaiming_normal_(layer.weight, a=0.2)": "normal_(layer.weight, std=0.001)",
        "slopes.flatten(1).square()": "slopes.flatten(1).abs()",
        "middles = (latents[:1000] + latents[1000:]) / 2": "middles = latents * 2",
        "lengths = latents.norm(dim=1)": "lengths = latents.norm(dim=0)",
        "linspace(0, 1, points, device=device)": "arange(points).div(5).round().cos()",
        "reloaded.load_state_dict(load_file(file))": "pass",
        "longer.load_state_dict": "dict",
    },
    "the generator stands still and its opponent learns": {
        "gan.g_optimiser.step()": "pass",
        "total=192_000": "total=64_000",
        "budget(cpu=153_600, gpu=1_536_000)": "640",
        "noise = generator(latents)": "noise = to_float(held_out).to(device)",
        "2_000, split": "2_000, seed=9, split",
        "fooling = frozen.average(latents)": "fooling = data[:2000]",
        "total=9_600": "total=640",
        "generator = Generator().to(device)": "generator = fresh(Generator())",
        "default = variety(generator)": "default = variety(fresh(generator))",
        "recognise(held_out).share": "recognise(shuffled).share",
    },
}
FIRST, SECOND = VARIANTS
BROKEN = {
    "both forms agree at moderate logits": FIRST,
    "the naive form reaches infinity": FIRST,
    "the safe form stays finite": FIRST,
    "an undecided discriminator costs 2 log 2": FIRST,
    "the generator found the mean 2": FIRST,
    "it found the standard deviation ½": SECOND,
    "the discriminator cannot tell": SECOND,
    "black is -1": FIRST,
    "white is +1": FIRST,
    "parameters of the generator": FIRST,
    "parameters of the discriminator": FIRST,
    "real digits are recognised": SECOND,
    "shuffled digits are not": FIRST,
    "nor are first pictures": SECOND,
    "at first, pixels hardly depend on latents": SECOND,
    "after He initialisation they do": FIRST,
    "R1 of a linear D is |w|²": FIRST,
    "the judge recognises many samples": FIRST,
    "digits with 2 % of the samples or more": FIRST,
    "latents have lengths between 8 and 12": FIRST,
    "straight midpoints only 7": FIRST,
    "latent steps ten times shorter make": FIRST,
    "a reloaded generator draws the same": FIRST,
    "its loss is far below the good one's": FIRST,
    "yet nothing is recognised": SECOND,
    "after longer training more is recognised": FIRST,
}


def test_every_claim_has_a_broken_variant():
    assert_broken_variants_cover(NAME, BROKEN)


@pytest.mark.parametrize("variant", VARIANTS)
def test_claims_fail_under_their_broken_variant(variant):
    replace = dict(VARIANTS[variant])
    if variant == SECOND:
        del replace["generator = Generator().to(device)"]
    named = broken_by(variant, BROKEN)
    assert_claims_fail(NAME, named, replace)


@pytest.fixture(scope="module")
def solutions(taught):
    return _beside(definitions(NAME, tag="solution"), taught)


@pytest.fixture(scope="module")
def stubs(taught):
    return _beside(definitions(NAME, tag="stub"), taught)


def _beside(namespace, taught):
    """Let functions of a namespace see what the setup cells define."""
    namespace.update({k: v for k, v in taught.items() if k not in namespace})
    return namespace


@pytest.mark.parametrize("network", ["Generator", "Discriminator"])
def test_the_networks_on_the_page_are_those_of_the_package(taught, network):
    page, package = taught[network](), getattr(mlp, network)()
    page.load_state_dict(package.state_dict())
    inputs = torch.randn(4, 100) if network == "Generator" else torch.randn(4, 784)
    assert torch.equal(page(inputs), package(inputs))


def test_the_losses_on_the_page_are_those_of_the_package(taught):
    real, fake = torch.randn(2, 40, 1) * 10
    package = LOSSES["non-saturating"]
    page = taught["discriminator_loss"](real, fake)
    assert torch.equal(page, package.discriminator(real, fake))
    page = taught["generator_loss"](fake)
    assert torch.equal(page, package.generator(real, fake))


def test_r1_on_the_page_is_the_squared_gradient_and_that_of_the_package(taught):
    real = torch.randn(6, 2, dtype=torch.float64, requires_grad=True)
    logits = (real**3).sum(dim=1, keepdim=True)
    penalty = taught["r1_penalty"](real, logits)
    assert torch.allclose(penalty, (9 * real**4).sum(dim=1).mean())
    assert torch.equal(penalty, r1_penalty(real, logits))


def test_smoothed_loss(solutions, stubs):
    def of(real_part, fake_part=lambda fake, t: softplus(fake).mean()):
        return lambda real, fake, t=0.9: real_part(real, t) + fake_part(fake, t)

    def right(real, t):
        return (t * softplus(-real) + (1 - t) * softplus(real)).mean()

    def through_sigmoid(real, t):
        p = torch.sigmoid(real)
        return -(t * torch.log(p) + (1 - t) * torch.log(1 - p)).mean()

    def smooth_fake(fake, t):
        return (t * softplus(fake) + (1 - t) * softplus(-fake)).mean()

    assert_checks_answers(
        first_gan.check_smoothed_loss,
        solution=solutions["smoothed_loss"],
        stub=stubs["smoothed_loss"],
        mistakes={
            "the second price is missing": of(lambda r, t: t * softplus(-r).mean()),
            "swapped shares": of(lambda r, t: right(r, 1 - t)),
            "always 0.9": of(lambda r, t: right(r, 0.9)),
            "no mean": of(lambda r, t: t * softplus(-r) + (1 - t) * softplus(r)),
            "the sum": of(lambda r, t: 3 * right(r, t)),
            "sigmoid and logarithm": of(through_sigmoid),
            "generated pictures smoothed too": of(right, smooth_fake),
            "a constant price": of(lambda r, t: right(r, t) + 1 - t),
        },
    )


def test_discriminator_gradients(solutions, stubs, taught):
    loss_of = taught["discriminator_loss"]

    def no_detach(generator, discriminator, real, latents):
        loss = loss_of(discriminator(real), discriminator(generator(latents)))
        loss.backward()
        return loss

    def swapped(generator, discriminator, real, latents):
        fake = generator(latents).detach()
        loss = loss_of(discriminator(fake), discriminator(real))
        loss.backward()
        return loss

    def logits_detached(generator, discriminator, real, latents):
        fake = discriminator(generator(latents)).detach()
        loss = loss_of(discriminator(real), fake)
        loss.backward()
        return loss

    def latents_taught(generator, discriminator, real, latents):
        loss = loss_of(discriminator(real), discriminator(latents))
        loss.backward()
        return loss

    assert_checks_answers(
        first_gan.check_discriminator_gradients,
        solution=solutions["discriminator_gradients"],
        stub=stubs["discriminator_gradients"],
        mistakes={
            "nothing detached": no_detach,
            "real and generated swapped": swapped,
            "logits detached": logits_detached,
            "latents taught to D": latents_taught,
        },
    )


def test_count_parameters(solutions, stubs):
    def of(layer):
        return lambda sizes: sum(layer(i, o) for i, o in pairwise(sizes))

    assert_checks_answers(
        first_gan.check_count_parameters,
        solution=solutions["count_parameters"],
        stub=stubs["count_parameters"],
        mistakes={
            "no biases": of(lambda i, o: i * o),
            "a bias for each input": of(lambda i, o: i * o + i),
            "one bias": of(lambda i, o: i * o + 1),
            "only the last layer": lambda sizes: (sizes[-2] + 1) * sizes[-1],
        },
    )


def test_slerp(solutions, stubs):
    def of(share_a, share_b):
        def walk(a, b, t):
            angle = torch.acos(torch.dot(a, b) / (a.norm() * b.norm()))
            road = share_a(angle, t) * a + share_b(angle, t) * b
            return road / torch.sin(angle)

        return walk

    def sine_up(angle, t):
        return torch.sin(t * angle)

    def sine_down(angle, t):
        return torch.sin((1 - t) * angle)

    def right_angle(a, b, t):
        quarter = math.pi / 2
        return math.sin((1 - t) * quarter) * a + math.sin(t * quarter) * b

    assert_checks_answers(
        first_gan.check_slerp,
        solution=solutions["slerp"],
        stub=stubs["slerp"],
        mistakes={
            "a straight line": lambda a, b, t: (1 - t) * a + t * b,
            "walked backwards": of(sine_up, sine_down),
            "always a right angle": right_angle,
            "a cosine": of(lambda angle, t: torch.cos(t * angle), sine_up),
        },
    )
