"""What notebook 09 defines, claims and checks."""

import math

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from gan_course.checks import build_a_convolutional_gan as checks
from gan_course.networks import convolutional, residual
from tests.exercise_answers import assert_checks_answers
from tests.notebook_source import (
    assert_broken_variants_cover,
    assert_claims_fail,
    broken_by,
)

NAME = "09_build_a_convolutional_gan"
SHORT = {
    "cpu=16_000": "cpu=320",
    "cpu=9_600": "cpu=320",
    "cpu=6_400": "cpu=320",
    '"portraits", count=4_000': '"portraits", count=400',
}

# Each claim and the broken variant under which it must fail. A variant changes single
# lines; nothing is trained for longer than a few steps.
VARIANTS = {
    "kernels are reversed, blocks begin as some change, and nobody learns": SHORT
    | {
        "pixel = 2 * i - padding + a": "pixel = 2 * i - padding + 3 - a",
        "backward(row[None, None])": "backward(row.flip(0)[None, None])",
        "off = (matrix @ T -": "off = (torch.eye(12).double() -",
        "whole = torch.ones(1, 1, k, k)": "whole = torch.ones(1, 1, 4, 4)",
        "torch.randn(1, 20_000, k, k)": "torch.rand(1, 20_000, k, k)",
        "copies = doubled_by_copies(1": "copies = doubled_by_patches(1",
        "[14, 0, 14], [0, 14, 14]": "[13, 0, 13], [0, 13, 13]",
        "checkerboard_share(torch.randn(500, 1, 28, 28))": "checkerboard_share(digits)",
        "by_patches = untrained_shares(doubled_by_patches)": (
            "by_patches = untrained_shares(doubled_by_copies)"
        ),
        "bias=False), 0.0)": "bias=False), gain)",
        "he_initialise(Block(32, total=16))": "Block(32, total=16)",
        "fixup(signal).square()": "fixup(signal).mul(0)",
        '"real": to_float(other)': '"real": torch.rand(2_000, 1, 28, 28)',
        "rate=2e-3": "rate=0.0",
        "rate=1e-3": "rate=0.0",
        '"modern": modern}': '"modern": dense}',
        "rehearsed.sample(2_000)": "torch.rand(2_000, 1, 28, 28)",
        "groups.unflatten(1, (count, 16)).argmax(": (
            "groups.unflatten(1, (count, 16)).argmin("
        ),
        "recognise(draw(between))": "recognise(draw(numbers))",
        "10 * numbers[:, :16].argmax": "10 * numbers[:, 16:32].argmax",
        'shipped_run("portraits").sample(1_000)': (
            "to_float(portraits) * (torch.arange(400)[:, None, None, None] % 5 == 0)"
        ),
        'faces(load("portraits", count=1_000, split="held-out").images)': (
            "faces(torch.rand(400, 3, 32, 32))"
        ),
    },
    "kernels are odd, all blocks learn, and the small network is large": SHORT
    | {
        "whole = torch.ones(1, 1, k, k)": "whole = torch.ones(1, 1, 5, 5)",
        "bias=False), 0.0)": "bias=False), gain)",
        "residual.Generator(32, size=28, width=16), residual": (
            "residual.Generator(32, size=28, width=64), residual"
        ),
        'shipped_run("portraits").sample(1_000)': (
            "to_float(portraits[:1].expand(400, -1, -1, -1))"
        ),
        '"dense": dense, "DCGAN": dcgan': '"dense": dcgan, "DCGAN": dense',
        "faces(to_uint8(painted)), ": "faces(to_uint8(longer)), ",
        'said["augmented"]': 'said["as they are"]',
    },
}
FIRST, SECOND = VARIANTS
BROKEN = {
    "patches added up are PyTorch's layer": FIRST,
    "their matrix is that of a convolution, transposed": FIRST,
    "it is what backward does to a gradient": FIRST,
    "it does not undo the convolution": FIRST,
    "k = 3, the fullest pixel over the emptiest": FIRST,
    "k = 4, fullest over emptiest": SECOND,
    "random weights: three quarters, for each k": FIRST,
    "copies, then a convolution: none": FIRST,
    "the phases are three frequencies": FIRST,
    "in white noise they hold what three of 783 do": FIRST,
    "untrained, by patches: checkerboard": FIRST,
    "the same by copies": FIRST,
    "sixteen blocks begin as no change": FIRST,
    "with He's weights its deviation grows": FIRST,
    "all sixteen learn at the first step": FIRST,
    "but only their last layers": SECOND,
    "real digits are recognised": FIRST,
    "and nearly all kinds found": FIRST,
    "modern draws more readable digits than dense": FIRST,
    "and more than DCGAN": FIRST,
    "with fewer weights than the dense generator": SECOND,
    "DCGAN against dense, variance at high frequencies": SECOND,
    "modern against dense, the same": FIRST,
    "DCGAN's phases agree by now": FIRST,
    "with codes and for longer, nearly all can be read": FIRST,
    "of nearly all kinds": FIRST,
    "our codes are the package's": FIRST,
    "halfway between two choices, fewer digits": FIRST,
    "pictures with their choice's usual digit": FIRST,
    "real portraits are faces": FIRST,
    "the rehearsed run draws faces": FIRST,
    "our short one fewer": SECOND,
    "with most values of the factors": SECOND,
    "without it D takes new pictures for generated": FIRST,
    "with it, known and new ones are close": SECOND,
}


