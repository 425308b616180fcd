import base64
import io

import matplotlib.pyplot as plt
import numpy
import pytest
import torch
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

from gan_course import plots
from gan_course.plots import display as displaying
from gan_course.plots import style


def pixels(figure):
    picture = Image.open(io.BytesIO(displaying.png_bytes(figure)))
    return numpy.asarray(picture.convert("RGB"))


def random_images(*shape):
    return torch.randint(0, 256, shape, dtype=torch.uint8)


@pytest.fixture
def shown(monkeypatch):
    """What a notebook would receive, as if the tests ran in a kernel."""
    outputs = []

    def display(data, **options):
        outputs.append((data, options))

    monkeypatch.setattr(displaying, "display", display)
    monkeypatch.setattr(displaying, "in_notebook", lambda: True)
    return outputs


def test_show_gives_one_picture_with_its_alt_text(shown):
    figure = plots.curves({"line": [1, 2]})
    assert plots.show(figure, alt=" A line. ") is None
    [(data, options)] = shown
    assert data.keys() == {"image/png", "text/plain"}
    assert data["text/plain"] == "A line."
    assert base64.b64decode(data["image/png"]).startswith(b"\x89PNG")
    assert options["metadata"]["alt"] == "A line."
    assert options["raw"] is True


def test_show_closes_the_figure(shown):
    figure, _ = plt.subplots()
    plots.show(figure, alt="Empty axes.")
    assert not plt.fignum_exists(figure.number)


def test_show_says_the_alt_text_outside_a_notebook(capsys):
    plots.show(plots.curves({"line": [1, 2]}), alt="A line.")
    assert capsys.readouterr() == ("A line.\n", "")


@pytest.mark.parametrize("alt", ["", "  ", "two\nlines", None])
def test_a_figure_without_description_is_refused(alt):
    with pytest.raises(ValueError, match="describe in one line"):
        plots.show(Figure(), alt=alt)


