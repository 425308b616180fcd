"""What notebook 06 defines, claims and compares; its exercises have their own tests."""

import json

import pytest
import torch
from torch import nn

from gan_course import losses as package
from gan_course.files import data_folder
from gan_course.penalties import r1_penalty, r2_penalty, wgan_gp_penalty
from tests.notebook_source import (
    assert_broken_variants_cover,
    assert_claims_fail,
    broken_by,
    cells,
    definitions,
)

NAME = "06_choose_a_loss"

# Where nobody learns, the length of a training changes nothing, and it is made short.
SHORT = {"STEPS, fixed = 2_000,": "STEPS, fixed = 10,"}
VARIANTS = {
    "prices are wrong, and nobody learns": {
        "return -softplus(fake_logits).mean()": "return -fake_logits.mean()",
        "return softplus(-fake_logits).mean()": "return softplus(fake_logits).mean()",
        "return (fake_logits - 1).square().mean() / 2": (
            "return (fake_logits - 1).abs().mean()"
        ),
        "relu(1 + fake_logits).mean()": "fake_logits.mean()",
        "- 1).square().mean() + fake_logits.square().mean()) / 2": (
            "- 1).square().mean() + fake_logits.exp().mean()) / 2"
        ),
        "return softplus(fake_logits - real_logits).mean()": (
            "return softplus(fake_logits - 2 * real_logits).mean()"
        ),
        "return fake_logits.mean() - real_logits.mean()": (
            "return fake_logits.mean() - 3 * real_logits.mean()"
        ),
        '"lr"] = 0.3 *': '"lr"] = 0.0 *',
        "hump + s).bincount": "hump + s // 2).bincount",
        "real.sort().values - fake.sort().values": "real - fake",
        "penalty=None, steps=300": "penalty=None, steps=5",
        **SHORT,
    },
    "limits are taken away": {
        "return relu(1 - real_logits).mean() + relu(1 + fake_logits).mean()": (
            "return relu(1 - real_logits + fake_logits).mean()"
        ),
        "        if limit:\n": "        if False:\n",
        "(slopes(critic, between(real, fake)) - 1)": (
            "(slopes(critic, between(real, fake)))"
        ),
        "    if plain:\n": "    if True:\n",
        'LIMITED = ("Wasserstein, clipped", "WGAN-GP", "relativistic + R1 + R2")': (
            'LIMITED = ("minimax", "hinge", "relativistic")'
        ),
        **SHORT,
    },
}
WRONG, UNLIMITED = VARIANTS
BROKEN = {
    "at f = -6 minimax hardly pulls": WRONG,
    "non-saturating pulls": WRONG,
    "least squares pulls harder": WRONG,
    "D has done with it in the hinge": WRONG,
    "least squares finds -6 too low": WRONG,
    "two losses ignore what is added to all logits": WRONG,
    "the others do not": UNLIMITED,
    "cross-entropy: 2 log 2 - 2 JSD": WRONG,
    "least squares: ¼ (1 - χ²)": WRONG,
    "hinge: 2 (1 - TV)": WRONG,
    "relativistic: log 2 - JSD₂": WRONG,
    "from shift 5 on, all four are stuck at 1": WRONG,
    "sorting is as good as the linear programme": WRONG,
    "the best critic's loss is -W₁": WRONG,
    "without limit the estimate runs away": WRONG,
    "WGAN-GP: slope 1 + W₁ / (2λ)": WRONG,
    "clipped at 0.05, far too low": UNLIMITED,
    "twice the limit is 2³ times the slope": UNLIMITED,
    "R1 + R2: mean slope W₁ / (2γ)": WRONG,
    "WGAN-GP: it hardly does": UNLIMITED,
    "modes found by relativistic + R1 + R2": WRONG,
    "modes found by minimax": WRONG,
    "plain: minimax takes longer": WRONG,
    "with Adam it does not": UNLIMITED,
    "grid, with a limit to D's slope: modes": UNLIMITED,
    "grid, without one: modes": UNLIMITED,
    "grid, with a limit: evenly, reverse KL": UNLIMITED,
}


