"""Checks of the exercises of notebook 01, Compute with images as matrices."""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn.functional import conv2d

from gan_course.checks.exercise import Exercise, expect, expect_close, expect_tensor


@Exercise(
    todo="pick the wanted rows of one identity matrix, and columns of another",
    success="rows are picked from the left, columns from the right",
    hint="torch.eye(n) is the identity matrix; slices such as [2:5] pick rows of it "
    "and [:, 2:5] columns.",
)
def check_window_matrices(matrices: Callable[..., tuple[Tensor, Tensor]]) -> None:
    """L @ picture @ R is picture[top : top + height, left : left + width]."""
    picture = torch.arange(1.0, 41).view(5, 8)
    on_the_left, on_the_right = (
        part.float() if isinstance(part, Tensor) else part
        for part in matrices(picture, 1, 3, 2, 4)
    )
    expect(
        on_the_left.shape != (5, 5) and on_the_right.shape != (8, 8),
        "A square matrix keeps the size of the picture: leave out the rows of the "
        "identity matrix that pick nothing.",
    )
    expect(
        on_the_left.shape != (8, 4) or on_the_right.shape != (2, 5),
        "Your two matrices are swapped: rows are picked from the left.",
    )
    expect_tensor(on_the_left, (2, 5), "the left matrix, which picks 2 of 5 rows,")
    expect(
        on_the_right.shape != (4, 8),
        "The right matrix is lying on its side: what comes out has 4 columns, so it "
        "has 4 columns too, each of which picks one of the picture's 8.",
    )
    expect_tensor(on_the_right, (8, 4), "the right matrix, which picks 4 of 8 columns,")
    window = on_the_left @ picture @ on_the_right
    expect(
        not torch.equal(window, picture[:2, :4]),
        "That is the upper left corner of the picture; the window starts at row `top` "
        "and column `left`.",
    )
    expect(
        not torch.equal(window, picture[3:5, 1:5]),
        "`top` and `left` are swapped: rows are counted from the top.",
    )
    expect_close(
        window,
        picture[1:3, 3:7],
        "The size is right, but the pixels are not: the first row must pick row `top`, "
        "counted from 0, the next one row top + 1, and so on.",
    )


@Exercise(
    todo="say when nothing helps, and which saturation undoes s",
    success="the saturations multiply to 1, and grey stays grey",
    hint="Answer None first where nothing helps; mix takes the matrix, then the photo.",
)
def check_restore(restore: Callable[[Tensor, float], Tensor | None]) -> None:
    """`restore(M_s p, s)` is p, or None for s = 0."""
    photo = torch.rand(3, 4, 5) * 2 - 1
    grey = (torch.tensor([0.299, 0.587, 0.114]) @ photo.view(3, -1)).view(1, 4, 5)
    answers = {s: restore(grey + s * (photo - grey), s) for s in (0.5, 1.6, -0.4, 0.05)}
    expect(
        all(answer is not None for answer in answers.values()),
        "You give up on a saturation that can be undone: only one number s has no "
        "number to multiply it by to reach 1.",
    )
    strong = answers[1.6]
    expect_tensor(strong, (3, 4, 5), "the restored photo")

    def is_mixed_with(a: float) -> bool:
        return torch.allclose(strong, grey + a * (photo - grey), atol=1e-4)

    expect(not is_mixed_with(1.6), "With saturation 1 the photo stays as it is.")
    expect(
        not is_mixed_with(1.6**2),
        "You applied M_s a second time: M_s M_s = M of s times s.",
    )
    expect(
        not is_mixed_with(1.6 * (2 - 1.6)) and not is_mixed_with(1.6 * (1 - 1.6)),
        "A photo of saturation 1.6 does not come back: the saturations multiply, so "
        "s times yours must be 1; they do not add up to 2 or to 1.",
    )
    expect(
        not is_mixed_with(-(1.6**2)),
        "Minus s turns every colour into its opposite: it does not undo s.",
    )
    expect_close(
        answers[0.5],
        photo,
        "A photo of saturation ½ does not come back: which number times s is 1?",
    )
    expect_close(strong, photo, "A photo of saturation ½ comes back, one of 1.6 not.")
    expect_close(answers[-0.4], photo, "One of saturation -0.4 does not come back.")
    expect_close(
        answers[0.05],
        photo,
        "A photo of saturation 0.05 can be brought back as well.",
        tolerance=1e-2,
    )
    lost = restore(grey.expand(3, 4, 5), 0)
    expect(
        lost is None,
        "At s = 0 all colours are gone: return None, and do not divide by 0.",
    )


