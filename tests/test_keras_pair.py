"""The pair of notebook 05 in Keras, with our weights, gives our outputs."""

import os
import sys

import pytest
import torch

from gan_course.networks.mlp import Discriminator, Generator


@pytest.fixture(scope="module")
def keras(tmp_path_factory):
    if "keras" in sys.modules:
        pytest.fail("keras was imported before its backend and home could be chosen")
    os.environ["KERAS_BACKEND"] = "torch"
    os.environ["KERAS_HOME"] = str(tmp_path_factory.mktemp("keras"))
    return pytest.importorskip("keras")


def keras_generator(keras):
    layers = [keras.layers.Input((100,))]
    for width in (256, 512, 1024):
        layers += [keras.layers.Dense(width), keras.layers.LeakyReLU(0.2)]
    layers += [
        keras.layers.Dense(784, activation="tanh"),
        keras.layers.Reshape((28, 28, 1)),
    ]
    return keras.Sequential(layers)


def keras_discriminator(keras):
    layers = [keras.layers.Input((28, 28, 1)), keras.layers.Flatten()]
    for width in (1024, 512):
        layers += [keras.layers.Dense(width), keras.layers.LeakyReLU(0.2)]
    return keras.Sequential([*layers, keras.layers.Dense(1)])


def copy_weights(ours, theirs):
    linear = [m for m in ours.modules() if isinstance(m, torch.nn.Linear)]
    dense = [layer for layer in theirs.layers if hasattr(layer, "kernel")]
    for from_layer, to_layer in zip(linear, dense, strict=True):
        weights = from_layer.weight.detach().numpy().T, from_layer.bias.detach().numpy()
        to_layer.set_weights(weights)


@torch.no_grad()
def test_both_generators_draw_the_same(keras):
    torch.manual_seed(0)
    ours, theirs = Generator(), keras_generator(keras)
    copy_weights(ours, theirs)
    latents = torch.randn(8, 100)
    drawn = torch.as_tensor(theirs(latents)).cpu().permute(0, 3, 1, 2)
    assert (drawn - ours(latents)).abs().max() <= 1e-5
    assert theirs.count_params() == 1_486_352


@torch.no_grad()
def test_both_discriminators_answer_the_same(keras):
    torch.manual_seed(0)
    ours, theirs = Discriminator(), keras_discriminator(keras)
    copy_weights(ours, theirs)
    images = torch.rand(8, 1, 28, 28) * 2 - 1
    answers = torch.as_tensor(theirs(images.permute(0, 2, 3, 1))).cpu()
    assert (answers - ours(images)).abs().max() <= 1e-5
    assert theirs.count_params() == 1_329_153


def test_keras_3_warns_of_the_old_name_of_the_slope(keras):
    with pytest.warns(UserWarning, match="Use `negative_slope`"):
        keras.layers.LeakyReLU(alpha=0.2)
