import pytest
import torch
from torch import nn

from gan_course.losses import LOSSES
from gan_course.penalties import interpolate, r1_penalty, r2_penalty, wgan_gp_penalty
from gan_course.training.steps import Penalty, discriminator_step, generator_step

LOSS = LOSSES["non-saturating"]


@pytest.fixture
def linear():
    """A discriminator whose slope is w = (3, 4) everywhere, so |w|² = 25."""
    network = nn.Linear(2, 1).double()
    with torch.no_grad():
        network.weight.copy_(torch.tensor([[3.0, 4.0]]))
    return network


@pytest.fixture
def batch():
    """Real points and a generator's points, with their history."""
    generator = nn.Linear(3, 2).double()
    latents = torch.randn(6, 3, dtype=torch.float64)
    real = torch.randn(6, 2, dtype=torch.float64)
    return real, generator(latents), generator


def gradients(network):
    return [weights.grad for weights in network.parameters()]


class Spy(nn.Module):
    """A discriminator that remembers what it was shown."""

    def __init__(self, network):
        super().__init__()
        self.network, self.shown = network, []

    def forward(self, images):
        self.shown.append(images.detach().clone())
        return self.network(images)


def test_the_step_of_the_discriminator_gives_the_generator_no_gradient(linear, batch):
    real, fake, generator = batch
    penalties = {"R1": Penalty(r1_penalty), "R2": Penalty(r2_penalty, at="fake")}
    losses = discriminator_step(linear, real, fake, LOSS, penalties)
    sum(losses.values()).backward()
    assert gradients(generator) == [None, None]
    assert all(slope.abs().sum() > 0 for slope in gradients(linear))


@pytest.mark.parametrize("name", sorted(LOSSES))
def test_the_step_of_the_generator_gives_the_discriminator_none(name, linear, batch):
    real, fake, generator = batch
    sum(generator_step(linear, real, fake, LOSSES[name]).values()).backward()
    assert gradients(linear) == [None, None]
    assert all(slope.abs().sum() > 0 for slope in gradients(generator))


def test_weights_are_trainable_again_unless_they_were_not_before(linear, batch):
    linear.bias.requires_grad_(False)
    generator_step(linear, *batch[:2], LOSS)
    assert linear.weight.requires_grad and not linear.bias.requires_grad


@pytest.mark.parametrize("name", sorted(LOSSES))
def test_without_penalties_the_steps_are_the_losses_of_the_logits(name, linear, batch):
    real, fake, _ = batch
    logits = linear(real), linear(fake)
    d_losses = discriminator_step(linear, real, fake, LOSSES[name])
    g_losses = generator_step(linear, real, fake, LOSSES[name])
    expected = LOSSES[name].discriminator(*logits)
    assert d_losses["discriminator"].item() == pytest.approx(expected.item())
    # A constant that only real logits add to is no loss of the generator's.
    (expected,) = torch.autograd.grad(LOSSES[name].generator(*logits), fake)
    (slopes,) = torch.autograd.grad(g_losses["generator"], fake)
    assert torch.allclose(slopes, expected)


def test_a_lazy_penalty_comes_in_one_of_k_steps_k_times_as_strong(linear, batch):
    penalties = {"R1": Penalty(r1_penalty, gamma=3.0, every=4)}
    terms = [
        discriminator_step(linear, *batch[:2], LOSS, penalties, number=number)
        for number in range(9)
    ]
    due = [number for number, losses in enumerate(terms) if "R1" in losses]
    assert due == [0, 4, 8]
    assert terms[0]["R1"].item() == pytest.approx(4 * 3.0 / 2 * 25)


def test_the_gradient_of_a_penalty_is_gamma_times_the_weights(linear, batch):
    penalties = {"R1": Penalty(r1_penalty, gamma=0.5, every=2)}
    losses = discriminator_step(linear, *batch[:2], LOSS, penalties)
    (slope,) = torch.autograd.grad(losses["R1"], linear.weight)
    assert torch.allclose(slope, 2 * 0.5 * linear.weight)


