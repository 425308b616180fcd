import pytest
import torch
from torch import nn

from gan_course.penalties import clip_weights, r1_penalty
from gan_course.training import Penalty, Trainer, every, linear_decay
from gan_course.widgets.live import LiveTraining
from tests.training_toys import assert_equal_states, differs, plain


def test_a_line_learns_mean_and_standard_deviation():
    torch.manual_seed(0)
    numbers = 2 + 0.5 * torch.randn(12_000, 1)
    discriminator = nn.Sequential(
        nn.Linear(1, 32), nn.LeakyReLU(0.2), nn.Linear(32, 32), nn.LeakyReLU(0.2),
        nn.Linear(32, 1),
    )  # fmt: skip
    trainer = Trainer(
        nn.Linear(1, 1), discriminator, numbers, latent_size=1, batch_size=128,
        learning_rate=0.02, half_life=12_800, schedule=linear_decay(192_000),
    )  # fmt: skip
    trainer.train(until=192_000)
    samples = trainer.sample(20_000)
    assert samples.mean().item() == pytest.approx(2, abs=0.1)
    assert samples.std().item() == pytest.approx(0.5, abs=0.1)
    assert trainer.losses["discriminator"].item() == pytest.approx(1.386, abs=0.05)


def test_the_learning_rate_follows_the_schedule():
    trainer = plain(learning_rate=0.5, schedule=linear_decay(100))
    rates = []

    def note(trainer):
        rates.append([o.param_groups[0]["lr"] for o in trainer.optimisers.values()])

    trainer.train(until=30, callbacks=[note])
    assert rates == [[0.5, 0.5], [0.45, 0.45], [0.4, 0.4]]


def test_without_a_learning_rate_only_the_clock_moves():
    trainer = plain(learning_rate=0.0)
    before = trainer.state()
    trainer.train(until=50)
    assert not differs(trainer.state(), before) and trainer.images_seen == 50


def test_the_discriminator_may_take_several_steps_for_one_of_the_generator():
    trainer = plain(discriminator_steps=3)
    trainer.train(until=60)
    steps = {
        name: next(iter(optimiser.state.values()))["step"].item()
        for name, optimiser in trainer.optimisers.items()
    }
    assert steps == {"discriminator": 6, "generator": 2}
    assert trainer.history["generator"][0] == [30, 60]


def test_lazy_penalties_follow_the_steps_of_the_discriminator():
    trainer = plain(penalties={"R1": Penalty(r1_penalty, every=4)})
    trainer.train(until=100)
    assert trainer.history["R1"][0] == [10, 50, 90]
    assert sorted(trainer.losses) == ["discriminator", "generator"]


def test_weights_can_be_constrained_after_each_step():
    trainer = plain(constrain=lambda network: clip_weights(network, 0.01))
    trainer.train(until=10)
    assert trainer.discriminator.weight.abs() <= 0.01 < trainer.generator.weight.abs()


def test_long_gradients_are_shortened():
    trainer = plain(largest_gradient=1e-3)
    trainer.train(until=10)
    slopes = [weights.grad for weights in trainer.discriminator.parameters()]
    length = torch.cat([slope.flatten() for slope in slopes]).norm().item()
    assert length == pytest.approx(1e-3, rel=1e-3)


def test_grey_levels_reach_the_discriminator_as_floats_around_zero():
    images = torch.tensor([0, 255], dtype=torch.uint8).repeat(8).view(16, 1, 1, 1)
    shown = []
    discriminator = nn.Sequential(nn.Flatten(), nn.Linear(1, 1))
    discriminator.register_forward_pre_hook(lambda _, inputs: shown.append(*inputs))
    generator = nn.Sequential(nn.Linear(3, 1), nn.Unflatten(1, (1, 1, 1)))
    trainer = Trainer(generator, discriminator, images, latent_size=3, batch_size=16)
    trainer.step()
    assert sorted(shown[0].flatten().tolist()) == [-1.0] * 8 + [1.0] * 8


