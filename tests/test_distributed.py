import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from torch import nn

from gan_course.losses import LOSSES, Loss
from gan_course.penalties import interpolate, perturb, r1_penalty, wgan_gp_penalty
from gan_course.training import Penalty, Trainer, distributed
from gan_course.training.checkpoint import load_checkpoint
from gan_course.training.distributed import World, processes
from tests.distributed_worker import BATCH, CASES, DIED, STEPS, trained
from tests.training_toys import assert_equal_states

ROOT = Path(__file__).parent.parent
TWO = World(rank=0, size=2)


def free_ports(count):
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [str(listener.getsockname()[1]) for listener in sockets]
    for listener in sockets:
        listener.close()
    return ports


@pytest.fixture(scope="module")
def together(tmp_path_factory):
    """The folder of two processes, their exit statuses and what they said."""
    folder = tmp_path_factory.mktemp("two")
    command = [sys.executable, "-m", "tests.distributed_worker", str(folder)]
    command += free_ports(3)
    shared = os.environ | {"WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1"}
    shared |= {"MASTER_PORT": "0", "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}
    pair = [
        subprocess.Popen(
            command, env=shared | {"RANK": rank, "LOCAL_RANK": rank}, cwd=folder,
            stderr=subprocess.PIPE, encoding="utf-8",
        )
        for rank in "01"
    ]  # fmt: skip
    try:
        said = [process.communicate(timeout=120)[1] for process in pair]
    finally:
        for process in pair:
            process.kill()
    assert (folder / "1.json").exists(), said
    return folder, [process.returncode for process in pair], said


@pytest.fixture(scope="module")
def notes(together):
    texts = [(together[0] / f"{rank}.json").read_text() for rank in "01"]
    return [json.loads(text) for text in texts]


@pytest.fixture(scope="module", params=CASES)
def case(request):
    """The name of a training, and what one process makes of it."""
    return request.param, *trained(request.param)


def test_two_processes_end_with_the_weights_of_one(together, case):
    name, trainer, _ = case
    expected, state = trainer.state(), load_checkpoint(together[0] / f"{name} 0")
    assert state["images_seen"] == expected["images_seen"] >= STEPS * BATCH
    for section in ("generator", "discriminator", "average"):
        for key, value in expected[section].items():
            error = (state[section][key] - value).abs().max()
            assert error < 1e-9, f"{section} {key}"


def test_both_processes_hold_the_same_bit_by_bit(together, case):
    states = [load_checkpoint(together[0] / f"{case[0]} {rank}") for rank in "01"]
    assert_equal_states(*states)


def test_the_losses_are_those_of_the_whole_batch_in_both(notes, case):
    name, trainer, _ = case
    first, second = (note[f"{name} losses"] for note in notes)
    assert first == second
    assert first[0] == trainer.history["discriminator"][0]
    assert first[1] == pytest.approx(trainer.history["discriminator"][1], abs=1e-9)


def test_images_and_latents_are_those_of_one_process_in_two_halves(notes, case):
    name, _, shown = case
    halves = zip(*(note[f"{name} shown"] for note in notes))
    both = [first + second for first, second in halves]
    assert len(both) == len(shown)
    for batch, expected in zip(both, shown):
        assert batch == pytest.approx(expected, abs=1e-9)


def test_only_the_first_process_writes_and_reads_a_checkpoint(together, case):
    folder, name = together[0], case[0]
    assert not (folder / f"{name} saved by 1").exists()
    saved = load_checkpoint(folder / f"{name} saved by 0")
    for rank in "01":
        assert_equal_states(load_checkpoint(folder / f"{name} {rank} again"), saved)


def test_what_the_first_process_makes_reaches_the_other(notes):
    assert [note["first"] for note in notes] == [[7, 0], [7, 0]]
    assert [note["empty"] for note in notes] == [[], []]


def test_an_error_of_the_first_process_stops_the_other_too(notes):
    assert notes[0]["failure"] == "ValueError: Nothing to be read."
    assert notes[1]["failure"].startswith("ConnectionError: The first process of the")


def test_a_process_that_says_nothing_is_given_up_in_a_sentence(together):
    said = (together[0] / "silence 0.txt").read_text()
    assert said.startswith(
        "ConnectionError: Process 0 of 2 lost another one, which ended"
    )
    assert said.endswith("a run in a folder goes on from its checkpoint.")


def test_a_process_that_dies_ends_the_other_with_a_sentence(together):
    _, statuses, said = together
    assert statuses[1] == DIED and statuses[0] not in (0, DIED)
    last = said[0].strip().splitlines()[-1]
    assert "ConnectionError: Process 0 of 2 lost another one, which ended or" in last


def test_one_process_alone_needs_no_distributed_package(monkeypatch):
    monkeypatch.delenv("WORLD_SIZE", raising=False)
    monkeypatch.setattr(distributed, "distributed", None)
    with processes(torch.device("cpu")) as world:
        assert (world.rank, world.size, world.writes) == (0, 1, True)
        assert world.from_first(lambda: b"mine") == b"mine"
        batch = torch.arange(6)
        assert torch.equal(world.share_of(batch), batch)
        world.average([batch])
    assert torch.equal(batch, torch.arange(6))


def test_the_shares_of_all_processes_are_the_batch():
    batch = torch.randn(12, 2)
    shares = [World(rank, 3).share_of(batch) for rank in range(3)]
    assert torch.equal(torch.cat(shares), batch)


@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        (
            {"WORLD_SIZE": "2"},
            "WORLD_SIZE is '2' and RANK, LOCAL_RANK, MASTER_ADDR, MA",
        ),
        ({"WORLD_SIZE": "two"}, "WORLD_SIZE is 'two' and RANK, .* start several proce"),
    ],
)
def test_half_an_environment_of_torchrun_is_refused(variables, sentence, monkeypatch):
    for name in distributed.VARIABLES:
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(ValueError, match=sentence), processes(torch.device("cpu")):
        pass


