"""What the checks of notebook 08 answer."""

import math

import torch
from torch.nn.functional import softplus

from gan_course.checks import diagnose_a_broken_gan as checks
from tests.exercise_answers import assert_checks_answers, verdict

NAME = "08_diagnose_a_broken_gan"


def test_smoothed_row(solutions, stubs):
    solutions["math"] = stubs["math"] = math
    log = math.log

    def charged(p, t):
        return -t * log(p) - (1 - t) * log(1 - p) - log(1 - p)

    def of(answer=lambda t: t / 2, price=charged, penalty=10):
        def row(t):
            p = answer(t)
            return log(p / (1 - p)), price(p, t), penalty

        return row

    def as_probability(t):
        return t / 2, charged(t / 2, t), 10

    def smoothed_on_both(p, t):
        return 2 * (-t * log(p) - (1 - t) * log(1 - p))

    def shares_swapped(p, t):
        return -t * log(1 - p) - (1 - t) * log(p) - log(1 - p)

    def price_of_the_target(p, t):
        return -t * log(t) - (1 - t) * log(1 - t) - log(1 - t)

    assert_checks_answers(
        checks.check_smoothed_row,
        solution=solutions["smoothed_row"],
        stub=stubs["smoothed_row"],
        mistakes={
            "always one half": of(lambda t: 0.5),
            "the target itself": lambda t: (t, charged(t, t), 10),
            "t / (1 + t)": of(lambda t: t / (1 + t)),
            "exchanged": of(lambda t: (1 - t) / 2),
            "a probability": as_probability,
            "the wrong sign": of(lambda t: 1 - t / 2),
            "real pictures only": of(
                price=lambda p, t: -t * log(p) - (1 - t) * log(1 - p)
            ),
            "base 2": of(price=lambda p, t: charged(p, t) / log(2)),
            "not smoothed": of(price=lambda p, t: -log(p) - log(1 - p)),
            "both smoothed": of(price=smoothed_on_both),
            "shares swapped": of(price=shares_swapped),
            "the mean of both": of(price=lambda p, t: charged(p, t) / 2),
            "the price of t": of(price=price_of_the_target),
            "no penalty": of(penalty=0),
            "without lambda": of(penalty=1),
            "half of gamma twice": of(penalty=20),
            "only for 0.9": lambda t: (log(0.45 / 0.55), charged(0.45, 0.9), 10),
        },
    )


def test_the_target_itself_gets_its_sentence_and_no_error():
    for answer in (lambda t: (t, 1, 10), lambda t: (math.log(t / (1 - t)), 1, 10)):
        assert "surely real" in verdict(checks.check_smoothed_row, answer)


def test_the_smoothed_row_is_the_least_price(solutions):
    solutions["math"] = math
    logits = torch.linspace(-3, 3, 6_001, dtype=torch.float64)
    for t in (0.6, 0.9, 1.0):
        prices = t * softplus(-logits) + (1 - t) * softplus(logits) + softplus(logits)
        cheapest, price, _ = solutions["smoothed_row"](t)
        assert math.isclose(price, prices.min().item(), abs_tol=1e-6)
        assert math.isclose(cheapest, logits[prices.argmin()], abs_tol=1e-3)


def test_first_diagnoses():
    right = {1: "sigmoid", 2: "range", 3: "detach"}
    assert_checks_answers(
        checks.check_first_diagnoses,
        solution=right,
        stub={1: ..., 2: ..., 3: ...},
        mistakes={
            "frozen": right | {1: "frozen"},
            "saturated": right | {1: "saturated"},
            "penalty": right | {2: "penalty"},
            "one optimiser": right | {3: "one optimiser"},
            "swapped": right | {3: "swapped"},
            "mode": right | {3: "mode"},
            "no such fault": right | {2: "grey"},
            "a patient left out": {1: "sigmoid", 3: "detach"},
            "two exchanged": {1: "range", 2: "sigmoid", 3: "detach"},
        },
    )


def test_other_diagnoses():
    right = {4: "one optimiser", 5: "penalty", 6: "mode"}
    assert_checks_answers(
        checks.check_other_diagnoses,
        solution=right,
        stub={4: ..., 5: ..., 6: ...},
        mistakes={
            "swapped": right | {4: "swapped"},
            "frozen": right | {5: "frozen"},
            "detach": right | {5: "detach"},
            "range": right | {6: "range"},
            "no such fault": right | {6: "batch"},
            "the first three": {1: "sigmoid", 2: "range", 3: "detach"},
        },
    )


def test_no_wrong_name_is_accepted_for_any_patient():
    for patient, cause in checks.CAUSES.items():
        for fault in checks.WOULD_SHOW:
            group = (1, 2, 3) if patient <= 3 else (4, 5, 6)
            check = (
                checks.check_first_diagnoses
                if patient <= 3
                else checks.check_other_diagnoses
            )
            answer = {p: checks.CAUSES[p] for p in group} | {patient: fault}
            line = verdict(check, answer)
            assert line.startswith("✓" if fault == cause else "✗"), line


def test_possible_losses(solutions, stubs):
    def sp(t):
        return math.log1p(math.exp(t))

    def ceiling(low, high):
        return sp(-low) + sp(high)

    def calm(low, high):
        return sp(-high) + sp(high)

    def of(least, largest=ceiling, stuck=calm):
        return lambda *ends: (least(*ends), largest(*ends), stuck(*ends))

    def right(low, high):
        return sp(-high) + sp(low)

    assert_checks_answers(
        checks.check_possible_losses,
        solution=solutions["possible_losses"],
        stub=stubs["possible_losses"],
        mistakes={
            "exchanged": of(ceiling, right),
            "real pictures only": of(lambda low, high: sp(-high)),
            "undecided": of(lambda low, high: 2 * sp(0)),
            "minus high": of(lambda low, high: 2 * sp(-high)),
            "ceiling with minus high": of(right, lambda low, high: 2 * sp(high)),
            "a sigmoid only": of(lambda low, high: sp(-1) + sp(0)),
            "ceiling of one kind": of(right, lambda low, high: sp(high)),
            "probabilities": of(lambda low, high: 0.0),
            "symmetric": of(lambda low, high: sp(-high) + sp(max(low, -1.0))),
            "stuck at the floor": of(right, stuck=right),
            "stuck at the worse end": of(
                right, stuck=lambda low, high: max(calm(0, high), calm(0, -low))
            ),
            "rounded": of(lambda low, high: round(right(low, high), 3)),
            "stuck without real pictures": of(right, stuck=lambda low, high: sp(high)),
            "stuck at low for tanh": of(
                right, stuck=lambda low, high: sp(low - 1) + sp(1 - low)
            ),
        },
    )
