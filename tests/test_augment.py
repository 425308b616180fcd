import inspect

import pytest
import torch
from torch.autograd import gradcheck, gradgradcheck

from gan_course import augment

ALL = (
    augment.flip,
    augment.translate,
    augment.crop,
    augment.rotate,
    augment.colour,
    augment.cutout,
)
every_function = pytest.mark.parametrize("change", ALL, ids=lambda f: f.__name__)


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def random_images(*shape, dtype=torch.float32):
    return torch.rand(shape, dtype=dtype, generator=seeded(1)) * 2 - 1


def strengths(change):
    """Names of a function's strengths and their defaults."""
    parameters = inspect.signature(change).parameters.values()
    positional = [p for p in parameters if p.kind is p.POSITIONAL_OR_KEYWORD][1:]
    return {parameter.name: parameter.default for parameter in positional}


def at_zero(change):
    return dict.fromkeys(strengths(change), 0)


@every_function
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16])
@pytest.mark.parametrize("shape", [(5, 3, 9, 12), (5, 1, 8, 8)])
def test_strength_zero_changes_no_bit(change, dtype, shape):
    images = random_images(*shape, dtype=dtype)
    assert torch.equal(change(images, **at_zero(change)), images)


@every_function
def test_every_strength_changes_the_images_on_its_own(change):
    images = random_images(64, 3, 16, 16)
    for name, default in strengths(change).items():
        options = at_zero(change) | {name: default}
        assert not torch.equal(change(images, **options), images)


@every_function
def test_first_and_second_derivatives_are_right(change):
    images = random_images(2, 2, 4, 5, dtype=torch.float64).requires_grad_()

    def same_draw(images):
        return change(images, generator=seeded())

    assert gradcheck(same_draw, images)
    assert gradgradcheck(lambda images: same_draw(images) ** 2, images)


@every_function
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_shape_type_and_input_are_kept(change, dtype):
    images = random_images(4, 3, 8, 10, dtype=dtype)
    before = images.clone()
    changed = change(images)
    assert (changed.shape, changed.dtype) == (images.shape, dtype)
    assert torch.equal(images, before)
    assert change(images[:0]).shape == (0, 3, 8, 10)


@every_function
def test_the_device_is_kept(change):
    # The meta device has no numbers, but refuses those of any other device.
    changed = change(torch.empty(4, 3, 8, 10, device="meta"))
    assert changed.device.type == "meta" and changed.shape == (4, 3, 8, 10)


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no CUDA device")
@every_function
def test_the_device_is_kept_and_any_generator_serves(change):
    images = random_images(4, 3, 8, 10)
    expected = change(images, generator=seeded())
    on_gpu = change(images.cuda(), generator=seeded())
    assert on_gpu.device.type == "cuda"
    assert torch.allclose(on_gpu.cpu(), expected, atol=1e-5)
    assert change(images.cuda()).device.type == "cuda"


@every_function
def test_a_generator_makes_the_draws_reproducible(change):
    images = random_images(16, 3, 12, 12)
    first = change(images, generator=seeded())
    assert torch.equal(change(images, generator=seeded()), first)
    assert not torch.equal(change(images, generator=seeded(1)), first)


@every_function
def test_each_image_gets_its_own_draw(change):
    images = random_images(1, 3, 16, 16).expand(40, -1, -1, -1)
    changed = change(images)
    least = {augment.flip: 2, augment.translate: 15}.get(change, 35)
    assert len(changed.flatten(1).unique(dim=0)) >= least


@every_function
def test_an_image_does_not_depend_on_the_others_of_the_batch(change):
    images = random_images(6, 3, 8, 8).requires_grad_()
    change(images)[2].sum().backward()
    others = images.grad[[0, 1, 3, 4, 5]]
    assert torch.count_nonzero(others) == 0


def test_flip_mirrors_left_to_right_as_often_as_asked():
    images = random_images(4000, 1, 2, 3)
    assert torch.equal(augment.flip(images, 1), torch.flip(images, (3,)))
    mirrored = (augment.flip(images, 0.3) != images).flatten(1).any(dim=1)
    assert abs(mirrored.float().mean() - 0.3) < 0.03


def test_a_shift_is_a_roll_that_does_not_come_round():
    images = random_images(2, 3, 6, 7)
    right, down = torch.tensor([1, -2]), torch.tensor([0, 3])
    moved = augment.shifted(images, right, down, fill=-1)
    assert torch.equal(moved[0, :, :, 1:], images[0].roll(1, dims=2)[:, :, 1:])
    assert (moved[0, :, :, 0] == -1).all()
    rolled = images[1].roll((3, -2), dims=(1, 2))
    assert torch.equal(moved[1, :, 3:, :-2], rolled[:, 3:, :-2])
    assert (moved[1, :, :3] == -1).all() and (moved[1, :, :, -2:] == -1).all()


