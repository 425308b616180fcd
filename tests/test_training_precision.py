import pytest
import torch
from torch import nn

from gan_course.losses import LOSSES
from gan_course.penalties import r1_penalty
from gan_course.training import Penalty, Trainer
from gan_course.training.precision import in_precision
from gan_course.training.steps import discriminator_step, generator_step
from tests.training_toys import STEP, plain, toy


@pytest.fixture
def linear():
    """Slopes that bfloat16 holds exactly, while their squares need more digits."""
    network = nn.Linear(2, 1)
    with torch.no_grad():
        network.weight.copy_(torch.tensor([[1 + 2**-7, -2.0]]))
        network.bias.zero_()
    return network


def slopes_of(network, losses):
    return torch.autograd.grad(sum(losses.values()), list(network.parameters()))


def test_float32_is_the_network_itself(linear):
    assert in_precision(linear, "float32") is linear


def test_bf16_rounds_the_weights_and_returns_float32():
    network = nn.Linear(1, 1, bias=False)
    with torch.no_grad():
        network.weight.fill_(1 + 2**-9)  # between two numbers of 8 digits
    answer = in_precision(network, "bf16")(torch.ones(3, 1))
    assert answer.dtype == torch.float32 and answer.unique().tolist() == [1.0]
    assert network.weight.item() == 1 + 2**-9


def test_the_squares_of_a_penalty_are_float32(linear):
    real, fake = torch.randn(2, 4, 2).unbind()
    losses = discriminator_step(
        in_precision(linear, "bf16"), real, fake, LOSSES["hinge"],
        {"R1": Penalty(r1_penalty, gamma=2.0)},
    )  # fmt: skip
    assert {value.dtype for value in losses.values()} == {torch.float32}
    assert losses["R1"].item() == (1 + 2**-7) ** 2 + 4
    (slope,) = torch.autograd.grad(losses["R1"], linear.weight)
    assert slope.dtype == torch.float32 and torch.equal(slope, 2 * linear.weight)


@pytest.mark.parametrize("last", [False, True], ids=["plain", "channels last"])
def test_both_steps_have_nearly_the_gradients_of_float32(last):
    torch.manual_seed(0)
    layers = nn.Conv2d(3, 16, 4, 2, 1), nn.LeakyReLU(0.2), nn.Conv2d(16, 16, 3)
    network = nn.Sequential(*layers, nn.Flatten(), nn.Linear(64, 1))
    if last:
        network.to(memory_format=torch.channels_last)
    real, fake = torch.randn(2, 32, 3, 8, 8).unbind()
    fake.requires_grad_()
    loss, penalties = LOSSES["relativistic"], {"R1": Penalty(r1_penalty, gamma=4.0)}
    found = []
    for precision in ("float32", "bf16"):
        judge = in_precision(network, precision)
        losses = discriminator_step(judge, real, fake, loss, penalties)
        slopes = slopes_of(network, losses)
        losses = generator_step(judge, real, fake, loss)
        slopes += torch.autograd.grad(losses["generator"], fake)
        found.append(torch.cat([slope.flatten() for slope in slopes]))
    precise, rounded = found
    error = (rounded - precise).norm() / precise.norm()
    assert 1e-5 < error < 0.02


def test_all_that_is_kept_in_a_bf16_training_is_float32():
    trainer = toy(precision="bf16")
    trainer.train(until=4 * STEP)
    state = trainer.state()
    sections = [part for part in state.values() if isinstance(part, dict)]
    kept = [value for part in sections for value in part.values()]
    assert {value.dtype for value in kept} == {torch.float32, torch.int64}
    assert {value.dtype for value in trainer.losses.values()} == {torch.float32}
    assert trainer.sample(2).dtype == torch.float32


def test_a_bf16_training_follows_the_one_in_float32():
    trainers = [toy(precision=precision) for precision in ("float32", "bf16")]
    for trainer in trainers:
        trainer.train(until=20 * STEP)
    for name in ("generator", "discriminator"):
        precise, rounded = (trainer.history[name][1] for trainer in trainers)
        assert precise != rounded and rounded == pytest.approx(precise, abs=0.02)


@pytest.mark.parametrize(
    ("precision", "sentence"),
    [
        ("bf61", "There is no precision 'bf61'; did you mean 'bf16'?"),
        ("double", "There is no precision 'double'; choose float32, bf16"),
    ],
)
def test_an_unknown_precision_is_refused(precision, sentence):
    with pytest.raises(ValueError, match=sentence):
        plain(precision=precision)


def test_bf16_wants_weights_in_float32():
    pair = nn.Linear(1, 1).double(), nn.Linear(1, 1).double()
    sentence = r"copies of float32 weights, but got torch\.float64; pass networks in"
    with pytest.raises(ValueError, match=sentence):
        Trainer(*pair, torch.randn(9, 1), latent_size=1, batch_size=3, precision="bf16")
