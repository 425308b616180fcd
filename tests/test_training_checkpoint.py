import pytest
import torch
from safetensors.torch import save_file

from gan_course.training.checkpoint import (
    architecture_differences,
    load_checkpoint,
    refuse_other_architecture,
    save_checkpoint,
)


def example():
    return {
        "images_seen": 6_400,
        "seconds_to_images": None,
        "generator": {"0.weight": torch.randn(3, 2), "a/b": torch.arange(4)},
        "generator_optimiser": {},
        "average": {"count": torch.tensor(7), "half": torch.randn(2).bfloat16()},
    }


def assert_same(state, expected):
    assert state.keys() == expected.keys()
    for key, value in expected.items():
        if isinstance(value, dict):
            assert state[key].keys() == value.keys()
            assert all(torch.equal(state[key][name], value[name]) for name in value)
        else:
            assert state[key] == value


def test_a_state_comes_back_as_it_was(tmp_path):
    state = example()
    save_checkpoint(tmp_path / "new" / "state.safetensors", state)
    assert_same(load_checkpoint(tmp_path / "new" / "state.safetensors"), state)
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["state.safetensors"]


def test_the_same_state_makes_the_same_bytes_in_any_order(tmp_path):
    state = example()
    save_checkpoint(tmp_path / "a", state)
    save_checkpoint(tmp_path / "b", dict(reversed(state.items())))
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_any_layout_in_memory_and_shared_weights_are_stored(tmp_path):
    shared = torch.randn(4, 3, 2, 2).to(memory_format=torch.channels_last)
    state = {"generator": {"one": shared, "two": shared, "turned": shared[0, 0].T}}
    save_checkpoint(tmp_path / "a", state)
    assert_same(load_checkpoint(tmp_path / "a"), state)


def test_what_is_not_finite_is_not_written_over_what_is(tmp_path):
    state = example()
    save_checkpoint(tmp_path / "a", state)
    before = (tmp_path / "a").read_bytes()
    state["generator"]["0.weight"][1, 1] = torch.nan
    with pytest.raises(FloatingPointError, match=r"generator/0\.weight holds numbers"):
        save_checkpoint(tmp_path / "a", state)
    assert (tmp_path / "a").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_a_missing_checkpoint_is_one_sentence(tmp_path):
    with pytest.raises(OSError, match=r"Cannot read the checkpoint .* check its name"):
        load_checkpoint(tmp_path / "none")


@pytest.mark.parametrize("kept", [0, 5, 8, 60, -1])
def test_a_truncated_checkpoint_is_one_sentence(kept, tmp_path):
    path = tmp_path / "a"
    save_checkpoint(path, example())
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(ValueError, match="is damaged or no checkpoint of a training"):
        load_checkpoint(path)


@pytest.mark.parametrize("metadata", [None, {"gan_course": "[]"}, {"gan_course": "{"}])
def test_a_file_of_somebody_else_is_one_sentence(metadata, tmp_path):
    save_file({"weight": torch.ones(2)}, tmp_path / "a", metadata)
    with pytest.raises(ValueError, match="is damaged or no checkpoint of a training"):
        load_checkpoint(tmp_path / "a")


def test_every_difference_of_two_architectures_is_named():
    here = {"a": torch.zeros(2, 3), "b": torch.zeros(1), "c": torch.zeros(1)}
    there = {"a": torch.zeros(2, 4), "b": torch.zeros(1).half(), "d": torch.zeros(5)}
    assert architecture_differences(here, there) == [
        "a is float32 (2, 4) there and float32 (2, 3) here",
        "b is float16 (1,) there and float32 (1,) here",
        "c is missing there and float32 (1,) here",
        "d is float32 (5,) there and missing here",
    ]
    assert architecture_differences(here, {**here}) == []


def test_another_architecture_is_refused_with_the_list():
    here = {"generator": {"w": torch.zeros(3)}, "average": {"w": torch.zeros(3)}}
    state = {"images_seen": 1, "generator": {"w": torch.zeros(2)}}
    sentence = (
        r"another architecture; build .* What differs: generator w is float32 \(2,\) "
        r"there and float32 \(3,\) here; average w is missing there and .* here\."
    )
    with pytest.raises(ValueError, match=sentence):
        refuse_other_architecture(here, state)


def test_a_long_list_of_differences_is_cut():
    here = {"generator": {f"layer {n}": torch.zeros(1) for n in range(20)}}
    with pytest.raises(ValueError, match=r"layer 11 is .*; 8 more\.$"):
        refuse_other_architecture(here, {})
