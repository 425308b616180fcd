"""What notebook 02 claims and checks."""

import pytest
import torch

from gan_course import augment
from gan_course.checks import prepare_image_data as checks
from gan_course.images import to_float
from gan_course.preprocess.hashing import perceptual_hash
from tests.exercise_answers import assert_checks_answers
from tests.notebook_source import assert_broken_variants_cover, assert_claims_fail

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
    "these 16 bits become 8 without loss": {'"I;16"': '"I;17"'},
    "paler and brighter, it stays close": {"0.7 * plain + 40": "40 - 0.7 * plain"},
    "coins come within 10 of each other": {"for i in range(11)": "for i in range(21)"},
    "no two good pictures are so close": {"offset=1": "offset=0"},
    "the shrunken copy is close": {'pictures["china_small"]': 'pictures["china_3"]'},
    "a mirrored copy is not found": {'good["cat_4"].flip(2)': 'good["cat_4"]'},
    "nor is a pale copy with much sky": {
        'good["china_1"].float()': 'good["cat_4"].float()'
    },
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
    "real ones from -1 to 1 have them too": {
        "share_with_negative_pixels(real)": "share_with_negative_pixels(real.abs())"
    },
    "tanh reaches black": {"[-3.2, 3.2]": "[-2.5, 3.2]"},
    "tanh reaches white": {"[-3.2, 3.2]": "[-3.2, 2.5]"},
    "each channel has mean 0": {"standardise(clean, mean, std)": "clean / std"},
    "and standard deviation 1": {"(images - mean) / std": "images - mean"},
    "every grey level comes back": {
        "to_uint8(undo(standardised, mean, std))": "to_uint8(standardised)"
    },
    "turned by 0 degrees, nothing changes": {
        "augment.rotate(piece, 0)": "augment.rotate(piece, 5)"
    },
    "gradients reach the pixels that stayed": {
        "augment.translate(leaf, 0.25)": "(augment.translate(piece, 0.25) + 0 * leaf)"
    },
    "shifted by one pixel, digits are readable": {
        "augment.translate(images, 0.04": "augment.translate(images, 0.5"
    },
    "mirrored, most are not": {"images.flip(3)\n": "images\n"},
    "files need many more calls": {
        '{"files": batch_from_files,': '{"files": batch_from_tensor,'
    },
}


def test_every_claim_has_a_broken_variant():
    assert_broken_variants_cover(NAME, BROKEN)


@pytest.mark.parametrize("text", BROKEN)
def test_claims_fail_under_their_broken_variant(text):
    assert_claims_fail(NAME, [text], BROKEN[text], until=text)


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


def test_keep_one_of_each(solutions, stubs):
    def kept_if(keep, among=lambda kept, number: kept):
        def keep_one_of_each(hashes, limit):
            kept = []
            for number in range(len(hashes)):
                others = hashes[among(kept, number)]
                if keep((others != hashes[number]).sum(dim=1), limit):
                    kept.append(number)
            return kept

        return keep_one_of_each

    def far(distances, limit):
        return bool((distances > limit).all())

    assert_checks_answers(
        checks.check_keep_one_of_each,
        solution=solutions["keep_one_of_each"],
        stub=stubs["keep_one_of_each"],
        mistakes={
            "everything": lambda hashes, limit: list(range(len(hashes))),
            "nothing": kept_if(lambda d, limit: bool((d > limit).any())),
            "the limit itself": kept_if(lambda d, limit: bool((d >= limit).all())),
            "all before": kept_if(far, among=lambda kept, n: list(range(n))),
            "the last kept": kept_if(far, among=lambda kept, n: kept[-1:]),
            "a fixed limit": kept_if(lambda d, limit: far(d, max(limit, 5))),
            "the close ones": kept_if(lambda d, limit: bool((d <= limit).all())),
            "equal ones": kept_if(lambda d, limit: far(d, 0)),
        },
    )


def test_largest_scores(solutions, stubs):
    def distances(x):
        return (x - x.median(dim=0).values).abs()

    def divided_by(spread):
        def largest_scores(table):
            distance = distances(table)
            scores = torch.where(distance == 0, 0.0, distance / spread(table))
            return scores.amax(dim=1)

        return largest_scores

    def mad(x):
        return 1.4826 * distances(x).median(dim=0).values

    assert_checks_answers(
        checks.check_largest_scores,
        solution=solutions["largest_scores"],
        stub=stubs["largest_scores"],
        mistakes={
            "not divided": divided_by(lambda x: 1),
            "mean distance": divided_by(lambda x: 1.4826 * distances(x).mean(dim=0)),
            "standard deviation": divided_by(lambda x: x.std(dim=0)),
            "median of the values": divided_by(
                lambda x: 1.4826 * x.median(dim=0).values
            ),
            "without the factor": divided_by(lambda x: mad(x) / 1.4826),
            "all columns together": divided_by(
                lambda x: 1.4826 * distances(x).median()
            ),
            "all scores": lambda x: distances(x) / mad(x),
            "largest of each column": lambda x: (
                (distances(x) / mad(x)).amax(dim=0)
                if x.shape[1] > 1
                else solutions["largest_scores"](x)
            ),
            "0 / 0": lambda x: (distances(x) / mad(x)).amax(dim=1),
            "never infinite": lambda x: solutions["largest_scores"](x).clamp(max=1e6),
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


def test_training_batch(solutions, stubs):
    def one_draw(images):
        together = augment.translate(images.flatten(0, 1)[None], 0.04, fill=-1)
        return together[0].unsqueeze(1)

    def batch(
        choose=lambda n, size: torch.randint(n, (size,)),
        convert=to_float,
        vary=lambda images: augment.translate(images, 0.04, fill=-1),
    ):
        def training_batch(digits, size):
            return vary(convert(digits[choose(len(digits), size)]))

        return training_batch

    assert_checks_answers(
        checks.check_training_batch,
        solution=solutions["training_batch"],
        stub=stubs["training_batch"],
        mistakes={
            "not converted": batch(convert=lambda images: images),
            "from 0 to 1": batch(
                convert=lambda images: images / 255,
                vary=lambda images: augment.translate(images, 0.04),
            ),
            "0 to 1 with the right fill": batch(convert=lambda images: images / 255),
            "one draw for all": batch(vary=one_draw),
            "the first few": batch(choose=lambda n, size: torch.randint(size, (size,))),
            "one digit": batch(
                choose=lambda n, size: torch.randint(n, (1,)).repeat(size)
            ),
            "grey levels": batch(convert=lambda images: images.float()),
            "grey comes in": batch(vary=lambda x: augment.translate(x, 0.04)),
            "too far": batch(vary=lambda x: augment.translate(x, 0.15, fill=-1)),
            "mirrored": batch(vary=augment.flip),
            "not varied": batch(vary=lambda images: images),
            "the last ones": batch(choose=lambda n, size: torch.arange(n - size, n)),
            "all of them": batch(choose=lambda n, size: torch.randperm(n)),
            "one direction": batch(
                vary=lambda x: torch.where(
                    torch.rand(len(x), 1, 1, 1) < 0.5, x.roll(1, dims=3), x
                )
            ),
        },
    )
