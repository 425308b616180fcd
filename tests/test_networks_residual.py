import math

import pytest
import torch
from torch import nn

from gan_course.networks.residual import (
    GAIN,
    OPTIONS,
    Block,
    Codes,
    Discriminator,
    FirstMaps,
    Generator,
    Spread,
)


def blocks_of(network):
    return [layer for layer in network.modules() if isinstance(layer, Block)]


def wake(network):
    """Draw the weights that begin as 0, so that blocks are a change."""
    for block in blocks_of(network):
        nn.init.normal_(block.change[-1].weight, std=0.1)


@pytest.mark.parametrize("maps", [1, 2, 3, 8])
def test_a_block_begins_as_no_change(maps):
    block, inputs = Block(maps, total=3), torch.randn(2, maps, 5, 5)
    assert torch.equal(block(inputs), inputs)
    wake(block)
    assert not torch.allclose(block(inputs), inputs)


def test_a_new_generator_is_the_one_without_its_blocks():
    network, inputs = Generator(size=28), torch.randn(2, 100)
    plain = [layer for layer in network.layers if not isinstance(layer, Block)]
    assert len(network.layers) - len(plain) == 2
    assert torch.equal(network(inputs), nn.Sequential(*plain)(inputs))


@pytest.mark.parametrize("total", [1, 16])
def test_the_weights_of_a_block_have_the_size_of_the_formula(total):
    first, _, second, _, last = Block(128, total).change
    for layer, products in ((first, 128), (second, 9 * 64)):
        expected = GAIN * total ** (-1 / 4) / math.sqrt(products)
        count = layer.weight.numel()
        error = layer.weight.std().item() / expected - 1
        assert abs(error) < 4 / math.sqrt(2 * count)
        assert not layer.bias.any()
    assert not last.weight.any() and last.bias is None


def first_change(blocks, total):
    """How much a step of gradient descent changes the output of a stack of blocks."""
    torch.manual_seed(0)
    stack = nn.Sequential(*(Block(64, total) for _ in range(blocks)))
    inputs, aim = torch.randn(2, 4, 64, 6, 6).unbind()
    before = stack(inputs)
    (before * aim).mean().backward()
    with torch.no_grad():
        for weights in stack.parameters():
            weights -= weights.grad
        return (stack(inputs) - before).norm().item()


def test_depth_does_not_enlarge_the_first_step_which_it_would_without_the_scale():
    shallow = first_change(1, total=1)
    assert first_change(32, total=32) == pytest.approx(shallow, rel=0.5)
    assert first_change(32, total=1) > 16 * shallow


def test_every_block_knows_how_many_there_are():
    blocks = blocks_of(Generator(size=32, blocks=2))
    assert len(blocks) == 2 * 3  # sizes of 4, 8 and 16 pixels
    for block in blocks:
        first = block.change[0].weight
        expected = GAIN * 6**-0.25 / math.sqrt(first.shape[1])
        assert first.std().item() == pytest.approx(expected, rel=0.25)


def test_blocks_at_the_full_size_are_added_if_asked_for():
    plain, finer = (Generator(size=32, width=8, last_blocks=n) for n in (0, 2))
    assert len(blocks_of(finer)) == len(blocks_of(plain)) + 2
    assert [block.change[0].in_channels for block in blocks_of(finer)[-2:]] == [8, 8]
    assert isinstance(finer.layers[-4], Block)  # after the last doubling
    first = blocks_of(finer)[0].change[0].weight
    expected = GAIN * 5**-0.25 / math.sqrt(first.shape[1])
    assert first.std().item() == pytest.approx(expected, rel=0.25)
    with pytest.raises(ValueError, match="last_blocks=-1; choose 0 or more"):
        Generator(last_blocks=-1)


def test_a_code_says_which_of_its_latents_is_the_largest_and_no_more():
    latents = torch.randn(7, 2 * OPTIONS + 3, requires_grad=True)
    made = Codes(2)(latents)
    assert torch.equal(made[:, 2 * OPTIONS :], latents[:, 2 * OPTIONS :])
    for code in range(2):
        place = slice(code * OPTIONS, (code + 1) * OPTIONS)
        chosen = made[:, place]
        assert torch.equal(chosen.argmax(1), latents[:, place].argmax(1))
        assert ((chosen != 0).sum(1) == 1).all() and (chosen.amax(1) == 4).all()
    made.sum().backward()
    assert not latents.grad[:, : 2 * OPTIONS].any()
    assert (latents.grad[:, 2 * OPTIONS :] == 1).all()
    assert Codes(0)(latents) is latents