def test_every_claim_has_a_broken_variant():
    assert_broken_variants_cover(NAME, BROKEN)


@pytest.mark.parametrize("variant", VARIANTS)
def test_claims_fail_under_their_broken_variant(variant):
    named = broken_by(variant, BROKEN)
    assert_claims_fail(NAME, named, VARIANTS[variant])


def test_the_losses_on_the_page_are_those_of_the_package(taught):
    page = with_losses(taught)["LOSSES"]
    assert page.keys() == package.LOSSES.keys() - {"relativistic-average"}
    real, fake = torch.randn(2, 40, 1) * 10
    for name, loss in page.items():
        for player in ("discriminator", "generator"):
            answer = getattr(loss, player)(real, fake)
            expected = getattr(package.LOSSES[name], player)(real, fake)
            assert torch.equal(answer, expected), (name, player)


def with_losses(taught):
    """Let the definitions see the table of losses, which is no function."""
    (table,) = [c.source for c in cells(NAME) if "LOSSES = {" in c.source]
    namespace = dict(taught)
    exec(table, namespace)
    return namespace


def test_the_penalties_on_the_page_are_those_of_the_package(taught):
    critic = nn.Sequential(nn.Linear(2, 8), nn.Tanh(), nn.Linear(8, 1))
    real, fake = torch.randn(2, 30, 2)
    torch.manual_seed(0)
    page = taught["slopes_of_one"](critic, real, fake)
    torch.manual_seed(0)
    inputs = taught["between"](real, fake).requires_grad_()
    assert torch.isclose(page, wgan_gp_penalty(inputs, critic(inputs)))
    page = taught["r1_and_r2"](critic, real, fake)
    real.requires_grad_(), fake.requires_grad_()
    ours = r1_penalty(real, critic(real)) + r2_penalty(fake, critic(fake))
    assert torch.isclose(page, ours)


def test_points_between_have_a_share_each_for_stacked_points_too(taught):
    real, fake = torch.ones(3, 50, 2), torch.zeros(3, 50, 2)
    points = taught["between"](real, fake)
    assert torch.equal(points[..., 0], points[..., 1])
    assert len(points[..., 0].unique()) > 140


def test_side_by_side_starts_all_rows_from_the_same_networks():
    namespace = definitions(NAME)
    rows, seeds = namespace["ROWS"], namespace["SEEDS"]
    torch.manual_seed(0)
    network = namespace["SideBySide"](3, 16, 2)
    inputs = torch.randn(seeds, 5, 3).repeat(len(rows), 1, 1)
    outputs = network(inputs).view(len(rows), seeds, 5, 2)
    assert torch.allclose(outputs, outputs[:1].expand_as(outputs))
    assert not torch.allclose(outputs[0, 0], outputs[0, 1])
    last = slice(seeds * (len(rows) - 1), None)
    assert torch.allclose(network(inputs[last], last), outputs[-1])


@pytest.mark.parametrize(
    ("copies", "row"),
    [
        ("CLIPPED", "Wasserstein, clipped"),
        ("GP", "WGAN-GP"),
        ("PENALISED", "relativistic + R1 + R2"),
    ],
)
def test_each_remedy_belongs_to_its_row(copies, row):
    (source,) = [c.source for c in cells(NAME) if "CLIPPED, GP" in c.source]
    namespace = {"nn": nn, "torch": torch}
    exec(source, namespace)
    first = namespace["SEEDS"] * list(namespace["ROWS"]).index(row)
    assert namespace[copies] == slice(first, first + namespace["SEEDS"])


def test_the_rows_of_the_page_are_those_of_the_published_runs(taught):
    published = json.loads((data_folder() / "choose_a_loss.json").read_text("utf-8"))
    for results in published["sets"].values():
        assert list(results["rows"]) == list(taught["ROWS"])
        assert all(len(row["runs"]) == 10 for row in results["rows"].values())
    (prose,) = [
        c.source for c in cells(NAME) if "A **failure** was defined" in c.source
    ]
    for data, results in published["sets"].items():
        assert f"{results['images']:,} on the {data}" in " ".join(prose.split())
