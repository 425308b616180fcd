"""What notebook 03 defines, claims and checks."""

import os

import pytest
import torch
from torch.nn.functional import cross_entropy

from gan_course.checks import networks_that_see as checks
from gan_course.datasets import load
from gan_course.images import to_float
from gan_course.networks.classifier import plain_classifier
from tests.exercise_answers import assert_checks_answers
from tests.notebook_source import (
    assert_broken_variants_cover,
    assert_claims_fail,
    broken_by,
)

NAME = "03_networks_that_see"

# Each claim and the broken variant under which it must fail. A variant changes single
# lines. Where nothing learns, fewer pictures change nothing and make the run short.
VARIANTS = {
    "nothing learns, and signs and layers are wrong": {
        'load("glyphs")': 'load("glyphs", count=640)',
        "count=2_000, split": "count=800, split",
        "budget(cpu=2, gpu=8)": "1",
        "budget(cpu=4, gpu=16)": "1",
        "budget(cpu=3, gpu=12)": "1",
        "epochs=100": "epochs=1",
        "weights.T + biases) - one_hot(labels, len(weights))": "weights.T + biases)",
        "learning_rate, losses = 1.0, []": "learning_rate, losses = 0.0, []",
        "[[0.0, 2.0], [-2.0, -1.0], [2.0, -0.5]]": "[[0.0, 9], [-9, -1], [9, -1]]",
        "(second(first(points)) - one": "(second(first(points).relu()) - one",
        "by_z = (excess @ W2) * (z > 0)": "by_z = excess @ W2",
        "2e-3 * (1 - seen / total)": "0.0",
        "- accuracy(learner, test_images, test_labels)": (
            "- accuracy(learner, images[:100], labels[:100])"
        ),
        "move(convolution(test_images[:100]), 3, -2)": (
            "move(convolution(test_images[:100]), 3, 2)"
        ),
        "nn.Linear(784, classes)": "nn.Linear(784, classes, bias=False)",
        "hidden = nn.Linear(784, 256)": "hidden = nn.Linear(784, 256, bias=False)",
        "kernel_size=3, padding=1": "kernel_size=3, padding=1, bias=False",
        "step_size = 0.5": "step_size = 0.0",
    },
    "readers are linear, judges are not; nothing moves, nothing is other": {
        "Convolutional(10)": "linear_network()",
        "linear_network(11)": "Convolutional(11).to(device)",
        "budget(cpu=3, gpu=12)": "1",
        "features = cnn.body(moved_tests)": "features = cnn(moved_tests)",
        "kernels = cnn.body[0][0].weight": "kernels = convolution.weight",
        "maps = cnn.body[0][:2](test_images[:1])": (
            "maps = convolution(test_images[:1])"
        ),
        "accuracy_when_moved(linear, 3)": "accuracy_when_moved(linear, 0)",
        "translate(images, 4 / 28, fill=-1)": "images",
        "epochs, with_others, live": "epochs, live=live",
        'naive = share_recognised(centred["CNN"], nothing)': (
            'naive = share_recognised(centred["CNN"], 0 * nothing)'
        ),
        "recognise(swayed)": "recognise(invented)",
        "recognise(invented).share": "recognise(swayed).share",
    },
}
FIRST, SECOND = VARIANTS
BROKEN = {
    "the gradient by hand is that of autograd": FIRST,
    "it found the weights of theory": FIRST,
    "it pays hardly more than the best": FIRST,
    "and even the best answer has a price": FIRST,
    "two linear layers are one": FIRST,
    "backpropagation by hand agrees too": FIRST,
    "a linear network reads unseen digits": FIRST,
    "from 100 digits one learns them all": FIRST,
    "and reads others less well": FIRST,
    "moved by three pixels, most are misread": SECOND,
    "moving and filtering can be swapped": FIRST,
    "parameters of the linear network": FIRST,
    "parameters of the MLP": FIRST,
    "parameters of the CNN": FIRST,
    "three pixels, never seen moved: the CNN": FIRST,
    "six pixels: the CNN is ahead of the MLP": FIRST,
    "moved digits, linear network": SECOND,
    "moved digits, MLP": FIRST,
    "moved digits, CNN": FIRST,
    "the CNN in type faces left out": FIRST,
    "of the spread of pixels, between digits": SECOND,
    "of the spread of features": FIRST,
    "ten classes only: digits in nothing": SECOND,
    "with the class other": SECOND,
    "the judge reads held-out digits": FIRST,
    "and those in type faces left out": FIRST,
    "of held-out digits it recognises": FIRST,
    "the linear judge recognises": SECOND,
    "even mean pictures are recognised": FIRST,
    "both judges recognise, or both do not": FIRST,
    "where both do, they read the same digit": FIRST,
    "our judge is sure of the next digit": FIRST,
    "and of digits in noise": FIRST,
    "the course's judge still reads the digits": SECOND,
    "and sees none in the noise": SECOND,
}
MNIST_ACCURACY, MNIST_EPOCHS = 0.98, 1


