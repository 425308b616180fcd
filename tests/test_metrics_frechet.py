import math
import warnings

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from gan_course.metrics.frechet import (
    Moments,
    expected_bias,
    frechet_distance,
    moments,
    moments_of,
)
from tests.feature_sets import Passed, gaussian, rotation


def exact(mean, covariance, count=1_000):
    """Moments that are exactly these."""
    mean = torch.tensor(mean, dtype=torch.float64)
    spread = torch.tensor(covariance, dtype=torch.float64)
    return Moments(count, mean, spread * (count - 1))


def test_gaussians_with_commuting_covariances_have_a_closed_form():
    # |μ|² + Σ (√a - √b)², along the axes and after any rotation of the plane.
    a, b = torch.tensor([4.0, 9.0, 0.0]), torch.tensor([1.0, 25.0, 0.25])
    turn = rotation(3)
    expected = 3.0**2 + (a.sqrt() - b.sqrt()).square().sum().item()
    first = turn @ a.double().diag() @ turn.T
    second = turn @ b.double().diag() @ turn.T
    shift = (turn @ torch.tensor([0.0, 3.0, 0.0]).double()).tolist()
    distance = frechet_distance(
        exact([0.0] * 3, first.tolist()), exact(shift, second.tolist())
    )
    assert distance == pytest.approx(expected, rel=1e-9)


def test_gaussians_of_the_plane_with_any_covariances_have_a_closed_form():
    # In two dimensions tr (AB)^½ = √(tr AB + 2 √det AB).
    a = torch.tensor([[2.0, 0.8], [0.8, 1.0]]).double()
    b = torch.tensor([[1.0, -0.6], [-0.6, 3.0]]).double()
    overlap = math.sqrt((a @ b).trace() + 2 * (a @ b).det().sqrt())
    expected = (a.trace() + b.trace()).item() - 2 * overlap
    distance = frechet_distance(
        exact([1.0, 2.0], a.tolist()), exact([1.0, 2.0], b.tolist())
    )
    assert distance == pytest.approx(expected, rel=1e-9)


def test_samples_of_gaussians_approach_the_closed_form():
    scales = torch.linspace(0.5, 2, 8).double()
    real = gaussian(60_000, 8, seed=1)
    made = gaussian(60_000, 8, seed=2) * scales + 0.5
    truth = 8 * 0.25 + (scales - 1).square().sum().item()
    assert frechet_distance(real, made) == pytest.approx(truth, rel=0.02)


@pytest.mark.parametrize(("count", "width"), [(500, 64), (300, 16), (1_000, 3)])
def test_it_agrees_with_torchmetrics(count, width):
    fid = pytest.importorskip("torchmetrics.image.fid")
    real = gaussian(count, width, seed=1) @ gaussian(width, width, seed=3)
    made = gaussian(count + 50, width, seed=2) * 1.3 + 0.2
    metric = fid.FrechetInceptionDistance(
        feature=Passed(width), normalize=True, input_img_size=(1, 1, width)
    ).set_dtype(torch.float64)
    metric.update(real, real=True)
    metric.update(made, real=False)
    assert frechet_distance(real, made) == pytest.approx(
        metric.compute().item(), rel=1e-4
    )


def test_moments_are_the_mean_and_the_unbiased_covariance():
    values = gaussian(50, 4, seed=1) * 3 + 7
    seen = moments(values)
    assert torch.allclose(seen.mean, values.mean(dim=0))
    assert torch.allclose(seen.covariance, values.T.cov())


@given(st.lists(st.integers(1, 20), min_size=1, max_size=6))
@settings(max_examples=30, deadline=None)
def test_moments_of_batches_are_those_of_all_at_once_in_any_order(sizes):
    values = gaussian(sum(sizes), 3, seed=4) + 1_000
    batches = values.split(sizes)
    whole = moments(values)
    for streamed in (moments_of(batches), moments_of(reversed(batches))):
        assert streamed.count == whole.count
        assert torch.allclose(streamed.mean, whole.mean, rtol=1e-12)
        assert torch.allclose(streamed.scatter, whole.scatter, atol=1e-8)


def test_float32_images_far_from_zero_lose_no_digits():
    values = (gaussian(4_000, 2, seed=5) + 3_000).float()
    streamed = moments_of(values.split(7))
    assert torch.allclose(streamed.covariance, values.double().T.cov(), rtol=1e-9)