def test_all_choices_of_a_code_are_equally_frequent_and_of_mean_square_1():
    random = torch.Generator().manual_seed(0)
    made = Codes(1)(torch.randn(32_000, OPTIONS, generator=random))
    assert made.square().mean() == 1
    counts = (made > 0).sum(0).double()
    chi_squared = ((counts - 2_000).square() / 2_000).sum()
    assert chi_squared < 37.7  # 0.1 % of 15 degrees of freedom are larger


def test_pictures_jump_with_a_code_and_only_with_it():
    torch.manual_seed(0)
    generator = Generator(OPTIONS + 1, size=28, width=4, codes=1)
    latents = torch.zeros(4, OPTIONS + 1)
    latents[:, 3] = torch.tensor([1.0, 1.0, 1.0, 0.499])
    latents[:, 5] = torch.tensor([0.0, 0.9, 0.5, 0.501])
    with torch.no_grad():
        first, same, near, other = generator(latents)
    assert torch.equal(first, same) and torch.equal(first, near)
    assert not torch.allclose(first, other, atol=1e-3)


@pytest.mark.parametrize("codes", [-1, 3])
def test_codes_without_latents_are_one_sentence(codes):
    with pytest.raises(ValueError, match=f"codes={codes} and latent_size=40; choose"):
        Generator(40, codes=codes)


def test_the_first_maps_hold_all_numbers_of_the_dense_layers_channels_last():
    first = FirstMaps(5, maps=3, side=7)
    latents = torch.randn(2, 5)
    maps = first(latents)
    assert maps.shape == (2, 3, 7, 7)
    assert maps.is_contiguous(memory_format=torch.channels_last)
    numbers = first.layers(latents).view(2, 7, 7, 3)
    assert torch.equal(maps[1, 2], numbers[1, :, :, 2])


def test_the_spread_is_the_standard_deviation_over_the_batch():
    features = 3 * torch.randn(6, 4)
    beside = Spread()(features)
    assert torch.equal(beside[:, :4], features)
    expected = features.std(dim=0, correction=0).expand(6, 4)
    assert torch.allclose(beside[:, 4:], expected, atol=1e-6)
    alike = features[:1].expand(6, 4).clone().requires_grad_()
    seen = Spread()(alike)
    assert seen[:, 4:].max() <= 1.01e-4
    seen.sum().backward()
    assert alike.grad.isfinite().all()


@pytest.mark.parametrize("layers", [1, 2, 3])
def test_only_further_layers_weigh_an_image_by_the_spread_of_its_batch(layers):
    torch.manual_seed(0)
    judge = Discriminator(size=28, layers=layers).double()
    pair, others = torch.randn(2, 2, 1, 28, 28, dtype=torch.double).unbind()
    with torch.no_grad():
        alone, among = judge(pair), judge(torch.cat([pair, others]))[:2]
    moved = among - alone
    assert moved.abs().min() > 1e-6
    by_image = (moved[0] - moved[1]).abs().item()
    assert by_image < 1e-12 if layers == 1 else by_image > 1e-6


def test_the_discriminator_tells_a_batch_of_copies_from_a_varied_one():
    torch.manual_seed(0)
    judges, images = Discriminator(size=28), torch.rand(8, 1, 28, 28) * 2 - 1
    alone = judges(images[:1].repeat(8, 1, 1, 1))
    assert torch.allclose(alone, alone[0].expand_as(alone), atol=1e-6)
    with torch.no_grad():
        judges.layers[-1].weight[:, 256:] = 1  # how it rates what varies
        varied, copies = judges(images), judges(images[:1].repeat(8, 1, 1, 1))
    assert (varied > copies + 0.1).all()
    order = torch.randperm(8)
    assert torch.allclose(judges(images[order]), varied[order], atol=1e-5)


@pytest.mark.parametrize(
    ("size", "sides"),
    [(8, [4]), (28, [7, 14]), (40, [5, 10, 20]), (64, [4, 8, 16, 32])],
)
def test_sizes_are_doubled_from_the_first_maps_on(size, sides):
    generator = Generator(3, size, 1, 2)
    seen = []
    for block in blocks_of(generator):
        block.register_forward_hook(lambda block, inputs, made: seen.append(made))
    generator(torch.randn(1, 3))
    assert [maps.shape[-1] for maps in seen] == sides
    assert [maps.shape[1] for maps in seen][::-1] == [4, 8, 8, 8][: len(sides)]
