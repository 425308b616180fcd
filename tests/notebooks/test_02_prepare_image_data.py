"""What notebook 02 claims and checks."""

import math

import pytest
import torch

from gan_course.checks import prepare_image_data as checks
from gan_course.preprocess.hashing import perceptual_hash
from tests.exercise_answers import assert_checks_answers
from tests.notebook_source import assert_broken_variants_cover, definitions, run

NAME = "02_prepare_image_data"

# Every claim, and lines under which it must fail.
BROKEN = {
    "the folder holds all of them": {"if name not in unusual:": "if True:"},
    "the bomb is a tiny file": {"bytes(1_000)": "bytes(1_000_000)"},
    "three files are refused": {"first[: len(first) // 2]": "first"},
    "they are the unreadable ones": {
        '(folder / "notes.png").write_text("Remember to back up the photos!")': (
            '(folder / "coffee_0.png").write_text("Remember to back up the photos!");'
            ' (folder / "notes.png").write_bytes(first)'
        )
    },
    "the cat stands upright": {"ImageOps.exif_transpose(picture)": "picture"},
    "16 bits become 8 without loss": {'"I;16"': '"I;17"'},
    "paler and brighter, it stays close": {"0.7 * plain + 40": "40 - 0.7 * plain"},
    "coins come within 10 of each other": {"for i in range(11)": "for i in range(21)"},
    "no two good pictures are so close": {"offset=1": "offset=0"},
    "the shrunken copy is close": {'pictures["china_small"]': 'pictures["china_3"]'},
    "a mirrored copy is not found": {'good["cat_4"].flip(2)': 'good["cat_4"]'},
    "a million does not stand out": {"values.std()": "values[:9].std()"},
    "with the median it does": {"median = values.median()": "median = values.mean()"},
    "and no other number does": {"1.4826 * (values": "0.01 * (values"},
    "every planted fault is found": {'{"coffee_copy",': '{"coffee_3", "coffee_copy",'},
    "nothing good is dropped": {
        "clean_folder(folder,": "clean_folder(folder, smallest=180,"
    },
    "the unusual ones are repaired": {
        'unusual = ("cat_1", "coffee_1",': 'unusual = ("cat_1", "coffee_2",'
    },
    "the good ones remain": {
        '(folder / "coffee_copy.png").write_bytes(first)': (
            'pillow(good["coffee_0"].flip(1)).save(folder / "coffee_copy.png")'
        )
    },
    "a pair is separated with probability 2p(1-p)": {
        "< 0.1\nseparated": "< 0.2\nseparated"
    },
    "generated pictures have negative pixels": {
        "untrained = torch.tanh": "untrained = torch.sigmoid"
    },
    "real ones from 0 to 1 have none": {"(real + 1) / 2)": "real)"},
    "real ones from -1 to 1 have too": {
        "share_with_negative_pixels(real)": "share_with_negative_pixels(real.abs())"
    },
    "tanh reaches black": {"[-3.2, 3.2]": "[-2.5, 3.2]"},
    "tanh reaches white": {"[-3.2, 3.2]": "[-3.2, 2.5]"},
    "each channel has mean 0": {"standardise(clean, mean, std)": "clean / std"},
    "every grey level comes back": {
        "to_uint8(undo(standardised, mean, std))": "to_uint8(standardised)"
    },
    "strength 0 changes nothing": {
        "augment.rotate(piece, 0)": "augment.rotate(piece, 5)"
    },
    "gradients reach the pixels that stayed": {
        "augment.translate(leaf, 0.25)": "(augment.translate(piece, 0.25) + 0 * leaf)"
    },
    "shifted by a pixel, digits stay readable": {
        "augment.translate(images, 0.04": "augment.translate(images, 0.5"
    },
    "mirrored, they do not": {"images.flip(3)\n": "images\n"},
    "files need many more calls": {
        "calls_per_picture(batch_from_files)": "calls_per_picture(batch_from_tensor)"
    },
}


def test_every_claim_has_a_broken_variant():
    assert_broken_variants_cover(NAME, BROKEN)


@pytest.mark.parametrize("text", BROKEN)
def test_claims_fail_under_their_broken_variant(text):
    made = {claim.text: claim.holds for claim in run(NAME, BROKEN[text], until=text)}
    assert not made[text]


@pytest.fixture(scope="module")
def taught():
    return definitions(NAME)


@pytest.fixture(scope="module")
def solutions():
    return definitions(NAME, tag="solution")


@pytest.fixture(scope="module")
def stubs():
    return definitions(NAME, tag="stub")


def test_the_hash_is_that_of_the_package(taught):
    pictures = torch.randint(256, (20, 3, 45, 37), dtype=torch.uint8)
    inline = torch.stack([taught["difference_hash"](picture) for picture in pictures])
    assert torch.equal(inline, perceptual_hash(pictures))


def test_standardising_is_undone(taught):
    images = torch.randn(6, 3, 5, 5)
    mean, std = torch.tensor([0.3, -1, 2]), torch.tensor([0.5, 2, 7])
    mean, std = mean.view(1, 3, 1, 1), std.view(1, 3, 1, 1)
    standardised = taught["standardise"](images, mean, std)
    assert torch.allclose(standardised, (images - mean) / std)
    assert torch.allclose(taught["undo"](standardised, mean, std), images, atol=1e-6)


