import warnings

import numpy
import pytest
import torch

from gan_course.plots.cleaning import CARD, COLUMNS, MOST, cleaning_figure
from gan_course.plots.display import png_bytes
from gan_course.preprocess import clean_folder
from gan_course.preprocess.report import Finding, Report
from tests.messy_folder import FAULTS, REPAIRED, write_messy_folder


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    folder = tmp_path_factory.mktemp("messy") / "images"
    write_messy_folder(folder)
    return clean_folder(folder, size=64).report


def words(figure):
    return [text.get_text() for text in figure.axes[0].texts]


def dropped(name, reason="is truncated", kind="broken", **pictures):
    return Finding(name, "dropped", reason, kind, **pictures)


def picture(level, channels=3):
    return torch.full((channels, 64, 64), level, dtype=torch.uint8)


def boxes(figure):
    """Left, top, right and bottom of every picture, frame and text, in pixels."""
    renderer = figure.canvas.get_renderer()
    axis = figure.axes[0]
    items = [*axis.images, *axis.patches, *(t for t in axis.texts if t.get_text())]
    return [item.get_window_extent(renderer).extents for item in items]


def test_everything_dropped_has_a_card_with_its_name_and_reason(report):
    figure = cleaning_figure(report)
    shown = words(figure)
    for row in report.of("dropped"):
        assert (row.name in shown) == (row.kind != "hidden")
    assert report.summary() in shown
    assert "Not shown: 2 hidden files." in shown
    assert shown.count("cannot\nbe opened") == 2 and shown.count("not opened") == 2
    visible = [kind for kind in FAULTS.values() if kind != "hidden"]
    assert len(figure.axes[0].images) == (len(visible) - 4) + 4  # pictures + originals


def test_everything_repaired_has_one_on_request(report):
    shown = words(cleaning_figure(report, "repaired"))
    assert set(REPAIRED) < set(shown)
    assert "CMYK made RGB" in shown
    with pytest.raises(ValueError, match="no figure of 'kept'; choose dropped"):
        cleaning_figure(report, "kept")


def test_pictures_are_drawn_where_they_belong():
    rows = (dropped("a", "is a copy", "same file", thumbnail=picture(0)),)
    figure = cleaning_figure(Report(rows))
    png_bytes(figure)
    (image,) = figure.axes[0].images
    assert numpy.asarray(image.get_array()).max() == 0
    grey = Report((dropped("a", thumbnail=picture(9, 1), original=picture(200, 1)),))
    levels = [im.get_array().mean() for im in cleaning_figure(grey).axes[0].images]
    assert sorted(levels) == [9, 200]


def test_nothing_lies_outside_the_figure_or_on_top_of_another(report):
    long = "a very long reason that goes on and on, " * 9
    rows = (
        *report.rows,
        dropped("W" * 300 + ".png", long, thumbnail=picture(5), original=picture(9)),
        dropped("m" * 300 + ".png", long),
    )
    figure = cleaning_figure(Report(rows))
    png_bytes(figure)
    width, height = figure.get_size_inches() * figure.dpi
    texts = [t for t in figure.axes[0].texts if t.get_text()]
    for left, top, right, bottom in boxes(figure):
        assert left >= 0 and top >= 0 and right <= width and bottom <= height
    renderer = figure.canvas.get_renderer()
    pictures = [p.get_window_extent(renderer) for p in figure.axes[0].patches]
    inside = ("cannot\nbe opened", "not opened")
    for text in texts:
        box = text.get_window_extent(renderer)
        if text.get_text() not in inside:
            assert not any(box.overlaps(frame) for frame in pictures)
        others = [t for t in texts if t is not text]
        assert not any(box.overlaps(o.get_window_extent(renderer)) for o in others)


@pytest.mark.parametrize(
    "name", ["$x^2$ $", "漢字.png", "two\nlines.png", "\udcff.png", "tab\t\x1b.png"]
)
def test_any_name_is_drawn_without_a_warning(name):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        figure = cleaning_figure(Report((dropped(name),)))
        png_bytes(figure)
    assert all("\n" not in word for word in words(figure) if "opened" not in word)


def test_many_dropped_files_are_counted_and_every_kind_is_drawn():
    rows = [dropped(f"{index}.png") for index in range(1000)]
    rows.append(dropped("last.png", "has one colour all over", "blank"))
    figure = cleaning_figure(Report(tuple(rows)))
    shown = words(figure)
    assert "last.png" in shown and f"Not shown: {1001 - MOST} more." in shown
    assert figure.get_size_inches()[1] * figure.dpi < (MOST / COLUMNS + 1) * CARD + 100


def test_a_report_without_dropped_files_is_only_a_line():
    figure = cleaning_figure(Report((Finding("a.png", "kept"),)))
    assert png_bytes(figure)[:4] == b"\x89PNG"
    assert words(figure)[0].startswith("1 file: 1 kept")
