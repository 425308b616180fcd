"""What notebook 01 claims and checks."""

import pytest
import torch
from torch.nn.functional import conv2d

from gan_course.checks import images_are_matrices as checks
from tests.exercise_answers import assert_checks_answers
from tests.notebook_source import assert_broken_variants_cover, assert_claims_fail

NAME = "01_images_are_matrices"

# Every claim, and lines under which it must fail.
BROKEN = {
    "J A turns a photo upside down": {"(J_rows @ matrix,": "(matrix @ J_columns,"},
    "A J mirrors it": {"(matrix @ J_columns,": "(matrix @ torch.eye(384),"},
    "J Aᵀ is a quarter turn": {"J_columns @ matrix.T": "matrix.T @ J_rows"},
    "Pᵀ puts shuffled rows back": {"P.T @ (P": "P @ (P"},
    "a colour photo has channels": {"coffee.shape[0]": "coffee.shape[1]"},
    "it takes 3 × 400 × 600 bytes": {"coffee.nbytes": "coffee[0].nbytes"},
    "and 4 times as many as float32": {"as_float.nbytes": "coffee.nbytes"},
    "all 256 levels come back exactly": {
        "to_uint8(to_float(levels))": "(127.5 * (to_float(levels) + 1)).to(torch.uint8)"
    },
    "saturations multiply": {"saturation(0.8)": "saturation(1.05)"},
    "s = 2 undoes s = ½": {"mix(saturation(2),": "mix(saturation(1.5),"},
    "M₀ keeps a single dimension": {
        "matrix_rank(saturation(0))": "matrix_rank(saturation(0.5))"
    },
    "the edges answer with 3 and -3": {"[[-1.0, 1], [0, 0]]": "[[1.0, -1], [0, 0]]"},
    "the matrix product agrees": {"padded[i : i + k, j : j + k]": "padded[:k, :k]"},
    "PyTorch agrees": {"conv2d(piece[None, None]": "conv2d(piece.T[None, None]"},
    "a dot answers with the kernel turned around": {"pattern.flip(0, 1))": "pattern)"},
    "edges ignore an added constant": {"-2.0, 0, 2]": "-2.0, 1, 2]"},
    "a factor goes through them": {"slide(1.3 * piece": "slide(1.3 + piece"},
    "the energy is the sum of all σ²": {"energy = sigma.square()": "energy = sigma"},
    "what is missing is what was left out": {
        "low_rank(20)).square": "low_rank(19)).square"
    },
    "rank 20 keeps most energy of the photo": {
        "A = cat - cat.mean()": "A = torch.randn_like(cat)"
    },
    "but little of its pixels in random order": {
        "torch.randperm(A.numel())": "torch.arange(A.numel())"
    },
    "now its frequency is 0.1 per new pixel": {"0.45 * positions)": "0.4 * positions)"},
    "every fourth pixel: ghosts off the middle": {
        "rings[..., ::4, ::4]": "resize(rings, 64)"
    },
    "averaged first: even grey there": {"resize(rings, 64)": "rings[..., ::4, ::4]"},
}


def test_every_claim_has_a_broken_variant():
    assert_broken_variants_cover(NAME, BROKEN)


@pytest.mark.parametrize("text", BROKEN)
def test_claims_fail_under_their_broken_variant(text):
    assert_claims_fail(NAME, [text], BROKEN[text], until=text)


@pytest.mark.parametrize("k", [1, 2, 3, 5])
def test_the_three_convolutions_agree_with_float64(taught, k):
    picture, kernel = torch.randn(9, 7), torch.randn(k, k)
    exact = conv2d(picture.double()[None, None], kernel.double()[None, None])[0, 0]
    sliding = taught["slide"](picture, kernel)
    matrix = taught["sliding_matrix"](kernel, 9, 7)
    assert torch.allclose(sliding.double(), exact, atol=1e-5)
    assert torch.allclose(
        (matrix @ picture.flatten()).double(), exact.flatten(), atol=1e-5
    )


def test_saturations_form_a_group(taught):
    taught["w"] = torch.tensor([0.299, 0.587, 0.114])
    saturation = taught["saturation"]
    for a in (-1.0, 0.3, 2.0):
        for b in (0.0, 0.7, 1.9):
            product = saturation(a) @ saturation(b)
            assert torch.allclose(product, saturation(a * b), atol=1e-5)