@pytest.mark.parametrize(("title", "above"), [("", 6), ("Noise", 34)])
@pytest.mark.parametrize("channels", [1, 3])
def test_every_pixel_of_a_grid_is_a_crisp_square(title, above, channels):
    images = random_images(7, channels, 5, 9)
    drawn = pixels(plots.image_grid(images, columns=3, title=title, zoom=4))
    height, width = 4 * (3 * 6 - 1), 4 * (3 * 10 - 1)
    assert drawn.shape == (above + height + 6, width + 12, 3)
    for index, image in enumerate(images):
        top = above + 4 * 6 * (index // 3)
        left = 6 + 4 * 10 * (index % 3)
        expected = image.expand(3, 5, 9).permute(1, 2, 0).numpy()
        for dy in range(4):
            for dx in range(4):
                part = drawn[top + dy : top + 20 : 4, left + dx : left + 36 : 4]
                assert numpy.array_equal(part, expected)
    assert (drawn[-6 - 20 :, left + 40 : -6] == 255).all()  # the last row is short


def test_float_images_show_their_whole_range():
    images = torch.tensor([-1.0, 0.0, 1.0]).view(3, 1, 1, 1)
    drawn = pixels(plots.image_grid(images, zoom=5))
    assert [drawn[8, 8 + 10 * index, 0] for index in range(3)] == [0, 128, 255]


def test_a_grid_fits_the_page_by_itself():
    for shape in [(100, 1, 28, 28), (10, 1, 28, 28), (1, 3, 32, 32), (64, 1, 8, 8)]:
        height, width, _ = pixels(plots.image_grid(random_images(*shape))).shape
        assert 300 < width <= 900
        assert height <= 660


def test_labels_stand_below_their_images():
    images = random_images(12, 1, 28, 28)
    plain = plots.image_grid(images, columns=10, zoom=3)
    labelled = plots.image_grid(images, 10, labels=torch.arange(12), zoom=3)
    names = [text.get_text() for text in labelled.axes[0].texts]
    assert names == [str(number) for number in range(12)]
    assert pixels(labelled).shape[0] >= pixels(plain).shape[0] + 2 * 18


@pytest.mark.parametrize(
    "shape", [(1, 28, 28), (28, 28), (4, 2, 8, 8), (0, 1, 8, 8), (8, 28, 28, 3)]
)
def test_a_wrong_shape_is_one_sentence(shape):
    with pytest.raises(ValueError, match=r"a grid shows \(N, 1, H, W\)"):
        plots.image_grid(torch.zeros(shape))


def test_labels_are_counted():
    with pytest.raises(ValueError, match="3 labels for 4 images"):
        plots.image_grid(random_images(4, 1, 8, 8), labels="abc")


def test_nan_is_refused():
    with pytest.raises(ValueError, match="NaN"):
        plots.image_grid(torch.full((1, 1, 2, 2), torch.nan))


def test_curves_carry_their_data_and_names():
    series = {"real": torch.tensor([1.0, 2.0], requires_grad=True), "fake": [3, 4]}
    figure = plots.curves(series, [10, 20], xlabel="images", yscale="log", title="T")
    [axis] = figure.axes
    assert [line.get_ydata().tolist() for line in axis.lines] == [[1, 2], [3, 4]]
    assert axis.lines[0].get_xdata().tolist() == [10, 20]
    assert [text.get_text() for text in axis.get_legend().texts] == ["real", "fake"]
    assert (axis.get_xlabel(), axis.get_yscale()) == ("images", "log")
    styles = {(line.get_color(), line.get_linestyle()) for line in axis.lines}
    assert styles == {(style.BLUE, "-"), (style.VERMILLION, "--")}
    assert pixels(figure).shape == (360, 900, 3)


def test_curves_of_different_lengths_are_refused():
    with pytest.raises(ValueError, match=r"'b' has shape \(3,\), .* have \(2,\)"):
        plots.curves({"a": [1, 2], "b": [1, 2, 3]})
    with pytest.raises(ValueError, match="give at least one"):
        plots.curves({})


def test_no_figure_stays_open():
    plots.image_grid(random_images(4, 1, 8, 8))
    plots.curves({"a": [1, 2]})
    assert plt.get_fignums() == []


def test_bars_stand_side_by_side_above_their_names():
    series = {"before": [0.1, 0.2], "after": torch.tensor([0.3, 0.4])}
    figure = plots.bars(series, names=["zero", 1], ylabel="share")
    [axis] = figure.axes
    bars = sorted(axis.patches, key=lambda bar: bar.get_x())
    assert [bar.get_height() for bar in bars] == pytest.approx([0.1, 0.3, 0.2, 0.4])
    assert bars[0].get_x() + bars[0].get_width() == pytest.approx(bars[1].get_x())
    assert [label.get_text() for label in axis.get_xticklabels()] == ["zero", "1"]
    with pytest.raises(ValueError, match=r"'after' has shape \(2,\), .* have \(3,\)"):
        plots.bars({"after": [1, 2]}, names="abc")


def test_what_a_reader_adds_is_drawn_in_the_same_style():
    _, axes = plots.panels(1, 2)
    axes[0, 1].plot([1, 2])
    axes[0, 1].set_title("Title")
    assert axes[0, 1].get_title(loc="left") == "Title"
    assert axes[0, 1].lines[0].get_linewidth() == style.STYLE["lines.linewidth"]


def opened(png):
    return numpy.asarray(Image.open(io.BytesIO(png)).convert("RGB")).astype(int)


def test_a_picture_of_few_colours_is_stored_exactly():
    grey = numpy.arange(256, dtype=numpy.uint8).reshape(16, 16, 1).repeat(3, axis=2)
    assert numpy.array_equal(opened(displaying.small_png(grey)), grey)
    assert numpy.array_equal(opened(displaying.fast_png(grey)), grey)


def test_a_picture_in_colour_keeps_all_colours():
    ramp = numpy.linspace(0, 255, 200).astype(numpy.uint8)
    planes = numpy.broadcast_arrays(ramp, ramp[:, None], numpy.uint8(255))
    picture = numpy.stack(planes, axis=2)
    assert numpy.array_equal(opened(displaying.small_png(picture)), picture)


def test_lines_over_a_grey_picture_are_stored_closely_and_small():
    figure = plots.curves({"one": [1, 3, 2], "two": [2, 1, 3], "three": [0, 1, 1]})
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    picture = numpy.asarray(canvas.buffer_rgba())[..., :3].copy()
    small, fast = displaying.small_png(picture), displaying.fast_png(picture)
    assert numpy.abs(opened(small) - picture).max() <= 16
    assert len(small) < len(fast) / 2
