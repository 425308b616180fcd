import pytest
import torch
from torch import nn

from gan_course.networks.convolutional import (
    UPSAMPLINGS,
    Discriminator,
    Generator,
    TransposedConvolution,
    UpsampledConvolution,
)

LAST = torch.channels_last


def parameter_count(network):
    return sum(weights.numel() for weights in network.parameters())


def two_operations(convolution):
    """What `UpsampledConvolution` says that it equals, with the same weights."""
    inputs, outputs = convolution.in_channels, convolution.out_channels
    plain = nn.Sequential(
        nn.Upsample(scale_factor=2), nn.Conv2d(inputs, outputs, 3, padding=1)
    )
    plain[1].load_state_dict(convolution.state_dict())
    return plain.to(convolution.weight.dtype)


@pytest.mark.parametrize("shape", [(2, 3, 4, 4), (1, 3, 1, 1), (1, 3, 5, 2)])
@pytest.mark.parametrize("layout", [torch.contiguous_format, LAST])
def test_an_upsampled_convolution_equals_its_two_operations(shape, layout):
    one = UpsampledConvolution(3, 5).double().to(memory_format=layout)
    two = two_operations(one)
    results = []
    for network in (one, two):
        maps = torch.linspace(-1, 2, 3 * shape[0] * shape[2] * shape[3]).double()
        maps = maps.sin().view(shape).requires_grad_()
        made = network(maps)
        wanted = (maps, *network.parameters())
        results.append([made, *torch.autograd.grad(made.pow(3).sum(), wanted)])
    for fast, slow in zip(*results):
        assert torch.allclose(fast, slow, rtol=1e-12, atol=1e-12)


def test_an_upsampled_convolution_can_be_differentiated_twice():
    convolution = UpsampledConvolution(2, 2).double()
    maps = torch.randn(1, 2, 3, 3, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradgradcheck(lambda at: convolution(at).pow(2), maps)


def test_the_pair_has_the_published_sizes():
    dense = 101 * 128 * 8 * 8
    stages = (9 * 128 + 1) * 128 + (9 * 128 + 1) * 64 + (9 * 64 + 1) * 1
    assert parameter_count(Generator()) == dense + stages == 1_049_345
    strided = (9 + 1) * 16 + (9 * 16 + 1) * 32 + (9 * 32 + 1) * 64 + (9 * 64 + 1) * 128
    assert parameter_count(Discriminator()) == strided + 4 * 128 + 1 == 97_665


def doubled(name, maps=1):
    """What an upsampling makes of constant maps, away from the border."""
    layer = UPSAMPLINGS[name](maps, 1)
    return layer, lambda: layer(torch.ones(1, maps, 6, 6)).detach()[0, 0, 3:-3, 3:-3]


@pytest.mark.parametrize(
    ("name", "products"),
    [("transposed-3", {1, 2, 4}), ("transposed-4", {4}), ("transposed-5", {4, 6, 9})],
)
def test_patches_overlap_as_the_docstring_says(name, products):
    layer, make = doubled(name)
    nn.init.ones_(layer.weight)
    nn.init.zeros_(layer.bias)
    assert set(make().flatten().tolist()) == products


def test_only_the_nearest_neighbours_leave_no_checkerboard():
    for name in UPSAMPLINGS:
        _, make = doubled(name, maps=8)
        pattern = make()
        spread = pattern.std().item()
        assert spread < 1e-6 if name == "nearest" else spread > 0.05, name
        # Whatever pattern there is, it repeats every two pixels.
        assert torch.allclose(pattern[:-2, :-2], pattern[2:, 2:], atol=1e-6)


@pytest.mark.parametrize("kernel", [3, 4, 5])
def test_a_transposed_convolution_begins_with_results_as_large_as_a_convolution(kernel):
    maps = torch.randn(4, 32, 16, 16)
    layers = TransposedConvolution(32, 8, kernel), UpsampledConvolution(32, 8)
    transposed, nearest = (layer(maps).std().item() for layer in layers)
    assert transposed == pytest.approx(3**-0.5, rel=0.1)
    assert nearest == pytest.approx(3**-0.5, rel=0.1)
