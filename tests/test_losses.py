import math

import pytest
import torch
from torch.nn.functional import binary_cross_entropy_with_logits, mse_loss, relu

from gan_course.losses import LOSSES

NAMES = tuple(LOSSES)
LOG_TWO = math.log(2)
RELATIVISTIC = ("relativistic", "relativistic-average")
BOTH = ("discriminator", "generator")
PLAYERS = [(name, player) for name in NAMES for player in BOTH]


def batch(*values):
    return torch.tensor(values, dtype=torch.float64).view(-1, 1)


@pytest.fixture
def logits():
    """Seven real and seven fake logits, on both sides of every margin."""
    levels = torch.linspace(-4, 4, 7, dtype=torch.float64).view(-1, 1)
    pairs = torch.stack([levels + 0.5, levels.flip(0)])
    return pairs + 0.1 * torch.randn_like(pairs)


def formula(name, player="discriminator"):
    return getattr(LOSSES[name], player)


def slopes(loss, real, fake):
    """The loss, and N times its derivative by each real and each fake logit."""
    real, fake = real.clone().requires_grad_(), fake.clone().requires_grad_()
    value = loss(real, fake)
    gradients = torch.autograd.grad(
        value, (real, fake), allow_unused=True, materialize_grads=True
    )
    return value.detach(), *(len(real) * gradient for gradient in gradients)


def real_price(logits):
    """Cross-entropy of calling these real."""
    return binary_cross_entropy_with_logits(logits, torch.ones_like(logits))


def fake_price(logits):
    """Cross-entropy of calling these generated."""
    return binary_cross_entropy_with_logits(logits, torch.zeros_like(logits))


def distance(logits, label):
    return mse_loss(logits, torch.full_like(logits, label)) / 2


REFERENCES = {
    "minimax": (
        lambda r, f: real_price(r) + fake_price(f),
        lambda r, f: -fake_price(f),
    ),
    "non-saturating": (
        lambda r, f: real_price(r) + fake_price(f),
        lambda r, f: real_price(f),
    ),
    "least-squares": (
        lambda r, f: distance(r, 1.0) + distance(f, 0.0),
        lambda r, f: distance(f, 1.0),
    ),
    "wasserstein": (lambda r, f: (f - r).mean(), lambda r, f: -f.mean()),
    "hinge": (
        lambda r, f: (relu(1 - r) + relu(1 + f)).mean(),
        lambda r, f: -f.mean(),
    ),
    "relativistic": (lambda r, f: real_price(r - f), lambda r, f: real_price(f - r)),
    "relativistic-average": (
        lambda r, f: real_price(r - f.mean()) + fake_price(f - r.mean()),
        lambda r, f: real_price(f - r.mean()) + fake_price(r - f.mean()),
    ),
}


@pytest.mark.parametrize("name", NAMES)
def test_a_loss_equals_its_reference(name, logits):
    for player, reference in zip(LOSSES[name], REFERENCES[name]):
        value = player(*logits)
        assert value.shape == ()
        assert value.dtype == torch.float64
        assert torch.allclose(value, reference(*logits), rtol=1e-8)


# By hand: E over r = (log 3, 0) and f = (-log 3, log 3), where σ is ¾, ½ and ¼, ¾.
@pytest.mark.parametrize(
    ("name", "discriminator", "generator"),
    [
        ("minimax", math.log(8 / 3 * 16 / 3) / 2, -math.log(16 / 3) / 2),
        ("non-saturating", math.log(8 / 3 * 16 / 3) / 2, math.log(16 / 3) / 2),
        ("wasserstein", -math.log(3) / 2, 0),
        # The differences r - f are 2 log 3 and -log 3, where σ is 9/10 and 1/4.
        ("relativistic", math.log(40 / 9) / 2, math.log(40 / 3) / 2),
    ],
)
def test_a_loss_of_two_pairs_is_the_one_found_by_hand(name, discriminator, generator):
    real = batch(math.log(3), 0)
    fake = batch(-math.log(3), math.log(3))
    assert formula(name)(real, fake).item() == pytest.approx(discriminator)
    value = formula(name, "generator")(real, fake).item()
    assert value == pytest.approx(generator, abs=1e-12)


UNDECIDED = {
    "minimax": (2 * LOG_TWO, -LOG_TWO),
    "non-saturating": (2 * LOG_TWO, LOG_TWO),
    "least-squares": (0.5, 0.5),
    "wasserstein": (0, 0),
    "hinge": (2, 0),
    "relativistic": (LOG_TWO, LOG_TWO),
    "relativistic-average": (2 * LOG_TWO, 2 * LOG_TWO),
}


