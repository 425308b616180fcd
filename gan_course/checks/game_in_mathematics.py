"""Checks of the exercises of notebook 04, Put the game into mathematics."""

import math
from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn.functional import logsigmoid

from gan_course.checks.exercise import Exercise, expect, expect_close, expect_tensor
from gan_course.checks.game_by_hand import check_both_at_once as check_both_at_once
from gan_course.checks.saturation import check_with_full_pull as check_with_full_pull


@Exercise(
    todo="weigh what is real and what is generated at the place of each answer",
    success="the answer of D is right for a stream with k generated ones per real one",
    hint="`logits` is a tensor of logits of *real*, `k` a number.",
)
def check_in_the_stream(in_the_stream: Callable[[Tensor, float], Tensor]) -> None:
    """`in_the_stream(ℓ, k)` is D / (D + k (1 - D)) with D = σ(ℓ): σ(ℓ - log k)."""
    logits = torch.tensor([0.0, -1.4, 2.2, 0.6], dtype=torch.float64)
    k = 3
    given = in_the_stream(logits.clone(), k)
    expect(
        not isinstance(given, Tensor) or given.shape != (4,) or not given.isnan().any(),
        "Your result is not a number for a logit of 0, where D says ½.",
    )
    expect_tensor(given, (4,), "what you return for 4 logits")
    for wrong, sentence in _stream_mistakes(logits, k):
        expect(not torch.allclose(given, wrong), sentence)
    right = torch.sigmoid(logits - math.log(k))
    expect_close(
        given,
        right,
        "With odds D / (1 - D) in the even mixture, the odds in the stream are "
        "D / (k (1 - D)); your two weights must stand to each other like this.",
        tolerance=1e-9,
    )
    expect_close(
        in_the_stream(logits.clone(), 12),
        torch.sigmoid(logits - math.log(12)),
        "Your result is right for k = 3 but not for k = 12.",
        tolerance=1e-9,
    )
    sure = in_the_stream(torch.tensor([-200.0, 200.0]), k)
    expect(
        sure.isfinite().all(),
        "At logits of ±200 your result is not a number: section 1 writes D and 1 - D "
        "with σ, which cannot overflow.",
    )
    expect_close(sure, [0.0, 1.0], "Where D is sure, the mixture changes nothing.")


def _stream_mistakes(logits: Tensor, k: float) -> list[tuple[Tensor, str]]:
    """What typical wrong weights give, and what to say about each."""
    D = torch.sigmoid(logits)

    def odds(weight_real: Tensor, weight_fake: Tensor) -> Tensor:
        return weight_real / (weight_real + weight_fake)

    return [
        (
            odds(k * D, 1 - D),
            "Where D says ½ and 3 generated ones come for each real one, 1 in 4 is "
            "real, but you say 3 in 4: k belongs to the other weight.",
        ),
        (
            odds(k * (1 - D), D),
            "This is the probability of *generated*: the two weights are swapped.",
        ),
        (
            odds(1 - D, k * D),
            "D itself belongs to the real ones and 1 - D, times k, to the generated "
            "ones; you have these the other way round.",
        ),
        (
            D,
            "Your result does not depend on k: it is still the answer for as many of "
            "each.",
        ),
        (
            odds(D, (k + 1) * (1 - D)),
            "k generated ones come for every real one: their weight grows k times, not "
            "k + 1 times.",
        ),
        (
            odds(D, k + 0 * D),
            "The generated ones near x are not k, but k for each of the share 1 - D "
            "that they had in the even mixture.",
        ),
        (
            odds(D, (1 - D) * k / (k + 1)),
            "Each weight is relative to the other: if generated ones weigh "
            "k / (k + 1), real ones weigh 1 / (k + 1), not 1.",
        ),
        (
            odds(D, k**2 * (1 - D)),
            "k counts twice: put it into one of the two weights only.",
        ),
        (
            odds(logits, k * (1 - logits)),
            "You used the logits as if they were the answers: D is σ of the logit.",
        ),
        (
            odds(logits.exp(), k * (1 - logits.exp())),
            "The exponential of the logit is not D but the odds D / (1 - D).",
        ),
        (
            torch.sigmoid(logits - k),
            "The odds are divided by k, so the logit loses log k, not k.",
        ),
    ]


