import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from gan_course.metrics.classes import class_coverage
from gan_course.metrics.modes import kl_from_uniform


def labels(*counts):
    return torch.arange(len(counts)).repeat_interleave(torch.tensor(counts))


def test_equal_shares_of_any_number_are_at_distance_zero():
    seen = class_coverage(labels(1_000, 3_000), labels(2_000, 6_000), 2)
    assert seen.reverse_kl == pytest.approx(0, abs=1e-6)
    assert (seen.found, seen.possible) == (2, 2)


def test_a_collapse_costs_the_logarithm_of_the_share_that_is_left():
    real = labels(*[10_000] * 10)
    seen = class_coverage(labels(5_000), real, 10)
    assert seen.reverse_kl == pytest.approx(math.log(10), rel=1e-4)
    assert (seen.found, seen.possible) == (1, 10)
    half = class_coverage(labels(*[1_000] * 5), real, 10)
    assert half.reverse_kl == pytest.approx(math.log(2), rel=1e-4)
    assert half.found == 5


def test_beside_uniform_real_images_it_is_the_divergence_from_uniform():
    made = labels(10, 200, 30, 5)
    seen = class_coverage(made, labels(*[10**6] * 4), 4)
    assert seen.reverse_kl == pytest.approx(kl_from_uniform(seen.generated), rel=1e-5)


def test_equal_distributions_have_the_expected_value():
    draws = torch.randint(0, 30, (200, 2, 3_000))
    values = [class_coverage(x, y, 30).reverse_kl for x, y in draws]
    expected = 29 * (2 / 3_000) / 2
    assert sum(values) / 200 == pytest.approx(expected, rel=0.1)


def test_the_distance_of_shares_is_half_of_what_differs():
    real = labels(500, 300, 200)
    assert class_coverage(labels(50, 30, 20), real, 3).distance == pytest.approx(0)
    assert class_coverage(labels(0, 3, 2), real, 3).distance == pytest.approx(0.5)
    apart = class_coverage(labels(0, 0, 7), labels(5, 5, 0), 3)
    assert apart.distance == pytest.approx(1)
    draws = torch.randint(0, 10, (200, 2, 3_000))
    values = [class_coverage(x, y, 10).distance for x, y in draws]
    expected = math.sqrt(10 * (2 / 3_000) / (2 * math.pi))
    assert sum(values) / 200 == pytest.approx(expected, rel=0.1)


def test_what_is_not_real_costs_more_than_what_is_left_out():
    real = labels(500, 500, 0)
    invented = class_coverage(labels(450, 450, 100), real, 3)
    left_out = class_coverage(labels(1_000, 0, 0), real, 3)
    assert math.isfinite(invented.reverse_kl)
    assert invented.reverse_kl > 0.4
    assert left_out.reverse_kl == pytest.approx(math.log(2), abs=0.01)
    assert (invented.found, invented.possible) == (2, 2)


def test_a_class_is_found_from_a_tenth_of_its_share_on():
    real = labels(100, 900)
    assert class_coverage(labels(9, 991), real, 2).found == 1
    assert class_coverage(labels(10, 990), real, 2).found == 2


@given(
    st.lists(st.integers(0, 7), min_size=1, max_size=40),
    st.lists(st.integers(0, 7), min_size=1, max_size=40),
    st.permutations(range(8)),
)
@settings(max_examples=60, deadline=None)
def test_the_order_and_the_names_of_the_classes_do_not_matter(made, real, names):
    made, real, names = map(torch.tensor, (made, real, names))
    seen = class_coverage(made, real, 8)
    renamed = class_coverage(names[made.flip(0)], names[real.flip(0)], 8)
    assert renamed.reverse_kl == pytest.approx(seen.reverse_kl, abs=1e-12)
    assert renamed.found == seen.found
    assert seen.reverse_kl >= 0 or seen.reverse_kl == pytest.approx(0, abs=1e-12)
    assert 0 <= seen.found <= seen.possible <= 8


@pytest.mark.parametrize(
    ("made", "classes", "said"),
    [
        (torch.tensor([0, 3]), 3, "label is 3, but the 3 classes are 0 to 2"),
        (torch.tensor([0, -1]), 3, "label is -1"),
        (torch.tensor([0.0]), 3, "whole numbers"),
        (torch.tensor([], dtype=torch.int64), 3, r"shape \(0,\)"),
        (torch.zeros(2, 2, dtype=torch.int64), 3, r"shape \(2, 2\)"),
        (torch.tensor([0]), 0, "0 classes"),
    ],
)
def test_wrong_labels_are_refused_in_a_sentence(made, classes, said):
    with pytest.raises(ValueError, match=said):
        class_coverage(made, torch.tensor([0, 1]), classes)
