"""What notebook 00 claims and checks."""

import pytest
import torch

from gan_course.checks import start_here
from tests.exercise_answers import assert_checks_answers
from tests.notebook_source import assert_broken_variants_cover, assert_claims_fail

NAME = "00_start_here"

# Every claim, and lines under which it must fail.
BROKEN = {
    "a picture has 28 × 28 numbers": {"images[0, 0]": "images[0, 0, 1:]"},
    "no grey level is above 255": {"glyphs.images.max()": "glyphs.images.int().sum()"},
    "the lowest number is -1": {"to_float(glyphs.images)": "glyphs.images / 255"},
    "the highest number is +1": {"to_float(glyphs.images)": "glyphs.images / 510"},
    "a batch of pictures has dimensions": {
        "to_float(glyphs.images)": "to_float(glyphs.images)[:, 0]"
    },
    "the judge recognises real digits": {
        "(glyphs.images, noise, pictures)": "(noise, noise, pictures)"
    },
    "it recognises no digit in noise": {
        "(glyphs.images, noise, pictures)": "(noise, glyphs.images, pictures)"
    },
    "hardly any new picture is close to a known one": {
        "distance_to_nearest(pictures[:200]": "distance_to_nearest(training[:200]"
    },
    "it recognises most new digits": {
        "(glyphs.images, noise, pictures)": "(glyphs.images, noise, noise)"
    },
}


def test_every_claim_has_a_broken_variant():
    assert_broken_variants_cover(NAME, BROKEN)


@pytest.mark.parametrize("text", BROKEN)
def test_claims_fail_under_their_broken_variant(text):
    replace = {"status = report.main()": "", **BROKEN[text]}
    assert_claims_fail(NAME, [text], replace, until=text)


def test_negative(solutions, stubs):
    def in_place(image):
        image[:] = 255 - image.clone()
        return image

    assert_checks_answers(
        start_here.check_negative,
        solution=solutions["negative"],
        stub=stubs["negative"],
        mistakes={
            "minus alone": lambda image: -image,
            "one too many": lambda image: 256 - image.int(),
            "floats": lambda image: 255.0 - image,
            "changes its input": in_place,
        },
    )


def test_ink(solutions, stubs):
    assert_checks_answers(
        start_here.check_ink,
        solution=solutions["ink"],
        stub=stubs["ink"],
        mistakes={
            "one mean for all": lambda x: ((x + 1) / 2).mean(),
            "starts at -1": lambda x: x.mean(dim=(1, 2, 3)),
            "not halved": lambda x: (x + 1).mean(dim=(1, 2, 3)),
            "only halved": lambda x: ((x + 1) / 2).square().mean(dim=(1, 2, 3)),
        },
    )


def test_draw(solutions, stubs):
    def of(latents):
        return lambda generator, count: generator(latents(count, generator.latent_size))

    assert_checks_answers(
        start_here.check_draw,
        solution=solutions["draw"],
        stub=stubs["draw"],
        mistakes={
            "a fixed length": of(lambda count, _: torch.randn(count, 100)),
            "one latent": of(lambda _, size: torch.randn(1, size)),
            "one latent repeated": of(
                lambda n, size: torch.randn(1, size).repeat(n, 1)
            ),
            "uniform": of(torch.rand),
            "latents returned": lambda generator, n: (
                generator(torch.randn(n, generator.latent_size)),
                torch.zeros(n),
            )[1],
        },
    )
