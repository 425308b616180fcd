"""A training that is killed at any moment, and started again by the same command."""

import multiprocessing
import random
import re
import sys
import time

import pytest

from gan_course import files
from gan_course.training.checkpoint import load_checkpoint
from gan_course.training.run import CHECKPOINT
from tests.small_runs import STEP, contents, train

FORKS = "forkserver" in multiprocessing.get_all_start_methods()
KILLS = 20 if FORKS else 5  # a start takes seconds where a process cannot be forked
LENGTH, PERIOD = 72 * STEP, STEP
# All that a training imports; what cannot be imported ahead is skipped.
NEEDED = ["tests.small_runs", "gan_course.recipes", "torch._dynamo"]
PAUSE = 0.004  # seconds in the middle of each writing, so that a kill can fall there


def slow_run(folder):
    """Train on a disk so slow that one can see a file half-written."""
    write = files._write_through

    def write_in_two_halves(path, content):
        path.write_bytes(content[: len(content) // 2])
        time.sleep(PAUSE)
        path.unlink()
        write(path, content)

    files._write_through = write_in_two_halves
    sys.exit(train(folder, images=LENGTH, keep_every=PERIOD))


@pytest.fixture(scope="module")
def start():
    """Start the command in a process of its own, quickly where the system can fork."""
    context = multiprocessing.get_context("forkserver" if FORKS else "spawn")
    if FORKS:
        context.set_forkserver_preload(NEEDED)

    def start(folder):
        process = context.Process(target=slow_run, args=(folder,))
        process.start()
        return process

    return start


def pictures(folder):
    """How many moments have a picture; a file that is written is not touched."""
    return len(list((folder / "samples").glob("0*.png")))


def seen(folder):
    """Images that the last checkpoint has seen."""
    path = folder / CHECKPOINT
    return load_checkpoint(path)["images_seen"] if path.exists() else 0


def half_written(folder):
    return list(folder.rglob(".*.part"))


def wait(condition, process, deadline=60.0):
    end = time.monotonic() + deadline
    while not condition():
        assert process.is_alive() and time.monotonic() < end, "the run ended by itself"
        time.sleep(0.0005)


def kill_at_random(folder, process, draw):
    """Kill a run some steps on: while it writes a file, or at any moment.

    Returns:
        The images seen then, and what lay half-written.
    """
    goal = pictures(folder) + draw.randrange(3)
    wait(lambda: pictures(folder) >= goal, process)
    if draw.random() < 0.5:
        wait(lambda: half_written(folder), process)
    else:
        time.sleep(draw.uniform(0, 0.05))
    process.kill()
    process.join()
    return seen(folder), half_written(folder)


def test_a_run_that_is_killed_twenty_times_ends_in_the_same_bytes(start, tmp_path):
    through, killed = tmp_path / "through", tmp_path / "killed"
    whole = start(through)
    whole.join()
    assert whole.exitcode == 0

    draw, moments, halves = random.Random(0), [], []
    for _ in range(KILLS):
        process = start(killed)
        moment, half = kill_at_random(killed, process, draw)
        assert process.exitcode != 0
        moments.append(moment)
        halves += [re.sub(r"^\.|\.\w+\.part$", "", path.name) for path in half]
    assert moments == sorted(moments) and moments[-1] < LENGTH
    assert len(set(moments)) >= KILLS // 2  # they are spread over the run
    assert len(halves) >= KILLS // 4 and len(set(halves)) >= 2  # inside a writing

    last = start(killed)
    last.join()
    assert last.exitcode == 0
    assert contents(killed) == contents(through)
