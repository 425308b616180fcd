"""Checks of the exercises of notebook 03, Teach a network to see."""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from gan_course.checks.exercise import Exercise, expect, expect_close, expect_tensor


@Exercise(
    todo="move the logits of each row, and write the logarithm of the sum",
    success="the loss is right at small logits and finite at huge ones",
    hint="Logits are (N, classes): what you subtract must be (N, 1), so keep the "
    "dimension; log_sum is (N,), one number a row.",
)
def check_safe_cross_entropy(loss: Callable[[Tensor, Tensor], Tensor]) -> None:
    """`loss(logits, labels)` is the mean of log Σ exp(ℓ_j) - ℓ_y, at any logits."""
    logits = torch.tensor([[1.0, 2.0, 0.5], [0.0, -1.0, 3.0]]).double()
    logits = torch.cat([logits, logits.flip(1) - 1])
    labels = torch.tensor([1, 0, 2, 1])
    value = loss(logits, labels)
    expect(
        not (isinstance(value, Tensor) and value.ndim == 0 and value.isnan()),
        "The loss of moderate logits is NaN, the logarithm of a negative number: add "
        "up the powers exp(shifted), not the logits.",
    )
    expect_tensor(value, (), "the loss")
    _explain_wrong_loss(value, logits, labels)
    huge = torch.tensor([[1000.0, 0.0, 0.0], [1000.0, -1000.0, 500.0]])
    steep = loss(huge, torch.tensor([0, 0]))
    expect(
        steep.isfinite(),
        "With logits of ±1000 your loss is not finite: subtract from each row its "
        "largest logit before exp().",
    )
    apart = loss(huge + torch.tensor([[0.0], [-3000.0]]), torch.tensor([0, 0]))
    expect(
        apart.isfinite(),
        "Where one row is far below another your loss is infinite: each row must lose "
        "its own largest logit, with amax(dim=1, keepdim=True).",
    )
    expect_close(apart, 0.0, "An answer that is sure and right must cost nothing.")
    wrong = loss(torch.tensor([[1000.0, -1000.0, 0.0]]), torch.tensor([1]))
    expect(
        wrong.isfinite(),
        "An answer that is sure and wrong costs infinitely much in your loss: it is "
        "the *largest* logit of each row that must become 0, not that of the label.",
    )
    expect_close(wrong, 2000.0, "A logit 2000 below the largest must cost 2000.")


def _explain_wrong_loss(value: Tensor, logits: Tensor, labels: Tensor) -> None:
    """Go on when the loss of moderate logits is right; otherwise say why not."""
    right = cross_entropy(logits, labels)
    by_column = cross_entropy(logits - logits.amax(dim=0), labels)
    largest = logits.amax(dim=1)
    shifted = logits - largest.unsqueeze(1)
    chosen = shifted.gather(1, labels.unsqueeze(1)).squeeze(1)
    no_logarithm = (shifted.exp().sum(dim=1) - chosen).mean()
    expect(
        not torch.isclose(value, by_column),
        "You subtracted the largest logit of each column, another number for each "
        "class; that changes the probabilities. Take the largest of each row, dim=1.",
    )
    divided = cross_entropy(logits / largest.unsqueeze(1), labels)
    expect(
        not torch.isclose(value, divided),
        "You divided by the largest logit; that changes the probabilities. Only what "
        "is *added* to all logits of a row cancels.",
    )
    expect(
        not torch.isclose(value, right + largest.mean()),
        "Your sum is over the logits as they were, and what it is compared with is "
        "shifted: use shifted in both places.",
    )
    expect(
        not torch.isclose(value, no_logarithm),
        "You have the sum of the powers; the formula wants its logarithm.",
    )
    expect(
        value >= 0,
        "Your loss is negative, but -log p never is: add up the powers exp(shifted) of "
        "all classes, also of the right one.",
    )
    expect_close(
        value,
        right,
        f"For four rows of moderate logits the loss is {right:.3f}, not {value:.3f}: "
        "log_sum is the logarithm of the sum of exp(shifted) over each row.",
    )


