import pytest
import torch

from gan_course.images import to_float, to_uint8


def test_every_grey_level_survives_the_way_there_and_back():
    levels = torch.arange(256, dtype=torch.uint8)
    assert torch.equal(to_uint8(to_float(levels)), levels)


def test_black_is_minus_one_and_white_is_one():
    ends = to_float(torch.tensor([0, 255], dtype=torch.uint8))
    assert ends.tolist() == [-1.0, 1.0]


def test_values_outside_the_range_are_clipped():
    assert to_uint8(torch.tensor([-7.0, 7.0])).tolist() == [0, 255]


@pytest.mark.parametrize(
    ("convert", "images", "error", "sentence"),
    [
        (to_float, torch.zeros(3), TypeError, "got torch.float32"),
        (to_uint8, torch.zeros(3, dtype=torch.uint8), TypeError, "got torch.uint8"),
        (to_uint8, torch.tensor([0.0, torch.nan]), ValueError, "NaN"),
    ],
)
def test_wrong_input_is_named(convert, images, error, sentence):
    with pytest.raises(error, match=sentence):
        convert(images)
