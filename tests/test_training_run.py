import json
import signal
import threading

import pytest
import torch

from gan_course.images import load_image
from gan_course.training import run, run_files
from gan_course.training.checkpoint import load_checkpoint
from gan_course.training.run import CHECKPOINT, STATS, train_in_folder
from tests.small_runs import contents
from tests.training_toys import STEP, assert_equal_states, plain, toy

SETTINGS = {"recipe": "toy", "batch_size": STEP, "seed": 0}
LENGTH, PERIOD = 12 * STEP, 4 * STEP


def go_on(folder, trainer=None, settings=SETTINGS, **options):
    """The one command of a run, which is repeated after every stop."""
    trainer = trainer or toy()
    train_in_folder(
        folder, trainer, settings, until=LENGTH, keep_every=PERIOD, **options
    )
    return trainer


def test_a_run_leaves_settings_numbers_pictures_and_a_checkpoint(tmp_path):
    trainer = go_on(tmp_path)
    moments = [PERIOD, 2 * PERIOD, 3 * PERIOD]
    pictures = [f"{moment:012}.png" for moment in moments]
    assert sorted(path.name for path in (tmp_path / "samples").iterdir()) == pictures
    assert load_image(tmp_path / "samples" / pictures[0]).shape == (3, 55, 55)
    assert json.loads((tmp_path / "config.json").read_text())["settings"] == SETTINGS
    assert_equal_states(load_checkpoint(tmp_path / CHECKPOINT), trainer.state())
    lines = [json.loads(line) for line in (tmp_path / STATS).read_text().splitlines()]
    assert [line["images_seen"] for line in lines] == moments
    _, values = trainer.history["generator"]
    assert lines[1]["generator"] == pytest.approx(sum(values[4:8]) / 4)


@pytest.mark.parametrize("stop", [1, 4, 5, 8, 11])
def test_a_run_that_was_stopped_ends_in_the_same_files(stop, tmp_path):
    def stop_now(trainer):
        if trainer.images_seen == stop * STEP:
            raise KeyboardInterrupt

    go_on(tmp_path / "through")
    with pytest.raises(KeyboardInterrupt):
        go_on(tmp_path / "stopped", callbacks=[stop_now])
    go_on(tmp_path / "stopped")
    assert contents(tmp_path / "stopped") == contents(tmp_path / "through")


