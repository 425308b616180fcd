"""What notebook 10 claims and teaches, and how each claim fails."""

import pytest
import torch

from gan_course.metrics import frechet, kernel, neighbours, precision_recall
from tests.notebook_source import (
    assert_broken_variants_cover,
    assert_claims_fail,
    broken_by,
)

NAME = "10_measure_image_quality"


def instead(dense, dcgan, modern, shipped):
    """Replacements that put other sets in the place of the trained ones."""
    return {
        'trained("first-gan", 1e-3)': f'sets["{dense}"]',
        'trained("dcgan", 2e-3, "generator_width=16")': f'sets["{dcgan}"]',
        'trained("glyphs", 2e-3, *plain)': f'sets["{modern}"]',
        'to_uint8(shipped_run("glyphs").sample(COUNT))': f'sets["{shipped}"]',
    }


VARIANTS = {
    "the sets are exchanged, and the distances are half written": {
        "2 + 0.5 * torch.randn": "1 + 0.5 * torch.randn",
        "- 2 * overlap": "- overlap",
        "(xx.sum() - xx.trace())": "xx.sum()",
        "coin(0.2, 1_000), coin(0.5": "coin(0.35, 1_000), coin(0.3",
        "blocks.std() / len(blocks) ** 0.5": "blocks.std()",
        "real, generated, k=3)": "real, generated, k=6)",
        "real, generated + torch.tensor([0.5": "real, generated + torch.tensor([0.1",
        "torch.tensor([-5.0, 0.0])": "torch.tensor([5.0, 0.0])",
        "real[:300].roll(2, dims=3)": "real[:300]",
        '"first GAN": from_gan': '"first GAN": training[-COUNT:]',
        "[x.mean(dim=0).round()": "[x[0].mul(0)",
        '"copier": training[:COUNT]': '"copier": from_gan',
        '"real": other_real': '"real": training[-COUNT:]',
        "torch.randint(-1, 2, (len": "torch.randint(0, 1, (len",
        "to_nearest(flat(real[:100])": "to_nearest(flat(suspects)",
        **instead("sly copier", "shuffled", "copier", "sly copier"),
    },
    "the journey is long, the clouds meet, and nothing is searched": {
        "costs = cloud - mean,": "costs = cloud - mean + 9,",
        "blocks.std() / len(blocks) ** 0.5": "blocks.std() / len(blocks)",
        "* 0.1 + torch.tensor([5.0, 0.0])": "* 0.1 + torch.tensor([0.5, 0.0])",
        "i : i + 80": "i : i + 800",
        "class_means[torch.arange(COUNT) % 10]": "training[-COUNT:]",
        "for y in (-1, 0, 1)": "for y in (3,)",
        **instead("first GAN", "first GAN", "shuffled", "shuffled"),
    },
    "the first GAN copies a little, and the class means are negatives": {
        '"first GAN": from_gan': '"first GAN": training[:500].repeat(6, 1, 1, 1)',
        "class_means[torch.arange(COUNT) % 10]": "255 - training[-COUNT:]",
        **instead("first GAN", "first GAN", "copier", "real"),
    },
}
FIRST, SECOND, THIRD = VARIANTS
BROKEN = {
    "sorting costs (μ₁ - μ₂)² + (σ₁ - σ₂)²": FIRST,
    "the function agrees with sorting": FIRST,
    "the cheapest turn costs what the formula says": SECOND,
    "and none costs less": FIRST,
    "Fréchet distance of a Gaussian and a coin": FIRST,
    "kernel distance, beside (Δm₃)²": FIRST,
    "kernel distance of a fair coin": FIRST,
    "Fréchet bias, beside theory": FIRST,
    "a quarter of the points, four times the bias": FIRST,
    "kernel distance: mean, in standard errors": FIRST,
    "error announced, beside the scatter": SECOND,
    "and not far above it": FIRST,
    "coverage of one distribution, beside 7/8": FIRST,
    "the four scores of two half-shared squares": FIRST,
    "one outlier: recall": FIRST,
    "one outlier: coverage": SECOND,
    "in pixels another digit is nearer": FIRST,
    "in features, less often by": FIRST,
    "80 real pictures over 3,000 generated, Fréchet": SECOND,
    "at equal numbers, the GAN over real": FIRST,
    "kernel distance: GAN over real, less 3 errors": FIRST,
    "class means: recognised more often by": FIRST,
    "and yet their Fréchet distance is larger": SECOND,
    "the kernel distance sides with the eye": FIRST,
    "the GAN's recall, as a part of real's": THIRD,
    "its coverage, as a part of real's": FIRST,
    "the GAN's balls over real ones, mean radius": THIRD,
    "class means: lost spread, as a part of the distance": THIRD,
    "shuffled pixels are farther off in the mean": THIRD,
    "copier and real, quality and coverage": FIRST,
    "real pictures are not nearer": FIRST,
    "the copier is": FIRST,
    "the sly copier gets away": FIRST,
    "exact copies among the sly ones, shifts undone": SECOND,
    "real pictures that are blamed": FIRST,
    "recognised, between DCGAN and dense": FIRST,
    "coverage of either, as a part of real's": FIRST,
    "Fréchet distance, modern over DCGAN": SECOND,
    "modern over the better of both, in two columns": SECOND,
    "recall of modern over real's": SECOND,
    "coverage of modern over real's": FIRST,
    "Fréchet distance, first GAN over modern": SECOND,
    "recognised, first GAN more by": THIRD,
    "coverage, first GAN over modern": THIRD,
    "nearer, at most": FIRST,
    "shipped: recognised": SECOND,
    "shipped: Fréchet distance over modern": SECOND,
    "shipped: quality and coverage, as a part of real's": FIRST,
    "shipped: nearer": FIRST,
}


