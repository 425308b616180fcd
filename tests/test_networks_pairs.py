"""What every pair for images does, at every size and in every colour."""

import ast
import re
from functools import partial

import pytest
import torch
from torch.nn import functional as F
from torch.utils.flop_counter import FlopCounterMode

from gan_course.networks import convolutional, residual
from gan_course.networks.convolutional import UPSAMPLINGS
from gan_course.penalties import r1_penalty
from gan_course.training import Penalty, Trainer
from tests.training_toys import assert_equal_states

LAST = torch.channels_last
PAIRS = {"residual": (residual.Generator, residual.Discriminator)} | {
    name: (
        partial(convolutional.Generator, upsampling=name),
        convolutional.Discriminator,
    )
    for name in UPSAMPLINGS
}
EACH = pytest.mark.parametrize("pair", PAIRS)
SIZES, COLOURS = (28, 32, 64), (1, 3)
KINDS = [
    pytest.param(size, channels, id=f"{size}x{channels}")
    for size in SIZES
    for channels in COLOURS
]
EACH_KIND = pytest.mark.parametrize(("size", "channels"), KINDS)
ROW = re.compile(r"^    (Generator|Discriminator)\((.*?)\) +([\d,]+) +([\d.]+)$", re.M)


def small(pair, size, channels, latent_size=7):
    generator, discriminator = PAIRS[pair]
    networks = (
        generator(latent_size, size, channels, 4),
        discriminator(size, channels, 4),
    )
    return [network.to(memory_format=LAST) for network in networks]


def trainer_of(pair, size, channels, *, seed=0, **options):
    torch.manual_seed(0)
    images = torch.randint(0, 256, (8, channels, size, size), dtype=torch.uint8)
    torch.manual_seed(seed)
    networks = small(pair, size, channels)
    penalties = {"R1": Penalty(r1_penalty)}
    return Trainer(*networks, images, batch_size=4, penalties=penalties, **options)


@EACH
@EACH_KIND
def test_each_kind_draws_judges_trains_and_comes_back_from_a_file(
    pair, size, channels, tmp_path
):
    trained = trainer_of(pair, size, channels, seed=1)
    before = {name: value.clone() for name, value in trained.state()["average"].items()}
    trained.train(until=8)  # a block's first two weights move in the second step
    drawn = trained.generator(100 * torch.randn(3, 7))
    assert drawn.shape == (3, channels, size, size) and drawn.abs().max() <= 1
    assert trained.discriminator(drawn).shape == (3, 1)
    state = trained.state()
    for name, old in before.items():
        assert not torch.equal(state["generator"][name], old), f"{name} did not move"
    trained.save(tmp_path / "run.safetensors")
    other = trainer_of(pair, size, channels, seed=2)
    other.load(tmp_path / "run.safetensors")
    assert_equal_states(other.state(), state)
    for trainer in (trained, other):
        trainer.train(until=12)
    assert_equal_states(other.state(), trained.state())


@EACH
def test_r1_reaches_every_weight_of_the_discriminator(pair):
    _, discriminator = small(pair, 28, 1)
    with torch.no_grad():  # blocks that start as no change hide their first weights
        for weights in discriminator.parameters():
            weights.add_(0.1 * torch.randn(weights.shape))
    images = torch.randn(4, 1, 28, 28, requires_grad=True)
    penalty = r1_penalty(images, discriminator(images))
    penalty.backward()
    slopes = {name: w.grad for name, w in discriminator.named_parameters()}
    for name, slope in slopes.items():
        if name.endswith("weight"):  # R1 does not depend on the last bias
            assert slope is not None and slope.abs().max() > 0, name


@EACH
def test_a_step_in_bf16_is_finite(pair):
    trainer = trainer_of(pair, 28, 1, precision="bf16")
    trainer.train(until=8)
    assert all(loss.isfinite() for loss in trainer.losses.values())
    state = trainer.state()
    for section in ("generator", "discriminator"):
        assert all(value.isfinite().all() for value in state[section].values())


@EACH
@EACH_KIND
def test_the_first_images_and_logits_have_the_size_of_the_docstring(
    pair, size, channels
):
    least, most = (0.1, 0.6) if pair == "residual" else (0.02, 0.1)
    largest = 0.2
    generator, discriminator = PAIRS[pair]
    makes, judges = (
        generator(size=size, channels=channels, width=32),
        discriminator(size, channels),
    )
    seen = []
    makes.layers[-1].register_forward_hook(lambda _, before, made: seen.append(*before))
    spots = torch.rand(16, channels, 4, 4) * 2 - 1
    with torch.no_grad():
        makes(torch.randn(16, 100))
        logits = judges(F.interpolate(spots, size=size))
    assert least < seen[0].std() < most
    assert largest / 400 < logits.abs().max() < largest


