import math

import pytest
import torch

from gan_course.training.history import READ_EVERY, History


def noted(values, name="generator"):
    history = History()
    for step, value in enumerate(values, start=1):
        history.add(64 * step, {name: torch.tensor(value)})
    return history


def test_every_loss_is_kept_with_its_moment():
    history = noted([0.5, 0.25, 0.75])
    history.add(256, {"generator": torch.tensor(1.0), "R1": torch.tensor(2.0)})
    assert history.names == ("generator", "R1")
    assert history["generator"] == ([64, 128, 192, 256], [0.5, 0.25, 0.75, 1.0])
    assert history["R1"] == ([256], [2.0])


def test_losses_are_read_together_after_fifty_steps():
    values = [1.0] * (READ_EVERY - 1)
    values[2] = math.nan
    history = noted(values)
    with pytest.raises(FloatingPointError, match="generator loss is nan after 192 im"):
        history.add(6_400, {"generator": torch.tensor(1.0)})


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a_loss_that_is_not_finite_is_named_with_its_first_moment(value):
    history = noted([1.0, value, 2.0, value], name="discriminator")
    sentence = f"The discriminator loss is {value} after 128 images; go back"
    for _ in range(2):  # it stays broken
        with pytest.raises(FloatingPointError, match=sentence):
            history.check()


def test_what_came_after_an_earlier_state_can_be_forgotten():
    history = noted([1.0, 2.0, math.nan])
    history.cut(128)
    history.check()
    assert history["generator"] == ([64, 128], [1.0, 2.0])


def test_a_break_before_the_cut_is_not_forgotten():
    history = noted([1.0, math.nan, 2.0])
    history.cut(128)
    with pytest.raises(FloatingPointError):
        history.check()


def test_losses_hold_on_to_no_graph():
    weights = torch.ones(1, requires_grad=True)
    history = History()
    history.add(1, {"generator": (2 * weights).sum()})
    assert not history._unread[0][1]["generator"].requires_grad


def test_the_history_draws_itself():
    history = noted([3.0, 2.0])
    history.add(192, {"R1": torch.tensor(0.5)})
    (axis,) = history.figure().axes
    lines = {line.get_label(): line.get_xydata().tolist() for line in axis.lines}
    assert lines == {"generator": [[64, 3], [128, 2]], "R1": [[192, 0.5]]}


def test_an_empty_history_has_nothing_to_draw():
    with pytest.raises(ValueError, match="no losses to draw; train first"):
        History().figure()
