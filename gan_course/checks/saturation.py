"""Check of the saturation ratio, the third exercise of notebook 04."""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn.functional import logsigmoid

from gan_course.checks.exercise import Exercise, expect, expect_close, expect_tensor


@Exercise(
    todo="write the saturation ratio of each point, and use it",
    success="every point has the pull that the non-saturating loss gives it",
    hint="`slopes` is (N, 2) and `fake_logits` (N, 1), so their product is (N, 2).",
)
def check_with_full_pull(with_full_pull: Callable[[Tensor, Tensor], Tensor]) -> None:
    """`with_full_pull(slopes, logits)` is slopes · (1 - D) / D = slopes · exp(-ℓ)."""
    points = torch.tensor([[0.5, -1.0], [2.0, 0.3], [-1.2, 0.8]], dtype=torch.float64)
    points.requires_grad_()
    logits = (points.square() @ points.new_tensor([0.7, -0.4]) + points[:, 0])[:, None]
    (slopes,) = torch.autograd.grad(
        logsigmoid(-logits).sum(), points, retain_graph=True
    )
    (right,) = torch.autograd.grad(-logsigmoid(logits).sum(), points)
    logits = logits.detach()
    D = torch.sigmoid(logits)
    handed = slopes.clone(), logits.clone()
    given = with_full_pull(*handed)
    expect(
        torch.equal(handed[0], slopes) and torch.equal(handed[1], logits),
        "Your function changed the slopes or logits that it was given: make a new "
        "tensor, with ratio * slopes.",
    )
    expect_tensor(given, (3, 2), "what you return for 3 points of the plane")
    wrongs = (
        (
            slopes * D / (1 - D),
            "Your ratio is upside down: where D is sure that a point is generated, D "
            "near 0, the zero-sum slope is too small and must be made larger.",
        ),
        (
            -right,
            "The sign is wrong: both forms pull every point in the same direction.",
        ),
        (slopes * (1 - D), "The zero-sum slope holds a factor D already; divide by D."),
        (slopes / D, "This is the slope of -ℓ itself: the factor 1 - D is missing."),
        (slopes, "Nothing has changed: multiply the slopes by the ratio."),
        (
            slopes * (1 - logits) / logits,
            "D is not the logit: the ratio (1 - D) / D wants D = sigmoid(logit).",
        ),
        (
            slopes * ((1 - D) / D).mean(),
            "Each point has a ratio of its own; you used their mean for all.",
        ),
        (
            (1 - D) / D + slopes * 0,
            "This is the ratio alone: multiply it by the slopes.",
        ),
        (
            slopes + (1 - D) / D,
            "The ratio is a factor: multiply the slopes by it, do not add it.",
        ),
    )
    for wrong, sentence in wrongs:
        expect(not torch.allclose(given, wrong), sentence)
    expect_close(
        given,
        right,
        "The slopes are not those of the non-saturating form: multiply each point's "
        "by its (1 - D) / D.",
        tolerance=1e-8,
    )
    sure = torch.tensor([[-30.0], [-12.0], [12.0]], dtype=torch.float64)
    direction = torch.tensor([[0.6, -0.8]], dtype=torch.float64)
    expect_close(
        with_full_pull(-torch.sigmoid(sure) * direction, sure.clone()),
        -torch.sigmoid(-sure) * direction,
        "Where D is surest, at logits of -12 and -30, the pull is not given back: the "
        "ratio is huge there and must not be cut off.",
        tolerance=1e-6,
    )
