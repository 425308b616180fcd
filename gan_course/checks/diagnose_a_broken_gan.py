"""Checks of the exercises of notebook 08, Diagnose a broken GAN."""

import math
from collections.abc import Callable

from gan_course.checks.exercise import Exercise, expect, expect_close

# What a run with this fault would have to show, whatever else is the matter with it.
WOULD_SHOW = {
    "range": "real pixels would not begin at -1, where the healthy ones do. See the "
    "pixel values",
    "sigmoid": "no answer of D could be below 0 or above 1. See D's mean answers",
    "detach": "G's gradients would add up from step to step, and their size would end "
    "far above that of the healthy run. See the sizes",
    "penalty": "nothing would hold D's slope down, and the penalty would end far above "
    "that of the healthy run. See the sizes",
    "mode": "the two rows of pictures would differ far more than in the healthy run",
    "one optimiser": "D would be moved to call generated pictures real too, and both "
    "mean answers would settle clearly above 0. See D's mean answers",
    "frozen": "the mean answer on real pictures would stay what it was at the first "
    "step, while L_G falls. See both curves from their start",
    "swapped": "D would learn to answer below 0 on real pictures and above 0 on "
    "generated ones. See D's mean answers",
    "saturated": "L_G would be minus a softplus, and never above 0. See the losses",
}
CAUSES = {
    1: "sigmoid",
    2: "range",
    3: "detach",
    4: "one optimiser",
    5: "penalty",
    6: "mode",
}


@Exercise(
    todo="write the cheapest logit, its L_D, and what the penalty adds",
    success="an undecided D answers the probability t/2 to smoothed labels",
    hint="All three are numbers; math.log is the natural logarithm.",
)
def check_smoothed_row(row: Callable[[float], tuple[float, float, float]]) -> None:
    """`row(t)`: the logit of t/2, the price of t/2 in nats, and λ = 10."""
    cheapest, price, penalty = row(0.9)
    logit = math.log(0.45 / 0.55)
    expect(
        not math.isclose(cheapest, 0.45, abs_tol=1e-6),
        "0.45 is the right probability, but the table holds c, a logit: "
        "log(0.45) - log(0.55).",
    )
    for first in (0.9, math.log(0.9 / 0.1)):
        expect(
            not math.isclose(cheapest, first, abs_tol=1e-6),
            "0.9 is D's best answer to a picture that is surely real. Here every "
            "picture is as likely generated, and that pulls the answer down.",
        )
    for first in (0.0, 0.5):
        expect(
            not math.isclose(cheapest, first, abs_tol=1e-6),
            "At the probability ½ the slopes do not cancel: it is ½ - t on a real and "
            "½ on a generated picture. Solve (p - t) + p = 0.",
        )
    for first in (0.05, math.log(0.05 / 0.95)):
        expect(
            not math.isclose(cheapest, first, abs_tol=1e-6),
            "You solved for (1 - t)/2. With t = 1 nothing is smoothed, and the table's "
            "probability is ½: your formula gives 0.",
        )
    expect(
        not math.isclose(cheapest, -logit, abs_tol=1e-6),
        "Your c has the wrong sign: smoothing makes D less sure of real pictures, so "
        "the cheapest logit is below 0.",
    )
    expect_close(
        cheapest,
        logit,
        f"For t = 0.9 your c is {cheapest:.6f}, but there the slopes σ(c) - t on a "
        "real and σ(c) on a generated picture do not cancel. (Do not round.)",
    )
    _check_smoothed_price(price)
    expect(
        not math.isclose(penalty, 0, abs_tol=1e-6),
        "R1 and R2 cost a constant D nothing, but WGAN-GP wants the slope 1.",
    )
    expect(
        not math.isclose(penalty, 1, abs_tol=1e-6),
        "(0 - 1)² is 1, but the penalty is λ times that, and λ is in the table.",
    )
    expect_close(
        penalty,
        10,
        "A D that answers c to everything has slope 0 whatever the labels, so the "
        "penalty adds what the table says for WGAN-GP.",
    )
    cheapest, price, _ = row(1.0)
    expect_close(
        [cheapest, price],
        [0, 2 * math.log(2)],
        "For t = 0.9 all is right, but with t = 1 nothing is smoothed: the row must "
        "begin as the table's second one does, 0 and 2 log 2.",
    )


def _check_smoothed_price(price: float) -> None:
    on_fake, on_real = -math.log(0.55), -0.9 * math.log(0.45) - 0.1 * math.log(0.55)
    for wrong, sentence in (
        (
            on_real,
            "You charged real pictures only; L_D is the sum of both means.",
        ),
        (
            (on_real + on_fake) / math.log(2),
            "These are logarithms to base 2. Ours are natural.",
        ),
        (
            (on_real + on_fake) / 2,
            "You took the mean of both prices; L_D is their sum.",
        ),
        (
            on_fake - math.log(0.45),
            "You charged a real picture -log(p), as without smoothing: it costs t "
            "times that and 1 - t times -log(1 - p).",
        ),
        (
            2 * on_real,
            "You smoothed the generated pictures too; only real ones have the target.",
        ),
        (
            -0.9 * math.log(0.9) - 0.1 * math.log(0.1) - math.log(0.1),
            "You put t for the answer into the price. D answers the p of your c.",
        ),
    ):
        expect(not math.isclose(price, wrong, abs_tol=1e-5), sentence)
    expect_close(
        price,
        on_real + on_fake,
        "The cheapest c is right, but the price is not: on real pictures "
        "t · (-log p) + (1 - t) · (-log(1 - p)), on generated ones -log(1 - p).",
        tolerance=1e-5,
    )


