import pytest

from gan_course.training.schedules import constant, linear_decay


def test_a_constant_rate_is_constant():
    assert {constant(seen) for seen in (0, 1, 10**9)} == {1.0}


def test_the_decay_is_a_line_from_one_to_zero():
    share = linear_decay(800)
    assert [share(seen) for seen in (0, 200, 600, 800)] == [1, 0.75, 0.25, 0]


def test_the_decay_can_begin_later_and_never_goes_below_zero():
    share = linear_decay(1_000, start=500)
    assert [share(seen) for seen in (0, 500, 750, 1_000, 2_000)] == [1, 1, 0.5, 0, 0]


@pytest.mark.parametrize(("total", "start"), [(0, 0), (100, 100), (100, -1)])
def test_a_decay_without_length_is_refused(total, start):
    with pytest.raises(ValueError, match=f"from {start} to {total} images; choose"):
        linear_decay(total, start=start)
