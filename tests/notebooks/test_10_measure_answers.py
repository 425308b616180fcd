"""What the checks of notebook 10 answer to right and wrong solutions."""

import math

import torch

from gan_course.checks import measure_image_quality
from tests.exercise_answers import assert_checks_answers

NAME = "10_measure_image_quality"


def test_forgery(solutions, stubs):
    right, distance = solutions["forgery"], solutions["gives_away"]

    def third(p, s):
        return s**3 * (1 - 2 * p) / math.sqrt(p * (1 - p))

    def near(p, m, s):
        return m + s * math.sqrt(p / (1 - p)), m - s * math.sqrt((1 - p) / p)

    assert_checks_answers(
        measure_image_quality.check_forgery,
        solution=(right, distance),
        stub=(stubs["forgery"], stubs["gives_away"]),
        mistakes={
            "high and low exchanged": (lambda *x: right(*x)[::-1], distance),
            "the rare one near": (near, distance),
            "no mean": (lambda p, m, s: right(p, 0.0, s), distance),
            "σ forgotten": (lambda p, m, s: right(p, m, 1.0), distance),
            "a bar at ± σ": (lambda p, m, s: (m + s, m - s), distance),
            "not squared": (right, third),
            "a factor 3": (right, lambda p, s: 3 * third(p, s) ** 2),
            "no σ": (right, lambda p, s: third(p, 1.0) ** 2),
            "σ cubed": (right, lambda p, s: s**3 * third(p, 1.0) ** 2),
            "σ squared": (right, lambda p, s: s**2 * third(p, 1.0) ** 2),
            "no 2": (right, lambda p, s: (1 - p) ** 2 / (p * (1 - p))),
            "half": (right, lambda p, s: third(p, s) ** 2 / 2),
            "p below ½ only": (
                right,
                lambda p, s: third(p, s) ** 2 if p <= 0.5 else 99.0,
            ),
        },
    )


def test_images_needed(solutions, stubs):
    def of(square=True, two=2, half=0.5, delta=1, first=1, second=1, up=math.ceil):
        def images_needed(deviations, bias):
            spread = deviations**2 if square else deviations
            terms = torch.outer(spread, spread) / (spread[:, None] + spread)
            terms = terms * (1 + delta * torch.eye(len(spread)))
            bracket = first * spread.sum() + second * half * terms.sum()
            return up(two * bracket.item() / bias - 1e-9)

        return images_needed

    def diagonal(deviations, bias):
        return math.ceil(2 * 1.5 * (deviations**2).sum().item() / bias - 1e-9)

    def product(deviations, bias):
        spread, d = deviations**2, len(deviations)
        bracket = spread.sum() * (1 + (d + 1) / 4)
        return math.ceil(2 * bracket.item() / bias - 1e-9)

    assert_checks_answers(
        measure_image_quality.check_images_needed,
        solution=solutions["images_needed"],
        stub=stubs["images_needed"],
        mistakes={
            "deviations": of(square=False),
            "one sample": of(two=1),
            "no ½": of(half=1),
            "no δ": of(delta=0),
            "means only": of(second=0),
            "covariances only": of(first=0),
            "rounded down": of(up=math.floor),
            "not rounded": of(up=float),
            "rounded to the nearest": of(up=round),
            "the diagonal only": diagonal,
            "as if all were equal": product,
        },
    )


def test_compare(solutions, stubs):
    def of(sign=1, error=None, decide=lambda gain, e: gain > 3 * e):
        def compare(a, b):
            gain = sign * (a - b).mean().item()
            e = error(a, b) if error else (a - b).std().item() / len(a) ** 0.5
            return gain, e, decide(gain, e)

        return compare

    def apart(a, b):
        return math.sqrt((a.var() + b.var()).item() / len(a))

    compare = solutions["compare"]
    mistakes = {
        "the sign": of(sign=-1),
        "independent": of(error=apart),
        "no root of B": of(error=lambda a, b: (a - b).std().item()),
        "divided by B": of(error=lambda a, b: (a - b).std().item() / len(a)),
        "s with B": of(
            error=lambda a, b: (a - b).std(correction=0).item() / len(a) ** 0.5
        ),
        "only A's": of(error=lambda a, b: a.std().item() / len(a) ** 0.5),
        "two errors": of(decide=lambda gain, e: gain > 2 * e),
        "both directions": of(decide=lambda gain, e: abs(gain) > 3 * e),
        "clipped at 0": lambda a, b: compare(a.clamp(min=0), b.clamp(min=0)),
        "never": of(decide=lambda gain, e: False),
        "the sum": lambda a, b: ((a - b).sum(), 0.1, True),
    }

    def mean_and_error(blocks):
        return blocks.mean().item(), (blocks.std() / len(blocks) ** 0.5).item()

    compare.__globals__["mean_and_error"] = mean_and_error
    assert_checks_answers(
        measure_image_quality.check_compare,
        solution=compare,
        stub=stubs["compare"],
        mistakes=mistakes,
    )


def test_copies(taught, solutions, stubs):
    to_nearest = taught["to_nearest"]
    solutions["copies"].__globals__["to_nearest"] = to_nearest

    def of(bound=None, count=torch.lt):
        def copies(generated, training, held_out):
            made = to_nearest(generated, training)
            held = to_nearest(held_out, training)
            limit = bound(made, held) if bound else held.quantile(0.01)
            return count(made, limit).double().mean()

        return copies

    def other_set(generated, training, held_out):
        return of()(generated, held_out, training)

    def other_way(generated, training, held_out):
        bound = to_nearest(training, held_out).quantile(0.01)
        return (to_nearest(training, generated) < bound).double().mean() * 2

    def stolen(generated, training, held_out):
        return of()(training, generated, held_out)

    def distinct(generated, training, held_out):
        return of()(generated.unique(dim=0), training, held_out)

    def in_a_part(generated, training, held_out):
        return of()(generated, training[:900], held_out)

    answers = {
        "a part of the training set": in_a_part,
        "training pictures that were copied": stolen,
        "each copy once": distinct,
        "larger": of(count=torch.gt),
        "the other set": other_set,
        "the other way round": other_way,
        "the generated quantile": of(lambda made, held: made.quantile(0.01), torch.le),
        "the nearest": of(lambda made, held: held.min()),
        "1 percent as 1": of(lambda made, held: held.quantile(1.0)),
        "as near": of(count=torch.le),
        "a sum": lambda *sets: 1000 * of()(*sets),
    }
    assert_checks_answers(
        measure_image_quality.check_copies,
        solution=(solutions["copies"], to_nearest),
        stub=(stubs["copies"], to_nearest),
        mistakes={name: (answer, to_nearest) for name, answer in answers.items()},
    )
