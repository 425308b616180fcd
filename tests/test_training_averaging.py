import pytest
import torch
from torch import nn

from gan_course.training.averaging import Average


def network_of(value):
    network = nn.Linear(2, 1)
    with torch.no_grad():
        for weights in network.parameters():
            weights.fill_(value)
    return network


def averaged(half_life, batches):
    """Start at 0 and then follow weights that are 1."""
    average, ones = Average(network_of(0.0), half_life), network_of(1.0)
    for images in batches:
        average.update(ones, images)
    return average.network.bias.item()


def test_after_the_half_life_old_weights_count_half():
    assert averaged(1_000, [1_000]) == pytest.approx(0.5)
    assert averaged(1_000, [1_000, 1_000]) == pytest.approx(0.75)


@pytest.mark.parametrize("batch", [10, 50, 400])
def test_the_average_depends_on_images_and_not_on_the_batch_size(batch):
    steps = [batch] * (2_000 // batch)
    assert averaged(500, steps) == pytest.approx(1 - 0.5**4, abs=1e-5)


def test_the_average_is_the_weighted_sum_of_all_weights():
    average, network = Average(network_of(5.0), half_life=64), network_of(0.0)
    expected = 5.0
    for value in (2.0, -1.0, 4.0):
        with torch.no_grad():
            network.bias.fill_(value)
        average.update(network, 32)
        expected = 0.5**0.5 * expected + (1 - 0.5**0.5) * value
    assert average.network.bias.item() == pytest.approx(expected, abs=1e-6)


def test_the_followed_network_is_left_alone():
    network = network_of(1.0)
    average = Average(network, half_life=10)
    average.update(network_of(3.0), 10)
    assert network.bias.item() == 1 and network.bias.requires_grad and network.training
    assert not average.network.bias.requires_grad and not average.network.training


def test_statistics_of_batch_normalisation_are_copied():
    network = nn.BatchNorm1d(3)
    average = Average(network, half_life=1e9)
    network(torch.randn(8, 3) + 7)
    average.update(network, 8)
    assert torch.equal(average.network.running_mean, network.running_mean)
    assert average.network.num_batches_tracked == 1


@pytest.mark.parametrize("half_life", [0, -5, float("nan"), float("inf")])
def test_a_half_life_that_is_none_is_refused(half_life):
    with pytest.raises(ValueError, match=f"half-life of {half_life} images; choose"):
        Average(nn.Linear(1, 1), half_life)
