import pytest
import torch

from gan_course.training import batches
from gan_course.training.batches import (
    batch_indices,
    derived_seed,
    own_noise,
    seed_noise,
)

CPU = torch.device("cpu")


def indices(count, batch_size, steps, seed=0):
    """All indices of the first steps, one after the other."""
    parts = [
        batch_indices(count, batch_size, seed=seed, images_seen=step * batch_size)
        for step in range(steps)
    ]
    return torch.cat(parts).tolist()


@pytest.mark.parametrize("batch_size", [1, 7, 20])
def test_each_epoch_shows_each_image_exactly_once(batch_size):
    stream = indices(20, batch_size, steps=70)
    epochs = [stream[first : first + 20] for first in range(0, 60, 20)]
    assert all(sorted(epoch) == list(range(20)) for epoch in epochs)
    assert len({tuple(epoch) for epoch in epochs}) == 3


def test_the_order_does_not_depend_on_the_batch_size():
    assert indices(30, 6, steps=20) == indices(30, 8, steps=15)


def test_a_batch_may_reach_over_several_epochs():
    batch = batch_indices(3, 8, seed=0, images_seen=2)
    assert batch.tolist() == indices(3, 1, steps=10)[2:]


def test_seeds_give_other_orders_and_the_same_seed_the_same():
    first = indices(100, 10, steps=10, seed=1)
    assert first != indices(100, 10, steps=10, seed=2)
    batches._epoch_order.cache_clear()
    assert first == indices(100, 10, steps=10, seed=1)


def test_all_places_are_equally_likely_for_an_image():
    places = torch.tensor([indices(10, 10, 1, seed).index(0) for seed in range(2000)])
    counts = places.bincount(minlength=10)
    # Standard deviation of a count: sqrt(2000 · 0.1 · 0.9) = 13.4.
    assert (counts - 200).abs().max() < 5 * 13.4


def test_neighbouring_seeds_and_counters_are_unrelated():
    seeds = {
        derived_seed(use, seed, counter)
        for use in range(2)
        for seed in range(30)
        for counter in range(30)
    }
    assert len(seeds) == 1800


def noise(seed, images_seen):
    seed_noise(seed, images_seen, CPU)
    return torch.randn(50)


def test_the_noise_is_a_function_of_seed_and_clock():
    first = noise(3, 640)
    others = [noise(3, 704), noise(4, 640), noise(4, 704)]
    assert torch.equal(first, noise(3, 640))
    for other in others:
        correlation = torch.corrcoef(torch.stack([first, other]))[0, 1]
        assert correlation.abs() < 0.6


def test_the_random_numbers_of_the_caller_go_on_undisturbed():
    torch.manual_seed(8)
    expected = torch.randn(5)
    torch.manual_seed(8)
    with own_noise(CPU):
        noise(0, 0)
    assert torch.equal(torch.randn(5), expected)
