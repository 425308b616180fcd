import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from gan_course.metrics.neighbours import (
    Memorisation,
    memorisation,
    nearest,
    neighbour_radii,
)
from tests.feature_sets import gaussian, rotation


@given(st.integers(1, 20), st.integers(1, 20), st.integers(1, 5), st.integers(0, 99))
@settings(max_examples=40, deadline=None)
def test_the_nearest_is_the_nearest_of_all(n, m, width, seed):
    x, y = gaussian(n, width, seed=seed), gaussian(m, width, seed=seed + 1)
    seen = nearest(x, y)
    every = (x.unsqueeze(1) - y).norm(dim=2)
    assert torch.allclose(seen.distances, every.min(dim=1).values)
    assert torch.allclose(every.gather(1, seen.indices.unsqueeze(1))[:, 0], seen[0])


def test_an_exact_copy_is_at_distance_zero_however_far_from_the_origin():
    known = (gaussian(300, 784, seed=1) + 1_000).float()
    order = torch.randperm(300)
    seen = nearest(known[order], known)
    assert torch.equal(seen.indices, order)
    assert (seen.distances == 0).all()


def test_radii_are_distances_to_the_kth_other_point():
    points = torch.tensor([[0.0], [1.0], [3.0], [7.0]]).double()
    assert neighbour_radii(points, 1).tolist() == [1, 1, 4, 16]
    assert neighbour_radii(points, 3).tolist() == [49, 36, 16, 49]
    assert neighbour_radii(torch.zeros(5, 2).double(), 3).tolist() == [0] * 5


def test_a_generator_that_invents_is_as_near_as_held_out_images():
    training, held = gaussian(500, 6, seed=1), gaussian(400, 6, seed=2)
    seen = memorisation(gaussian(600, 6, seed=3), training, held)
    assert abs(seen.deviation) < 3
    assert seen.nearer == pytest.approx(0.5, abs=0.06)
    assert seen.copies < 0.04


def test_copies_are_found_even_with_a_little_noise():
    training, held = gaussian(500, 6, seed=1), gaussian(400, 6, seed=2)
    copies = training[:300] + 0.01 * gaussian(300, 6, seed=3)
    seen = memorisation(copies, training, held)
    assert seen.nearer > 0.99
    assert seen.copies > 0.95
    assert seen.deviation > 20
    assert torch.equal(seen.indices, torch.arange(300))


def test_a_few_copies_among_noise_show_in_the_share_of_copies_only():
    training, held = gaussian(500, 6, seed=1), gaussian(400, 6, seed=2)
    made = torch.cat([training[:60], gaussian(240, 6, seed=3) * 5])
    seen = memorisation(made, training, held)
    assert seen.nearer < 0.5
    assert seen.copies == pytest.approx(0.2, abs=0.02)


def test_a_share_of_pairs_is_counted_with_ties_for_a_half():
    made, held = torch.tensor([0.0, 1.0, 2.0]), torch.tensor([1.0, 3.0])
    seen = Memorisation(made.double(), held.double(), torch.zeros(3))
    assert seen.nearer == pytest.approx((2 + 1.5 + 1) / 6)


def test_the_deviation_has_spread_one_for_equal_distributions():
    values = [
        Memorisation(
            gaussian(40, 1, seed=2 * draw)[:, 0],
            gaussian(30, 1, seed=2 * draw + 1)[:, 0],
            torch.zeros(40),
        ).deviation
        for draw in range(400)
    ]
    values = torch.tensor(values)
    assert abs(values.mean()) < 0.2
    assert values.std() == pytest.approx(1, abs=0.12)


def test_rotations_and_the_order_leave_it_alone():
    parts = [gaussian(90, 5, seed=seed) for seed in range(3)]
    seen = memorisation(*parts)
    turned = memorisation(*(part @ rotation(5) for part in parts))
    mixed = memorisation(*(part.flip(0) for part in parts))
    for other in (turned, mixed):
        assert other.nearer == pytest.approx(seen.nearer)
        assert other.copies == pytest.approx(seen.copies)


@pytest.mark.parametrize(
    ("x", "y", "said"),
    [
        (torch.zeros(0, 2), torch.zeros(5, 2), "There are 0 query features"),
        (torch.zeros(5, 2), torch.zeros(0, 2), "There are 0 reference features"),
        (torch.zeros(5, 2), torch.zeros(5, 3), "one network"),
        (torch.zeros(5, 1, 8, 8), torch.zeros(5, 64), r"shape \(5, 1, 8, 8\)"),
    ],
)
def test_wrong_features_are_refused_in_a_sentence(x, y, said):
    with pytest.raises(ValueError, match=said):
        nearest(x, y)