@pytest.mark.parametrize("name", NAMES)
def test_an_undecided_discriminator_costs_what_the_convention_says(name):
    zero = torch.zeros(6, 1, dtype=torch.float64)
    values = [player(zero, zero).item() for player in LOSSES[name]]
    assert values == pytest.approx(UNDECIDED[name])


@pytest.mark.parametrize(
    ("name", "level", "value"),
    [
        ("least-squares", 0.5, 0.25),
        ("hinge", -0.9, 2),
        ("hinge", 0.9, 2),
        ("wasserstein", 40, 0),
        ("relativistic", 40, LOG_TWO),
        ("relativistic-average", -40, 2 * LOG_TWO),
    ],
)
def test_equal_logits_cost_the_same_wherever_nothing_can_be_told(name, level, value):
    same = torch.full((6, 1), level, dtype=torch.float64)
    assert formula(name)(same, same).item() == pytest.approx(value)


DERIVATIVES = {
    "minimax": (
        lambda r, f: (torch.sigmoid(r) - 1, torch.sigmoid(f)),
        lambda r, f: (0 * r, -torch.sigmoid(f)),
    ),
    "non-saturating": (
        lambda r, f: (torch.sigmoid(r) - 1, torch.sigmoid(f)),
        lambda r, f: (0 * r, torch.sigmoid(f) - 1),
    ),
    "least-squares": (lambda r, f: (r - 1, f), lambda r, f: (0 * r, f - 1)),
    "wasserstein": (
        lambda r, f: (0 * r - 1, 0 * f + 1),
        lambda r, f: (0 * r, 0 * f - 1),
    ),
    "hinge": (
        lambda r, f: (-1.0 * (r < 1), 1.0 * (f > -1)),
        lambda r, f: (0 * r, 0 * f - 1),
    ),
    "relativistic": (
        lambda r, f: (-torch.sigmoid(f - r), torch.sigmoid(f - r)),
        lambda r, f: (torch.sigmoid(r - f), -torch.sigmoid(r - f)),
    ),
}


@pytest.mark.parametrize("name", DERIVATIVES)
def test_gradients_are_those_of_the_closed_form(name, logits):
    for player, derivative in zip(LOSSES[name], DERIVATIVES[name]):
        _, *found = slopes(player, *logits)
        for slope, expected in zip(found, derivative(*logits)):
            assert torch.allclose(slope, expected.double(), rtol=1e-7, atol=1e-9)


@pytest.mark.parametrize(("name", "player"), PLAYERS)
def test_gradients_agree_with_finite_differences(name, player, logits):
    real, fake = (part.clone().requires_grad_() for part in logits)
    assert torch.autograd.gradcheck(formula(name, player), (real, fake))


@pytest.mark.parametrize("name", NAMES)
def test_each_player_is_pulled_the_right_way(name):
    undecided = torch.full((4, 1), 0.5, dtype=torch.float64)
    _, by_real, by_fake = slopes(formula(name), undecided, undecided)
    assert (by_real < 0).all()  # the discriminator raises real logits
    assert (by_fake > 0).all()  # and lowers fake ones
    _, by_real, by_fake = slopes(formula(name, "generator"), undecided, undecided)
    assert (by_fake < 0).all()  # the generator raises fake ones
    assert (by_real > 0).all() if name in RELATIVISTIC else (by_real == 0).all()


SURE_AND_RIGHT = {
    "minimax": (0, 0),
    "non-saturating": (0, 1000),
    "least-squares": ((999**2 + 1000**2) / 2, 1001**2 / 2),
    "wasserstein": (-2000, 1000),
    "hinge": (0, 1000),
    "relativistic": (0, 2000),
    "relativistic-average": (0, 4000),
}
SURE_AND_WRONG = {
    "minimax": (2000, -1000),
    "non-saturating": (2000, 0),
    "least-squares": ((1001**2 + 1000**2) / 2, 999**2 / 2),
    "wasserstein": (2000, -1000),
    "hinge": (2002, -1000),
    "relativistic": (2000, 0),
    "relativistic-average": (4000, 0),
}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    ("level", "expected"), [(1000.0, SURE_AND_RIGHT), (-1000.0, SURE_AND_WRONG)]
)
def test_huge_logits_reach_the_limits_in_single_precision(name, level, expected):
    real, fake = torch.full((2, 5, 1), level).unbind()
    for player, limit in zip(LOSSES[name], expected[name]):
        value, *gradients = slopes(player, real, -fake)
        assert value.item() == pytest.approx(limit)
        assert all(gradient.isfinite().all() for gradient in gradients)


