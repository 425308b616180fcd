import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from gan_course.preprocess import split_groups


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.integers(0, 30), min_size=1, max_size=80),
    st.floats(0.01, 0.99),
    st.integers(0, 5),
)
def test_every_image_is_on_one_side_and_every_group_too(numbers, share, seed):
    groups = torch.tensor(numbers)
    room = min(round(share * len(numbers)), len(numbers) - 1)
    if min(map(numbers.count, numbers)) > room:
        with pytest.raises(ValueError, match="cannot be split"):
            split_groups(groups, share, seed)
        return
    train, held_out = split_groups(groups, share, seed)
    together = torch.cat([train, held_out]).sort().values
    assert torch.equal(together, torch.arange(len(numbers)))
    assert torch.equal(train, train.sort().values)
    assert torch.equal(held_out, held_out.sort().values)
    assert not set(groups[train].tolist()) & set(groups[held_out].tolist())
    assert 0 < len(held_out) <= room


def test_single_images_are_split_exactly():
    train, held_out = split_groups(torch.arange(1000), 0.1)
    assert (len(train), len(held_out)) == (900, 100)


def test_the_seed_decides():
    groups = torch.arange(200)
    _, first = split_groups(groups, seed=1)
    assert torch.equal(split_groups(groups, seed=1)[1], first)
    assert not torch.equal(split_groups(groups, seed=2)[1], first)


def test_every_group_is_held_out_equally_often():
    groups = torch.arange(20).repeat_interleave(3)
    counts = torch.zeros(20)
    for seed in range(400):
        counts[groups[split_groups(groups, 0.3, seed)[1]].unique()] += 1
    assert counts.mean() == 400 * 0.3
    assert counts.min() > 80 and counts.max() < 160


@pytest.mark.parametrize(
    ("groups", "options", "sentence"),
    [
        (torch.zeros(9).long(), {}, "9 images in 1 groups cannot be split.* has 9"),
        (torch.tensor([4]), {}, "1 images in 1 groups cannot be split"),
        (torch.arange(9), {"held_out": 0.0}, "held_out is 0.0; choose a share"),
        (torch.arange(9), {"held_out": 1}, "held_out is 1; choose a share"),
        (torch.arange(9), {"seed": -1}, "The seed is -1"),
        (torch.rand(9), {}, r"float32 of shape \(9,\)"),
        (torch.zeros(2, 2).long(), {}, r"shape \(2, 2\)"),
        (torch.zeros(0).long(), {}, r"shape \(0,\)"),
    ],
)
def test_what_cannot_be_split_is_one_sentence(groups, options, sentence):
    with pytest.raises(ValueError, match=sentence):
        split_groups(groups, **options)
