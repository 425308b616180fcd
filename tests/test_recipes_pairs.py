"""The pairs of networks that a recipe of images can name, and how they begin."""

import pytest
import torch
from torch.nn import Conv2d, ConvTranspose2d, Linear

from gan_course.networks import convolutional, mlp, residual
from gan_course.recipes import build_trainer, changed, find, networks

GLYPHS, FIRST_GAN = find("glyphs"), find("first-gan")
TINY = ["count=64", "batch_size=4", "generator_width=4", "discriminator_width=4"]


@pytest.mark.parametrize(
    ("pair", "generator", "discriminator"),
    [
        ("convolutional", convolutional.Generator, convolutional.Discriminator),
        ("transposed", convolutional.Generator, convolutional.Discriminator),
        ("residual", residual.Generator, residual.Discriminator),
    ],
)
@pytest.mark.parametrize("name", ["glyphs", "portraits"])
def test_a_recipe_of_images_trains_any_pair_of_its_size(
    pair, generator, discriminator, name
):
    recipe = changed(find(name), [*TINY, f"pair={pair}"])
    shape = 16, recipe.channels, recipe.size, recipe.size
    images = torch.randint(0, 256, shape, dtype=torch.uint8)
    trainer = build_trainer(recipe, images)
    assert isinstance(trainer.generator, generator)
    assert isinstance(trainer.discriminator, discriminator)
    transposed = [
        m for m in trainer.generator.modules() if isinstance(m, ConvTranspose2d)
    ]
    assert {layer.kernel_size for layer in transposed} == (
        {(4, 4)} if pair == "transposed" else set()
    )
    trainer.train(until=8)
    assert all(loss.isfinite() for loss in trainer.losses.values())


def test_layers_of_the_residual_generator_are_its_blocks():
    recipe = changed(GLYPHS, [*TINY, "pair=residual"])

    def blocks(*changes):
        generator, _ = networks(changed(recipe, changes))
        return sum(isinstance(layer, residual.Block) for layer in generator.layers)

    assert blocks() == 2  # sizes of 7 and 14 pixels
    assert blocks("generator_layers=3") == 6
    assert blocks("last_blocks=1") == 3
    with pytest.raises(ValueError, match="blocks=0; choose 1 or more"):
        blocks("generator_layers=0")


def test_layers_of_the_residual_discriminator_are_its_dense_ones():
    recipe = changed(GLYPHS, [*TINY, "pair=residual"])
    for layers in (1, 3):
        _, discriminator = networks(changed(recipe, [f"discriminator_layers={layers}"]))
        dense = [m for m in discriminator.modules() if isinstance(m, Linear)]
        assert len(dense) == layers + 1
    with pytest.raises(ValueError, match="layers=0; choose 1 or more"):
        networks(changed(recipe, ["discriminator_layers=0"]))


def test_codes_of_a_recipe_are_those_of_the_generator():
    recipe = changed(GLYPHS, [*TINY, "pair=residual", "latent_size=40"])
    for codes in (0, 2):
        generator, _ = networks(changed(recipe, [f"codes={codes}"]))
        assert generator.layers[0].count == codes


def test_convolutions_run_channels_last():
    _, discriminator = networks(changed(GLYPHS, TINY))
    kernels = [m.weight for m in discriminator.modules() if isinstance(m, Conv2d)]
    kernel = kernels[1]
    assert kernel.is_contiguous(memory_format=torch.channels_last)
    assert not kernel.is_contiguous()


def test_the_first_gan_is_the_one_of_its_notebook():
    generator, discriminator = networks(FIRST_GAN, seed=4)
    assert isinstance(generator, mlp.Generator)
    assert isinstance(discriminator, mlp.Discriminator)
    first, second = (generator.layers[n].weight for n in (0, 2))
    # He: a standard deviation of √(2 / 1.04 m), the first layer's twice as large.
    assert first.std().item() == pytest.approx(2 * (2 / 104) ** 0.5, rel=0.02)
    assert second.std().item() == pytest.approx((2 / 266.24) ** 0.5, rel=0.02)
    assert discriminator.layers[1].bias.count_nonzero() == 0


def test_a_gain_of_none_keeps_the_initialisation_of_pytorch():
    generator, _ = networks(changed(FIRST_GAN, ["gain=none"]), seed=4)
    torch.manual_seed(4)
    assert torch.equal(generator.layers[0].weight, mlp.Generator().layers[0].weight)