def test_every_acts_at_the_same_moments_however_the_training_is_cut():
    moments = []
    callbacks = [every(25, lambda trainer: moments.append(trainer.images_seen))]
    trainer = plain()
    for until in (10, 50, 70, 120):
        trainer.train(until=until, callbacks=callbacks)
    assert moments == [30, 50, 80, 100]
    with pytest.raises(ValueError, match="The period is 0 images; choose 1 or more"):
        every(0, moments.append)


def test_samples_are_those_of_the_average_and_repeat():
    trainer = plain(half_life=1e6)
    latents = torch.randn(4, 1, generator=torch.Generator().manual_seed(5))
    expected = trainer.generator(latents)
    trainer.train(until=200)
    assert torch.allclose(trainer.sample(4, seed=5), expected, atol=1e-3)
    assert torch.equal(trainer.sample(4), trainer.sample(4))
    assert not torch.equal(trainer.sample(4), trainer.sample(4, seed=1))
    assert not trainer.sample(4).requires_grad


def test_a_live_view_can_watch():
    generator = nn.Sequential(nn.Linear(2, 16), nn.Unflatten(1, (1, 4, 4)))
    discriminator = nn.Sequential(nn.Flatten(), nn.Linear(16, 1))
    images = torch.randint(0, 256, (20, 1, 4, 4), dtype=torch.uint8)
    trainer = Trainer(generator, discriminator, images, latent_size=2, batch_size=5)
    with LiveTraining(50, alt="Noise stays noise.") as live:

        def watch(trainer):
            live.update(trainer.images_seen, trainer.losses, lambda: trainer.sample(9))

        trainer.train(until=50, callbacks=[watch])
    assert live.picture().startswith(b"\x89PNG")


def test_a_pair_in_double_precision_stays_there():
    trainer = Trainer(
        nn.Linear(1, 1).double(), nn.Linear(1, 1).double(),
        torch.randn(9, 1, dtype=torch.float64), latent_size=1, batch_size=3,
    )  # fmt: skip
    trainer.train(until=6)
    assert trainer.losses["generator"].dtype == torch.float64


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"batch_size": 201}, "A batch takes 201 of 200 images; choose a batch_size f"),
        ({"batch_size": 0}, "A batch takes 0 of 200 images; choose"),
        ({"latent_size": None}, "pass latent_size, such as latent_size=100"),
        ({"latent_size": 0}, "latent_size is 0; choose 1 or more"),
        ({"discriminator_steps": 0}, "discriminator_steps is 0; choose 1 or more"),
        ({"learning_rate": -0.1}, "learning_rate is -0.1; choose 0 or more"),
        ({"seed": -1}, "seed is -1; choose 0 or more"),
    ],
)
def test_what_cannot_be_trained_is_refused_in_a_sentence(options, sentence):
    with pytest.raises(ValueError, match=sentence):
        plain(**options)


def test_images_of_whole_numbers_are_refused():
    with pytest.raises(TypeError, match=r"are torch\.int64; pass torch\.uint8 grey le"):
        Trainer(nn.Linear(1, 1), nn.Linear(1, 1), torch.zeros(9, 1).long())


def test_generated_images_of_another_shape_are_refused():
    trainer = Trainer(
        nn.Linear(1, 2), nn.Linear(1, 1), torch.randn(9, 1), latent_size=1, batch_size=3
    )
    with pytest.raises(ValueError, match=r"of shape \(3, 2\), but the real ones are"):
        trainer.train(until=3)


def test_each_network_can_have_a_learning_rate_of_its_own():
    before = plain().state()
    only_discriminator = plain(learning_rate=0.0, discriminator_rate=1e-2)
    only_discriminator.train(until=20)
    after = only_discriminator.state()
    for player, moves in (("generator", False), ("discriminator", True)):
        for name, weights in before[player].items():
            assert torch.equal(after[player][name], weights) != moves, (player, name)


def test_the_discriminators_rate_is_that_of_both_unless_it_is_given():
    alike, given = plain(), plain(discriminator_rate=1e-3)
    for trainer in (alike, given):
        trainer.train(until=50)
    assert_equal_states(given.state(), alike.state())


def test_a_negative_rate_of_the_discriminator_is_refused():
    with pytest.raises(ValueError, match="discriminator_rate is -1; choose 0 or more"):
        plain(discriminator_rate=-1)
