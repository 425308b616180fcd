import base64
import io

import numpy
import pytest
import torch
from PIL import Image

from gan_course.images import tile
from gan_course.plots import display as displaying
from gan_course.plots.grids import magnify
from gan_course.widgets import live
from gan_course.widgets.live import LiveTraining, duration

LOSSES = {"discriminator": 1.4, "generator": 0.7}


@pytest.fixture
def shown(monkeypatch):
    """What a notebook would receive, as if the tests ran in a kernel."""
    outputs = []

    def display(data, **options):
        outputs.append((data, options))

    monkeypatch.setattr(displaying, "display", display)
    monkeypatch.setattr(live, "in_notebook", lambda: True)
    return outputs


@pytest.fixture
def lines(monkeypatch):
    """The line above the progress bar of every frame, which is not really drawn."""
    written = []

    def draw(self, images_seen, headline, losses, grid):
        written.append((images_seen, headline))
        return numpy.zeros((1, 1, 3), numpy.uint8)

    monkeypatch.setattr(live.Frame, "draw", draw)
    return written


@pytest.fixture
def clock(monkeypatch):
    """A clock that a test sets."""

    class Clock:
        now = 0.0

    monkeypatch.setattr(live.time, "perf_counter", lambda: Clock.now)
    return Clock


def train(view, total, step, samples=None):
    for images_seen in range(step, total + 1, step):
        view.update(images_seen, LOSSES, samples)


def noise(count=4):
    return torch.rand(count, 1, 8, 8) * 2 - 1


def test_one_picture_is_shown_and_then_updated(shown):
    with LiveTraining(100, alt="Digits appear.", refreshes=5) as view:
        train(view, 100, 10, noise)
    first, *later = shown
    assert len(later) == 6  # 20, 40, 60, 80, 100 and the closing frame
    assert first[1]["update"] is False
    assert all(options["update"] for _, options in later)
    assert len({options["display_id"] for _, options in shown}) == 1
    for data, options in shown:
        assert data.keys() == {"image/png", "text/plain"}
        assert data["text/plain"] == options["metadata"]["alt"] == "Digits appear."
        assert base64.b64decode(data["image/png"]).startswith(b"\x89PNG")


def test_two_views_have_displays_of_their_own(shown, lines):
    for _ in range(2):
        LiveTraining(10, alt="A view.").update(1, LOSSES)
    assert shown[0][1]["display_id"] != shown[1][1]["display_id"]


@pytest.mark.parametrize(("step", "frames"), [(1, 41), (64, 41), (1000, 7), (6400, 1)])
def test_refreshes_are_counted_in_images(shown, lines, step, frames):
    train(LiveTraining(6400, alt="A view."), 6400, step)
    assert len(lines) in (frames, frames - 1)


def test_losses_are_read_only_for_frames(shown, lines, monkeypatch):
    reads = []
    numbers = live._numbers
    monkeypatch.setattr(live, "_numbers", lambda v: reads.append(len(v)) or numbers(v))
    view = LiveTraining(100, alt="A view.", refreshes=2)
    for images_seen in range(1, 101):
        view.update(images_seen, {"one": torch.tensor(1.0, requires_grad=True)})
    assert reads == [1, 49, 50]


def test_samples_are_made_only_for_frames_and_without_gradients(shown, lines):
    modes = []

    def samples():
        modes.append(torch.is_grad_enabled())
        return noise()

    train(LiveTraining(100, alt="A view.", refreshes=2), 100, 1, samples)
    assert modes == [False] * 3


def test_the_line_tells_images_rate_and_time_left(shown, lines, clock):
    view = LiveTraining(64_000, alt="A view.", refreshes=200)
    view.update(64, LOSSES)
    clock.now = 10.0
    view.update(16_064, LOSSES)
    clock.now = 40.0
    view.update(64_000, LOSSES)
    view.close()
    assert lines == [
        (64, "64 of 64,000 images"),
        (16_064, "16,064 of 64,000 images · 1,600 images/s · 30 s left"),
        (64_000, "64,000 of 64,000 images · 1,598 images/s · 0 s left"),
        (64_000, "64,000 images · 40 s · 1,598 images/s"),
    ]


def test_an_interrupt_leaves_the_last_frame(shown, lines):
    def interrupted():
        with LiveTraining(100, alt="A view.", refreshes=10) as view:
            train(view, 30, 10, noise)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert lines[-1][0] == 30
    assert lines[-1][1].startswith("stopped at 30 of 100 images")


def test_a_closed_view_takes_no_more_steps(shown, lines):
    view = LiveTraining(100, alt="A view.")
    train(view, 100, 50)
    view.close()
    view.close()
    assert len(lines) == 3
    with pytest.raises(RuntimeError, match="closed; make a new LiveTraining"):
        view.update(1, LOSSES)


def test_a_view_without_steps_shows_nothing(shown):
    with LiveTraining(100, alt="A view.") as view:
        pass
    assert shown == []
    with pytest.raises(RuntimeError, match="before the first update"):
        view.picture()


def test_outside_a_notebook_nothing_is_drawn_or_said(lines, capfd):
    def samples():
        raise AssertionError("samples are made for frames only")

    with LiveTraining(100, alt="A view.") as view:
        train(view, 100, 1, samples)
    assert lines == []
    assert capfd.readouterr() == ("", "")


def test_the_picture_holds_the_samples(monkeypatch):
    view = LiveTraining(100, alt="A view.")
    samples = torch.randint(0, 256, (4, 1, 8, 8), dtype=torch.uint8)
    view.update(50, LOSSES, samples)
    drawn = numpy.asarray(Image.open(io.BytesIO(view.picture())))
    expected = magnify(tile(samples, 2), 580 // 17)
    height, width = expected.shape[:2]
    assert numpy.array_equal(drawn[-height - 10 : -10, -width - 10 : -10], expected)


@pytest.mark.parametrize(
    ("losses", "sentence"),
    [
        ({"generator": 1.0}, "named generator, but should be discriminator, generator"),
        ({}, "named nothing, but should be"),
        (LOSSES | {"generator": torch.zeros(2)}, r"generator loss has shape \(2,\)"),
    ],
)
def test_losses_of_another_kind_are_refused(losses, sentence):
    view = LiveTraining(100, alt="A view.")
    view.update(1, LOSSES)
    with pytest.raises(ValueError, match=sentence):
        view.update(2, losses)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"total_images": 0}, "to see 0 images; choose 1 or more"),
        ({"refreshes": 201}, "drawn 201 times; choose 1 to 200"),
        ({"refreshes": 0}, "drawn 0 times"),
        ({"alt": ""}, "describe in one line"),
    ],
)
def test_impossible_views_are_one_sentence(options, sentence):
    with pytest.raises(ValueError, match=sentence):
        LiveTraining(**({"total_images": 10, "alt": "A view."} | options))


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.4, "0 s"), (31.2, "31 s"), (59.6, "1 min 00 s"), (125, "2 min 05 s")],
)
def test_durations_are_short(seconds, text):
    assert duration(seconds) == text
