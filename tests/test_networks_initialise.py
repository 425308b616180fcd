import math

import pytest
import torch
from torch import nn

from gan_course.networks import convolutional, mlp
from gan_course.networks.initialise import he_initialise
from tests.notebook_source import definitions


@pytest.mark.parametrize("build", [mlp.Generator, mlp.Discriminator])
@pytest.mark.parametrize("gain", [1.0, 2.0])
def test_it_is_what_notebook_05_writes_out(build, gain):
    taught, ours = build(), build()
    torch.manual_seed(3)
    definitions("05")["fresh"](taught, gain=gain)
    torch.manual_seed(3)
    assert he_initialise(ours, gain=gain) is ours
    expected = taught.state_dict()
    for name, value in ours.state_dict().items():
        assert torch.equal(value, expected[name]), name


def test_weights_have_the_variance_of_the_formula_and_biases_are_zero():
    network = nn.Sequential(nn.Conv2d(16, 64, 5), nn.ReLU(), nn.Linear(300, 200))
    he_initialise(network)
    for layer, products in ((network[0], 16 * 25), (network[2], 300)):
        count = layer.weight.numel()
        expected = 2 / (1.04 * products)
        # The variance of N normal numbers has relative standard error √(2 / N).
        error = layer.weight.var().item() / expected - 1
        assert abs(error) < 4 * math.sqrt(2 / count)
        assert not layer.bias.any()


@pytest.mark.parametrize(("kernel", "stride", "groups"), [(4, 2, 1), (3, 1, 4)])
def test_transposed_convolutions_keep_the_size_of_their_inputs(kernel, stride, groups):
    layer = nn.ConvTranspose2d(32, 16, kernel, stride, groups=groups)
    maps = torch.randn(4, 32, 24, 24)
    he_initialise(layer)
    made = layer(maps)[:, :, 4:-4, 4:-4]
    assert made.std().item() == pytest.approx(math.sqrt(2 / 1.04), rel=0.1)
    assert not layer.bias.any()


def test_only_the_first_layer_is_multiplied():
    once, thrice = convolutional.Generator(), convolutional.Generator()
    for network, gain in ((once, 1.0), (thrice, 3.0)):
        torch.manual_seed(0)
        he_initialise(network, gain)
    names = [name for name, _ in once.named_parameters() if name.endswith("weight")]
    assert len(names) == 4
    for place, name in enumerate(names):
        factor = 3 if place == 0 else 1
        expected = once.state_dict()[name] * factor
        assert torch.equal(thrice.state_dict()[name], expected), name


def test_signals_keep_their_size_through_a_deep_network():
    layers = [nn.Conv2d(1, 32, 3, padding=1), nn.LeakyReLU(0.2)]
    for _ in range(9):
        layers += [nn.Conv2d(32, 32, 3, padding=1), nn.LeakyReLU(0.2)]
    deep, images = nn.Sequential(*layers), torch.randn(16, 1, 24, 24)
    default = deep(images).std()
    he_initialise(deep)
    kept = deep(images).std()
    assert default < 0.1 < 0.2 < kept < 3


def test_a_layer_without_bias_and_other_layers_are_left_as_they_are():
    network = nn.Sequential(nn.BatchNorm1d(4), nn.Linear(4, 3, bias=False))
    network[0].weight.data.fill_(0.5)
    he_initialise(network)
    assert torch.equal(network[0].weight, torch.full((4,), 0.5))
    assert network[1].bias is None


def test_a_network_without_such_layers_is_refused():
    with pytest.raises(ValueError, match="Tanh has no dense and no convolutional"):
        he_initialise(nn.Tanh())