@Exercise(
    todo="take the slope back through ReLU, then through W1",
    success="the slope by every pixel is right, and depends on the sign of z only",
    hint="W1 is (hidden, pixels), W2 is (classes, hidden): v @ W1 is one number a "
    "pixel for a v with one number for each hidden unit.",
)
def check_pixel_slopes(pixel_slopes: Callable[..., Tensor]) -> None:
    """`pixel_slopes(x, W1, b1, W2, k)` is ∂ℓ_k/∂x = (W2[k] ⊙ [z > 0]) W1."""
    W1 = torch.randn(6, 5, dtype=torch.float64)
    W2 = torch.randn(3, 6, dtype=torch.float64)
    x = torch.tensor([0.4, -1.0, 0.3, 0.9, -0.2], dtype=torch.float64)
    signs = torch.tensor([1.0, -1.0, 1.0, -1.0, 1.0, 1.0], dtype=torch.float64)
    b1 = signs - W1 @ x  # so z is exactly ±1
    slopes = pixel_slopes(x, W1, b1, W2, 1)
    expect_tensor(slopes, (5,), "what you return for 5 pixels")
    on = signs > 0
    expect(
        not torch.allclose(slopes, W2[1] @ W1),
        "This is the slope of a network without ReLU: hidden numbers with z < 0 are "
        "cut off and must let no slope pass.",
    )
    expect(
        not torch.allclose(slopes, (W2[1] * ~on) @ W1),
        "Your mask is upside down: a slope passes where z is positive.",
    )
    expect(
        not torch.allclose(slopes, on.double() @ W1),
        "W2 does not occur: the slope of the logit by the hidden layer is row k of W2.",
    )
    expect(
        not torch.allclose(slopes, (W2.sum(dim=0) * on) @ W1),
        "You added up all logits; only logit k is asked for, which is row k of W2.",
    )
    expect(
        not torch.allclose(slopes, (W2[1] @ W1) * (x > 0)),
        "ReLU stands at the hidden layer: mask where z > 0, before W1, and not by the "
        "pixels.",
    )
    expect(
        not torch.allclose(slopes, (W2[0] * on) @ W1),
        "These are the slopes of logit 0; take row k of W2.",
    )
    expect(
        not torch.allclose(slopes, -(W2[1] * on) @ W1),
        "Your slopes have the wrong sign: a logit rises with its slope.",
    )
    expect_close(
        slopes,
        (W2[1] * on) @ W1,
        "The slopes differ from autograd's: multiply row k of W2 by [z > 0], entry by "
        "entry, and the result by W1.",
    )
    again = pixel_slopes(2 * x, W1, 2 * b1, W2, 1)  # twice z, the same signs
    expect_close(
        again,
        slopes,
        "Twice the z, with the same signs, must give the same slopes: only the sign of "
        "z counts, not its value.",
    )


