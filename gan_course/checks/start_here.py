"""Checks of the exercises of notebook 00, Start here."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from gan_course.checks.exercise import Exercise, expect, expect_close, expect_tensor


@Exercise(
    todo="compute the negative of the picture",
    success="black is white, white is black, and what lies between is mirrored",
    hint="`image` is a tensor of grey levels from 0 to 255; plain arithmetic works.",
)
def check_negative(negative: Callable[[Tensor], Tensor]) -> None:
    """`negative(image)` is 255 - image, in uint8."""
    image = torch.tensor([[0, 1, 100], [128, 254, 255]], dtype=torch.uint8)
    before = image.clone()
    answer = negative(image)
    expect_tensor(answer, (2, 3), "the negative")
    expect(
        torch.equal(image, before),
        "Your function changed the picture it was given; return a new one instead.",
    )
    expect(
        not (answer.dtype == torch.uint8 and torch.equal(answer, -image)),
        "uint8 counts in a circle of 256 numbers: -image, like 256 - image, makes "
        "255 of 1 but leaves 0 at 0. Start from the largest grey level and subtract.",
    )
    expect_close(
        answer,
        255 - image.int(),
        "Grey level 0 must become 255, 255 must become 0, and 100 must become 155.",
    )
    expect(
        answer.dtype == torch.uint8,
        f"The values are right, but the type is {answer.dtype}; grey levels stay "
        "torch.uint8 when you subtract from the whole number 255.",
    )


@Exercise(
    todo="turn -1 … +1 into 0 … 1, then take the mean of each picture",
    success="each picture has its own share of ink, from 0 (black) to 1 (white)",
    hint="`images` has the shape (N, 1, 28, 28); mean(dim=(1, 2, 3)) leaves N numbers.",
)
def check_ink(ink: Callable[[Tensor], Tensor]) -> None:
    """`ink(images)` is the mean of (x + 1) / 2 over each picture."""
    images = torch.full((4, 1, 28, 28), -1.0)
    images[1] = 1.0
    images[2, :, :14] = 1.0
    images[3, :, :7] = 0.0
    answer = ink(images)
    expect(
        not (isinstance(answer, Tensor) and answer.ndim == 0),
        "You return one number for all pictures together; take the mean over the "
        "dimensions 1, 2 and 3 only, and the first one stays.",
    )
    expect(
        not (isinstance(answer, Tensor) and answer.shape == (4, 1)),
        "One number for each picture and channel is left: average over the channels "
        "too, with dim=(1, 2, 3).",
    )
    expect_tensor(answer, (4,), "the ink")
    expect(
        answer[0] > -0.5,
        "A black picture has no ink, but you find a negative amount: its pixels are "
        "-1, so add 1 before you take the mean.",
    )
    expect(
        answer[1] < 1.5,
        "A white picture has ink 1, but you find more: after adding 1 the values run "
        "from 0 to 2, so halve them, and take the mean rather than the sum.",
    )
    expect_close(
        answer,
        torch.tensor([0.0, 1.0, 0.5, 0.125]),
        "Four test pictures (black, white, half white, a quarter grey) must give "
        "0, 1, 0.5 and 0.125.",
    )


@Exercise(
    todo="make one latent for each picture and give them to the generator",
    success="as many new pictures as you asked for, different every time",
    hint="torch.randn takes the shape: how many latents, and how long each one is.",
)
def check_draw(draw: Callable[[nn.Module, int], Tensor]) -> None:
    """`draw(generator, count)` is generator(torch.randn(count, latent_size))."""

    class Recorder(nn.Module):
        latent_size = 5

        def forward(self, latents: Tensor) -> Tensor:
            self.latents = latents
            return latents[:, :1].view(-1, 1, 1, 1).expand(-1, 1, 28, 28)

    generator = Recorder()
    pictures = draw(generator, 400)
    latents = generator.latents
    expect(
        latents.ndim == 2 and latents.shape[1] == 5,
        "This test generator takes latents of length generator.latent_size = 5, but "
        f"yours have the shape {tuple(latents.shape)}.",
    )
    expect(
        len(latents) == 400,
        f"400 pictures were asked for, but you made {len(latents)} latents.",
    )
    expect(
        (latents - latents[:1]).abs().max() > 0,
        "All your latents are equal, so all pictures will be: draw them at random.",
    )
    expect(
        latents.min() < -1,
        "Your latents are never below -1: the generator was trained on normal "
        "numbers, torch.randn, and not on uniform ones, torch.rand.",
    )
    expect_tensor(pictures, (400, 1, 28, 28), "what you return")