def test_window_matrices(solutions, stubs):
    def picked(rows, columns):
        def window_matrices(picture, top, left, height, width):
            names = {"t": top, "l": left, "h": height, "w": width}
            identities = (torch.eye(side) for side in picture.shape)
            return rows(next(identities), names), columns(next(identities), names)

        return window_matrices

    def right_rows(eye, n):
        return eye[n["t"] : n["t"] + n["h"]]

    def right_columns(eye, n):
        return eye[:, n["l"] : n["l"] + n["w"]]

    assert_checks_answers(
        checks.check_window_matrices,
        solution=solutions["window_matrices"],
        stub=stubs["window_matrices"],
        mistakes={
            "nothing left out": picked(lambda eye, n: eye, lambda eye, n: eye),
            "not transposed": picked(
                right_rows, lambda eye, n: eye[n["l"] : n["l"] + n["w"]]
            ),
            "swapped": lambda *a: solutions["window_matrices"](*a)[::-1],
            "the corner": picked(
                lambda eye, n: eye[: n["h"]], lambda eye, n: eye[:, : n["w"]]
            ),
            "top and left swapped": picked(
                lambda eye, n: eye[n["l"] : n["l"] + n["h"]],
                lambda eye, n: eye[:, n["t"] : n["t"] + n["w"]],
            ),
            "up to the height": picked(
                lambda eye, n: eye[n["t"] : n["h"]], right_columns
            ),
        },
    )


def test_restore(solutions, stubs, taught):
    taught["w"] = torch.tensor([0.299, 0.587, 0.114])
    mix, saturation = taught["mix"], taught["saturation"]
    solutions.update(mix=mix, saturation=saturation)

    def undone_by(number):
        def restore(faded, s):
            return None if s == 0 else mix(saturation(number(s)), faded)

        return restore

    assert_checks_answers(
        checks.check_restore,
        solution=solutions["restore"],
        stub=stubs["restore"],
        mistakes={
            "the same again": undone_by(lambda s: s),
            "nothing": undone_by(lambda s: 1),
            "adds up to 2": undone_by(lambda s: 2 - s),
            "no small ones": lambda faded, s: (
                None
                if abs(s) < 0.01
                else mix(saturation(1 / max(s, 0.1, key=abs)), faded)
            ),
            "minus s": undone_by(lambda s: -s),
            "always two": undone_by(lambda s: 2),
            "gives up": lambda faded, s: None,
            "never gives up": lambda faded, s: mix(saturation(1 / (s or 1)), faded),
        },
    )


def test_strided_matrix(solutions, stubs):
    def wrong(end=lambda side, k: side - k + 1, place=lambda n, s: n, fill=True):
        def strided_matrix(kernel, height, width, stride):
            k, rows = len(kernel), []
            for top in range(0, end(height, k), stride):
                for left in range(0, end(width, k), stride):
                    padded = torch.zeros(height, width)
                    if fill:
                        y, x = place(top, stride), place(left, stride)
                        padded[y : y + k, x : x + k] = kernel
                    rows.append(padded.flatten())
            return torch.stack(rows)

        return strided_matrix

    assert_checks_answers(
        checks.check_strided_matrix,
        solution=solutions["strided_matrix"],
        stub=stubs["strided_matrix"],
        mistakes={
            "without the last": wrong(end=lambda side, k: side - k),
            "over the edge": wrong(end=lambda side, k: side),
            "empty": wrong(fill=False),
            "not moved": wrong(place=lambda n, s: 0),
            "counted in windows": wrong(place=lambda n, s: n // s),
            "number of windows": lambda K, h, w, s: solutions["strided_matrix"](
                K, (h - 3) // s + 3, (w - 3) // s + 3, s
            ),
            "the other way": lambda K, h, w, s: solutions["strided_matrix"](K, w, h, s),
            "turned kernel": lambda K, h, w, s: solutions["strided_matrix"](
                K.flip(0, 1), h, w, s
            ),
        },
    )


def test_smallest_rank(solutions, stubs):
    def counted(values):
        def smallest_rank(matrix, share):
            kept = values(torch.linalg.svdvals(matrix))
            return int((kept < share).sum()) + 1

        return smallest_rank

    assert_checks_answers(
        checks.check_smallest_rank,
        solution=solutions["smallest_rank"],
        stub=stubs["smallest_rank"],
        mistakes={
            "not squared": counted(lambda s: s.cumsum(0) / s.sum()),
            "not divided": counted(lambda s: s.square().cumsum(0)),
            "not summed": counted(lambda s: s.square() / s.square().sum()),
            "a fixed whole": counted(lambda s: s.square().cumsum(0) / 66),
            "mean subtracted": lambda a, share: solutions["smallest_rank"](
                a - a.mean(), share
            ),
            "one off": lambda a, share: solutions["smallest_rank"](a, share) - 1,
        },
    )