def test_the_mean_strength_of_a_penalty_does_not_depend_on_its_period(linear, batch):
    def total(every):
        penalties = {"R1": Penalty(r1_penalty, gamma=1.0, every=every)}
        steps = (
            discriminator_step(linear, *batch[:2], LOSS, penalties, number=number)
            for number in range(12)
        )
        return sum(losses.get("R1", torch.zeros(())).item() for losses in steps)

    assert total(1) == pytest.approx(total(3)) == pytest.approx(total(4))


def test_penalties_are_measured_where_they_are_asked_for(batch):
    # |∇D|² of D(x) = |x|² / 2 is |x|².
    class Bowl(nn.Module):
        def forward(self, points):
            return points.square().sum(dim=1, keepdim=True) / 2

    real, fake, _ = batch
    penalties = {
        "R1": Penalty(r1_penalty, gamma=2.0),
        "R2": Penalty(r2_penalty, gamma=2.0, at="fake"),
        "middle": Penalty(r1_penalty, gamma=2.0, at=lambda x, y: (x + y) / 2),
    }
    losses = discriminator_step(Bowl(), real, fake, LOSS, penalties)
    expected = {"R1": real, "R2": fake, "middle": (real + fake) / 2}
    for name, points in expected.items():
        squared = points.square().sum(dim=1).mean().item()
        assert losses[name].item() == pytest.approx(squared)


def test_the_penalty_of_wgan_gp_between_real_and_fake(linear, batch):
    penalties = {"GP": Penalty(wgan_gp_penalty, gamma=20.0, at=interpolate)}
    losses = discriminator_step(linear, *batch[:2], LOSSES["wasserstein"], penalties)
    assert losses["GP"].item() == pytest.approx(10 * (5 - 1) ** 2)


def test_both_players_see_both_kinds_augmented(linear, batch):
    real, fake, _ = batch
    spy, loss = Spy(linear), LOSSES["relativistic"]

    def augment(images):
        return 2 * images + 1

    discriminator_step(spy, real, fake, loss, augment=augment)
    generator_step(spy, real, fake, loss, augment=augment)
    expected = [augment(real), augment(fake), augment(fake), augment(real)]
    assert all(torch.equal(a, b) for a, b in zip(spy.shown, expected))
    assert len(spy.shown) == 4


def test_the_gradient_of_the_generator_flows_through_the_augmentation(linear, batch):
    real, fake, _ = batch
    plain = generator_step(linear, real, 3 * fake, LOSSES["wasserstein"])
    augmented = generator_step(
        linear, real, fake, LOSSES["wasserstein"], augment=lambda images: 3 * images
    )
    slopes = [torch.autograd.grad(d["generator"], fake)[0] for d in (plain, augmented)]
    assert torch.allclose(*slopes) and slopes[0].abs().sum() > 0


def test_real_images_are_only_shown_again_where_the_loss_asks(linear, batch):
    shown = {}
    for name in ("non-saturating", "hinge", "relativistic", "relativistic-average"):
        spy = Spy(linear)
        generator_step(spy, *batch[:2], LOSSES[name])
        shown[name] = len(spy.shown)
    assert list(shown.values()) == [1, 1, 2, 2]


def test_the_images_of_the_caller_stay_as_they_were(linear, batch):
    real, fake, _ = batch
    penalties = {"R1": Penalty(r1_penalty)}
    sum(discriminator_step(linear, real, fake, LOSS, penalties).values()).backward()
    assert not real.requires_grad and real.grad is None
    assert fake.requires_grad and fake.grad_fn is not None


def test_a_misspelt_place_of_a_penalty_is_refused():
    with pytest.raises(ValueError, match="asked for at 'reals'; choose 'real', 'fake'"):
        Penalty(r1_penalty, at="reals")


@pytest.mark.parametrize("values", [{"gamma": -1.0}, {"every": 0}])
def test_a_penalty_out_of_range_is_refused(values):
    with pytest.raises(ValueError, match="choose a gamma of 0 or more and a period"):
        Penalty(r1_penalty, **values)