def test_it_is_symmetric_and_zero_for_a_set_and_itself():
    real, made = gaussian(300, 10, seed=1), gaussian(200, 10, seed=2) * 2
    assert frechet_distance(real, real) == pytest.approx(0, abs=1e-9)
    assert frechet_distance(real, real.flip(0)) == pytest.approx(0, abs=1e-9)
    forth, back = frechet_distance(real, made), frechet_distance(made, real)
    assert forth == pytest.approx(back, rel=1e-9)


def test_rotations_and_shifts_leave_it_alone_and_scales_square_it():
    real, made = gaussian(300, 10, seed=1), gaussian(200, 10, seed=2) * 2 + 1
    distance = frechet_distance(real, made)
    turn = rotation(10)
    turned = frechet_distance(real @ turn + 5, made @ turn + 5)
    assert turned == pytest.approx(distance, rel=1e-9)
    assert frechet_distance(3 * real, 3 * made) == pytest.approx(9 * distance, rel=1e-9)


def test_fewer_images_than_features_give_a_number_and_a_warning():
    few, other = gaussian(5, 64, seed=1), gaussian(5, 64, seed=2)
    with pytest.warns(UserWarning, match="5 images with 64 features"):
        distance = frechet_distance(few, other)
    # Two spreads of rank 4 hardly overlap: all of tr Σ₁ + tr Σ₂ ≈ 128 is distance.
    assert 100 < distance < 220
    with pytest.warns(UserWarning, match="5 images"):
        assert frechet_distance(few, few) == pytest.approx(0, abs=1e-5)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        frechet_distance(gaussian(65, 64, seed=1), gaussian(65, 64, seed=2))


def test_a_feature_that_never_varies_is_no_trouble():
    real, made = gaussian(200, 6, seed=1), gaussian(200, 6, seed=2)
    real[:, 2], made[:, 2], made[:, 4] = 1.0, 3.0, made[:, 3]
    distance = frechet_distance(real, made)
    without = torch.arange(6) != 2
    rest = frechet_distance(real[:, without], made[:, without])
    assert distance == pytest.approx(4 + rest, rel=1e-6)


def test_the_bias_falls_with_the_number_as_the_closed_form_says():
    width, scales = 16, torch.linspace(0.3, 2, 16).double()
    for count in (100, 400, 1_600):
        seen = [
            frechet_distance(
                gaussian(count, width, seed=2 * draw) * scales,
                gaussian(count, width, seed=2 * draw + 1) * scales,
            )
            for draw in range(12)
        ]
        predicted = expected_bias(scales.square().diag(), count, count)
        assert sum(seen) / 12 == pytest.approx(predicted, rel=0.08)
    assert expected_bias(torch.eye(4), 10, 10) == pytest.approx(0.2 * (4 + 4 * 5 / 4))


def test_the_bias_of_a_covariance_without_full_rank_is_that_of_its_rank():
    padded = torch.zeros(6, 6)
    padded[:4, :4] = torch.eye(4)
    assert expected_bias(padded, 50, 70) == expected_bias(torch.eye(4), 50, 70)


@pytest.mark.parametrize(
    ("real", "made", "said"),
    [
        (torch.zeros(5), torch.zeros(5, 2), r"given features have shape \(5,\)"),
        (torch.zeros(5, 2), torch.zeros(5, 3), "2 features an image and the other 3"),
        (torch.zeros(0, 2), torch.zeros(5, 2), "There are 0 given features"),
        (torch.zeros(1, 2), torch.zeros(5, 2), "at least 2; pass more images"),
        (torch.full((3, 2), math.nan), torch.zeros(5, 2), "3 of 3 given features"),
        (torch.zeros(3, 0), torch.zeros(5, 2), r"shape \(3, 0\)"),
    ],
)
def test_wrong_features_are_refused_in_a_sentence(real, made, said):
    with pytest.raises(ValueError, match=said):
        frechet_distance(real, made)


def test_what_has_no_bias_is_refused():
    with pytest.raises(ValueError, match=r"\(2, 3\)"):
        expected_bias(torch.zeros(2, 3), 5, 5)
    with pytest.raises(ValueError, match="1 and 5"):
        expected_bias(torch.eye(2), 1, 5)
    with pytest.raises(ValueError, match="no batch"):
        moments_of([])
