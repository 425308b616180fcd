"""Checks of the exercises of notebook 09, Build a convolutional GAN."""

import math
from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from gan_course.checks.exercise import (
    Exercise,
    WrongAnswerError,
    expect,
    expect_close,
    expect_tensor,
)

# Kernel, stride and padding of transposed convolutions.
LAYERS = (
    *((3, 2, 1), (4, 2, 1), (5, 2, 2), (4, 3, 1), (6, 3, 2), (7, 4, 3), (2, 3, 0)),
    *((1, 2, 0), (2, 2, 1), (3, 1, 1), (5, 3, 1), (3, 4, 1)),
)


@Exercise(
    todo="say how many products meet in the pixel of row y and column x",
    success="your counts are those of kernels laid down at strides 1 to 4",
    hint="Return one whole number, from the whole numbers y, x, k, s and p.",
)
def check_products_at(products_at: Callable[[int, int, int, int, int], int]) -> None:
    """`products_at(y, x, k, s, p)` counts the products of a pixel far from borders."""
    cases = [
        (y, x, k, s, p)
        for k, s, p in LAYERS
        for y in range(4 * s, 5 * s)
        for x in range(4 * s, 5 * s)
    ]
    answers = {case: _number(products_at(*case)) for case in cases}
    for sentence, rule in MISTAKES.items():
        expect(any(answers[case] != rule(*case) for case in cases), sentence)
    laid = {layer: _laid(*layer) for layer in LAYERS}
    for (y, x, k, s, p), answer in answers.items():
        right = int(laid[k, s, p][y, x])
        expect(
            answer == right,
            f"With k = {k}, s = {s} and p = {p} you count {answer:g} where {right} "
            f"should meet, in row {y}, column {x}. Ask for each number a of the kernel "
            f"whether there is a whole i with {s}i - {p} + a = {y}.",
        )


def _along(place: int, k: int, s: int, p: int) -> int:
    return sum((place + p - a) % s == 0 for a in range(k))


Rule = Callable[[int, int, int, int, int], float]


def _both(along: Callable[[int, int, int, int], int]) -> Rule:
    return lambda y, x, k, s, p: along(y, k, s, p) * along(x, k, s, p)


MISTAKES: dict[str, Rule] = {
    "These are the counts down a column. A pixel has a row and a column, and the two "
    "counts multiply.": lambda y, x, k, s, p: _along(y, k, s, p),
    "These are the counts along a row. A pixel has a row and a column, and the two "
    "counts multiply.": lambda y, x, k, s, p: _along(x, k, s, p),
    "You add the counts of row and column. Each number that reaches the row meets each "
    "one that reaches the column: multiply.": lambda y, x, k, s, p: (
        _along(y, k, s, p) + _along(x, k, s, p)
    ),
    "That is right without padding. The padding moves all patches by p pixels: number "
    "a of patch i lands on pixel s · i - p + a.": _both(
        lambda place, k, s, p: _along(place, k, s, 0)
    ),
    "Your padding moves the patches the wrong way: from s · i - p + a = y follows "
    "s · i = y + p - a.": _both(lambda place, k, s, p: _along(place, k, s, -p)),
    "Your counts are those of stride 2, whatever s is.": _both(
        lambda place, k, s, p: _along(place, k, 2, p)
    ),
    "(k / s)² is the mean over all pixels. Which pixel has more products depends on "
    "its place.": lambda y, x, k, s, p: (k / s) ** 2,
    "The numbers of the kernel are a = 0, …, k - 1, and you count a = 1, …, k: all "
    "patches lie one pixel too far.": _both(
        lambda place, k, s, p: _along(place - 1, k, s, p)
    ),
    "You count the numbers of the kernel up to k, but they are a = 0, …, k - 1: the "
    "first picture has no pixel of 9 products.": _both(
        lambda place, k, s, p: _along(place, k + 1, s, p)
    ),
}


def _number(answer: object) -> float:
    try:
        return float(answer)  # of a tensor or array with one number, too
    except (TypeError, ValueError):
        sentence = "Return one number, how many products meet in the pixel."
        raise WrongAnswerError(sentence) from None


def _laid(k: int, s: int, p: int) -> Tensor:
    """Lay a kernel of ones down."""
    small, kernel = torch.ones(1, 1, 9, 9), torch.ones(1, 1, k, k)
    return F.conv_transpose2d(small, kernel, stride=s, padding=p)[0, 0]


