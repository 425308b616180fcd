import itertools

import numpy
import pytest
import torch

from gan_course.widgets.frame import HEADER, Frame, bin_means, sample_grid

BLUE = (0, 114, 178)


def draw(frame, images_seen, values, grid=None, line="Some text."):
    positions = numpy.linspace(1, 1000, len(next(iter(values.values()))))
    return frame.draw(images_seen, line, (positions, values), grid)


def blue_share(picture):
    """Filled share of the progress bar, read from the pixels of its middle row."""
    bar = picture[42, 10:-10]
    return (numpy.abs(bar - numpy.array(BLUE)).max(axis=1) < 3).mean()


@pytest.mark.parametrize("seen", [0, 250, 1000, 1200])
def test_the_bar_is_filled_as_far_as_images_were_seen(seen):
    picture = draw(Frame(["one"], 1000), seen, {"one": numpy.ones(3)})
    assert blue_share(picture) == pytest.approx(min(seen / 1000, 1), abs=0.01)


def test_a_frame_can_be_drawn_again_and_again():
    frame = Frame(["one", "two"], 1000)
    lines = {"one": numpy.arange(500.0), "two": numpy.ones(500)}
    first = draw(frame, 500, lines)
    draw(frame, 900, {name: line * 3 for name, line in lines.items()})
    assert numpy.array_equal(draw(frame, 500, lines), first)
    assert len(frame.axes["one"].lines) == 1


@pytest.mark.parametrize("count", [1, 2, 3, 6])
def test_no_title_touches_the_panel_above(count):
    names = [f"loss {number}" for number in range(count)]
    frame = Frame(names, 1000)
    draw(frame, 500, {name: numpy.arange(9.0) for name in names})
    panels = list(frame.axes.values())
    for above, below in itertools.pairwise(panels):
        title = below.title.get_window_extent(frame.canvas.get_renderer())
        assert title.y1 < above.get_window_extent().y0 - 4
        assert above.get_window_extent().height >= 90


def test_samples_lie_right_of_the_curves():
    grid = sample_grid(torch.randint(0, 256, (100, 1, 28, 28), dtype=torch.uint8))
    assert grid.shape == (578, 578, 3)
    frame = Frame(["one", "two"], 1000, grid.shape[:2])
    picture = draw(frame, 1, {"one": numpy.ones(3), "two": numpy.ones(3)}, grid)
    assert picture.shape[1] < 1000
    assert numpy.array_equal(picture[HEADER : HEADER + 578, -588:-10], grid)


@pytest.mark.parametrize("bad", [numpy.nan, numpy.inf])
def test_a_loss_that_is_not_finite_is_said(bad, recwarn):
    frame = Frame(["one", "two"], 1000)
    draw(frame, 1, {"one": numpy.array([1, bad]), "two": numpy.ones(2)})
    assert frame.warning.get_text() == "one: not finite"
    draw(frame, 2, {"one": numpy.array([bad, bad]), "two": numpy.array([1, bad])})
    assert frame.warning.get_text() == "one and two: not finite"
    draw(frame, 3, {"one": numpy.array([bad, 1]), "two": numpy.ones(2)})
    assert frame.warning.get_text() == ""
    assert not recwarn


def test_samples_that_are_not_numbers_are_drawn_all_the_same():
    samples = torch.tensor([torch.nan, torch.inf, -torch.inf, 7.0]).view(4, 1, 1, 1)
    grid = sample_grid(samples)
    assert sorted(set(grid[..., 0].ravel().tolist())) == [0, 128, 255]


def test_bins_keep_the_mean_and_bound_the_number():
    values = numpy.arange(600.0)
    assert numpy.array_equal(bin_means(values, 300), numpy.arange(0.5, 600, 2))
    assert numpy.array_equal(bin_means(values[:200], 300), values[:200])
    uneven = bin_means(numpy.arange(1000.0))
    assert len(uneven) == 150
    assert (numpy.diff(uneven) > 0).all()