def test_close_pairs(solutions, stubs):
    def distances(hashes):
        return (hashes[:, None] != hashes).sum(dim=2)

    def pairs(close, keep=lambda i, j: i < j):
        return [(i, j) for i, j in close.nonzero().tolist() if keep(i, j)]

    assert_checks_answers(
        checks.check_close_pairs,
        solution=solutions["close_pairs"],
        stub=stubs["close_pairs"],
        mistakes={
            "any bit": lambda h, limit: pairs((h[:, None] != h).sum(2) >= 0),
            "less than": lambda h, limit: pairs(distances(h) < limit),
            "far": lambda h, limit: pairs(distances(h) > limit),
            "equal only": lambda h, limit: pairs(distances(h) == 0),
            "both ways": lambda h, limit: pairs(
                distances(h) <= limit, keep=lambda i, j: i != j
            ),
            "fixed limit": lambda h, limit: pairs(distances(h) <= 5),
            "larger limit": lambda h, limit: pairs(distances(h) <= limit + 3),
        },
    )


def test_robust_scores(solutions, stubs):
    def deviations(x):
        return (x - x.median()).abs()

    def divided_by(spread):
        def robust_scores(values):
            distance = deviations(values)
            if distance.median() == 0:
                return torch.where(distance == 0, 0.0, math.inf)
            return distance / spread(values)

        return robust_scores

    def flat(answer):
        def robust_scores(values):
            distance = deviations(values)
            return (
                distance / (1.4826 * distance.median())
                if distance.median()
                else answer(distance)
            )

        return robust_scores

    assert_checks_answers(
        checks.check_robust_scores,
        solution=solutions["robust_scores"],
        stub=stubs["robust_scores"],
        mistakes={
            "not divided": deviations,
            "mean distance": divided_by(lambda x: deviations(x).mean()),
            "standard deviation": divided_by(lambda x: x.std()),
            "median of the values": divided_by(lambda x: 1.4826 * x.median()),
            "without the factor": divided_by(lambda x: deviations(x).median()),
            "0 / 0": flat(lambda d: d / 0),
            "all 0": flat(torch.zeros_like),
            "all infinite": flat(lambda d: torch.full_like(d, math.inf)),
            "one number": flat(lambda d: torch.tensor(0.0)),
        },
    )


def test_split(solutions, stubs):
    def chosen_by(choose):
        def split(groups, held_out):
            kinds = groups.unique()
            is_held_out = torch.isin(
                groups, choose(kinds, round(held_out * len(kinds)))
            )
            return ~is_held_out, is_held_out

        return split

    def by_picture(groups, held_out):
        is_held_out = torch.rand(len(groups)) < held_out
        return ~is_held_out, is_held_out

    def both(groups, held_out):
        _, chosen = solutions["split"](groups, held_out)
        return chosen, chosen

    assert_checks_answers(
        checks.check_split,
        solution=solutions["split"],
        stub=stubs["split"],
        mistakes={
            "by picture": by_picture,
            "the first groups": chosen_by(lambda kinds, n: kinds[:n]),
            "places, not numbers": chosen_by(lambda kinds, n: torch.randperm(7)[:n]),
            "the rest held out": chosen_by(
                lambda kinds, n: kinds[torch.randperm(len(kinds))[n:]]
            ),
            "not the last": chosen_by(lambda kinds, n: kinds[torch.randperm(20)[:n]]),
            "both on one side": both,
            "numbers": lambda groups, share: tuple(
                mask.nonzero().flatten() for mask in solutions["split"](groups, share)
            ),
            "as 0 and 1": lambda groups, share: tuple(
                mask.int() for mask in solutions["split"](groups, share)
            ),
        },
    )


def test_random_flip(solutions, stubs):
    def where(*shape, dim=3, share=0.5):
        def random_flip(images):
            size = [
                images.shape[place] if n is None else n for place, n in enumerate(shape)
            ]
            return torch.where(torch.rand(size) < share, images.flip(dim), images)

        return random_flip

    def seeded(images):
        generator = torch.Generator().manual_seed(0)
        heads = torch.rand(len(images), 1, 1, 1, generator=generator) < 0.5
        return torch.where(heads, images.flip(3), images)

    def in_place(images):
        images[::2] = images[::2].flip(3)
        return images

    assert_checks_answers(
        checks.check_random_flip,
        solution=solutions["random_flip"],
        stub=stubs["random_flip"],
        mistakes={
            "upside down": where(None, 1, 1, 1, dim=2),
            "a coin for each pixel": where(None, None, None, None),
            "a coin for each channel": where(None, None, 1, 1),
            "one coin": lambda images: images.flip(3),
            "never": where(None, 1, 1, 1, share=-1),
            "too often": where(None, 1, 1, 1, share=0.8),
            "always the same": seeded,
            "in place": in_place,
            "normal numbers": lambda images: torch.where(
                torch.randn(len(images)) < 0.5, images.flip(3), images
            ),
        },
    )