@Exercise(
    todo="write the four numbers of the patch with w[0], w[1] and w[2]",
    success="one patch of four numbers does what copying and three weights do",
    hint="`patch` is a list of four numbers made of w[0], w[1] and w[2].",
)
def check_patch_of_copies(patch_of: Callable[[Tensor], Tensor]) -> None:
    """`patch_of(w)`, laid down at stride 2, is doubling by copies and `conv1d`."""
    w = torch.tensor([1.0, 10.0, 100.0], dtype=torch.float64)
    patch = patch_of(w)
    expect_tensor(patch, (4,), "the patch")
    right = torch.stack([w[2], w[1] + w[2], w[0] + w[1], w[0]])
    total = patch.sum()
    expect(
        not torch.equal(patch, right.flip(0)),
        "Your patch is reversed. conv1d multiplies w[0] by the number on the *left*, "
        "so a number meets w[0] in the pixel on its *right*, at the end of its patch.",
    )
    expect(
        not torch.allclose(patch, right / 2)
        and not torch.allclose(patch, right.flip(0) / 2),
        "Your patch is half as strong: copies are not averaged, each counts in full.",
    )
    expect(
        total != w.sum(),
        "The numbers of your patch add up to w[0] + w[1] + w[2], but each small number "
        "stands twice in the doubled row, so each weight must occur twice.",
    )
    expect(
        patch[0] + patch[2] == patch[1] + patch[3],
        "Both phases must have the same sum: patch[0] + patch[2] and "
        "patch[1] + patch[3] differ. A flat row would become striped.",
    )
    expect(
        torch.allclose(total, 2 * w.sum()),
        "Each of the three weights must occur twice in the patch, since each small "
        "number stands twice in the doubled row.",
    )
    for _ in range(3):
        w, small = torch.randn(3).double(), torch.randn(1, 1, 7).double()
        doubled = small.repeat_interleave(2, dim=2)
        wanted = F.conv1d(doubled, w[None, None], padding=1)
        found = F.conv_transpose1d(small, patch_of(w)[None, None], stride=2, padding=1)
        expect_close(
            found,
            wanted,
            "The sums are right, but not the places. Follow one number: it stands in "
            "pixels 2i and 2i + 1, and pixel 2i - 1 sees only the first of them.",
        )


@Exercise(
    todo="write He's deviation of the first three layers, Fixup's factor, and the last",
    success="your block begins as no change, and its other layers at Fixup's size",
    hint="Return a list of four numbers; `maps` and `L` are whole numbers.",
)
def check_standard_deviations(
    deviations: Callable[[int, int], Sequence[float]],
) -> None:
    """`deviations(maps, L)` are those of four layers of a block, by Fixup's rule."""
    maps, total = 64, 16
    given = _four(deviations(maps, total))
    he = [math.sqrt(2 / (1.04 * m)) for m in (64, 9 * 16, 9 * 16)]
    factor = total ** (-1 / 6)
    expect(
        given[3] == 0,
        "The last layer of the block must begin at 0, so that the block begins as no "
        "change at all.",
    )
    expect(
        not _close(given[:3], he),
        "This is He's size without Fixup's factor: with many blocks the first steps "
        "would change too much.",
    )
    expect(
        not _close(given[:3], [h * total**-0.25 for h in he]),
        "L to the power of -1/4 is the factor for three layers in a block. Here there "
        "are four: put m = 4 into -1 / (2m - 2).",
    )
    plain = [math.sqrt(2 / m) for m in (64, 9 * 16, 9 * 16)]
    expect(
        not _close(given[:3], [h * factor for h in plain]),
        "Your 2 / m is for a plain ReLU; leaky ReLU of slope 0.2 lets more through, "
        "hence 2 / (1.04 m).",
    )
    outputs = [math.sqrt(2 / (1.04 * m)) for m in (16, 9 * 16, 9 * 16)]
    expect(
        not _close(given[:3], [h * factor for h in outputs]),
        "You counted the maps that the first layer makes. m is what one output adds "
        "up, so the maps that come in.",
    )
    flat = [math.sqrt(2 / (1.04 * m)) for m in (64, 16, 16)]
    expect(
        not _close(given[:3], [h * factor for h in flat]),
        "An output of a 3×3 convolution adds up nine products for each map that comes "
        "in.",
    )
    wide = [math.sqrt(2 / (1.04 * m)) for m in (64, 9 * 64, 9 * 16)]
    expect(
        not _close(given[:3], [h * factor for h in wide]),
        "The first 3×3 layer works on what the 1×1 layer left: a quarter of the maps.",
    )
    expect(
        not _close(given[:3], [h * h * factor for h in he]),
        "These are variances times the factor: take the root of 2 / (1.04 m).",
    )
    expect(
        not _close(given[:3], [h / factor for h in he]),
        "Your weights grow with L: the exponent of Fixup's factor is negative.",
    )
    for maps, total in ((64, 16), (32, 1), (128, 5)):
        inner = maps // 4
        he = [math.sqrt(2 / (1.04 * m)) for m in (maps, 9 * inner, 9 * inner)]
        wanted = [*(h * total ** (-1 / 6) for h in he), 0.0]
        expect_close(
            torch.tensor(_four(deviations(maps, total))),
            torch.tensor(wanted),
            f"With {maps} maps and L = {total} the sizes differ: the root of "
            "2 / (1.04 m) with m products for each output, times L to the power of "
            "-1 / (2m - 2), where this second m is the number of layers.",
        )