@EACH
def test_the_layout_in_memory_changes_no_result(pair):
    torch.manual_seed(0)
    for network, shape in zip(small(pair, 28, 3), [(2, 7), (2, 3, 28, 28)]):
        inputs = torch.randn(shape)
        expected = network.to(memory_format=torch.contiguous_format)(inputs)
        moved = network.to(memory_format=LAST)
        if len(shape) == 4:
            inputs = inputs.contiguous(memory_format=LAST)
        assert torch.allclose(moved(inputs), expected, atol=1e-5)


@EACH
def test_channels_stay_last_inside_the_generator(pair):
    generator, _ = small(pair, 32, 3)
    seen = []
    start = 3 if pair != "residual" else 1  # after codes or dense layers
    for layer in generator.layers[start:]:
        layer.register_forward_hook(lambda layer, inputs, made: seen.append(made))
    generator(torch.randn(2, 7))
    assert len(seen) >= 6
    assert all(maps.is_contiguous(memory_format=LAST) for maps in seen)


@EACH
def test_an_image_does_not_depend_on_the_others_of_its_batch(pair):
    generator, discriminator = small(pair, 28, 1)
    latents = torch.randn(3, 7)
    images = generator(latents)
    assert torch.allclose(generator(latents[:1]), images[:1], atol=1e-6)
    if pair != "residual":  # whose discriminator looks at the whole batch
        logits = discriminator(images)
        assert torch.allclose(discriminator(images[1:2]), logits[1:2], atol=1e-6)


def rows(module):
    """The table in a module's docstring: call, parameters, millions of products."""
    found = ROW.findall(module.__doc__)
    assert len(found) == module.__doc__.count("\n    Generator(") + (
        module.__doc__.count("\n    Discriminator(")
    )
    return [(module, *row) for row in found]


@pytest.mark.parametrize(
    ("module", "kind", "options", "parameters", "products"),
    [*rows(convolutional), *rows(residual)],
)
def test_the_tables_of_the_docstrings_are_right(
    module, kind, options, parameters, products
):
    call = ast.parse(f"f({options})", mode="eval").body
    values = {word.arg: ast.literal_eval(word.value) for word in call.keywords}
    network = getattr(module, kind)(**values)
    found = sum(weights.numel() for weights in network.parameters())
    assert f"{found:,}" == parameters
    shape = 1, values.get("channels", 1), values["size"], values["size"]
    inputs = torch.zeros(1, 100) if kind == "Generator" else torch.zeros(shape)
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        network(inputs)
    assert f"{counter.get_total_flops() / 2e6:.2f}" == products


@pytest.mark.parametrize(
    ("family", "kind", "options", "sentence"),
    [
        (
            convolutional,
            "Generator",
            {"size": 30},
            "=30; choose a multiple of 4 from 8",
        ),
        (convolutional, "Discriminator", {"size": 4}, "=4; choose a multiple of 4 fro"),
        (
            convolutional,
            "Generator",
            {"channels": 4},
            "channels=4; choose 1 for grey or",
        ),
        (convolutional, "Discriminator", {"channels": 0}, "channels=0"),
        (
            convolutional,
            "Generator",
            {"latent_size": 0},
            "latent_size=0; choose 1 or m",
        ),
        (convolutional, "Discriminator", {"width": 0}, "width=0; choose 1 or more"),
        (
            convolutional,
            "Generator",
            {"upsampling": "nearst"},
            "did you mean 'nearest'",
        ),
        (
            convolutional,
            "Generator",
            {"upsampling": "x"},
            "choose nearest, transposed-3",
        ),
        (residual, "Generator", {"size": 30}, "=30; choose 4, 5, 6 or 7 times a power"),
        (
            residual,
            "Discriminator",
            {"size": 36},
            "=36; choose 4, 5, 6 or 7 times a pow",
        ),
        (
            residual,
            "Discriminator",
            {"size": 7},
            "=7; choose 4, 5, 6 or 7 times a power",
        ),
        (
            residual,
            "Generator",
            {"size": 0},
            "=0; choose 4, 5, 6 or 7 times a power of",
        ),
        (
            residual,
            "Generator",
            {"channels": 2},
            "channels=2; choose 1 for grey or 3 fo",
        ),
        (residual, "Discriminator", {"width": 0}, "width=0; choose 1 or more"),
        (residual, "Generator", {"blocks": 0}, "blocks=0; choose 1 or more"),
        (residual, "Generator", {"latent_size": 0}, "latent_size=0; choose 1 or more"),
    ],
)
def test_an_impossible_argument_is_one_sentence(family, kind, options, sentence):
    with pytest.raises(ValueError, match=sentence) as caught:
        getattr(family, kind)(**options)
    assert "\n" not in str(caught.value)