@pytest.mark.parametrize("stop", [1, 4, 6, 12])
def test_an_interrupted_run_keeps_its_last_step(stop, tmp_path):
    def interrupt(trainer):
        if trainer.images_seen == stop * STEP:
            signal.raise_signal(signal.SIGINT)

    go_on(tmp_path / "through")
    folder = tmp_path / "interrupted"
    with pytest.raises(KeyboardInterrupt):
        go_on(folder, callbacks=[interrupt])
    assert load_checkpoint(folder / CHECKPOINT)["images_seen"] == stop * STEP
    steps = []
    go_on(folder, callbacks=[lambda trainer: steps.append(trainer.images_seen)])
    assert len(steps) == LENGTH // STEP - stop
    assert contents(folder) == contents(tmp_path / "through")
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_a_run_that_is_interrupted_again_and_again_ends_in_the_same_files(tmp_path):
    def interrupt(trainer):
        signal.raise_signal(signal.SIGINT)

    go_on(tmp_path / "through")
    for _ in range(LENGTH // STEP):
        with pytest.raises(KeyboardInterrupt):
            go_on(tmp_path / "stopped", callbacks=[interrupt])
    go_on(tmp_path / "stopped")
    assert contents(tmp_path / "stopped") == contents(tmp_path / "through")


def test_who_does_not_wait_for_the_step_loses_it_and_nothing_else(tmp_path):
    def insist(trainer):
        if trainer.images_seen == 6 * STEP:
            signal.raise_signal(signal.SIGINT)
            signal.raise_signal(signal.SIGINT)

    go_on(tmp_path / "through")
    with pytest.raises(KeyboardInterrupt):
        go_on(tmp_path / "stopped", callbacks=[insist])
    kept = load_checkpoint(tmp_path / "stopped" / CHECKPOINT)
    assert kept["images_seen"] == PERIOD
    go_on(tmp_path / "stopped")
    assert contents(tmp_path / "stopped") == contents(tmp_path / "through")


def test_a_run_works_in_another_thread_too(tmp_path):
    go_on(tmp_path / "through")
    thread = threading.Thread(target=go_on, args=(tmp_path / "threaded",))
    thread.start()
    thread.join()
    assert contents(tmp_path / "threaded") == contents(tmp_path / "through")


@pytest.mark.parametrize("killed_in", ["save_image", "tile"])
def test_a_run_that_died_while_keeping_ends_in_the_same_files(
    killed_in, tmp_path, monkeypatch
):
    go_on(tmp_path / "through")
    calls = []

    def die(*values):
        calls.append(values)
        if len(calls) == 2:
            raise SystemExit
        return original(*values)

    original = getattr(run, killed_in)
    with monkeypatch.context() as patch:
        patch.setattr(run, killed_in, die)
        with pytest.raises(SystemExit):
            go_on(tmp_path / "died")
    assert load_checkpoint(tmp_path / "died" / CHECKPOINT)["images_seen"] == PERIOD
    go_on(tmp_path / "died")
    assert contents(tmp_path / "died") == contents(tmp_path / "through")


def test_a_finished_run_stays_as_it_is(tmp_path):
    go_on(tmp_path)
    before = contents(tmp_path)
    assert go_on(tmp_path).images_seen == LENGTH
    assert contents(tmp_path) == before


def test_a_run_that_ends_between_two_moments_is_kept_whole(tmp_path):
    train_in_folder(tmp_path, toy(), {}, until=5 * STEP, keep_every=PERIOD)
    assert load_checkpoint(tmp_path / CHECKPOINT)["images_seen"] == 5 * STEP
    assert len((tmp_path / STATS).read_text().splitlines()) == 2


def test_points_have_no_pictures(tmp_path):
    go_on(tmp_path, plain())
    assert not (tmp_path / "samples").exists() and (tmp_path / CHECKPOINT).exists()


def test_other_settings_are_refused_with_the_list(tmp_path):
    go_on(tmp_path)
    before = contents(tmp_path)
    others = {"recipe": "toy", "batch_size": 32, "gamma": 1.0}
    sentence = (
        "holds a run with other settings: batch_size is 16 there and 32 here, gamma "
        "is not set there and 1.0 here, seed is 0 there and not set here; repeat"
    )
    with pytest.raises(ValueError, match=sentence):
        go_on(tmp_path, settings=others)
    assert contents(tmp_path) == before


def test_another_machine_is_said_in_one_line(tmp_path, monkeypatch):
    go_on(tmp_path)
    threads = torch.get_num_threads()
    monkeypatch.setattr(run_files.torch, "get_num_threads", lambda: threads + 1)
    sentence = f"threads is {threads} there and {threads + 1} here; it goes on"
    with pytest.warns(UserWarning, match=sentence):
        go_on(tmp_path)


def test_a_fresh_run_wants_an_empty_folder(tmp_path):
    go_on(tmp_path / "new", fresh=True)
    with pytest.raises(ValueError, match="holds a run already; choose an empty folder"):
        go_on(tmp_path / "new", fresh=True)


def test_only_a_run_can_be_resumed(tmp_path):
    with pytest.raises(ValueError, match=r"There is no run in .* to resume; check"):
        go_on(tmp_path / "none", resume=True)
    assert not (tmp_path / "none").exists()


def test_the_files_of_somebody_else_are_left_alone(tmp_path):
    (tmp_path / "thesis.txt").write_text("all I have")
    with pytest.raises(ValueError, match=r"holds thesis\.txt and no run; choose an em"):
        go_on(tmp_path)
    assert contents(tmp_path) == {"thesis.txt": b"all I have"}


def test_other_images_are_said_in_one_line(tmp_path):
    go_on(tmp_path)
    others = toy()
    others.images[0] += 1
    with pytest.warns(UserWarning, match=r"data is 50 images, \w{8} there and 50 imag"):
        go_on(tmp_path, others)


def test_what_a_killed_run_left_half_written_is_cleared_away(tmp_path):
    go_on(tmp_path / "through")
    go_on(tmp_path / "killed")
    (tmp_path / "killed" / f".{CHECKPOINT}.0a1b2c3d.part").write_bytes(b"half")
    (tmp_path / "killed" / "samples" / ".1.png.0a1b2c3d.part").write_bytes(b"half")
    go_on(tmp_path / "killed")
    assert contents(tmp_path / "killed") == contents(tmp_path / "through")


@pytest.mark.parametrize(
    "line",
    ["", "{", "[1]", "3", '{"images_seen": "4"}', '{"images_seen": true}', "\xff"],
)
def test_a_damaged_line_is_one_sentence_and_can_be_deleted(line, tmp_path):
    go_on(tmp_path)
    whole = (tmp_path / STATS).read_text()
    lines = whole.splitlines()
    damaged = [lines[0], line, *lines[1:]]
    (tmp_path / STATS).write_bytes("\n".join(damaged).encode("latin-1"))
    with pytest.raises(ValueError, match=r"Line 2 of .*stats\.jsonl is damaged or was"):
        go_on(tmp_path)
    (tmp_path / STATS).write_text(whole)
    assert go_on(tmp_path).images_seen == LENGTH


def test_two_trainings_never_share_a_folder(tmp_path):
    refused = []

    def start_another(trainer):
        if not refused:
            with pytest.raises(ValueError, match="Another training is at work in") as e:
                go_on(tmp_path / "shared")
            refused.append(e)

    go_on(tmp_path / "through")
    go_on(tmp_path / "shared", callbacks=[start_another])
    assert refused and contents(tmp_path / "shared") == contents(tmp_path / "through")


def test_a_folder_under_a_file_is_one_sentence(tmp_path):
    (tmp_path / "file").write_text("mine")
    with pytest.raises(OSError, match="because a file stands where its folder should"):
        go_on(tmp_path / "file")


@pytest.mark.parametrize("text", ["", "[]", '{"settings": 3}'])
def test_damaged_settings_are_one_sentence(text, tmp_path):
    (tmp_path / "config.json").write_text(text)
    with pytest.raises(ValueError, match=r"config\.json is damaged or was not written"):
        go_on(tmp_path)