def test_every_claim_has_a_broken_variant():
    assert_broken_variants_cover(NAME, BROKEN)


@pytest.mark.parametrize("variant", VARIANTS)
def test_claims_fail_under_their_broken_variant(variant):
    named = broken_by(variant, BROKEN)
    assert_claims_fail(NAME, named, VARIANTS[variant])


@pytest.fixture(scope="module")
def shown(taught):
    """What the cells define, and the device, which they pick when they run."""
    taught["device"] = torch.device("cpu")
    return taught


def test_the_network_on_the_page_is_the_first_judge_of_the_package(shown):
    page, package = shown["Convolutional"](11), plain_classifier(11, 9)
    shared = {
        name: value
        for name, value in package.state_dict().items()
        if not name.startswith("family_head")
    }
    page.load_state_dict(shared)
    images = torch.rand(8, 1, 28, 28) * 2 - 1
    assert torch.equal(page.body(images), package.features(images))
    assert torch.equal(page(images), package(images).class_logits)


def test_softmax_on_the_page_is_that_of_pytorch(shown):
    logits = torch.randn(7, 5, dtype=torch.float64) * 3
    assert torch.allclose(shown["softmax"](logits), logits.softmax(dim=1))


def test_move_moves_by_whole_pixels_and_fills_with_black(shown):
    picture = torch.full((1, 1, 28, 28), -1.0)
    picture[0, 0, 5, 20] = 1
    right_down = shown["move"](picture, 3, 2)
    assert right_down.shape == picture.shape
    assert right_down[0, 0, 7, 23] == 1
    assert right_down.sum() == picture.sum()
    assert (shown["move"](picture, 8, 0) == -1).all()


def test_moved_pictures_stay_within_four_pixels(shown):
    dots = torch.full((500, 1, 28, 28), -1.0)
    dots[:, :, 14, 14] = 1
    moved, labels = shown["moved"](dots, torch.arange(500))
    places = (moved == 1).nonzero()[:, 2:] - 14
    assert places.min() == -4
    assert places.max() == 4
    assert torch.equal(labels, torch.arange(500))


def test_shuffled_pixels_are_the_pixels_of_each_picture(shown):
    images = torch.rand(6, 1, 28, 28)
    shuffled = shown["shuffled_pixels"](images)
    assert not torch.equal(shuffled, images)
    before, after = images.flatten(1), shuffled.flatten(1)
    assert torch.equal(before.sort().values, after.sort().values)


def test_shuffled_squares_are_squares_of_the_picture(shown):
    numbers = torch.arange(16.0).view(1, 1, 4, 4)
    images = numbers.repeat_interleave(7, dim=2).repeat_interleave(7, dim=3)
    squares = shown["shuffled_squares"](images).unfold(2, 7, 7).unfold(3, 7, 7)
    assert torch.equal(squares.amin(dim=(4, 5)), squares.amax(dim=(4, 5)))
    assert not torch.equal(squares[..., 0, 0], numbers)
    assert torch.equal(squares[..., 0, 0].flatten().sort().values, numbers.flatten())


@pytest.mark.skipif(
    not os.environ.get("GAN_COURSE_DATA"),
    reason="MNIST: GAN_COURSE_DATA names no folder that holds it",
)
def test_the_network_and_the_loop_on_the_page_read_mnist(shown):
    training, test = load("mnist"), load("mnist", split="held-out")
    network = shown["Convolutional"](10)
    images = to_float(training.images)
    shown["train"]({"CNN": network}, images, training.labels, MNIST_EPOCHS)
    accuracy = shown["accuracy"](network, to_float(test.images), test.labels)
    assert accuracy >= MNIST_ACCURACY


def test_safe_cross_entropy(solutions, stubs):
    def of(shift, log_sum):
        def loss(logits, labels):
            shifted = logits - shift(logits)
            right = shifted.gather(1, labels.unsqueeze(1)).squeeze(1)
            return (log_sum(shifted, logits) - right).mean()

        return loss

    def row(logits):
        return logits.amax(dim=1, keepdim=True)

    def right_sum(shifted, _):
        return shifted.exp().sum(dim=1).log()

    assert_checks_answers(
        checks.check_safe_cross_entropy,
        solution=solutions["safe_cross_entropy"],
        stub=stubs["safe_cross_entropy"],
        mistakes={
            "not shifted": of(lambda logits: 0, right_sum),
            "one shift for all rows": of(torch.max, right_sum),
            "the largest of each column": of(lambda x: x.amax(dim=0), right_sum),
            "the logit of the label": lambda x, y: of(
                lambda logits: logits.gather(1, y.unsqueeze(1)), right_sum
            )(x, y),
            "divided": lambda x, y: cross_entropy(x / row(x), y),
            "no keepdim": of(lambda x: x.amax(dim=1), right_sum),
            "the sum of the logits as they were": of(row, lambda _, x: x.logsumexp(1)),
            "no logarithm": of(row, lambda s, _: s.exp().sum(dim=1)),
            "the sum over the batch": of(row, lambda s, _: s.exp().sum(dim=0).log()),
            "no powers": of(row, lambda s, _: s.sum(dim=1)),
            "the mean of the powers": of(row, lambda s, _: s.exp().mean(dim=1).log()),
            "no mean": lambda x, y: cross_entropy(x, y, reduction="none"),
        },
    )