def test_every_claim_has_a_broken_variant():
    assert_broken_variants_cover(NAME, BROKEN)


@pytest.mark.parametrize("variant", VARIANTS)
def test_claims_fail_under_their_broken_variant(variant):
    named = broken_by(variant, BROKEN)
    assert_claims_fail(NAME, named, VARIANTS[variant])


def copy_weights(source, target):
    """Copy parameters in order; the names differ, the shapes must not."""
    with torch.no_grad():
        pairs = zip(source.parameters(), target.parameters(), strict=True)
        for given, taken in pairs:
            assert given.shape == taken.shape
            taken.copy_(given)


@pytest.mark.parametrize(
    ("double", "upsampling"),
    [("doubled_by_copies", "nearest"), ("doubled_by_patches", "transposed-4")],
)
@pytest.mark.parametrize("size", [28, 32])
def test_the_generator_on_the_page_is_that_of_the_package(
    taught, double, upsampling, size
):
    page = taught["new_generator"](taught[double], size=size, channels=3, width=8)
    package = convolutional.Generator(
        size=size, channels=3, width=8, upsampling=upsampling
    )
    copy_weights(package, page)
    latents = torch.randn(4, 100)
    assert torch.allclose(page(latents), package(latents), atol=1e-5)
    assert page.latent_size == package.latent_size


@pytest.mark.parametrize("size", [28, 32])
def test_the_discriminator_on_the_page_is_that_of_the_package(taught, size):
    page = taught["new_discriminator"](size=size, channels=3)
    package = convolutional.Discriminator(size=size, channels=3)
    copy_weights(package, page)
    images = torch.randn(4, 3, size, size)
    assert torch.allclose(page(images), package(images), atol=1e-6)


def test_the_block_on_the_page_is_that_of_the_package(taught):
    torch.manual_seed(1)
    page = taught["Block"](16, total=6)
    torch.manual_seed(1)
    package = residual.Block(16, total=6)
    pairs = zip(page.parameters(), package.parameters(), strict=True)
    assert all(torch.equal(own, theirs) for own, theirs in pairs)
    with torch.no_grad():
        for network in (page, package):
            network.change[4].weight.fill_(0.1)
    maps = torch.randn(2, 16, 7, 7)
    assert torch.equal(page(maps), package(maps))


