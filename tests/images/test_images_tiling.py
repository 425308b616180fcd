import pytest
import torch

from gan_course.images import tile


def noise(*shape):
    return torch.randint(0, 256, shape, dtype=torch.uint8)


@pytest.mark.parametrize(("gap", "below"), [(1, 0), (0, 0), (3, 5)])
@pytest.mark.parametrize("channels", [1, 3])
def test_every_image_is_in_its_place_and_the_rest_is_white(channels, gap, below):
    images = noise(5, channels, 4, 6)
    canvas = tile(images, columns=3, below=below, gap=gap)
    assert canvas.shape == (3, 2 * (4 + below) + gap, 3 * 6 + 2 * gap)
    rest = torch.ones_like(canvas, dtype=torch.bool)
    for index, image in enumerate(images):
        top, left = index // 3 * (4 + below + gap), index % 3 * (6 + gap)
        place = canvas[:, top : top + 4, left : left + 6]
        assert place.equal(image.expand(3, 4, 6))
        rest[:, top : top + 4, left : left + 6] = False
    assert (canvas[rest] == 255).all()


def test_one_column_and_more_columns_than_images():
    images = noise(2, 3, 4, 4)
    assert tile(images, 1, gap=0).equal(torch.cat(list(images), dim=1))
    wide = tile(images, 4, gap=0)
    assert wide[:, :, :8].equal(torch.cat(list(images), dim=2))
    assert (wide[:, :, 8:] == 255).all()


@pytest.mark.parametrize(
    ("images", "options", "error", "words"),
    [
        (torch.zeros(1, 1, 4, 4), {}, TypeError, "torch.float32"),
        (noise(3, 4, 4), {}, ValueError, r"image\[None\]"),
        (noise(2, 2, 4, 4), {}, ValueError, r"\(2, 2, 4, 4\)"),
        (noise(0, 1, 4, 4), {}, ValueError, r"\(0, 1, 4, 4\)"),
        (noise(1, 1, 4, 4), {"columns": 0}, ValueError, "columns=0"),
        (noise(1, 1, 4, 4), {"gap": -1}, ValueError, "gap=-1"),
        (noise(1, 1, 4, 4), {"below": -1}, ValueError, "below=-1"),
    ],
)
def test_wrong_input_is_named(images, options, error, words):
    with pytest.raises(error, match=words):
        tile(images, **{"columns": 2, **options})
