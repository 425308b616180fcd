import signal
import threading

import pytest
import torch
from torch import nn

from gan_course.losses import LOSSES
from gan_course.training import Trainer, every
from tests.training_toys import STEP, assert_equal_states, differs, plain, toy


@pytest.mark.parametrize(
    "options",
    [{}, {"discriminator_steps": 2}, {"precision": "bf16"}],
    ids=["float32", "two steps", "bf16"],
)
def test_a_resumed_training_is_the_same_bit_by_bit(options, tmp_path):
    through, first, second = (toy(**options) for _ in range(3))
    length = 10 * through.images_per_step
    through.train(until=length)
    first.train(until=length // 2)
    first.save(tmp_path / "half")
    torch.manual_seed(99)  # a new process has other random numbers
    second.load(tmp_path / "half")
    assert second.images_seen == length // 2
    second.train(until=length)
    assert_equal_states(second.state(), through.state())
    assert through.state()["generator_optimiser"]["0.weight.exp_avg_sq"].sum() > 0
    for trainer, name in ((through, "a"), (second, "b")):
        trainer.save(tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_a_training_in_channels_last_resumes_in_the_same_layout():
    trainers = []
    for _ in range(2):
        torch.manual_seed(3)
        generator = nn.Sequential(nn.Linear(2, 27), nn.Unflatten(1, (3, 3, 3)))
        layers = nn.Conv2d(3, 5, 2), nn.Flatten(), nn.Linear(20, 1)
        discriminator = nn.Sequential(*layers).to(memory_format=torch.channels_last)
        images = torch.randint(0, 256, (20, 3, 3, 3), dtype=torch.uint8)
        options = {"latent_size": 2, "batch_size": 5}
        trainers.append(Trainer(generator, discriminator, images, **options))
    through, other = trainers
    through.train(until=25)
    other.load_state(through.state())
    kernel = other.discriminator[0].weight
    moment = other.optimisers["discriminator"].state[kernel]["exp_avg"]
    assert kernel.stride() == moment.stride() != kernel.contiguous().stride()
    for trainer in (through, other):
        trainer.train(until=50)
    assert_equal_states(other.state(), through.state())


def test_other_seeds_give_other_trainings():
    states = []
    for seed in (0, 0, 1):
        trainer = toy(seed=seed)
        trainer.train(until=5 * STEP)
        states.append(trainer.state())
    assert_equal_states(states[1], states[0])
    assert differs(states[2], states[0])


def test_a_state_is_a_copy_to_which_one_can_return():
    trainer = toy()
    trainer.train(until=3 * STEP)
    state = trainer.state()
    trainer.train(until=6 * STEP)
    end = trainer.state()
    assert differs(end, state)
    trainer.load_state(state)
    assert trainer.history["generator"][0] == [STEP, 2 * STEP, 3 * STEP]
    trainer.train(until=6 * STEP)
    assert_equal_states(trainer.state(), end)


def test_neither_callbacks_nor_callers_share_random_numbers_with_a_training():
    undisturbed, watched = toy(), toy()
    undisturbed.train(until=4 * STEP)
    torch.manual_seed(7)
    expected = torch.randn(3)
    torch.manual_seed(7)
    watched.train(until=4 * STEP, callbacks=[lambda _: torch.randn(5)])
    assert torch.equal(torch.randn(3), expected)
    assert_equal_states(watched.state(), undisturbed.state())


def test_an_interrupt_waits_for_the_end_of_the_step():
    through, interrupted = toy(), toy()
    through.train(until=6 * STEP)

    def interrupt(module, inputs):
        if interrupted.images_seen == 2 * STEP:
            signal.raise_signal(signal.SIGINT)

    handle = interrupted.generator.register_forward_pre_hook(interrupt)
    with pytest.raises(KeyboardInterrupt):
        interrupted.train(until=6 * STEP)
    handle.remove()
    assert interrupted.images_seen == 3 * STEP
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    interrupted.train(until=6 * STEP)
    assert_equal_states(interrupted.state(), through.state())


def test_a_training_runs_in_another_thread_too():
    through, threaded = toy(), toy()
    through.train(until=3 * STEP)
    thread = threading.Thread(target=threaded.train, kwargs={"until": 3 * STEP})
    thread.start()
    thread.join()
    assert_equal_states(threaded.state(), through.state())


def test_a_second_interrupt_does_not_wait():
    trainer = toy()

    def insist(module, inputs):
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGINT)

    trainer.generator.register_forward_pre_hook(insist)
    with pytest.raises(KeyboardInterrupt):
        trainer.train(until=STEP)
    assert trainer.images_seen == 0


def test_a_loss_that_is_not_a_number_stops_and_writes_no_checkpoint(tmp_path):
    trainer = plain(learning_rate=0.1)
    trainer.train(until=100)
    trainer.save(tmp_path / "state")
    before = (tmp_path / "state").read_bytes()
    with torch.no_grad():
        trainer.discriminator.weight.fill_(torch.nan)
    saves = [every(1_000, lambda t: t.save(tmp_path / "state"))]
    with pytest.raises(FloatingPointError, match="discriminator loss is nan after 110"):
        trainer.train(until=2_000, callbacks=saves)
    assert trainer.images_seen == 600  # the losses are read every 50 steps
    with pytest.raises(FloatingPointError):
        trainer.save(tmp_path / "state")
    assert (tmp_path / "state").read_bytes() == before
    trainer.load(tmp_path / "state")
    trainer.train(until=200)


def test_broken_weights_are_not_saved_although_the_losses_were_finite(tmp_path):
    trainer = plain()
    trainer.train(until=10)
    with torch.no_grad():
        trainer.generator.bias.fill_(torch.inf)
    with pytest.raises(FloatingPointError, match=r"generator/bias holds numbers that"):
        trainer.save(tmp_path / "state")
    assert list(tmp_path.iterdir()) == []


def test_a_loss_that_is_infinite_is_read_before_a_checkpoint_is_written(tmp_path):
    finite = LOSSES["hinge"]

    def endless(real_logits, fake_logits):
        return finite.generator(real_logits, fake_logits) + torch.inf

    trainer = plain(loss=finite._replace(generator=endless))
    trainer.step()  # all weights are still finite
    with pytest.raises(FloatingPointError, match="generator loss is inf after 10 im"):
        trainer.save(tmp_path / "state")
    assert list(tmp_path.iterdir()) == []


def test_a_checkpoint_of_other_networks_is_refused_and_changes_nothing(tmp_path):
    trainer = plain()
    trainer.train(until=50)
    before = trainer.state()
    other = Trainer(
        nn.Linear(1, 1), nn.Linear(1, 1, bias=False), torch.randn(9, 1),
        latent_size=1, batch_size=3,
    )  # fmt: skip
    other.save(tmp_path / "other")
    sentence = r"What differs: discriminator bias is missing there and float32 \(1,\) h"
    with pytest.raises(ValueError, match=sentence):
        trainer.load(tmp_path / "other")
    assert_equal_states(trainer.state(), before)
