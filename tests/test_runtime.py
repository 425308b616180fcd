import random

import numpy
import pytest
import torch

from gan_course import runtime
from gan_course.runtime import budget, pick_device, seed_everything


@pytest.fixture
def only_cpu(monkeypatch):
    monkeypatch.setattr(runtime, "_available_devices", lambda: ["cpu"])


@pytest.fixture
def with_gpus(monkeypatch):
    devices = ["cuda", "cuda:0", "cuda:1", "cpu"]
    monkeypatch.setattr(runtime, "_available_devices", lambda: devices)


def test_the_device_is_the_best_there_is(with_gpus):
    assert pick_device() == torch.device("cuda")
    assert pick_device("cpu") == torch.device("cpu")
    assert pick_device("cuda:1") == torch.device("cuda:1")


def test_the_variable_chooses_unless_the_call_does(with_gpus, monkeypatch):
    monkeypatch.setenv("GAN_COURSE_DEVICE", " CPU ")
    assert pick_device() == torch.device("cpu")
    assert pick_device("cuda") == torch.device("cuda")


@pytest.mark.parametrize("name", ["gpu0", "cuda:", "cuda:x", "cpu:0", "tpu"])
def test_an_unknown_device_is_one_sentence(name, monkeypatch):
    monkeypatch.setenv("GAN_COURSE_DEVICE", name)
    with pytest.raises(ValueError, match=f"There is no device '{name}'; choose cpu"):
        pick_device()


def test_an_absent_device_is_one_sentence(only_cpu):
    with pytest.raises(ValueError, match=r"has no 'cuda:7'; choose one of cpu, or"):
        pick_device("cuda:7")


def test_the_devices_of_this_machine_end_in_its_cpu():
    assert runtime._available_devices()[-1] == "cpu"


def draws():
    return random.random(), float(numpy.random.rand()), torch.rand(()).item()


def test_a_seed_repeats_every_generator():
    assert seed_everything(7) == 7
    first = draws()
    seed_everything(7)
    assert draws() == first
    seed_everything(8)
    assert all(one != other for one, other in zip(draws(), first, strict=True))


def test_the_variable_shifts_the_seed(monkeypatch):
    seed_everything(10)
    plain = draws()
    monkeypatch.setenv("GAN_COURSE_SEED", "3")
    assert seed_everything(7) == 10
    assert draws() == plain


@pytest.mark.parametrize("text", ["abc", "-1", "1.5", "²"])
def test_a_shift_that_is_no_number_is_one_sentence(text, monkeypatch):
    monkeypatch.setenv("GAN_COURSE_SEED", text)
    with pytest.raises(ValueError, match=f"GAN_COURSE_SEED is '{text}'; set it to"):
        seed_everything()


@pytest.mark.parametrize("seed", [-1, 2**32, 1.5, "1", True])
def test_a_seed_out_of_range_is_one_sentence(seed):
    with pytest.raises(ValueError, match="choose a whole number"):
        seed_everything(seed)


def test_the_budget_follows_the_device(with_gpus, monkeypatch):
    assert budget(cpu=10, gpu=100) == 100
    monkeypatch.setenv("GAN_COURSE_DEVICE", "cpu")
    assert budget(cpu=10, gpu=100) == 10
    assert budget(cpu=numpy.int64(3), gpu=100) == 3


@pytest.mark.parametrize("cpu", [0, -5])
def test_a_budget_of_nothing_is_one_sentence(cpu):
    with pytest.raises(ValueError, match=f"budget cpu={cpu} trains nothing"):
        budget(cpu=cpu, gpu=1)


@pytest.mark.parametrize("gpu", [1e4, "12", None, True])
def test_a_budget_is_a_whole_number_also_where_it_is_not_used(gpu):
    with pytest.raises(ValueError, match=r"gpu budget is .*; choose a whole number"):
        budget(cpu=1, gpu=gpu)
