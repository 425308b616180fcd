import pytest
import torch
from torch import nn

from gan_course.networks.convolutional import (
    Discriminator,
    Generator,
    UpsampledConvolution,
)
from gan_course.penalties import r1_penalty
from gan_course.training import Penalty, Trainer
from tests.training_toys import assert_equal_states

LAST = torch.channels_last
KINDS = [(size, channels) for size in (28, 32, 64) for channels in (1, 3)]


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


@pytest.mark.parametrize(("size", "channels"), KINDS)
def test_each_kind_draws_judges_trains_and_comes_back_from_a_file(
    size, channels, tmp_path
):
    def trainer(seed):
        torch.manual_seed(seed)
        pair = Generator(7, size, channels, 4), Discriminator(size, channels, 2)
        penalties = {"R1": Penalty(r1_penalty)}
        return Trainer(*pair, images, batch_size=4, penalties=penalties)

    images = torch.randint(0, 256, (8, channels, size, size), dtype=torch.uint8)
    trained = trainer(1)
    before = {name: value.clone() for name, value in trained.state()["average"].items()}
    trained.train(until=4)
    drawn = trained.generator(100 * torch.randn(3, 7))
    assert drawn.shape == (3, channels, size, size) and drawn.abs().max() <= 1
    assert trained.discriminator(drawn).shape == (3, 1)
    state = trained.state()
    for name, old in before.items():
        assert not torch.equal(state["generator"][name], old), f"{name} did not move"
    trained.save(tmp_path / "run.safetensors")
    other = trainer(2)
    other.load(tmp_path / "run.safetensors")
    assert_equal_states(other.state(), state)


@pytest.mark.parametrize(
    ("build", "shape"), [(Generator, (2, 100)), (Discriminator, (2, 1, 32, 32))]
)
def test_the_layout_in_memory_changes_no_result(build, shape):
    network, inputs = build(), torch.randn(shape)
    expected = network(inputs)
    moved = network.to(memory_format=LAST)
    if len(shape) == 4:
        inputs = inputs.contiguous(memory_format=LAST)
    assert torch.allclose(moved(inputs), expected, atol=1e-5)


def test_channels_stay_last_inside_the_generator():
    generator = Generator(5, 16, 3, 4).to(memory_format=LAST)
    seen = []
    for layer in generator.layers[3:]:
        layer.register_forward_hook(lambda layer, inputs, made: seen.append(made))
    generator(torch.randn(2, 5))
    assert len(seen) == 6
    assert all(maps.is_contiguous(memory_format=LAST) for maps in seen)


def test_an_image_does_not_depend_on_the_others_of_its_batch():
    latents = torch.randn(3, 100)
    generator, discriminator = Generator(size=28), Discriminator(size=28)
    images = generator(latents)
    assert torch.allclose(generator(latents[:1]), images[:1], atol=1e-6)
    logits = discriminator(images)
    assert torch.allclose(discriminator(images[1:2]), logits[1:2], atol=1e-6)


@pytest.mark.parametrize(
    ("build", "options", "sentence"),
    [
        (Generator, {"size": 30}, "size=30; choose a multiple of 4 from 8"),
        (Discriminator, {"size": 4}, "size=4; choose a multiple of 4 from 8"),
        (Generator, {"channels": 4}, "channels=4; choose 1 for grey or 3 for RGB"),
        (Discriminator, {"channels": 0}, "channels=0"),
        (Generator, {"latent_size": 0}, "latent_size=0; choose 1 or more"),
        (Discriminator, {"width": 0}, "width=0; choose 1 or more"),
    ],
)
def test_a_wrong_size_is_one_sentence(build, options, sentence):
    with pytest.raises(ValueError, match=sentence):
        build(**options)
