import pytest
import torch

from gan_course.networks.classifier import (
    FEATURES,
    plain_classifier,
    residual_classifier,
)
from gan_course.networks.mlp import Discriminator, Generator


def parameter_count(network):
    return sum(parameter.numel() for parameter in network.parameters())


def test_the_fully_connected_pair_has_the_published_sizes():
    assert parameter_count(Generator()) == 1_486_352
    assert parameter_count(Discriminator()) == 1_329_153


def test_the_generator_draws_images_in_the_range_of_tanh():
    images = Generator(latent_size=7)(100 * torch.randn(3, 7))
    assert images.shape == (3, 1, 28, 28)
    assert images.abs().max() <= 1


def test_the_discriminator_answers_with_one_logit_for_each_image():
    assert Discriminator()(torch.zeros(5, 1, 28, 28)).shape == (5, 1)


@pytest.mark.parametrize("build", [plain_classifier, residual_classifier])
def test_a_classifier_has_two_heads_on_one_layer_of_features(build):
    network = build(11, 9).eval()
    images = torch.rand(4, 1, 28, 28) * 2 - 1
    features, prediction = network.features(images), network(images)
    assert features.shape == (4, FEATURES)
    assert torch.equal(prediction.class_logits, network.class_head(features))
    assert torch.equal(prediction.family_logits, network.family_head(features))
    assert prediction.class_logits.shape == (4, 11)
    assert prediction.family_logits.shape == (4, 9)
