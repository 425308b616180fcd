"""Checks of the exercises of notebook 02, Prepare image data."""

import math
from collections.abc import Callable

import torch
from torch import Tensor

from gan_course.checks.exercise import Exercise, expect, expect_close, expect_tensor


@Exercise(
    todo="count the bits that differ from the pictures kept, and say when to keep",
    success="of each picture one is kept, and nothing that is not close to it is lost",
    hint="hashes[kept] has one row of 64 bits for each picture kept so far, and none "
    "at the first picture.",
)
def check_keep_one_of_each(keep: Callable[[Tensor, int], list[int]]) -> None:
    """`keep(hashes, limit)` keeps what is farther than `limit` from all kept before."""
    hashes = torch.zeros(6, 64, dtype=torch.bool)
    hashes[1, :3] = True  # 3 from 0
    hashes[2, 10:50] = True  # far from all before
    hashes[3, :8] = True  # 5 from 1, 8 from 0
    hashes[4] = hashes[2]  # equal to 2
    hashes[5, 5:11] = True  # 6 from 0, 8 from 3
    answer = [int(number) for number in keep(hashes, 5)]
    expect(
        len(answer) > 0,
        "You keep nothing: the first picture is close to none, for none is kept yet.",
    )
    expect(
        answer != list(range(6)),
        "You keep all six test pictures, two of which are equal: the distance is the "
        "number of bits that differ, summed over the last dimension.",
    )
    expect(
        4 not in answer,
        "Pictures 2 and 4 are equal, and you keep both: compare with *all* that were "
        "kept, not only with the last.",
    )
    expect(
        2 in answer and 5 in answer,
        "You drop a picture that is more than `limit` bits from every one kept.",
    )
    expect(
        3 in answer,
        "Picture 3 is close to 1 only, and 1 is not kept, since it is close to 0: "
        "compare with the pictures kept, not with all.",
    )
    expect(1 not in answer, "Picture 1 differs in 3 bits from 0, which is not above 5.")
    expect(
        answer == [0, 2, 3, 5],
        f"Of six test pictures 0, 2, 3 and 5 must be kept, in this order, not "
        f"{answer}.",
    )
    at_the_limit = list(keep(hashes, 6))
    expect(
        5 not in at_the_limit,
        "A distance of exactly the limit is still close; keep what is *more* than the "
        "limit away.",
    )
    expect(
        list(keep(hashes, 0)) == [0, 1, 2, 3, 5],
        "With limit 0 only equal pictures are dropped: use `limit`, no fixed number.",
    )