def test_a_process_without_a_gpu_of_its_own_is_refused(monkeypatch):
    for name in distributed.VARIABLES:
        monkeypatch.setenv(name, "3")
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    sentence = "Process 3 of this machine has no GPU .* with --nproc-per-node 2"
    with pytest.raises(ValueError, match=sentence), processes(torch.device("cuda")):
        pass


class ComparesImages(nn.Linear):
    """A discriminator that sees how much the images of a batch differ."""

    def forward(self, images):
        return super().forward(images) + images.std(dim=0).mean()


def shared(discriminator=None, generator=None, **options):
    """A pair on points, as the first of two processes builds it."""
    pair = generator or nn.Linear(2, 2), discriminator or nn.Linear(2, 1)
    chosen = {"latent_size": 2, "batch_size": 8, "world": TWO} | options
    return Trainer(*pair, torch.randn(20, 2), **chosen)


def summed(real_logits, fake_logits):
    return (fake_logits - real_logits).sum()


NORMALISED = nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2))
MIXED = Loss(LOSSES["hinge"].discriminator, LOSSES["relativistic-average"].generator)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"batch_size": 7}, "A batch of 7 images cannot be divided equally among 2 "),
        ({"generator": NORMALISED}, "The generator's layer '1' is BatchNorm1d, whose"),
        ({"discriminator": ComparesImages(2, 1)}, "The discriminator mixes the images"),
        ({"augment": lambda x: x.flip(0)}, "The augmentation mixes the images"),
        ({"loss": LOSSES["relativistic-average"]}, "The discriminator's loss mixes"),
        ({"loss": MIXED}, "The generator's loss mixes the images of a batch, which"),
        ({"loss": Loss(summed, summed)}, "The discriminator's loss mixes"),
        (
            {"penalties": {"DRAGAN": Penalty(r1_penalty, at=perturb)}},
            "The penalty 'DRAGAN' mixes the images of a batch",
        ),
        (
            {"penalties": {"sum": Penalty(lambda x, y: r1_penalty(x, y) * len(x))}},
            "The penalty 'sum' mixes the images of a batch",
        ),
    ],
)
def test_what_processes_cannot_share_is_refused(options, sentence):
    with pytest.raises(ValueError, match=sentence):
        shared(**options)


@pytest.mark.parametrize("name", sorted(set(LOSSES) - {"relativistic-average"}))
def test_what_treats_each_image_by_itself_is_shared(name, monkeypatch):
    # The first process would now send its weights to the other one.
    monkeypatch.setattr(World, "from_first", lambda world, make: make())
    penalties = {
        "R1": Penalty(r1_penalty, every=2),
        "GP": Penalty(wgan_gp_penalty, at=interpolate),
    }
    spectral = nn.utils.parametrizations.spectral_norm(nn.Linear(2, 1))
    synchronised = nn.Sequential(nn.Linear(2, 2), nn.SyncBatchNorm(2))
    options = {"penalties": penalties, "augment": nn.Dropout(0.5)}
    shared(spectral, synchronised, loss=LOSSES[name], **options)
