"""What notebook 08 claims."""

import pytest

from tests.notebook_source import (
    assert_broken_variants_cover,
    assert_claims_fail,
    broken_by,
)

NAME = "08_diagnose_a_broken_gan"

# Each claim and the broken variant under which it must fail. A variant changes single
# lines; fewer steps make it short.
VARIANTS = {
    "the patients are healthy, and in the healthy run the generator stands still": {
        "admit(PATIENTS[": "admit({} and PATIENTS[",
        "{} and PATIENTS[1] | PATIENTS[5]), steps": "PATIENTS[5]), steps",
        "    gan.g_optimiser.step()": "    pass",
        "steps=600": "steps=100",
        "{}, 0.25, 0, 0.5": "{}, 0.25, 0, 0",
        "learn(trained, some, others": "learn(trained, some, noise",
        "discriminator(*logits) for": (
            "discriminator(trained(held_out[:2_000]), trained(noise)) for"
        ),
        "untrained_logits(he_initialise)": "untrained_logits()",
        '"noise": examine(more_noise)': '"noise": examine(others)',
        "tests(admit(changes))": "dict()",
    },
    "the healthy run has four faults at once": {
        "train(admit({}))": (
            "train(admit(PATIENTS[1] | PATIENTS[2] | PATIENTS[3] | PATIENTS[6]))"
        ),
        "steps=600": "steps=100",
        'pictures": examine(others)': 'pictures": examine(more_noise)',
        "examine(drawn)": "examine(others)",
        "growth(healthy)": "growth(third)",
        'late(fourth, "real")': 'late(fourth, "generated")',
        "len(found({}))": "len(found(PATIENTS[4]))",
        "lambda *_: cured.generator.zero_grad()": "lambda *_: None",
        "weights.grad = kept.get(weights)": "weights.grad = None",
        "new_discriminator(), nn.Tanh()": "new_discriminator(), nn.Sigmoid()",
    },
}
FIRST, SECOND = VARIANTS
BROKEN = {
    "the table, all eight rows": FIRST,
    "against a perfect opponent D pays the table": FIRST,
    "untrained it pays that too, but for one": FIRST,
    "untrained, least squares": FIRST,
    "larger weights, larger logits": FIRST,
    "the examiner of noise pays": FIRST,
    "the examiner of perfect pictures": SECOND,
    "D starts ahead": SECOND,
    "and ends near the undecided": FIRST,
    "some pictures are recognised": SECOND,
    "a fresh examiner of the healthy run pays": FIRST,
    "but not yet the level": SECOND,
    "the L_D of patient 1 stays above 1.006": FIRST,
    "the healthy one does not": SECOND,
    "mean answers of patient 1 outside [0, 1]": FIRST,
    "and of the healthy run": SECOND,
    "hardly any gradient reaches its G": FIRST,
    "a fresh examiner sees through it": SECOND,
    "patient 2, pixels darker than any real one": FIRST,
    "the healthy run draws none": SECOND,
    "patient 3, G's gradient grows": FIRST,
    "in the healthy run it does not": SECOND,
    "patient 4 calls generated pictures real": FIRST,
    "without earning it": FIRST,
    "its L_D ends near the dotted line": FIRST,
    "though it answers higher to real pictures": SECOND,
    "the healthy G pays more": SECOND,
    "the healthy D does not": SECOND,
    "patient 5, the penalty grows": FIRST,
    "patient 6, modes differ": FIRST,
    "in the healthy run hardly": SECOND,
    "batches that entered the averages of patient 6": FIRST,
    "those of the healthy run": SECOND,
    "patients whose fault, and no other, is found": FIRST,
    "faults found in the healthy run": SECOND,
    "faults found if D ends in tanh": SECOND,
    "two faults, the penalty looks small": FIRST,
    "two faults at once: missed or made up": FIRST,
    "cleared, patient 3 trains like the healthy run": SECOND,
    "with detach alone, G's gradient still grows": SECOND,
}


def test_every_claim_has_a_broken_variant():
    assert_broken_variants_cover(NAME, BROKEN)


@pytest.mark.parametrize("variant", VARIANTS)
def test_claims_fail_under_their_broken_variant(variant):
    named = broken_by(variant, BROKEN)
    assert_claims_fail(NAME, named, VARIANTS[variant])