def places(changed):
    """Where the one bright pixel of each image is: rows and columns."""
    return changed.flatten(1).argmax(dim=1).div(
        changed.shape[3], rounding_mode="floor"
    ), (changed.flatten(1).argmax(dim=1) % changed.shape[3])


def test_translate_draws_every_shift_in_its_range_equally_often():
    images = torch.zeros(6000, 1, 16, 24)
    images[:, :, 8, 12] = 1
    rows, columns = places(augment.translate(images, 0.125))
    for values, middle, most in ((rows, 8, 2), (columns, 12, 3)):
        counts = (values - middle + most).bincount()
        assert len(counts) == 2 * most + 1
        expected = 6000 / len(counts)
        assert (counts - expected).abs().max() < 5 * expected**0.5
    assert abs(torch.stack([rows, columns]).double().corrcoef()[0, 1]) < 0.05


def test_a_shift_by_the_whole_side_leaves_nothing():
    images = torch.ones(2, 1, 4, 4)
    assert (
        augment.shifted(images, torch.tensor([4, -9]), torch.zeros(2).long()) == 0
    ).all()


@pytest.mark.parametrize("quarters", [-2, -1, 1, 2])
@pytest.mark.parametrize("side", [7, 8])
def test_right_angles_turn_as_rot90_does(quarters, side):
    images = random_images(2, 3, side, side, dtype=torch.float64)
    angles = torch.full((2,), 90.0 * quarters, dtype=torch.float64)
    turned = augment.rotated(images, angles, fill=5)
    assert torch.allclose(turned, torch.rot90(images, quarters, (2, 3)), atol=1e-12)


def test_rotation_equals_grid_sample():
    from torch.nn.functional import affine_grid, grid_sample

    images = random_images(3, 2, 9, 9, dtype=torch.float64)
    degrees = torch.tensor([-30.0, 10.0, 77.0], dtype=torch.float64)
    cos, sin = degrees.deg2rad().cos(), degrees.deg2rad().sin()
    zero = torch.zeros_like(cos)
    turn = torch.stack([cos, -sin, zero, sin, cos, zero], dim=1).view(3, 2, 3)
    grid = affine_grid(turn, list(images.shape), align_corners=False)
    expected = grid_sample(images, grid, align_corners=False)
    assert torch.allclose(augment.rotated(images, degrees), expected, atol=1e-12)


def test_a_wide_image_is_turned_without_shear_and_its_corners_filled():
    y, x = torch.arange(31) - 15, torch.arange(51) - 25
    hill = torch.exp(-(y[:, None] ** 2 + x**2) / 50).expand(1, 1, -1, -1)
    turned = augment.rotated(hill, torch.tensor([33.0]), fill=-1)
    assert (turned - hill)[0, 0, 6:-6, 15:-15].abs().max() < 0.01
    assert turned[0, 0, 0, 0] == -1


def test_rotate_draws_angles_uniformly_in_its_range():
    # A pixel of the horizon far from the centre rises by its distance times sin θ.
    images = torch.zeros(3000, 1, 41, 41)
    images[:, :, 20, 20:] = 1
    weights = torch.arange(41.0) - 20
    turned = augment.rotate(images, 20)[:, 0]
    y = (turned * weights[:, None]).sum(dim=(1, 2))
    x = (turned * weights).sum(dim=(1, 2))
    degrees = torch.atan2(-y, x).rad2deg()
    assert degrees.abs().max() < 20.5
    quantiles = degrees.quantile(torch.tensor([0.1, 0.25, 0.5, 0.75, 0.9]))
    assert torch.allclose(quantiles, torch.tensor([-16.0, -10, 0, 10, 16]), atol=1.5)


def test_a_crop_of_half_the_sides_shows_that_quarter_enlarged():
    ramp = torch.arange(8.0).expand(1, 1, 8, 8)
    half = torch.tensor([0.5])
    enlarged = augment.cropped(ramp, half, torch.zeros(1), half)[0, 0]
    expected = (torch.arange(8) + 0.5) / 2 + 4 - 0.5
    assert torch.allclose(enlarged, expected.clamp(max=7).expand(8, 8))
    turned = augment.cropped(ramp.transpose(2, 3), torch.zeros(1), half, half)[0, 0]
    assert torch.allclose(turned, enlarged.t())


