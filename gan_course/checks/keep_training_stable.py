"""Checks of the exercises of notebook 07, Keep training stable."""

import math
from collections.abc import Callable

import torch
from torch import Tensor

from gan_course.checks.augmented_losses import (
    check_augmented_losses as check_augmented_losses,
)
from gan_course.checks.exercise import Exercise, expect, expect_close, expect_tensor


@Exercise(
    todo="write both matrices, each with two rows",
    success="the product is one alternating step: D moves first, G sees the new D",
    hint="torch.tensor takes two rows of numbers, such as [[1.0, 0.0], [0.0, 1.0]].",
)
def check_alternating_matrix(matrix: Callable[[float, float], Tensor]) -> None:
    """`matrix(h, γ)` = [[1, 0], [h/2, 1]] @ [[1 - hγ, -h/2], [0, 1]]."""
    h, gamma = 0.4, 0.7
    answer = matrix(h, gamma)
    expect_tensor(answer, (2, 2), "your matrix")
    plain, shorter = matrix(h, 0.0).double(), matrix(h / 2, 0.0).double()
    answer = answer.double()

    def product(first: list, then: list) -> Tensor:
        return torch.tensor(then).double() @ torch.tensor(first).double()

    def is_(expected: Tensor) -> bool:
        return torch.allclose(answer, expected, atol=1e-5)

    g_moves = [[1.0, 0.0], [h / 2, 1.0]]
    right = product([[1 - h * gamma, -h / 2], [0.0, 1.0]], g_moves)
    both = torch.tensor([[1 - h * gamma, -h / 2], [h / 2, 1.0]]).double()
    expect(
        not is_(both),
        "This is 1 + hA, a simultaneous step: keep θ in the first matrix and ψ in the "
        "second as they are, and multiply.",
    )
    expect(
        not is_(product(g_moves, [[1 - h * gamma, -h / 2], [0.0, 1.0]])),
        "Here the generator moves first. The matrix on the right acts first, and that "
        "is the discriminator's.",
    )
    expect(
        not is_(product([[1 - h * gamma, -h], [0.0, 1.0]], [[1.0, 0.0], [h, 1.0]])),
        "Your velocities are twice too large: near the solution σ(ψθ) is ½.",
    )
    expect(
        not is_(product([[1 - h * gamma, h / 2], [0.0, 1.0]], [[1, 0], [-h / 2, 1]])),
        "Both players go the wrong way: D lowers ψ where θ is positive, G raises θ "
        "where ψ is positive.",
    )
    expect(
        not is_(product([[1 - h * gamma / 2, -h / 2], [0.0, 1.0]], g_moves)),
        "The penalty pulls with γψ, not with γψ/2: the ½ in γ/2 cancels with the slope "
        "of ψ².",
    )
    expect(
        not is_(product([[-h * gamma, -h / 2], [0.0, 0.0]], [[0, 0], [h / 2, 0.0]])),
        "These are the moves alone; the new state is the old one plus the move.",
    )
    expect(
        not is_(right.T),
        "This is the right matrix, transposed: the state is a column, so the first row "
        "says what becomes of ψ.",
    )
    expect(
        not is_(product([[1 + h * gamma, -h / 2], [0.0, 1.0]], g_moves)),
        "Your penalty pushes ψ away from 0: its velocity is -γψ.",
    )
    expect(
        not is_(product([[1 - gamma, -h / 2], [0.0, 1.0]], g_moves)),
        "The penalty's velocity is -γψ, but a step makes h times a velocity.",
    )
    expect(
        not is_(product([[math.exp(-h * gamma), -h / 2], [0.0, 1.0]], g_moves)),
        "Your penalty follows the flow, e^(-hγ). A step is straight: 1 - hγ.",
    )
    expect(
        not is_(right.flip(0, 1)),
        "This is the right matrix for the column (θ, ψ); here ψ comes first.",
    )
    expect(
        not torch.allclose(plain, torch.diag(plain.diag())),
        "Neither player sees the other: θ must occur in ψ's row, and ψ in θ's. Was the "
        "product taken with @?",
    )
    expect(
        not torch.allclose(plain, shorter),
        "Your matrix is the same for every step; use the argument of that name.",
    )
    g_braked = [[1.0, 0.0], [h / 2, 1 - h * gamma]]
    expect(
        not is_(product([[1.0, -h / 2], [0.0, 1.0]], g_braked))
        and not is_(product([[1 - h * gamma, -h / 2], [0.0, 1.0]], g_braked)),
        "The generator is penalised here. R₁ belongs to the discriminator: only ψ is "
        "braked.",
    )
    expect_close(
        torch.linalg.det(plain),
        1.0,
        "Without penalty the determinant must be 1: one matrix changes ψ only, the "
        "other θ only, each with a 1 for what stays.",
    )
    expect(
        abs(plain.trace() - (2 - h**2 / 4)) < 1e-5,
        f"Without penalty the trace must be 2 - h²/4, but for h = {h} yours is "
        f"{plain.trace():.3f}: the two players pull with opposite signs, by h/2.",
    )
    expect(
        not torch.allclose(answer, plain),
        "The penalty does not occur: ψ also loses hγ times itself.",
    )
    expect_close(
        answer,
        right,
        "For h = 0.4 and γ = 0.7 the matrix is not that of the page: the first row of "
        "A belongs to ψ, the second to θ, and a move is h times a row.",
    )