def test_products_at(solutions, stubs):
    def along(place, k, s, p):
        return len([a for a in range(k) if (place + p - a) % s == 0])

    def both(count):
        return lambda y, x, k, s, p: count(y, k, s, p) * count(x, k, s, p)

    assert_checks_answers(
        checks.check_products_at,
        solution=solutions["products_at"],
        stub=stubs["products_at"],
        mistakes={
            "down a column": lambda y, x, k, s, p: along(y, k, s, p),
            "along a row": lambda y, x, k, s, p: along(x, k, s, p),
            "added": lambda y, x, k, s, p: along(y, k, s, p) + along(x, k, s, p),
            "no padding": both(lambda place, k, s, p: along(place, k, s, 0)),
            "padding the wrong way": both(lambda q, k, s, p: along(q, k, s, -p)),
            "stride 2": both(lambda place, k, s, p: along(place, k, 2, p)),
            "the mean": lambda y, x, k, s, p: (k / s) ** 2,
            "one too many": both(lambda place, k, s, p: along(place, k + 1, s, p)),
            "from 1 on": both(lambda place, k, s, p: along(place - 1, k, s, p)),
            "the fullest": lambda y, x, k, s, p: (-(-k // s)) ** 2,
            "the emptiest": lambda y, x, k, s, p: (k // s) ** 2,
            "never a gap": both(lambda *place: max(1, along(*place))),
            "a list": lambda y, x, k, s, p: [along(y, k, s, p), along(x, k, s, p)],
        },
    )


def test_patch_of_copies(solutions, stubs):
    solutions["torch"] = stubs["torch"] = torch

    def patch(*rows):
        return lambda w: torch.tensor(rows, dtype=w.dtype) @ w

    assert_checks_answers(
        checks.check_patch_of_copies,
        solution=solutions["patch_of_copies"],
        stub=stubs["patch_of_copies"],
        mistakes={
            "reversed": patch((1, 0, 0), (1, 1, 0), (0, 1, 1), (0, 0, 1)),
            "averaged": patch((0, 0, 0.5), (0, 0.5, 0.5), (0.5, 0.5, 0), (0.5, 0, 0)),
            "each weight once": patch((0, 0, 1), (0, 1, 0), (1, 0, 0), (0, 0, 0)),
            "the middle twice": patch((0, 0, 1), (0, 1, 0), (0, 1, 0), (1, 0, 0)),
            "pairs side by side": patch((1, 0, 0), (0, 1, 1), (0, 1, 1), (1, 0, 0)),
            "three numbers": patch((1, 0, 0), (0, 1, 0), (0, 0, 1)),
        },
    )


def test_standard_deviations(solutions, stubs):
    solutions["math"] = stubs["math"] = math

    def of(
        products=lambda maps: (maps, 9 * maps // 4, 9 * maps // 4),
        size=lambda m: math.sqrt(2 / (1.04 * m)),
        factor=lambda L: L ** (-1 / 6),
        last=0,
    ):
        def answer(maps, L):
            return [size(m) * factor(L) for m in products(maps)] + [last]

        return answer

    assert_checks_answers(
        checks.check_standard_deviations,
        solution=solutions["standard_deviations"],
        stub=stubs["standard_deviations"],
        mistakes={
            "last not 0": of(last=1),
            "no factor": of(factor=lambda L: 1),
            "three layers": of(factor=lambda L: L**-0.25),
            "plain ReLU": of(size=lambda m: math.sqrt(2 / m)),
            "maps that go out": of(
                lambda maps: (maps // 4, 9 * maps // 4, 9 * maps // 4)
            ),
            "without 9": of(lambda maps: (maps, maps // 4, maps // 4)),
            "all maps": of(lambda maps: (maps, 9 * maps, 9 * maps // 4)),
            "variances": of(size=lambda m: 2 / (1.04 * m)),
            "growing": of(factor=lambda L: L ** (1 / 6)),
            "half the maps": of(lambda maps: (maps, 9 * maps // 2, 9 * maps // 2)),
            "three numbers": lambda maps, L: [0.1, 0.1, 0.0],
        },
    )


def test_three_logits(solutions, stubs):
    def step(real, fake, fooling):
        def three(generator, discriminator, x, z, change):
            pictures = generator(z)
            return tuple(
                made(discriminator, given, change)
                for made, given in ((real, x), (fake, pictures), (fooling, pictures))
            )

        return three

    def seen(discriminator, pictures, change):
        return discriminator(change(pictures))

    def plain(discriminator, pictures, change):
        return discriminator(pictures)

    def cut(discriminator, pictures, change):
        return discriminator(change(pictures.detach()))

    def plain_cut(discriminator, pictures, change):
        return discriminator(pictures.detach())

    def twice(discriminator, pictures, change):
        return discriminator(change(change(pictures)))

    def logits_cut(discriminator, pictures, change):
        return discriminator(change(pictures)).detach()

    def drawn_once(generator, discriminator, real, latents, change):
        fake = change(generator(latents))
        return (
            discriminator(change(real)),
            discriminator(fake.detach()),
            discriminator(fake),
        )

    def exchanged(generator, discriminator, real, latents, change):
        fake = generator(latents)
        return (
            discriminator(change(fake.detach())),
            discriminator(change(real)),
            discriminator(change(fake)),
        )

    def real_fools(generator, discriminator, real, latents, change):
        fake = generator(latents).detach()
        return (
            discriminator(change(real)),
            discriminator(change(fake)),
            discriminator(change(real)),
        )

    def around(discriminator, pictures, change):
        return discriminator(pictures + (change(pictures) - pictures).detach())

    assert_checks_answers(
        checks.check_three_logits,
        solution=solutions["three_logits"],
        stub=stubs["three_logits"],
        mistakes={
            "the gradient goes round change": step(seen, cut, around),
            "nothing varied": step(plain, plain_cut, plain),
            "only real ones": step(seen, plain_cut, plain),
            "only generated ones": step(plain, cut, seen),
            "not in G's half": step(seen, cut, plain),
            "not in D's half for generated ones": step(seen, plain_cut, seen),
            "never detached": step(seen, seen, seen),
            "detached in G's half": step(seen, cut, cut),
            "detached in the wrong half": step(seen, seen, cut),
            "logits detached": step(seen, logits_cut, seen),
            "varied twice": step(seen, cut, twice),
            "one draw for both halves": drawn_once,
            "exchanged": exchanged,
            "real ones in G's half": real_fools,
            "a minus": step(seen, cut, lambda *batch: -seen(*batch)),
        },
    )


def test_augmented_pictures_of_real_and_generated_images_are_varied_alike(taught):
    torch.manual_seed(0)
    pictures = torch.full((200, 1, 28, 28), 1.0)
    varied = taught["vary"](pictures)
    assert varied.shape == pictures.shape
    assert (varied != pictures).flatten(1).any(dim=1).float().mean() > 0.9
    assert math.isclose(varied.min().item(), -1.0)
    assert F.mse_loss(varied, pictures) > 0
    assert isinstance(taught["new_discriminator"](), nn.Module)
