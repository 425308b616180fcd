"""Checks of the exercises of notebook 02, Prepare image data."""

import math
from collections.abc import Callable

import torch
from torch import Tensor

from gan_course.checks.exercise import Exercise, expect, expect_close, expect_tensor


@Exercise(
    todo="count the differing bits of each pair, and compare with the limit",
    success="all close pairs are found, each once",
    hint="hashes is (N, 64) and bool; its comparison with itself is (N, N, 64).",
)
def check_close_pairs(close_pairs: Callable[[Tensor, int], list]) -> None:
    """`close_pairs(hashes, limit)` lists i < j with Hamming distance ≤ limit."""
    hashes = torch.zeros(5, 64, dtype=torch.bool)
    hashes[1, :3] = True  # 3 from hash 0
    hashes[2, 10:50] = True  # far from all
    hashes[3, :8] = True  # 5 from hash 1, 8 from hash 0
    hashes[4] = hashes[2]
    answer = [tuple(pair) for pair in close_pairs(hashes, 5)]
    expect(
        len(answer) != 10,
        "Every pair counts as close: a distance is the number of bits that differ, "
        "summed over the last of three dimensions.",
    )
    expect(
        (2, 4) in answer,
        "Hashes 2 and 4 are equal, so their distance is 0 and they are close; your "
        "list lacks the pair (2, 4).",
    )
    expect(
        (0, 1) in answer,
        "The pair (0, 1), 3 bits apart, is missing: compare the distance with `limit`.",
    )
    expect(
        (1, 3) in answer,
        "The pair (1, 3) is missing: a distance of exactly the limit is still close.",
    )
    expect(
        (0, 3) not in answer,
        "The pair (0, 3) is 8 bits apart, but the limit is 5: use `limit`, and do not "
        "count the pictures between.",
    )
    expect(
        answer == [(0, 1), (1, 3), (2, 4)],
        f"The close pairs of five test hashes are (0, 1), (1, 3) and (2, 4), not "
        f"{answer}.",
    )
    expect(
        close_pairs(hashes, 0) == [(2, 4)],
        "With limit 0 only the equal pair (2, 4) is close: use `limit`, not a fixed "
        "number.",
    )


@Exercise(
    todo="compute the spread from the median of the distances, and both kinds of "
    "scores",
    success="one absurd number can no longer hide itself",
    hint="values is a tensor of one dimension; median() of a tensor is its middle "
    "value.",
)
def check_robust_scores(robust_scores: Callable[[Tensor], Tensor]) -> None:
    """`robust_scores(x)` is |x - median| / (1.4826 · MAD), or 0 and ∞ if MAD = 0."""
    values = torch.tensor([1.0, 3, 5, 7, 100], dtype=torch.float64)
    distance = torch.tensor([4.0, 2, 0, 2, 95], dtype=torch.float64)
    answer = robust_scores(values)
    expect_tensor(answer, (5,), "the scores of five numbers")
    for wrong, sentence in (
        (
            distance,
            "These are the distances from the median themselves: divide them by their "
            "usual size, the spread.",
        ),
        (
            distance / 2,
            "The factor 1.4826 is missing, which makes the score comparable with "
            "standard deviations.",
        ),
        (
            distance / distance.mean(),
            "You divide by the mean distance, which the absurd number inflates: take "
            "the median of the distances.",
        ),
        (
            distance / values.std(),
            "You divide by the standard deviation, which the absurd number inflates: "
            "take the median of the distances.",
        ),
        (
            distance / (1.4826 * 5),
            "You divide by the median of the values; the spread is the median of their "
            "*distances* from it.",
        ),
    ):
        expect(not torch.allclose(answer.double(), wrong), sentence)
    expect_close(
        answer,
        distance / (1.4826 * 2),
        "The numbers 1, 3, 5, 7, 100 have the median 5 and the MAD 2, so the scores "
        "are their distances from 5 divided by 1.4826 · 2.",
    )
    flat = robust_scores(torch.tensor([5.0, 5, 5, 5, 7, 5, -1], dtype=torch.float64))
    expect(
        isinstance(flat, Tensor) and not flat.isnan().any(),
        "With five equal numbers of seven, a score is NaN: 0 / 0. Return 0 for a "
        "number that equals the median.",
    )
    expect(
        isinstance(flat, Tensor) and flat.shape == (7,),
        "When the spread is 0 you must still return a score for each number.",
    )
    expect(
        flat[4] == math.inf and flat[6] == math.inf,
        "With five equal numbers of seven the MAD is 0: a number that differs from the "
        "median gets the score infinity.",
    )
    expect(
        (flat[[0, 1, 2, 3, 5]] == 0).all(),
        "A number that equals the median has the score 0, also when the spread is 0.",
    )