@Exercise(
    todo="let the windows start everywhere they fit, and lay the kernel into each",
    success="T with a stride slides as conv2d does",
    hint="`height` goes with `top` and `width` with `left`; range stops before its "
    "end.",
)
def check_strided_matrix(strided_matrix: Callable[..., Tensor]) -> None:
    """`strided_matrix(K, H, W, s)` @ x is conv2d(x, K, stride=s)."""
    picture, kernel = torch.randn(9, 12), torch.randn(3, 3)

    def reference(stride: int) -> Tensor:
        slid = conv2d(picture[None, None], kernel[None, None], stride=stride)
        return slid.flatten()

    plain = strided_matrix(kernel, 9, 12, 1)
    expect(
        plain.abs().sum() > 0,
        "All entries of your matrix are 0: the kernel must be laid into each padded "
        "row.",
    )
    expect(
        len(plain) != 6 * 9,
        "At stride 1 the last row and the last column of windows are missing: a window "
        "may start at height - k, and range stops before its end.",
    )
    expect_tensor(plain, (70, 108), "the matrix for 9 × 12 pixels, k = 3 and stride 1")
    expect(
        not torch.allclose(plain, plain[:1].expand_as(plain)),
        "Every row of your matrix is the same: the kernel must move with `top` and "
        "`left`.",
    )
    slid = conv2d(picture.view(1, 1, 12, 9), kernel[None, None]).flatten()
    expect(
        not torch.allclose(plain @ picture.flatten(), slid, atol=1e-4),
        "Your matrix takes the picture for one of 12 × 9 pixels: `height` goes with "
        "`top`, `width` with `left`.",
    )
    expect_close(
        plain @ picture.flatten(),
        reference(1),
        "At stride 1 the matrix must be that of `sliding_matrix`: lay the kernel, as "
        "it is, over rows top … top + k - 1 and columns left … left + k - 1.",
    )
    double = strided_matrix(kernel, 9, 12, 2)
    expect(
        len(double) != 2 * 3,
        "At stride 2 windows are missing: the end of range is a place in the picture, "
        "not a number of windows.",
    )
    expect_tensor(double, (20, 108), "the matrix for stride 2 (4 × 5 windows)")
    expect_close(
        double @ picture.flatten(),
        reference(2),
        "There are as many windows as there should be at stride 2, but they do not "
        "start at rows and columns 0, 2, 4, …: `top` and `left` count pixels already.",
    )


@Exercise(
    todo="compute the energy of each term, and the share that the first R terms hold",
    success="the first terms that hold the share are counted",
    hint="cumsum(0) of a tensor returns the sums of its first 1, 2, 3, … numbers.",
)
def check_smallest_rank(smallest_rank: Callable[[Tensor, float], int]) -> None:
    """`smallest_rank(A, share)` is the least K with Σ_{k≤K} σ² ≥ share · Σ σ²."""
    left = torch.linalg.qr(torch.randn(6, 6, dtype=torch.float64)).Q
    right = torch.linalg.qr(torch.randn(5, 5, dtype=torch.float64)).Q
    values = torch.tensor([6.0, 4.0, 3.0, 2.0, 1.0], dtype=torch.float64)  # energy 66
    matrix = left[:, :5] * values @ right
    shares = (0.5, 0.75, 0.9, 0.99)
    answers = [smallest_rank(matrix, share) for share in shares]
    expect(
        answers != [2, 3, 4, 5],
        "That is the rank at which the singular values themselves add up to the share; "
        "an energy is their square.",
    )
    expect(
        answers != [1, 1, 1, 1],
        "Your answer is always 1: `kept` must be a share of the whole energy, so "
        "divide by the sum.",
    )
    expect(
        not all(answer >= 5 for answer in answers),
        "Your answer is never below 5 for a matrix whose first term holds more than "
        "half of its energy: add up the energies of the first K terms with cumsum.",
    )
    flat = torch.full((4, 4), 3.0, dtype=torch.float64)
    expect(
        smallest_rank(flat + torch.eye(4), 0.9) <= 1,
        "A matrix of fours and threes is nearly of rank 1, but yours is not: did you "
        "subtract the mean? Here the matrix is taken as it is.",
    )
    expect(
        answers == [1, 2, 3, 5],
        "Energies of 36, 16, 9, 4 and 1 need 1, 2, 3 and 5 terms for shares of 0.5, "
        f"0.75, 0.9 and 0.99, but you find {', '.join(map(str, answers))}.",
    )
    expect(
        smallest_rank(7 * matrix, 0.75) == 2,
        "A matrix 7 times as large needs the same rank: divide by its own sum.",
    )