def test_every_claim_has_a_broken_variant():
    assert_broken_variants_cover(NAME, BROKEN)


@pytest.mark.parametrize("variant", VARIANTS)
def test_claims_fail_under_their_broken_variant(variant):
    named = broken_by(variant, BROKEN)
    assert_claims_fail(NAME, named, VARIANTS[variant])


@pytest.fixture
def two_sets():
    random = torch.Generator().manual_seed(0)
    real = torch.randn(200, 6, generator=random)
    return real, 1.3 * torch.randn(180, 6, generator=random) + 0.4


def test_the_fréchet_distance_is_that_of_the_package(taught, two_sets):
    expected = frechet.frechet_distance(*two_sets)
    assert taught["frechet_distance"](*two_sets) == pytest.approx(expected, rel=1e-10)


def test_the_kernel_distance_is_that_of_the_package(taught, two_sets):
    expected = kernel.kernel_distance(*two_sets).value
    assert taught["kernel_distance"](*two_sets) == pytest.approx(expected, rel=1e-10)


def test_the_blocks_are_those_of_the_package(taught, two_sets):
    real, generated = (each[:180] for each in two_sets)
    expected = kernel.block_kernel_distance(real, generated, block=30, seed=3)
    random = torch.Generator().manual_seed(3)
    real, generated = (
        each[torch.randperm(180, generator=random)] for each in (real, generated)
    )
    blocks = taught["block_distances"](real, generated, 30).double()
    found = taught["mean_and_error"](blocks)
    assert found == pytest.approx((expected.value, expected.standard_error), rel=1e-5)


@pytest.mark.parametrize("k", [1, 3])
def test_precision_and_the_others_are_those_of_the_package(taught, two_sets, k):
    for generated in (two_sets[1], two_sets[0][:50].repeat(3, 1)):
        expected = precision_recall.precision_recall(two_sets[0], generated, k=k)
        found = taught["precision_recall"](two_sets[0], generated, k=k)
        assert found == pytest.approx(vars(expected))


def test_the_search_for_copies_is_that_of_the_package(taught, solutions, two_sets):
    real, generated = (each.double() for each in two_sets)
    training, held_out = real[:100], real[100:]
    generated = torch.cat([generated, training[:10]])
    expected = neighbours.memorisation(generated, training, held_out)
    distances = taught["to_nearest"](generated, training)
    found = taught["nearer"](distances, taught["to_nearest"](held_out, training))
    assert found == pytest.approx(expected.nearer, abs=1e-9)
    torch.testing.assert_close(distances, expected.generated, atol=1e-6, rtol=1e-6)
    solutions["copies"].__globals__["to_nearest"] = taught["to_nearest"]
    copied = solutions["copies"](generated, training, held_out)
    assert copied.item() == pytest.approx(expected.copies, abs=1e-9)


def test_the_bias_of_exercise_2_is_that_of_the_package(solutions):
    deviations = torch.tensor([0.5, 1.0, 2.0], dtype=torch.float64)
    count = solutions["images_needed"](deviations, 0.05)
    bias = [
        frechet.expected_bias(torch.diag(deviations**2), n, n)
        for n in (count - 1, count)
    ]
    assert bias[1] <= 0.05 < bias[0]
