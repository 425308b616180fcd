"""What keeps a discriminator gentle: gradient penalties, clipping, spectral norms.

A penalty is a pure function of `inputs` (N, …) and `logits` (N, 1): it measures how
steep the discriminator is, the length |∇D| of the gradient of each logit by its input,
and returns one number, the mean over the batch. With create_graph=True inside, it can
be differentiated again, by the weights. The step multiplies it by γ / 2 or λ.

    name                        inputs                          mean of
    R1                          real images                     |∇D|²
    R2                          generated images, detached      |∇D|²
    zero-centred interpolation  interpolate(real, fake)         |∇D|²
    WGAN-GP                     interpolate(real, fake)         (|∇D| - 1)²
    DRAGAN                      perturb(real)                   (|∇D| - 1)²

The inputs must require a gradient before the discriminator sees them:

    real.requires_grad_()
    real_logits = discriminator(real)
    penalty = r1_penalty(real, real_logits)

Each logit is taken to depend on its own input only. With batch normalisation in the
discriminator it depends on all of them, and a penalty is not what its formula says.
"""

from collections.abc import Callable, Sequence

import torch
from torch import Generator, Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm
from torch.nn.utils.parametrize import is_parametrized

LAYERS = (
    nn.Linear,
    *(nn.Conv1d, nn.Conv2d, nn.Conv3d),
    *(nn.ConvTranspose1d, nn.ConvTranspose2d, nn.ConvTranspose3d),
)


def zero_centred_penalty(inputs: Tensor, logits: Tensor) -> Tensor:
    """Mean squared slope, E |∇D|²: 0 for a flat discriminator, |w|² for a linear one.

    At `interpolate(real, fake)` it is the penalty of the source below; at real or at
    generated images it is R1 or R2.

    Args:
        inputs: (N, …), floats that require a gradient.
        logits: (N, 1), the discriminator's answers on exactly these inputs.

    Returns:
        One number ≥ 0, in float32 or more precise.

    Raises:
        ValueError: the inputs require no gradient, or the logits do not depend on them.

    Source: H. Thanh-Tung, T. Tran and S. Venkatesh, "Improving Generalization and
    Stability of Generative Adversarial Networks", 2019,
    https://arxiv.org/abs/1902.03984.
    """
    return _slopes(inputs, logits).square().sum(dim=1).mean()


def one_centred_penalty(inputs: Tensor, logits: Tensor) -> Tensor:
    """Mean squared distance of the slope from 1, E (|∇D| - 1)².

    1 for a flat discriminator, (|w| - 1)² for a linear one. Where |∇D| = 0 its
    gradient by the weights is 0, not NaN.

    Takes, returns and raises what `zero_centred_penalty` does.
    """
    lengths = torch.linalg.vector_norm(_slopes(inputs, logits), dim=1)
    return (lengths - 1).square().mean()


def r1_penalty(real: Tensor, real_logits: Tensor) -> Tensor:
    """R1, the mean squared slope at real images, E |∇D(x)|².

    The source adds γ / 2 times this to the discriminator's loss; so does the step.

    Takes, returns and raises what `zero_centred_penalty` does.

    Source: L. Mescheder, A. Geiger and S. Nowozin, "Which Training Methods for GANs do
    actually Converge?", 2018, equation 9, https://arxiv.org/abs/1801.04406.
    """
    return zero_centred_penalty(real, real_logits)


def r2_penalty(fake: Tensor, fake_logits: Tensor) -> Tensor:
    """R2, the mean squared slope at generated images, E |∇D(G(z))|².

    The images are to be detached from the generator:
    `fake = generator(latents).detach().requires_grad_()`.

    Takes, returns and raises what `zero_centred_penalty` does.

    Source: L. Mescheder, A. Geiger and S. Nowozin, "Which Training Methods for GANs do
    actually Converge?", 2018, equation 10, https://arxiv.org/abs/1801.04406.
    """
    return zero_centred_penalty(fake, fake_logits)


def wgan_gp_penalty(inputs: Tensor, logits: Tensor) -> Tensor:
    """WGAN-GP, slopes drawn to 1 between real and generated images, E (|∇D(x̂)| - 1)².

    The inputs come from `interpolate(real, fake)`; the source takes λ = 10 times this.

    Takes, returns and raises what `zero_centred_penalty` does.

    Source: I. Gulrajani et al., "Improved Training of Wasserstein GANs", 2017,
    equation 3, https://arxiv.org/abs/1704.00028.
    """
    return one_centred_penalty(inputs, logits)


def dragan_penalty(perturbed: Tensor, logits: Tensor) -> Tensor:
    """DRAGAN, slopes drawn to 1 around real images, E (|∇D(x + δ)| - 1)².

    The inputs come from `perturb(real)`; the source takes λ = 10 times this.

    Takes, returns and raises what `zero_centred_penalty` does.

    Source: N. Kodali, J. Abernethy, J. Hays and Z. Kira, "On Convergence and Stability
    of GANs", 2017, https://arxiv.org/abs/1705.07215.
    """
    return one_centred_penalty(perturbed, logits)