@Exercise(
    todo="say by how much a layer widens the field, and how the step changes",
    success="each layer adds (kernel - 1) steps, and its stride multiplies the step",
    hint="kernel, stride, size and step are whole numbers.",
)
def check_receptive_field(receptive_field: Callable[[list], int]) -> None:
    """`receptive_field([(kernel, stride), …])`: size += (k - 1) · step, step *= s."""
    one = receptive_field([(3, 1)])
    expect(
        one != 4,
        "One 3 × 3 convolution sees 3 pixels, not 4: the first of the three neighbours "
        "is counted in size already, so two are new.",
    )
    expect(one == 3, f"One convolution with kernel 3 sees 3 pixels, not {one}.")
    two = receptive_field([(3, 1), (3, 1)])
    expect(
        two != 7,
        "With stride 1 the step stays as it is: strides multiply, they do not add up.",
    )
    expect(two == 5, f"Two convolutions with kernel 3 see 5 pixels, not {two}.")
    wider = receptive_field([(7, 1)])
    expect(
        wider == 7,
        f"One convolution with kernel 7 sees 7 pixels, not {wider}: a layer adds "
        "kernel - 1 steps, whatever its kernel.",
    )
    pooled = receptive_field([(3, 1), (2, 2)])
    expect(
        pooled != 5,
        "Convolution and pooling see 4 pixels, not 5: the stride of a layer counts for "
        "the layers after it, not for its own field.",
    )
    expect(
        pooled == 4,
        "A 3 × 3 convolution and then a 2 × 2 pooling see 3 + 1 = 4 pixels, "
        f"not {pooled}.",
    )
    three = receptive_field([(3, 1), (2, 2), (3, 1)])
    expect(
        three != 10,
        "The step grows with the stride of a layer, not with its kernel.",
    )
    expect(
        three != 6,
        "After a pooling neighbours lie two pixels apart, so the next convolution "
        "widens the field by 2 · 2: multiply by step.",
    )
    expect(three == 8, f"(3, 1), (2, 2), (3, 1) see 4 + 2 · 2 = 8 pixels, not {three}.")
    deep = receptive_field([(3, 1), (2, 2)] * 3)
    expect(
        deep != 14,
        "After two poolings neighbours lie four pixels apart, not two: the new step is "
        "the old one times the stride.",
    )
    expect(deep == 22, f"Three stages of our network see 22 pixels, not {deep}.")
    wide = receptive_field([(5, 3), (4, 2), (3, 1)])
    expect(wide == 26, f"(5, 3), (4, 2), (3, 1) see 5 + 9 + 12 pixels, not {wide}.")


@Exercise(
    todo="say how many pairs there can be, and divide the counts",
    success="each row holds the shares of one digit's pictures",
    hint="A table of `classes` classes has classes · classes entries, whether each "
    "occurs or not.",
)
def check_confusion(confusion: Callable[[Tensor, Tensor, int], Tensor]) -> None:
    """`confusion(labels, named, classes)[i, j]`: share of class i that was named j."""
    labels = torch.tensor([0, 0, 0, 0, 0, 1, 1, 2, 2, 2, 2, 2])
    named = torch.tensor([0, 0, 0, 0, 1, 1, 2, 0, 0, 1, 1, 1])
    counts = torch.tensor([[4.0, 1, 0], [0, 1, 1], [2, 3, 0]])
    table = confusion(labels, named, 3)
    expect_tensor(table, (3, 3), "the table")
    table = table.double()
    totals = torch.tensor([5.0, 2, 5])
    expect(
        not torch.allclose(table, counts.double()),
        "These are counts: divide each row by its sum to get shares.",
    )
    expect(
        not torch.allclose(table, (counts / 12).double()),
        "You divided by the number of all pictures; row i holds shares of the pictures "
        "of digit i only.",
    )
    expect(
        not torch.allclose(table, (counts / counts.sum(dim=0)).double()),
        "Your columns add up to 1: these are shares of the pictures that were *named* "
        "j. Divide by the sums over dim=1.",
    )
    expect(
        not torch.allclose(table, (counts / totals).double()),
        "The sums of the rows were laid out as a row, so each divided a column: keep "
        "the dimension with keepdim=True.",
    )
    expect(
        not torch.allclose(table, (counts / 3).double()),
        "You divided by the number of classes; divide each row by its own sum.",
    )
    by_name = counts / torch.tensor([6.0, 5, 1]).unsqueeze(1)
    expect(
        not torch.allclose(table, by_name.double()),
        "You divided row i by how often i was *named*; divide it by how many pictures "
        "of i there are, the sum of its counts.",
    )
    expect_close(table.sum(dim=1), 1.0, "Each row must add up to 1.")
    right = (counts / totals.unsqueeze(1)).double()
    expect_close(
        table, right, "Row i, column j is the share of digit i that was named j."
    )
