"""Checks of the exercises of notebook 10, Measure image quality."""

import math
from collections.abc import Callable

import torch
from torch import Tensor

from gan_course.checks.exercise import Exercise, expect, expect_close


@Exercise(
    todo="return the two values, and the kernel distance",
    success="mean and spread are as ordered, and only the third moment gives it away",
    hint="All arguments are numbers, so use math.sqrt.",
)
def check_forgery(
    forgery: Callable[[float, float, float], tuple[float, float]],
    gives_away: Callable[[float, float], float],
) -> None:
    """High and low of that mean and deviation; then σ⁶ (1 - 2p)² / (p (1 - p))."""
    for p, mean, deviation in ((0.2, 0.0, 1.0), (0.2, 3.0, 1.0), (0.3, -1.0, 2.0)):
        high, low = (float(value) for value in forgery(p, mean, deviation))
        got = p * high + (1 - p) * low
        expect(
            high >= low,
            "Your high value is below your low one: the one of probability p is the "
            "high one.",
        )
        expect_close(
            got,
            mean,
            f"The mean should be {mean:g}, but p · high + (1 - p) · low is {got:.3g}: "
            "is the rare value far out and the frequent one near, and is μ added?",
        )
        variance = p * (high - got) ** 2 + (1 - p) * (low - got) ** 2
        expect_close(
            variance,
            deviation**2,
            f"The variance should be σ² = {deviation**2:g}, but yours is "
            f"{variance:.3g}: stretch both distances from the mean by σ.",
        )
    expect_close(
        gives_away(0.5, 1.0),
        0.0,
        "A fair coin is symmetric, so its third moment is that of the Gaussian: the "
        "kernel distance is 0.",
    )
    p, right = 0.2, 2.25
    answer = float(gives_away(p, 1.0))
    expect(
        not math.isclose(abs(answer), 1.5, rel_tol=1e-4),
        "This is the difference of the third moments; the kernel distance holds its "
        "square.",
    )
    expect(
        not math.isclose(answer, 3 * right, rel_tol=1e-4),
        "The factor 3 belongs to the first two moments; x³y³ comes once in the cube.",
    )
    expect_close(
        answer,
        right,
        "With p = 0.2 and σ = 1 it is (0.6)² / 0.16 = 2.25: square the difference of "
        "the third moments.",
    )
    expect_close(
        gives_away(0.7, 1.0),
        0.4**2 / 0.21,
        "With p = 0.7 and σ = 1 it is (0.4)² / 0.21: your answer holds for p below ½ "
        "only.",
    )
    scaled = float(gives_away(p, 2.0)) / right
    expect(
        not math.isclose(scaled, 1, rel_tol=1e-4),
        "σ does not matter in your answer, but moments of wider clouds are larger.",
    )
    expect(
        not math.isclose(scaled, 8, rel_tol=1e-4),
        "The third moment grows with σ³; the distance holds its square.",
    )
    expect_close(
        scaled, 64, "With σ = 2 every third moment is 2³ times as large: then square."
    )


@Exercise(
    todo="return the number of pictures that keeps the bias small enough",
    success="that many pictures of each kind keep the bias at what was asked for",
    hint="`deviations` is a tensor (d,), and `largest_bias` a number.",
)
def check_images_needed(images_needed: Callable[[Tensor, float], int]) -> None:
    """⌈2 bracket / bias⌉, the bracket of section 2."""
    one = torch.ones(1, dtype=torch.float64)

    def of(deviations: Tensor, bias: float) -> int:
        answer = images_needed(deviations, bias)
        expect(
            answer == int(answer),
            f"You return {float(answer):g}; return a whole number of pictures.",
        )
        return int(answer)

    simple = of(one, 0.01)
    told = (
        (200, "Where is the spread of the covariances? This counts the means only."),
        (150, "There are two samples of N, so the factor is 1/N + 1/N, not 1/N."),
        (100, "This counts the covariances only (and δ), or forgets the factor 2."),
        (400, "The double sum has a factor ½."),
        (250, "Where is δ? For i = j a term counts twice."),
    )
    for wrong, sentence in told:
        expect(simple != wrong, sentence)
    expect(
        simple == 300,
        f"With one deviation of 1 the bracket is 1.5, so a bias of 0.01 needs 300 "
        f"pictures of each kind; you say {simple:,}.",
    )
    wide = of(2 * one, 0.01)
    expect(
        wide != 600,
        "The eigenvalues of a covariance are variances; you are given deviations.",
    )
    expect(wide == 1200, "Twice the deviation is four times the bias.")
    expect(
        of(torch.ones(8, dtype=torch.float64), 0.1) == 520,
        "With eight deviations of 1 the bracket is 26: do both sums run over all i "
        "and j?",
    )
    expect(
        of(torch.tensor([1.0, 2.0], dtype=torch.float64), 0.1) == 166,
        "With variances 1 and 4 the bracket is 8.3, so a bias of 0.1 needs 166 "
        "pictures: in each term divide by the sum of the two eigenvalues.",
    )
    expect(
        of(one, 0.007) == 429,
        "428 pictures are not enough for a bias of 0.007: round up.",
    )
    expect(
        of(one, 0.009) == 334,
        "333 pictures are not enough for a bias of 0.009: round up, not to the "
        "nearest whole number.",
    )