def test_pixel_slopes(solutions, stubs):
    def of(by_z):
        return lambda x, W1, b1, W2, k: by_z(W2, W1 @ x + b1, k) @ W1

    def masked_by_the_pixels(x, W1, b1, W2, k):
        return (W2[k] @ W1) * (x > 0)

    def the_logit(x, W1, b1, W2, k):
        return W2[k] @ (W1 @ x + b1).clamp(min=0)

    def not_back_to_the_pixels(x, W1, b1, W2, k):
        return W2[k] * (W1 @ x + b1 > 0)

    def wrong_side(x, W1, b1, W2, k):
        return W1 @ (W2[k] * (W1 @ x + b1 > 0))

    assert_checks_answers(
        checks.check_pixel_slopes,
        solution=solutions["pixel_slopes"],
        stub=stubs["pixel_slopes"],
        mistakes={
            "no ReLU": of(lambda W2, z, k: W2[k]),
            "mask upside down": of(lambda W2, z, k: W2[k] * (z < 0)),
            "ReLU of z": of(lambda W2, z, k: W2[k] * z.clamp(min=0)),
            "no W2": of(lambda W2, z, k: (z > 0).to(z.dtype)),
            "all logits": of(lambda W2, z, k: W2.sum(dim=0) * (z > 0)),
            "another logit": of(lambda W2, z, k: W2[0] * (z > 0)),
            "a column of W2": of(lambda W2, z, k: W2[:, k] * (z > 0)),
            "masked by the pixels": masked_by_the_pixels,
            "the logit itself": the_logit,
            "stopped at the hidden layer": not_back_to_the_pixels,
            "W1 on the wrong side": wrong_side,
        },
    )


def test_receptive_field(solutions, stubs):
    def of(widen, following):
        def receptive_field(layers):
            size, step = 1, 1
            for kernel, stride in layers:
                size += widen(kernel, stride, step)
                step = following(step, stride)
            return size

        return receptive_field

    def right(kernel, stride, step):
        return (kernel - 1) * step

    def times(step, stride):
        return step * stride

    assert_checks_answers(
        checks.check_receptive_field,
        solution=solutions["receptive_field"],
        stub=stubs["receptive_field"],
        mistakes={
            "the whole kernel": of(lambda k, s, step: k * step, times),
            "no step": of(lambda k, s, step: k - 1, times),
            "the stride of its own layer": of(lambda k, s, step: (k - 1) * s, times),
            "step is the stride": of(right, lambda step, stride: stride),
            "strides added": of(right, lambda step, stride: step + stride),
            "always one": of(lambda k, s, step: 1, times),
            "always two": of(lambda k, s, step: 2 * step, times),
        },
    )


def test_the_receptive_field_is_what_autograd_finds(solutions, shown):
    stages = torch.nn.Sequential(*(shown["stage"](1, 1) for _ in range(3)))
    for parameter in stages.parameters():
        torch.nn.init.constant_(parameter, 1.0)
    seen = torch.zeros(56, 56, dtype=torch.bool)
    for _ in range(200):  # pooling sees the largest of its square, another each time
        picture = torch.rand(1, 1, 56, 56, requires_grad=True)
        (slopes,) = torch.autograd.grad(stages(picture)[0, 0, 3, 3], picture)
        seen |= slopes[0, 0] > 0
    rows = seen.any(dim=1).nonzero()
    size = solutions["receptive_field"]([(3, 1), (2, 2)] * 3)
    assert rows.max() - rows.min() + 1 == size


def test_confusion(solutions, stubs):
    def of(divide, entries=lambda classes: classes * classes, swapped=False):
        def confusion(labels, named, classes):
            if swapped:
                labels, named = named, labels
            pairs = labels * classes + named
            counts = pairs.bincount(minlength=entries(classes)).view(classes, classes)
            return divide(counts)

        return confusion

    def by_row(counts):
        return counts / counts.sum(dim=1, keepdim=True)

    assert_checks_answers(
        checks.check_confusion,
        solution=solutions["confusion"],
        stub=stubs["confusion"],
        mistakes={
            "counts": of(lambda counts: counts / 1),
            "all pictures": of(lambda counts: counts / counts.sum()),
            "columns": of(lambda counts: counts / counts.sum(dim=0)),
            "no keepdim": of(lambda counts: counts / counts.sum(dim=1)),
            "the number of classes": of(lambda counts: counts / len(counts)),
            "the largest": of(lambda counts: counts / counts.max()),
            "labels and names swapped": of(by_row, swapped=True),
            "one number a class": of(by_row, entries=lambda classes: classes),
        },
    )