def test_crop_draws_windows_inside_the_image():
    y, x = torch.meshgrid(torch.arange(32.0), torch.arange(32.0), indexing="ij")
    images = torch.stack([y, x]).expand(2000, -1, -1, -1)
    cut = augment.crop(images, 0.5)
    # Along each axis the window starts at `first` and has `side` of 32 pixels.
    side = (cut[:, 1, 16, 24] - cut[:, 1, 16, 8]) / 16
    assert 0.5 <= side.min() < 0.52 and 0.98 < side.max() <= 1
    assert abs(side.mean() - 0.75) < 0.02
    for channel, pixel in ((0, cut[:, 0, 8, 16]), (1, cut[:, 1, 16, 8])):
        first = (pixel + 0.5 - 8.5 * side) / (32 * (1 - side)).clamp(min=1e-3)
        kept = first[side < 0.95]
        assert kept.min() > -0.01 and kept.max() < 1.01, channel
        assert abs(kept.mean() - 0.5) < 0.03


def test_brightness_adds_one_number_to_an_image():
    images = random_images(2000, 3, 2, 2)
    added = augment.colour(images, 0.4, 0, 0) - images
    assert added.flatten(1).std(dim=1).max() < 1e-6
    drawn = added[:, 0, 0, 0]
    assert drawn.abs().max() <= 0.4 + 1e-6 and abs(drawn.std() - 0.8 / 12**0.5) < 0.02


def test_saturation_scales_the_distance_from_grey():
    images = random_images(500, 3, 4, 4)
    changed = augment.colour(images, 0, 0.7, 0)
    grey = images.mean(dim=1, keepdim=True)
    factor = ((changed - grey) * (images - grey)).sum(dim=(1, 2, 3))
    factor /= (images - grey).square().sum(dim=(1, 2, 3))
    assert torch.allclose(changed.mean(dim=1, keepdim=True), grey, atol=1e-5)
    assert torch.allclose(
        changed, grey + factor.view(-1, 1, 1, 1) * (images - grey), atol=1e-5
    )
    assert 0.29 < factor.min() < 0.35 and 1.65 < factor.max() < 1.71
    grey_images = images[:, :1]
    assert torch.equal(augment.colour(grey_images, 0, 1, 0), grey_images)


def test_contrast_scales_the_distance_from_the_mean_level():
    images = random_images(500, 3, 4, 4)
    changed = augment.colour(images, 0, 0, 0.5)
    mean, spread = images.mean(dim=(1, 2, 3)), images.flatten(1).std(dim=1)
    assert torch.allclose(changed.mean(dim=(1, 2, 3)), mean, atol=1e-5)
    factor = changed.flatten(1).std(dim=1) / spread
    assert 0.49 < factor.min() < 0.54 and 1.46 < factor.max() < 1.51


def test_cutout_hides_one_rectangle_around_any_pixel():
    images = torch.ones(4000, 2, 8, 12)
    cut = augment.cutout(images, 0.25, fill=-3)
    hidden = cut == -3
    assert torch.equal(cut == 1, ~hidden)
    assert torch.equal(hidden[:, 0], hidden[:, 1])
    rows, columns = hidden[:, 0].any(dim=2), hidden[:, 0].any(dim=1)
    assert torch.equal(hidden[:, 0], rows[:, :, None] & columns[:, None])
    # 2 x 3 pixels, fewer where the rectangle reaches over the border.
    assert rows.sum(dim=1).unique().tolist() == [1, 2]
    assert columns.sum(dim=1).unique().tolist() == [2, 3]
    share = columns.float().mean(dim=0)
    assert torch.allclose(share[1:-1], torch.full((10,), 3 / 12), atol=0.04)


def test_cutout_of_the_whole_side_hides_at_least_half():
    hidden = augment.cutout(torch.ones(200, 1, 8, 8), 1) == 0
    assert hidden.flatten(1).float().mean(dim=1).min() >= 0.25


@every_function
def test_wrong_images_are_one_sentence(change):
    name = change.__name__
    with pytest.raises(TypeError, match=rf"^{name} got torch\.uint8.*to_float first"):
        change(torch.zeros(1, 1, 4, 4, dtype=torch.uint8))
    with pytest.raises(ValueError, match=rf"^{name} got images of shape \(3, 4, 4\)"):
        change(torch.zeros(3, 4, 4))


@every_function
@pytest.mark.parametrize("value", [-0.1, 1000.0, float("nan")])
def test_a_strength_out_of_range_is_one_sentence(change, value):
    for name in strengths(change):
        with pytest.raises(ValueError, match=rf"{name}={value}; choose 0 to"):
            change(torch.zeros(1, 1, 4, 4), **{name: value})