@Exercise(
    todo="name the faults of patients 1, 2 and 3",
    success="all three are right: section 4 has the lines of code",
    hint="Keep the form {1: name, 2: name, 3: name}, each name in quotation marks.",
)
def check_first_diagnoses(diagnoses: dict[int, str]) -> None:
    """A dict from 1, 2, 3 to the names of their faults."""
    _check_diagnoses(diagnoses, (1, 2, 3))


@Exercise(
    todo="name the faults of patients 4, 5 and 6",
    success="all three are right, and none was easy: section 4 has the lines of code",
    hint="Keep the form {4: name, 5: name, 6: name}, each name in quotation marks.",
)
def check_other_diagnoses(diagnoses: dict[int, str]) -> None:
    """A dict from 4, 5, 6 to the names of their faults."""
    _check_diagnoses(diagnoses, (4, 5, 6))


def _check_diagnoses(diagnoses: dict[int, str], patients: tuple[int, ...]) -> None:
    expect(
        isinstance(diagnoses, dict) and set(diagnoses) == set(patients),
        f"Your diagnoses must be a dict with the keys {', '.join(map(str, patients))}.",
    )
    for patient in patients:
        named = diagnoses[patient]
        if named == CAUSES[patient]:
            continue
        expect(
            named in WOULD_SHOW,
            f"There is no fault {named!r} in the table; patient {patient} has one of "
            f"{', '.join(map(repr, WOULD_SHOW))}.",
        )
        expect(
            False,
            f"Patient {patient} does not have {named!r}: with that fault "
            f"{WOULD_SHOW[named]}.",
        )


@Exercise(
    todo="write the least and the largest L_D, and that of a D stuck at high",
    success="the floor of a sigmoid is 1.006, and other squashings have theirs",
    hint="low and high are numbers; softplus takes a number.",
)
def check_possible_losses(
    possible_losses: Callable[[float, float], tuple[float, float, float]],
) -> None:
    """softplus(-high) + softplus(low), the same with low and high exchanged, and stuck.

    A D that is stuck at `high` pays softplus(-high) + softplus(high).
    """

    def softplus(t: float) -> float:
        return math.log1p(math.exp(t))

    least, largest, stuck = possible_losses(0.0, 1.0)
    floor = softplus(-1) + softplus(0)
    expect(
        not (math.isclose(largest, floor, abs_tol=1e-6) and least > largest),
        "Your floor is above your ceiling: the least L_D has the highest answer on "
        "real and the lowest on generated pictures.",
    )
    expect(
        not math.isclose(least, softplus(-1), abs_tol=1e-6),
        "You added up the price of real pictures only; generated ones cost something "
        "too, softplus of their answer.",
    )
    expect(
        not math.isclose(least, softplus(0) + softplus(-0.0), abs_tol=1e-6),
        "Your floor for a sigmoid is 2 log 2, what an undecided D pays. A good one "
        "answers differently on real and on generated pictures.",
    )
    expect(
        not math.isclose(least, 2 * softplus(-1), abs_tol=1e-6),
        "Your floor has D answer `high` on real and minus `high` on generated "
        "pictures, but with a sigmoid no answer is below 0.",
    )
    expect_close(
        least,
        floor,
        "For a sigmoid, answers between 0 and 1, the least L_D is that of patient 1's "
        f"floor, {floor:.6f}; yours is {least:.6f}. (Do not round.)",
    )
    expect(
        not math.isclose(largest, 2 * softplus(1), abs_tol=1e-6),
        "Your ceiling has D answer minus `high` on real pictures; the worst that it "
        "can say of them is `low`.",
    )
    expect_close(
        largest,
        softplus(0) + softplus(1),
        "L_D is largest if D is as wrong as can be: `low` on real pictures and `high` "
        "on generated ones.",
    )
    calm = softplus(-1) + softplus(1)
    expect(
        not math.isclose(stuck, floor, abs_tol=1e-6),
        "Stuck at `high`, D answers `high` to generated pictures too, and pays for it.",
    )
    expect_close(
        stuck,
        calm,
        "For patient 1, stuck at s = 1, the calm line lies at softplus(-1) + "
        "softplus(1), 1.627.",
    )
    least, largest, stuck = possible_losses(-1.0, 1.0)
    expect_close(
        least,
        2 * softplus(-1),
        "For tanh, answers between -1 and 1, the least L_D is "
        f"{2 * softplus(-1):.3f}: use low and high, not 0 and 1.",
    )
    expect_close(
        largest,
        2 * softplus(1),
        f"For tanh, the largest L_D is {2 * softplus(1):.3f}: use low and high.",
    )
    expect_close(
        stuck,
        calm,
        "The calm line at `high` = 1 does not depend on `low`; yours moved with it.",
    )
    for low, high in ((-2.0, 5.0), (-5.0, 2.0)):
        expect_close(
            possible_losses(low, high),
            [
                softplus(-high) + softplus(low),
                softplus(-low) + softplus(high),
                softplus(-high) + softplus(high),
            ],
            f"For answers between {low:g} and {high:g} your numbers are wrong: on real "
            "pictures an answer a costs softplus(-a), on generated ones softplus(a).",
        )
