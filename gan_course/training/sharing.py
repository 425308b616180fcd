"""What several processes can compute on shares of a batch, and what they cannot.

The mean over the processes of the mean over each one's images is the mean over all
images. So whatever treats each image (or each pair of a real and a generated one) by
itself can be shared; what mixes the images of a batch would become something else.
"""

import copy
from collections.abc import Callable, Mapping

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from gan_course.losses import Loss
from gan_course.training.batches import own_noise
from gan_course.training.feed import Feed
from gan_course.training.steps import Penalty

PROBES = 4  # images that are enough to see whether one of them changes the others


def refuse_unshareable(
    feed: Feed,
    networks: Mapping[str, nn.Module],
    loss: Loss,
    penalties: Mapping[str, Penalty],
    augment: Callable[[Tensor], Tensor],
) -> None:
    """Return if shares of a batch give, on average, what the whole batch does.

    Args:
        feed: of the batches, and of the processes that are to share them.
        networks: the "generator" and the "discriminator".
        loss: the pair of losses.
        penalties: name → penalty.
        augment: a random change of images.

    Raises:
        ValueError: the batch cannot be divided equally, or something mixes its images.
    """
    _refuse_unequal_shares(feed.batch_size, feed.world.size)
    images = feed.float_images(torch.arange(PROBES) % len(feed.images))
    noise = torch.Generator().manual_seed(0)
    probes = {"discriminator": images, "generator": feed.latents(PROBES, noise)}
    for name, inputs in probes.items():
        _refuse_batch_normalisation(name, networks[name])
        alone = copy.deepcopy(networks[name]).eval()
        _refuse(f"The {name}", _one_changes_others(alone, inputs))
    _refuse("The augmentation", _one_changes_others(augment, images))
    logits = torch.randn(2, PROBES, 1, generator=noise)
    for player, formula in loss._asdict().items():
        _refuse(f"The {player}'s loss", _is_no_mean(formula, *logits))
    for name, penalty in penalties.items():
        _refuse(f"The penalty {name!r}", _penalty_mixes(penalty, images))


def _refuse_unequal_shares(batch_size: int, size: int) -> None:
    if batch_size % size:
        larger = size * (batch_size // size + 1)
        raise ValueError(
            f"A batch of {batch_size} images cannot be divided equally among {size} "
            f"processes; choose a multiple of {size}, such as {larger}."
        )


def _refuse(name: str, mixes: bool) -> None:
    if mixes:
        raise ValueError(
            f"{name} mixes the images of a batch, which several processes cannot "
            "share; choose one that takes each image by itself, or one process."
        )


def _refuse_batch_normalisation(name: str, network: nn.Module) -> None:
    for place, layer in network.named_modules():
        if isinstance(layer, _BatchNorm) and not isinstance(layer, nn.SyncBatchNorm):
            raise ValueError(
                f"The {name}'s layer {place!r} is {type(layer).__name__}, whose "
                "statistics mix the images of a batch; convert it by "
                "nn.SyncBatchNorm.convert_sync_batchnorm (on GPUs), choose another "
                "normalisation, or train in one process."
            )


def _penalty_mixes(penalty: Penalty, images: Tensor) -> bool:
    def value(inputs: Tensor) -> Tensor:
        inputs = inputs.detach().requires_grad_()
        logits = inputs.flatten(1).square().sum(dim=1, keepdim=True)
        return penalty.function(inputs, logits).detach()

    def places(pairs: Tensor) -> Tensor:
        return penalty.at(*pairs.unbind(1))

    pairs = torch.stack([images, images.flip(0)], dim=1)
    return _is_no_mean(value, images) or (
        callable(penalty.at) and _one_changes_others(places, pairs)
    )


def _is_no_mean(formula: Callable[..., Tensor], *batches: Tensor) -> bool:
    """Whether a batch has another value than its two halves have on average."""
    halves = [formula(*parts) for parts in zip(*(b.chunk(2) for b in batches))]
    return not torch.allclose(formula(*batches), sum(halves) / 2)


def _one_changes_others(function: Callable[[Tensor], Tensor], batch: Tensor) -> bool:
    """Whether another first row changes the results of the other rows."""
    changed = torch.cat([-2 * batch[:1] + 1, batch[1:]])
    results = []
    with own_noise(batch.device):
        for rows in (batch, changed):
            torch.manual_seed(0)
            results.append(function(rows).detach()[1:])
    return not torch.allclose(*results)