@Exercise(
    todo="compute the spread of each column, the scores, and the largest of each row",
    success="one absurd number can no longer hide, in whichever column it stands",
    hint="distance is (N, K); spread holds one number for each of the K columns.",
)
def check_largest_scores(largest_scores: Callable[[Tensor], Tensor]) -> None:
    """The largest of |x - median| / (1.4826 · MAD) over the columns, for each row."""
    column = torch.tensor([1.0, 3, 5, 7, 100], dtype=torch.float64)
    distance = torch.tensor([4.0, 2, 0, 2, 95], dtype=torch.float64)
    answer = largest_scores(column[:, None])
    expect(
        not (isinstance(answer, Tensor) and answer.shape == (5, 1)),
        "You return all scores; of each picture only the largest is wanted.",
    )
    expect_tensor(answer, (5,), "what you return for a table of five rows")
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
            distance / (1.4826 * distance.mean()),
            "You divide by the mean distance, which the absurd number inflates: take "
            "the median of the distances.",
        ),
        (
            distance / column.std(),
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
    table = torch.stack([column, 10 * column.flip(0)], dim=1)
    scores = torch.stack([distance, distance.flip(0)], dim=1) / (1.4826 * 2)
    both = largest_scores(table)
    expect(
        not (isinstance(both, Tensor) and both.shape == (2,)),
        "You return one number for each column; the largest of each *row* is wanted.",
    )
    expect_tensor(both, (5,), "what you return for five rows of two measurements")
    expect_close(
        both,
        scores.amax(dim=1),
        "With two columns, one ten times as large as the other, the scores are wrong: "
        "each column needs its own median and its own spread.",
    )
    flat = largest_scores(torch.tensor([[5.0], [5], [5], [5], [7], [5], [-1]]))
    expect(
        not flat.isnan().any(),
        "In a column with five equal numbers of seven a score is NaN, that is 0 / 0.",
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
    todo="draw digits at random, convert them, and move them a little",
    success="a new batch each time, from -1 to 1, moved by a pixel at most",
    hint="augment takes float images; torch.randint(n, (size,)) draws from 0 … n - 1.",
)
def check_training_batch(training_batch: Callable[[Tensor, int], Tensor]) -> None:
    """`training_batch(digits, size)`: random digits in [-1, 1], moved by ≤ 1 pixel."""
    digits = torch.zeros(300, 1, 28, 28, dtype=torch.uint8)
    marks = torch.randint(40, 256, (300, 1, 3, 2), dtype=torch.uint8)
    digits[:, :, 12:15, 4:6] = marks  # left of the middle
    batch = training_batch(digits, 200)
    expect(
        not (isinstance(batch, Tensor) and len(batch) == 300),
        "You return all digits; a batch holds `size` of them.",
    )
    expect_tensor(batch, (200, 1, 28, 28), "the batch")
    expect(
        batch.is_floating_point(),
        f"The batch is {batch.dtype}, but networks are fed floats: convert it.",
    )
    expect(
        batch.max() <= 1,
        "The batch holds numbers above 1: to_float brings grey levels into -1 … 1.",
    )
    expect(
        batch.min() < -0.5,
        "The batch holds no black, which is -1: a GAN's pictures run from -1 to 1, not "
        "from 0.",
    )
    expect(
        batch[:, :, 18:26, 10:18].max() <= -1,
        "Paper is not -1 in your batch: black must become -1 and white +1.",
    )
    expect(
        not (batch == 0).any(),  # a level of 127.5, which no digit has
        "What comes in at the border is not black: say with `fill` what it should be.",
    )
    expect(
        not (batch[:, :, :, 22:] > -1).any() or not (batch[:, :, :, :9] > -1).any(),
        "Some digits were mirrored, which makes many of them unreadable.",
    )
    ink = batch > -1
    expect(
        not ink[:, :, :11].any()
        and not ink[:, :, 16:].any()
        and not ink[..., 7:].any(),
        "Some digits have moved by more than a pixel, or changed in another way; "
        "section 8 showed it for a share of 0.04 of the side.",
    )
    expect(
        not ink[:, :, 12:15, 4:6].all(),
        "No digit has moved: vary each of them.",
    )
    columns, rows = ink.any(dim=2).squeeze(1), ink.any(dim=3).squeeze(1)
    expect(
        len(columns.unique(dim=0)) * len(rows.unique(dim=0)) > 1,
        "All digits have moved alike; each needs a draw of its own.",
    )
    expect(
        all(
            line.any()
            for line in (columns[:, 3], columns[:, 6], rows[:, 11], rows[:, 15])
        ),
        "The digits move in some directions only; every shift should be possible.",
    )
    shown = [_which(training_batch(digits, 200), digits) for _ in range(2)]
    expect(
        len(shown[0].unique()) > 60,
        "Your batch holds the same few digits again and again: draw each anew.",
    )
    expect(
        max(part.max() for part in shown) > 250,
        "Only the first `size` digits are ever drawn: draw from all of them.",
    )
    expect(
        not torch.equal(shown[0].unique(), shown[1].unique()),
        "Two batches hold the same digits: draw at random which ones are used.",
    )


def _which(batch: Tensor, digits: Tensor) -> Tensor:
    """The place of each image of a batch among the digits, by the marks they carry."""
    marks = (((batch + 1) * 127.5).round().flatten(1).sort(dim=1).values)[:, -6:]
    known = digits.flatten(1).float().sort(dim=1).values[:, -6:]
    return torch.cdist(marks, known).argmin(dim=1)
