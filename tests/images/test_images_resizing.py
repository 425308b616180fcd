import numpy
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from gan_course.images import resize, to_float, to_uint8
from tests.image_files import picture

SIZES = [(15, 20), (7, 33), (30, 10), (60, 80), (31, 41), (1, 1), (1, 50), (97, 3)]


def levels_of(image):
    array = numpy.asarray(image)
    return torch.from_numpy(array.reshape(*array.shape[:2], -1).copy()).permute(2, 0, 1)


def noise(*shape):
    return torch.randint(0, 256, shape, dtype=torch.uint8)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_pillow_computes_the_same(mode, size):
    # No level near black or white: Pillow clips between rows and columns, too.
    rough = Image.fromarray((64 + noise(30, 40, 3) // 2).numpy()).convert(mode)
    for image in (picture(mode), rough):
        expected = levels_of(image.resize(size[::-1], Image.Resampling.BICUBIC))
        found = resize(levels_of(image), size)
        assert (found.int() - expected.int()).abs().max() <= 1


@pytest.mark.parametrize("size", SIZES)
def test_in_floats_pillow_computes_the_same_to_the_last_digits(size):
    image = 2 * torch.rand(30, 40) - 1
    reference = Image.fromarray(image.numpy())
    expected = levels_of(reference.resize(size[::-1], Image.Resampling.BICUBIC))
    for dtype, error in ((torch.float64, 1e-6), (torch.float32, 1e-5)):
        found = resize(image[None].to(dtype), size)
        assert (found - expected.clamp(-1, 1)).abs().max() < error


def test_the_same_size_changes_nothing_and_is_a_copy():
    images = noise(2, 3, 9, 11)
    found = resize(images, (9, 11))
    assert found.equal(images)
    assert found.data_ptr() != images.data_ptr()


@pytest.mark.parametrize("size", SIZES)
def test_a_constant_image_stays_constant(size):
    for level in (0, 1, 77, 128, 255):
        image = torch.full((1, 13, 17), level, dtype=torch.uint8)
        assert (resize(image, size) == level).all()
    floats = torch.full((1, 13, 17), 0.3, dtype=torch.float64)
    assert (resize(floats, size) - 0.3).abs().max() < 1e-6


@pytest.mark.parametrize("factor", [2, 4, 8])
def test_shrinking_by_a_whole_factor_keeps_the_mean(factor):
    image = to_float(noise(1, 64, 64)).double()
    found = resize(image, 64 // factor)
    # Only the pixels near the border have other weights than those inside.
    assert abs(found.mean() - image.mean()) < 0.02


def test_detail_too_fine_for_the_new_grid_becomes_grey():
    board = (torch.arange(64)[:, None] + torch.arange(64)) % 2 * 255
    found = resize(board.to(torch.uint8)[None], 16)
    assert (found.int() - 127).abs().max() <= 2
    assert board[::4, ::4].unique().tolist() == [0]  # what picking pixels would give


@pytest.mark.parametrize("size", [(40, 40), (64, 23)])
def test_enlarging_does_not_ring_beyond_black_and_white(size):
    edge = torch.zeros(1, 8, 8, dtype=torch.uint8)
    edge[..., 4:] = 255
    whole = resize(edge, size)
    assert (whole[..., : size[1] // 4] == 0).all()
    assert (whole[..., -size[1] // 4 :] == 255).all()
    floats = resize(to_float(edge), size)
    assert (floats.min(), floats.max()) == (-1, 1)


def test_floats_give_what_their_levels_give():
    images = noise(2, 3, 30, 40)
    found = to_uint8(resize(to_float(images), (12, 50)))
    assert (found.int() - resize(images, (12, 50)).int()).abs().max() <= 1


def test_floats_of_a_wider_range_keep_it():
    image = 5 * torch.randn(2, 1, 8, 8)
    found = resize(image, 30)
    low, high = image.amin((1, 2, 3)), image.amax((1, 2, 3))
    assert (found.amin((1, 2, 3)) >= low).all() and (
        found.amax((1, 2, 3)) <= high
    ).all()
    assert found.abs().max() > 2


def test_each_image_is_resized_alone():
    images = torch.cat([9 * torch.randn(1, 1, 8, 8), torch.randn(1, 1, 8, 8)])
    assert resize(images, 20)[1].equal(resize(images[1], 20))


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_the_type_is_kept(dtype):
    image = torch.rand(1, 9, 9, dtype=torch.float64)
    found = resize(image.to(dtype), (5, 20))
    assert found.dtype == dtype
    assert torch.allclose(found.double(), resize(image, (5, 20)), atol=0.02)


def test_the_gradient_is_the_transposed_map():
    images = 0.5 * torch.rand(1, 1, 5, 6, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda x: resize(x, (3, 4)), images)


@settings(deadline=None, max_examples=60, derandomize=True)
@given(st.tuples(*[st.integers(1, 40)] * 4), st.sampled_from([1, 3]), st.booleans())
def test_any_size_to_any_other(sides, channels, batched):
    image = noise(channels, *sides[:2])
    found = resize(image[None] if batched else image, sides[2:])
    assert found.shape == (*[1] * batched, channels, *sides[2:])
    assert found.dtype == torch.uint8


@pytest.mark.parametrize("size", [0, -3, (4, 0), (4,), (4, 4, 4), 2.5, (2.0, 3.0), "8"])
def test_a_wrong_size(size):
    with pytest.raises(ValueError, match="resize got size="):
        resize(noise(1, 4, 4), size)


@pytest.mark.parametrize(
    ("images", "error", "words"),
    [
        (noise(4, 4), ValueError, r"shape \(4, 4\)"),
        (noise(1, 1, 1, 4, 4), ValueError, r"shape \(1, 1, 1, 4, 4\)"),
        (noise(1, 0, 4), ValueError, r"shape \(1, 0, 4\)"),
        (torch.zeros(1, 4, 4).long(), TypeError, "int64"),
    ],
)
def test_wrong_images(images, error, words):
    with pytest.raises(error, match=words):
        resize(images, 8)