@Exercise(
    todo="return the gain, its standard error and the verdict",
    success="the real blocks are shared, so their luck cancels block by block",
    hint="a and b are tensors (B,); the last answer is True or False.",
)
def check_compare(
    compare: Callable[[Tensor, Tensor], tuple[float, float, bool]],
) -> None:
    """Gain = mean(a - b), error = std(a - b) / √B, better = gain > 3 error."""
    luck = torch.tensor([0.0, 4.0, 1.0, 9.0, 2.0, 5.0], dtype=torch.float64)
    noise = torch.tensor([0.3, -0.1, -0.05, -0.1, -0.05, 0.0], dtype=torch.float64)
    a, b = 3 + luck + noise, 2 + luck
    gain, error, decided = compare(a, b)
    gain, error = float(gain), float(error)
    expect(
        not math.isclose(gain, -1, rel_tol=1e-6),
        "These are distances: B is better where b is smaller, so the gain is a - b.",
    )
    expect_close(gain, 1.0, "The gain is the mean of the differences, here 1.")
    apart = math.sqrt(float(a.var() + b.var()) / 6)
    s = noise.std().item()
    told = (
        (
            apart,
            "You add the errors of two independent measurements. These share their "
            "real blocks: take the differences first.",
        ),
        (s, "This is the scatter of one block; the mean of B blocks is √B steadier."),
        (s / 6, "Divide the standard deviation by √B, not by B."),
        (
            noise.std(correction=0).item() / math.sqrt(6),
            "Here s divides by B - 1: a mean that comes from the same blocks hides a "
            "part of the scatter.",
        ),
    )
    for wrong, sentence in told:
        expect(not math.isclose(error, wrong, rel_tol=1e-4), sentence)
    expect_close(
        error, s / math.sqrt(6), "The error is that of the mean difference, s / √B."
    )
    expect(
        decided, "B is better by 1, with an error of 0.06: that is decided, say True."
    )
    close = compare(a * 0 + noise + 2.9 * s / math.sqrt(6), a * 0)
    expect(
        not close[2],
        "A gain of 2.9 errors is not enough: the section asks for three.",
    )
    enough = compare(a * 0 + noise + 3.1 * s / math.sqrt(6), a * 0)
    expect(enough[2], "A gain of 3.1 errors is enough: the section asks for three.")
    gain, error, decided = compare(a - 9, b - 9)
    expect(
        math.isclose(gain, 1, rel_tol=1e-6) and decided,
        "Kernel distances can be negative. With 9 less in all blocks, yours has "
        "another gain or verdict.",
    )
    worse = compare(b, a)
    expect(
        not worse[2],
        "A is better here by many errors, so B is not: only a positive gain decides "
        "for B.",
    )


@Exercise(
    todo="return the share of generated pictures that are too near",
    success="a tenth of copies is found, however poor the rest is",
    hint="to_nearest returns one distance for each query, and a tensor has "
    ".quantile(0.01).",
)
def check_copies(
    copies: Callable[[Tensor, Tensor, Tensor], Tensor],
    to_nearest: Callable[[Tensor, Tensor], Tensor],
) -> None:
    """mean(made < quantile(held, 0.01))."""
    random = torch.Generator().manual_seed(1)
    training, held_out, honest = (
        torch.randn(1_000, 3, generator=random, dtype=torch.float64) for _ in range(3)
    )
    poor = honest + 50
    thief = torch.cat([training[:50], training[-50:], poor[:900]])
    share = float(copies(thief, training, held_out))
    expect(0 <= share <= 1, f"A share lies from 0 to 1, but you return {share:g}.")
    expect(
        not math.isclose(share, 0.9, abs_tol=0.01),
        "You count the pictures that are farther away than the bound: these are the "
        "poor ones, not the copies.",
    )
    blind = float(copies(thief, held_out, training))
    expect(
        not (math.isclose(blind, 0.1, abs_tol=0.005) and share < 0.05),
        "You search the held-out pictures for copies: search the training set.",
    )
    expect_close(
        share,
        0.1,
        f"100 of 1,000 are copies, but you find {share:.3g}: return the share of "
        "generated pictures whose distance to the training set is below the bound.",
        tolerance=0.005,
    )
    often = torch.cat([training[:1].expand(50, -1), poor[:450]])
    expect_close(
        float(copies(often, training, held_out[:300])),
        0.1,
        "Here one picture is copied 50 times among 500, with 1,000 for training and "
        "300 held out: find the nearest training picture of each generated one, and "
        "count generated ones, all of them.",
        tolerance=0.005,
    )
    none = float(copies(poor, training, held_out))
    expect(
        none < 0.005,
        "Nothing is copied here, and all is poor, but you still find 1 %: the bound "
        "comes from the held-out pictures, not from the generated ones.",
    )
    held = to_nearest(held_out, training)
    made = to_nearest(honest, training)
    right = (made < held.quantile(0.01)).double().mean().item()
    found = float(copies(honest, training, held_out))
    expect(
        not math.isclose(found, (made < held.min()).double().mean().item())
        or math.isclose(found, right),
        "Your bound is the very nearest held-out picture: one accident moves it. Take "
        "the 1 % quantile.",
    )
    expect(
        found < 0.1,
        f"Honest pictures should give about 0.01, but you find {found:.2g}: 1 % is a "
        "quantile of 0.01.",
    )
    expect_close(
        found,
        right,
        "Honest pictures should give about 0.01: the bound is "
        "the 1 % quantile of the held-out distances.",
    )
    twins = torch.cat([training[:20], held_out[:980]])
    expect(
        float(copies(training, training, twins)) < 0.005,
        "When 2 % of the held-out pictures are duplicates of training pictures, the "
        "bound is 0 and nothing is below it: count what is nearer, not as near.",
    )