@Exercise(
    todo="draw the groups that are held out, and find their pictures",
    success="groups stay together, and every draw is another",
    hint="kinds holds each group number once; torch.randperm(n) is a random order of "
    "0 … n - 1.",
)
def check_split(split: Callable[[Tensor, float], tuple[Tensor, Tensor]]) -> None:
    """`split(groups, share)` gives two masks; a group is on one side only."""
    groups = torch.arange(40).repeat_interleave(3) + 7
    draws = []
    for _ in range(20):
        train, held_out = split(groups, 0.25)
        expect_tensor(held_out, (120,), "the second mask, for 120 pictures,")
        expect(
            held_out.dtype == torch.bool,
            f"The masks are {held_out.dtype}, but should be torch.bool: compare, or "
            "use torch.isin.",
        )
        expect(
            (train ^ held_out).all(),
            "Every picture must be on exactly one side, for training or held out.",
        )
        counts = held_out.view(40, 3).sum(dim=1)
        expect(
            ((counts == 0) | (counts == 3)).all(),
            "Pictures of one group landed on both sides: draw among `kinds`, and look "
            "with torch.isin which pictures belong to the drawn ones.",
        )
        expect(
            held_out.any(),
            "Nothing is held out in a test with groups numbered from 7: are the "
            "numbers of the drawn groups taken from `kinds`?",
        )
        expect(
            held_out.sum() == 30,
            f"With the share 0.25, 10 of 40 groups (30 pictures) should be held out, "
            f"but {int(held_out.sum())} pictures are.",
        )
        draws.append(held_out)
    expect(
        len(torch.stack(draws).unique(dim=0)) > 15,
        "The same groups are held out every time: draw them at random, with randperm.",
    )
    often = torch.stack(draws).float().mean(dim=0)
    expect(
        often.max() < 0.8 and (often == 0).float().mean() < 0.1,
        "Some groups are never held out, or nearly always: every group must have the "
        "same chance.",
    )


@Exercise(
    todo="toss a coin for each picture, and choose between it and its mirror image",
    success="each picture has a coin of its own, and its pixels stay together",
    hint="torch.where(condition, a, b): the condition must stretch to (N, C, H, W).",
)
def check_random_flip(random_flip: Callable[[Tensor], Tensor]) -> None:
    """`random_flip(images)` mirrors each image with probability ½."""
    images = torch.rand(400, 3, 4, 5)
    before = images.clone()
    answer = random_flip(images)
    expect_tensor(answer, (400, 3, 4, 5), "what you return")
    expect(
        torch.equal(images, before),
        "Your function changed the pictures that it was given; return new ones.",
    )
    same = (answer == images).flatten(1).all(dim=1)
    mirrored = (answer == images.flip(3)).flatten(1).all(dim=1)
    upside_down = (answer == images.flip(2)).flatten(1).all(dim=1)
    expect(
        not upside_down.any(),
        "Some pictures stand on their heads: the dimensions are (N, C, rows, columns), "
        "and left and right are the last one.",
    )
    expect(
        (same | mirrored).any(),
        "In your pictures some pixels are mirrored and others are not: toss one coin "
        "for each picture, of shape (N, 1, 1, 1), and not one for each pixel.",
    )
    expect(
        (same | mirrored).all(),
        "Some pictures are neither as they were nor mirrored as a whole.",
    )
    expect(not same.all(), "No picture was mirrored: is the condition ever true?")
    expect(
        not mirrored.all(),
        "All pictures were mirrored together: toss a coin for each of them.",
    )
    share = mirrored.float().mean().item()
    expect(
        0.35 < share < 0.65,
        f"{share:.0%} of 400 pictures were mirrored, but it should be about half: "
        "torch.rand is uniform from 0 to 1.",
    )
    again = (random_flip(images) == images.flip(3)).flatten(1).all(dim=1)
    expect(
        (again != mirrored).any(),
        "The same pictures are mirrored every time: toss new coins in each call.",
    )