@pytest.mark.parametrize(("name", "player"), PLAYERS)
def test_no_mixture_of_huge_logits_overflows(name, player):
    levels = torch.tensor([-1000.0, -1.0, 0.0, 3.0, 1000.0])
    real, fake = torch.cartesian_prod(levels, levels).split(1, dim=1)
    value, *gradients = slopes(formula(name, player), real, fake)
    assert value.isfinite()
    assert all(gradient.isfinite().all() for gradient in gradients)


SHIFT_INVARIANT = {
    "discriminator": ("wasserstein", *RELATIVISTIC),
    "generator": RELATIVISTIC,
}


@pytest.mark.parametrize(("name", "player"), PLAYERS)
def test_a_shift_of_all_logits_changes_only_losses_that_look_at_levels(
    name, player, logits
):
    loss, (real, fake) = formula(name, player), logits
    before, after = loss(real, fake), loss(real + 5, fake + 5)
    assert torch.allclose(before, after) == (name in SHIFT_INVARIANT[player])


@pytest.mark.parametrize(("name", "player"), PLAYERS)
def test_only_the_pairing_loss_depends_on_the_order_of_a_batch(name, player, logits):
    loss, (real, fake) = formula(name, player), logits
    before, after = loss(real, fake), loss(real, fake.roll(1, dims=0))
    assert torch.allclose(before, after) == (name != "relativistic")


@pytest.mark.parametrize("name", NAMES)
def test_the_players_swap_roles_in_relativistic_losses_alone(name, logits):
    real, fake = logits
    swapped = formula(name)(fake, real)
    generator = formula(name, "generator")(real, fake)
    assert torch.allclose(generator, swapped) == (name in RELATIVISTIC)


@pytest.mark.parametrize("name", NAMES)
def test_minimax_and_wasserstein_leave_the_generator_the_discriminators_loss(
    name, logits
):
    _, _, for_discriminator = slopes(formula(name), *logits)
    _, _, for_generator = slopes(formula(name, "generator"), *logits)
    zero_sum = torch.allclose(for_discriminator, -for_generator)
    assert zero_sum == (name in ("minimax", "wasserstein"))


def test_the_minimax_generator_saturates_where_the_other_one_is_steepest():
    rejected = batch(-30, -20, -10)
    _, _, minimax = slopes(LOSSES["minimax"].generator, rejected, rejected)
    _, _, other = slopes(LOSSES["non-saturating"].generator, rejected, rejected)
    assert minimax.abs().max() < 1e-4
    assert minimax[0].abs() < 1e-12
    assert torch.allclose(other, torch.full_like(other, -1), atol=1e-4)


def test_beyond_its_margin_the_hinge_has_neither_price_nor_gradient():
    value, by_real, by_fake = slopes(
        LOSSES["hinge"].discriminator, batch(1.01, 50), batch(-1.01, -50)
    )
    assert value == 0
    assert not by_real.any()
    assert not by_fake.any()
    value, by_real, by_fake = slopes(
        LOSSES["hinge"].discriminator, batch(0.99, 50), batch(-0.99, -50)
    )
    assert value.item() == pytest.approx(0.01)
    assert by_real.tolist() == [[-1], [0]]
    assert by_fake.tolist() == [[1], [0]]


@pytest.mark.parametrize(("name", "player"), PLAYERS)
def test_a_loss_is_a_mean(name, player, logits):
    loss, (real, fake) = formula(name, player), logits
    twice = loss(real.repeat(2, 1), fake.repeat(2, 1))
    assert torch.allclose(twice, loss(real, fake))


@pytest.mark.parametrize("player", BOTH)
@pytest.mark.parametrize("name", [name for name in NAMES if name != "relativistic"])
def test_only_pairs_need_batches_of_one_size(name, player, logits):
    loss, (real, fake) = formula(name, player), logits
    few = fake[:2]
    assert torch.allclose(loss(real, few), loss(real, few.repeat(3, 1)))


@pytest.mark.parametrize("player", BOTH)
@pytest.mark.parametrize("shape", [(6, 1), (7,)])
def test_pairs_of_different_shapes_are_refused(player, shape):
    with pytest.raises(ValueError, match=r"shape \(N, 1\)") as caught:
        formula("relativistic", player)(torch.zeros(7, 1), torch.zeros(shape))
    assert str((7, 1)) in str(caught.value)
    assert str(shape) in str(caught.value)


def test_the_names_are_those_of_the_literature():
    assert NAMES == (
        "minimax",
        "non-saturating",
        "least-squares",
        "wasserstein",
        "hinge",
        "relativistic",
        "relativistic-average",
    )
