"""The command line in two processes, as torchrun starts them."""

import contextlib
import io
import json
import multiprocessing
import os
import socket

import pytest
import torch

from gan_course.__main__ import main
from gan_course.recipes import load_run
from gan_course.training.run import CONFIG, STATS
from tests.small_runs import LENGTH, STEP, command, contents, train

NEEDED = ["tests.small_runs", "gan_course.recipes", "torch._dynamo"]
ALIKE = "--set=augment="  # each process would draw other shifts and flips


def as_process(rank, port, arguments, answers):
    """Run the command as one of two processes; answer with status and messages."""
    os.environ |= {"RANK": str(rank), "LOCAL_RANK": str(rank), "WORLD_SIZE": "2"}
    os.environ |= {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)}
    printed, said = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(said):
        status = main(arguments)
    answers.put((rank, status, printed.getvalue(), said.getvalue()))


@pytest.fixture(scope="module")
def both():
    """Run a command in two processes at once."""
    forks = "forkserver" in multiprocessing.get_all_start_methods()
    context = multiprocessing.get_context("forkserver" if forks else "spawn")
    if forks:
        context.set_forkserver_preload(NEEDED)

    def both(arguments):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        answers = context.Queue()
        processes = [
            context.Process(target=as_process, args=(rank, port, arguments, answers))
            for rank in (0, 1)
        ]
        for process in processes:
            process.start()
        found = sorted(answers.get(timeout=120) for _ in processes)
        for process in processes:
            process.join()
        return [answer[1:] for answer in found]

    return both


def test_two_processes_train_the_run_of_one(both, tmp_path):
    assert train(tmp_path / "one", ALIKE) == 0
    (status, printed, said), second = both(command(tmp_path / "two", ALIKE))
    assert (status, second) == (0, (0, "", ""))
    assert "2 processes on cpu" in printed and said.count("\n") > 5
    assert contents(tmp_path / "one").keys() == contents(tmp_path / "two").keys()
    one, two = (load_run(tmp_path / name) for name in ("one", "two"))
    assert torch.allclose(one.sample(64), two.sample(64), atol=1e-3)
    assert len((tmp_path / "two" / STATS).read_text().splitlines()) == 3
    before = contents(tmp_path / "two")
    assert [status for status, *_ in both(command(tmp_path / "two", ALIKE))] == [0, 0]
    assert contents(tmp_path / "two") == before


def test_the_first_process_times_and_refuses_for_both(both, tmp_path):
    timed = command(tmp_path / "run", "--seconds=0.0001", images=None)
    assert [status for status, *_ in both(timed)] == [0, 0]
    config = json.loads((tmp_path / "run" / CONFIG).read_text())
    assert config["settings"]["images"] == STEP
    assert config["machine"]["processes"] == 2
    (first, _, said), (second, _, echo) = both(command(tmp_path / "run"))
    assert (first, second) == (1, 1)
    assert f"images is {STEP} there and {LENGTH} here" in said
    assert "The first process of the training failed; its message says why" in echo