@Exercise(
    todo="compute V from the logits, and solve for JSD, in bits",
    success="the logits give the divergence in bits: 0 for a coin, 1 for a sure D",
    hint="Both logits are (N, 1); `value` of section 1 takes them in this order.",
)
def check_divergence(divergence: Callable[[Tensor, Tensor], Tensor]) -> None:
    """`divergence(real, fake)` is (V + log 4) / 2, divided by log 2."""
    real = torch.tensor([[1.5], [-0.3], [2.0], [0.4]], dtype=torch.float64)
    fake = torch.tensor([[-1.0], [0.6]], dtype=torch.float64)
    V = logsigmoid(real).mean() + logsigmoid(-fake).mean()
    nats = (V + math.log(4)) / 2
    bits = nats / math.log(2)
    given = torch.as_tensor(divergence(real, fake))
    expect(
        given.ndim == 0,
        f"Your estimate has shape {tuple(given.shape)}, but is one number for all "
        "samples: V takes means.",
    )
    expect(given.isfinite(), "Your estimate of moderate logits is not a finite number.")
    given = given.item()
    for wrong, sentence in _divergence_mistakes(real, fake, V, nats):
        expect(not math.isclose(given, wrong, rel_tol=1e-6, abs_tol=1e-9), sentence)
    expect_close(
        given,
        bits,
        "Your estimate differs from (V + log 4) / 2 / log 2, with V as in section 1.",
        tolerance=1e-6,
    )
    ones = torch.ones(3, 1)
    expect(
        divergence(-ones, ones) <= 0,
        "This D is worse than a coin, and you report a divergence: where V is below "
        "-log 4 the estimate has a minus sign.",
    )
    expect_close(
        divergence(-ones, ones),
        (logsigmoid(-ones).mean() * 2 + math.log(4)) / 2 / math.log(2),
        "This D is worse than a coin: V is below -log 4, and the estimate is negative. "
        "Leave it so; a D that does badly should be seen.",
    )
    expect(
        math.isfinite(divergence(-300 * ones, 300 * ones)),
        "At logits of ±300 your estimate is not finite: use logsigmoid, or value.",
    )
    apart = divergence(300 * ones, -300 * ones)
    expect_close(apart, 1.0, "A D that is sure and right must find 1 bit.")
    for size in (30, 300):
        expect_close(
            divergence(-size * ones, size * ones),
            (math.log(4) - 2 * size) / 2 / math.log(2),
            f"At logits of ±{size} your estimate is cut off: a D that is sure and "
            "wrong has a very small V. Take the logits as they are.",
        )


def _divergence_mistakes(
    real: Tensor, fake: Tensor, V: Tensor, nats: Tensor
) -> list[tuple[float, str]]:
    """What typical wrong formulas give, and what to say about each."""
    swapped = logsigmoid(fake).mean() + logsigmoid(-real).mean()
    log_2, log_4 = math.log(2), math.log(4)
    same_side = logsigmoid(real).mean() + logsigmoid(fake).mean()
    total = logsigmoid(real).sum() + logsigmoid(-fake).sum()
    together = torch.cat([logsigmoid(real), logsigmoid(-fake)]).mean()
    mistakes = [
        (nats, "This is in natural units: divide by log 2 to get bits."),
        (
            nats * log_2,
            "A bit is log 2 = 0.693 natural units, so the number of bits is larger "
            "than that of natural units: divide by log 2.",
        ),
        (V + log_4, "This is 2 JSD, in natural units: halve it and change the unit."),
        (
            (V + log_4) / log_2,
            "This is 2 JSD in bits: a D that is sure and right would find 2. Halve it.",
        ),
        (
            (V - log_4) / 2 / log_2,
            "V = 2 JSD - log 4, so log 4 is added to V: a coin must find 0.",
        ),
        (
            V / 2 / log_2,
            "A coin, with all logits 0, must find a divergence of 0: what happened to "
            "log 4?",
        ),
        (
            (-V + log_4) / 2 / log_2,
            "The sign of V is wrong: V is the mean of the logarithms themselves, and "
            "-V is the price.",
        ),
        (
            (swapped + log_4) / 2 / log_2,
            "Real and generated are swapped: V takes log D on real and log(1 - D) on "
            "generated samples.",
        ),
        (
            (same_side + log_4) / 2 / log_2,
            "On generated samples V takes log(1 - D), which is logsigmoid of *minus* "
            "the logit.",
        ),
        (
            (total + log_4) / 2 / log_2,
            "V is made of means over the samples, not of sums.",
        ),
        (
            (together + log_4) / 2 / log_2,
            "V is the *sum* of two means, one over the real and one over the generated "
            "samples, not one mean over all.",
        ),
        (
            (V / log_2 + log_4) / 2,
            "Only V was changed to bits, and log 4 was not: in bits it is 2.",
        ),
    ]
    return [(float(wrong), sentence) for wrong, sentence in mistakes]