def _four(answer: object) -> list[float]:
    expect(
        isinstance(answer, list | tuple) and len(answer) == 4,
        "Return four numbers, one for each layer of the block.",
    )
    return [float(number) for number in answer]


def _close(numbers: Sequence[float], others: Sequence[float]) -> bool:
    return all(math.isclose(a, b, rel_tol=1e-4) for a, b in zip(numbers, others))


class _Marked(nn.Module):
    """A discriminator of one weight: the logit is the weighted sum of the pixels."""

    def __init__(self, start: float) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.tensor(start))

    def forward(self, inputs: Tensor) -> Tensor:
        return self.weight * inputs.flatten(1).sum(dim=1, keepdim=True)


class _Painter(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.tensor(3.0))

    def forward(self, latents: Tensor) -> Tensor:
        return self.weight * latents


@Exercise(
    todo="say what D answers to real and generated pictures, in both halves of a step",
    success="real and generated pictures are varied alike, and the gradient stops only "
    "where it should",
    hint="Call discriminator(…) three times, on batches that went through change(…).",
)
def check_three_logits(three: Callable[..., Sequence[Tensor]]) -> None:
    """The logits are of varied pictures, detached in the discriminator's half alone."""
    generator, discriminator = _Painter(), _Marked(1.0)
    real, latents = torch.full((4, 2), 5.0), torch.full((4, 2), 1.0)
    draws: list[Tensor] = []

    def change(pictures: Tensor) -> Tensor:
        draws.append(pictures)
        return pictures + 100.0

    answer = three(generator, discriminator, real, latents, change)
    expect(
        isinstance(answer, tuple | list) and len(answer) == 3,
        "Return three batches of logits: real, fake and fooling.",
    )
    for logits, name in zip(answer, ("real_logits", "fake_logits", "fooling_logits")):
        expect_tensor(logits, (4, 1), name)
    on_real, on_fake, fooling = (logits.mean().item() for logits in answer)
    expect(
        not all(0 <= logits <= 1 for logits in (on_real, on_fake, fooling)),
        "Return the logits as D gives them, without a sigmoid.",
    )
    expect(
        min(on_real, on_fake, fooling) >= 0,
        "Return the logits as D gives them: D rates all of these pictures above 0, and "
        "one of your answers is below.",
    )
    varied = [logits > 150 for logits in (on_real, on_fake, fooling)]
    expect(
        any(varied),
        "No picture is varied: D still sees each real picture as it is, and learns it "
        "by heart.",
    )
    expect(
        varied != [True, False, False],
        "Only the real pictures are varied. D would take shifted pictures for real, "
        "and G would learn to draw them: vary both kinds.",
    )
    expect(
        varied != [False, True, True],
        "The real pictures are not varied, so D can still learn each by heart, and can "
        "tell the generated ones by the variation alone.",
    )
    expect(
        varied != [True, True, False],
        "In G's half the pictures are not varied: D was never shown such pictures, and "
        "its gradient there means little.",
    )
    expect(
        all(varied),
        "All three batches must go through change before D sees them.",
    )
    expect(
        all(logits < 250 for logits in (on_real, on_fake, fooling)),
        "A batch goes through change twice. Vary the picture itself, once for each "
        "batch that D sees.",
    )
    expect(
        math.isclose(on_real, 210) and math.isclose(on_fake, 206),
        "The first logits must be of real pictures and the second of generated ones.",
    )
    expect(
        math.isclose(fooling, 206),
        "In G's half D must look at generated pictures, varied.",
    )
    _check_gradients(generator, *answer)
    expect(
        len(draws) == 3,
        "Let change draw anew for each of the three batches: call it three times.",
    )
    blank = three(generator, discriminator, real, latents, lambda x: 0 * x + 100)[2]
    (slope,) = torch.autograd.grad(blank.sum(), generator.weight, allow_unused=True)
    expect(
        slope is None or not slope.any(),
        "Your gradient goes round change: what change cuts out must not get any.",
    )


def _check_gradients(
    generator: nn.Module, on_real: Tensor, on_fake: Tensor, fooling: Tensor
) -> None:
    def reaches(logits: Tensor) -> bool:
        if not logits.requires_grad:
            return False
        (slope,) = torch.autograd.grad(
            logits.sum(), generator.weight, allow_unused=True, retain_graph=True
        )
        return slope is not None

    expect(
        reaches(fooling) or not reaches(on_fake),
        "The gradient stops in the wrong half: detach in D's half, not in G's.",
    )
    expect(
        reaches(fooling),
        "No gradient reaches G in its own half: the pictures must keep their history "
        "there, and change must let the gradient through.",
    )
    expect(
        not reaches(on_fake),
        "In D's half the gradient flows on into G: detach the generated pictures.",
    )
    expect(
        on_fake.requires_grad and on_real.requires_grad,
        "D gets no gradient in its own half: detach the pictures, not the logits.",
    )