@Exercise(
    todo="write the root where it is real, and the rate",
    success="the rate rises to ½ at γ = 1 and falls beyond it",
    hint="gamma is a tensor; .clamp(min=0) replaces negative numbers by 0.",
)
def check_slowest_rate(rate: Callable[[Tensor], Tensor]) -> None:
    """`rate(γ)` = γ/2 - √max(γ²/4 - ¼, 0)."""
    weak = torch.tensor([0.2, 0.5, 0.9]).double()
    strong = torch.tensor([1.5, 4.0, 9.0]).double()
    low, high = rate(weak), rate(strong)
    expect(
        not (isinstance(low, Tensor) and low.isnan().any()),
        "For γ < 1 your rate is NaN, the root of a negative number. Which part of a "
        "complex λ says how fast the state shrinks, and does the root belong to it?",
    )
    expect_tensor(low, (3,), "the rate of three strengths")
    expect_tensor(high, (3,), "the rate of three strengths")
    root = (strong**2 / 4 - 0.25).sqrt()
    expect(
        not torch.allclose(high, root - strong / 2),
        "This is the largest real part itself, negative where training converges; the "
        "rate is minus that.",
    )
    expect(
        not torch.allclose(high, strong / 2 + root),
        "This is the rate of the fastest direction. Training is as slow as its slowest "
        "one: take the other sign of the root.",
    )
    real = (0.25 - weak**2 / 4).sqrt()
    expect(
        not torch.allclose(low, weak / 2 - real) and not torch.allclose(low, real),
        "For γ < 1 your rate contains the root. There the root is imaginary: it says "
        "how fast the state turns, not how fast it shrinks.",
    )
    expect_close(low, weak / 2, "For γ < 1 the state shrinks like exp(-γt/2).")
    expect_close(
        high,
        strong / 2 - root,
        "For γ > 1 the rate is γ/2 - √(γ²/4 - ¼), minus the larger eigenvalue.",
    )


@Exercise(
    todo="write the strength at which both eigenvalues are equal",
    success="both eigenvalues meet, whatever the two rates",
    hint="Both rates are numbers; math.sqrt is imported.",
)
def check_best_gamma(best: Callable[[float, float], float]) -> None:
    """`best(a, b)` = √(b / a), where a²γ² = 4 · ab/4."""
    try:
        answers = best(1.0, 1.0), best(4.0, 1.0), best(8.0, 2.0)
    except TypeError as error:
        if "must be Tensor" not in str(error):
            raise
        expect(False, "The rates are numbers, not tensors: use math.sqrt.")
    for answer in answers:
        expect(
            isinstance(answer, int | float)
            or (isinstance(answer, Tensor) and answer.ndim == 0),
            f"Your answer is a {type(answer).__name__}, but should be one number.",
        )
    equal, faster, both = (float(answer) for answer in answers)
    expect(
        max(equal, faster, both) - min(equal, faster, both) > 1e-6,
        "Your answer is the same whatever the two rates are. Write the matrix first: "
        "each rate multiplies one of its rows.",
    )
    expect(
        abs(equal - 0.5) > 1e-6 and abs(equal - 2) > 1e-6,
        "With equal rates the best strength is 1, as section 3 found; yours is off by "
        "a factor 2. Equal eigenvalues mean (trace / 2)² = determinant.",
    )
    expect(
        abs(equal - 1) < 1e-6,
        f"With equal rates the best strength is 1, as section 3 found; yours is "
        f"{equal:.3f}. Equal eigenvalues mean (trace / 2)² = determinant.",
    )
    expect(
        abs(faster - 1) > 1e-6,
        "Your answer does not depend on the discriminator's rate, but if it moves 4 "
        "times as fast it is also braked 4 times as fast.",
    )
    expect(
        abs(faster - 2) > 1e-6 or abs(both - 2) > 1e-6,
        "Upside down: the faster the discriminator, the less penalty it needs, since "
        "its rate multiplies the penalty too.",
    )
    expect(
        abs(faster - 2) > 1e-6 or abs(both - 4) > 1e-6,
        "This is √(ab), as if the penalty were not multiplied: the rate of the "
        "discriminator multiplies its whole row, -γ included.",
    )
    expect(
        abs(faster - 0.25) > 1e-6 or abs(both - 2**0.5 / 8) > 1e-6,
        "This is √b / a. The root covers the whole quotient: (trace / 2)² has a².",
    )
    expect(
        abs(faster - 0.25) > 1e-6,
        "The root is missing: the determinant has no γ, the trace squared has γ².",
    )
    expect(
        abs(both - faster) < 1e-6,
        "Both rates doubled only make the same game run twice as fast; the best γ must "
        "not change, but yours does.",
    )
    for a, b in ((4.0, 1.0), (2.0, 6.0), (0.3, 0.3)):
        gamma = float(best(a, b))
        gap = (a * gamma / 2) ** 2 - a * b / 4
        expect(
            abs(gap) < 1e-6 * a * b,
            f"With rates {a:g} and {b:g} and your γ = {gamma:.3f} the two eigenvalues "
            "differ: half the trace, squared, is not the determinant.",
        )
