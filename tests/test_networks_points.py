import pytest
import torch
from torch import nn

from gan_course.networks.points import PointDiscriminator, PointGenerator, mlp


def parameter_count(network):
    return sum(weights.numel() for weights in network.parameters())


@pytest.mark.parametrize("layers", [1, 2, 4])
def test_a_stack_has_as_many_hidden_layers_as_asked_for(layers):
    network = mlp(3, 5, width=7, layers=layers)
    linear = [layer for layer in network if isinstance(layer, nn.Linear)]
    sizes = [(layer.in_features, layer.out_features) for layer in linear]
    assert sizes == [(3, 7), *[(7, 7)] * (layers - 1), (7, 5)]
    assert len(network) == 2 * layers + 1  # no activation after the last
    assert network(torch.zeros(4, 3)).shape == (4, 5)


def test_no_hidden_layer_leaves_a_linear_map():
    (only,) = mlp(3, 5, width=7, layers=0)
    inputs = torch.randn(4, 3)
    assert torch.allclose(only(inputs), inputs @ only.weight.T + only.bias)


def test_the_hidden_layers_are_rectified_and_the_output_is_not():
    network = mlp(1, 1, width=1, layers=1)
    with torch.no_grad():
        for layer in (network[0], network[2]):
            layer.weight.fill_(1)
            layer.bias.fill_(-1)
    made = network(torch.tensor([[-10.0], [3.0]])).flatten().tolist()
    assert made == pytest.approx([-1, 1])


def test_the_pair_maps_latents_to_points_and_points_to_logits():
    generator, discriminator = PointGenerator(5, 16, 3), PointDiscriminator(16, 3)
    points = generator(torch.randn(6, generator.latent_size))
    assert points.shape == (6, 2) and discriminator(points).shape == (6, 1)
    assert parameter_count(generator) == 6 * 16 + 2 * 17 * 16 + 17 * 2
    assert parameter_count(discriminator) == 3 * 16 + 2 * 17 * 16 + 17


@pytest.mark.parametrize(
    ("build", "sentence"),
    [
        (lambda: PointGenerator(latent_size=0), "inputs=0; choose 1 or more"),
        (lambda: PointDiscriminator(width=0), "width=0; choose 1 or more"),
        (lambda: mlp(2, 0, width=4, layers=1), "outputs=0; choose 1 or more"),
        (lambda: PointGenerator(layers=-1), "layers=-1; choose 0 or more"),
    ],
)
def test_a_wrong_size_is_one_sentence(build, sentence):
    with pytest.raises(ValueError, match=sentence):
        build()
