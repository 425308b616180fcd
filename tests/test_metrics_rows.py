"""What every comparison of features refuses, whatever it is."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from gan_course.metrics.frechet import frechet_distance, moments
from gan_course.metrics.kernel import block_kernel_distance, kernel_distance
from gan_course.metrics.neighbours import memorisation, nearest
from gan_course.metrics.precision_recall import precision_recall
from gan_course.metrics.rows import rows, squared_distances
from tests.feature_sets import gaussian

GOOD = gaussian(12, 3, seed=1)
MEASURES = {
    "frechet": frechet_distance,
    "kernel": kernel_distance,
    "blocks": lambda x, y: block_kernel_distance(x, y, block=4),
    "precision and recall": precision_recall,
    "nearest": nearest,
    "memorisation": lambda x, y: memorisation(x, y, y),
}
EACH = pytest.mark.parametrize("measure", MEASURES.values(), ids=list(MEASURES))


def refused(measure, *features):
    with pytest.raises(ValueError) as caught:
        measure(*features)
    said = str(caught.value)
    assert said.endswith(".")
    assert "\n" not in said
    return said


@EACH
@given(shape=st.lists(st.integers(0, 4), max_size=4).filter(lambda s: len(s) != 2))
@settings(max_examples=15, deadline=None)
def test_what_is_no_table_is_refused_with_its_shape(measure, shape):
    assert str(tuple(shape)) in refused(measure, torch.zeros(shape), GOOD)
    assert str(tuple(shape)) in refused(measure, GOOD, torch.zeros(shape))


@EACH
@given(
    place=st.tuples(st.integers(0, 11), st.integers(0, 2)),
    value=st.sampled_from([math.nan, math.inf, -math.inf]),
    first=st.booleans(),
)
@settings(max_examples=10, deadline=None)
def test_one_number_that_is_not_finite_is_refused(measure, place, value, first):
    broken = GOOD.clone()
    broken[place] = value
    pair = (broken, GOOD) if first else (GOOD, broken)
    assert "1 of 12" in refused(measure, *pair)


@EACH
@given(width=st.integers(1, 9).filter(lambda width: width != 3))
@settings(max_examples=5, deadline=None)
def test_features_of_two_networks_are_refused(measure, width):
    said = refused(measure, GOOD, torch.zeros(12, width))
    assert f"{width}" in said
    assert "one network" in said


@EACH
def test_no_rows_are_refused_with_their_number(measure):
    assert "There are 0" in refused(measure, GOOD, GOOD[:0])
    assert "(12, 0)" in refused(measure, GOOD, GOOD[:, :0])


@EACH
@pytest.mark.parametrize("dtype", [torch.float32, torch.float16, torch.int64])
def test_any_type_of_number_is_taken(measure, dtype):
    x, y = ((4 * gaussian(12, 3, seed=seed)).round() for seed in (2, 3))
    measure(x.to(dtype), y.to(dtype).requires_grad_(dtype.is_floating_point))


@pytest.mark.parametrize("value", [0.0, 5.0, -1e8])
@EACH
def test_sets_without_any_variety_give_finite_numbers(measure, value):
    same = torch.full((12, 3), value).double()
    result = measure(same, same)
    numbers = vars(result).values() if hasattr(result, "__dict__") else [result]
    for number in numbers:
        if isinstance(number, float):
            assert math.isfinite(number)


def test_rows_are_float64_and_a_copy_of_nothing_but_the_numbers():
    seen = rows(torch.ones(3, 2, dtype=torch.uint8, requires_grad=False), "given")
    assert (seen.dtype, seen.shape) == (torch.float64, (3, 2))
    assert moments(torch.ones(3, 2, requires_grad=True)).mean.requires_grad is False


def test_squared_distances_are_those_of_differences_and_zero_for_equal_rows():
    x, y = gaussian(30, 7, seed=1) + 50, gaussian(20, 7, seed=2) + 50
    y[4] = x[9]
    expected = (x.unsqueeze(1) - y).square().sum(dim=2)
    seen = squared_distances(x, y)
    assert torch.allclose(seen, expected, atol=1e-9)
    assert seen[9, 4] == 0
    assert (squared_distances(x, x).diag() == 0).all()