def interpolate(
    real: Tensor, fake: Tensor, *, generator: Generator | None = None
) -> Tensor:
    """Points between pairs, t·real + (1 - t)·fake, one t uniform in [0, 1] for each.

    Args:
        real, fake: (N, …), of one shape.
        generator: where the random numbers come from; PyTorch's own by default.

    Returns:
        (N, …), cut off from both histories and requiring a gradient.

    Raises:
        ValueError: the two shapes differ.

    Source: I. Gulrajani et al., "Improved Training of Wasserstein GANs", 2017,
    algorithm 1, https://arxiv.org/abs/1704.00028.
    """
    if real.shape != fake.shape:
        raise ValueError(
            f"interpolate got {tuple(real.shape)} real and {tuple(fake.shape)} fake "
            "values, but needs pairs; generate as many images as there are real ones."
        )
    shape = (len(real), *[1] * (real.ndim - 1))
    shares = _drawn(torch.rand, shape, real, generator)
    between = shares * real.detach() + (1 - shares) * fake.detach()
    return between.requires_grad_()


def perturb(
    real: Tensor,
    fake: Tensor | None = None,
    *,
    scale: float = 0.5,
    generator: Generator | None = None,
) -> Tensor:
    """Real images with noise, x + δ, δ normal with `scale` · std(real) in each value.

    std is one number, over all values of the batch. (The source's text has normal
    noise, as here; its program has uniform noise, which also brightens the images.)

    Args:
        real: (N, …).
        fake: not looked at, so that `perturb` may stand where `interpolate` does.
        scale: ≥ 0, of the noise.
        generator: where the random numbers come from; PyTorch's own by default.

    Returns:
        (N, …), cut off from the history of `real` and requiring a gradient.

    Raises:
        ValueError: the scale is negative.

    Source: N. Kodali, J. Abernethy, J. Hays and Z. Kira, "On Convergence and Stability
    of GANs", 2017, https://arxiv.org/abs/1705.07215.
    """
    if not scale >= 0:
        raise ValueError(f"perturb got scale={scale}; choose 0 or more, such as 0.5.")
    noise = _drawn(torch.randn, real.shape, real, generator)
    real = real.detach()
    return (real + scale * real.std(correction=0) * noise).requires_grad_()


@torch.no_grad()
def clip_weights(network: nn.Module, limit: float) -> None:
    """Clip every weight and bias to [-limit, limit], in place.

    Done after each step of the discriminator's optimiser, it bounds the slope of the
    network, if crudely. The source takes 0.01.

    Raises:
        ValueError: the limit is not positive.

    Source: M. Arjovsky, S. Chintala and L. Bottou, "Wasserstein GAN", 2017,
    algorithm 1, https://arxiv.org/abs/1701.07875.
    """
    if not limit > 0:
        raise ValueError(
            f"clip_weights got limit={limit}; choose a positive one, such as 0.01."
        )
    for parameter in network.parameters():
        parameter.clamp_(-limit, limit)


def with_spectral_norm(network: nn.Module) -> nn.Module:
    """Divide the weight of every linear and convolutional layer by its spectral norm.

    W / σ(W), with σ(W) the largest singular value; a kernel counts as the matrix
    (channels out, channels in · height · width). So no linear layer makes differences
    larger, and a convolution of k×k does at most k-fold. σ is followed by power
    iteration, one round for each forward pass in training mode.

    Returns:
        The same network, changed in place; its state dict has other names from now on.

    Raises:
        ValueError: there is no such layer, or one is parametrised already.

    Source: T. Miyato et al., "Spectral Normalization for Generative Adversarial
    Networks", 2018, equation 8, https://arxiv.org/abs/1802.05957.
    """
    layers = {n: m for n, m in network.named_modules() if isinstance(m, LAYERS)}
    if not layers:
        raise ValueError(
            f"{type(network).__name__} has no linear or convolutional layer; pass the "
            "network whose layers are to be normalised."
        )
    for name, layer in layers.items():
        if is_parametrized(layer, "weight"):
            raise ValueError(
                f"The weight of layer {name!r} is parametrised already; call "
                "with_spectral_norm once, on a network of plain layers."
            )
    for layer in layers.values():
        spectral_norm(layer)
    return network


def _slopes(inputs: Tensor, logits: Tensor) -> Tensor:
    """Gradient of each logit by its own input, (N, values), float32 or more precise."""
    if not inputs.requires_grad:
        raise ValueError(
            "The inputs of the penalty require no gradient; call "
            "inputs.requires_grad_() before the discriminator sees them."
        )
    if logits.shape[:1] != inputs.shape[:1]:
        raise ValueError(
            f"The penalty got {tuple(logits.shape)} logits for {tuple(inputs.shape)} "
            "inputs; pass one logit for each input, without a mean."
        )
    slopes = None
    if logits.requires_grad:
        # Each logit depends on its own input only, so the sum keeps their slopes apart.
        (slopes,) = torch.autograd.grad(
            logits.sum(), inputs, create_graph=True, allow_unused=True
        )
    if slopes is None:
        raise ValueError(
            "The logits do not depend on the inputs of the penalty; pass the very "
            "tensor that the discriminator saw, and logits that were not detached."
        )
    precise = torch.promote_types(slopes.dtype, torch.float32)
    return slopes.reshape(len(slopes), -1).to(precise)


def _drawn(
    draw: Callable[..., Tensor],
    shape: Sequence[int],
    like: Tensor,
    generator: Generator | None,
) -> Tensor:
    """Draw random numbers where the generator is, and move them beside `like`."""
    device = generator.device if generator else like.device
    numbers = draw(shape, generator=generator, device=device, dtype=like.dtype)
    return numbers.to(like.device)
