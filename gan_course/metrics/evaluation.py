"""All scores of a set of images, and of the references that each score needs."""

from dataclasses import dataclass

import torch
from torch import Tensor

from gan_course.metrics.classes import ClassCoverage, class_coverage
from gan_course.metrics.embeddings import Features, embed
from gan_course.metrics.frechet import frechet_distance, moments
from gan_course.metrics.kernel import kernel_distance
from gan_course.metrics.neighbours import Memorisation, nearest
from gan_course.metrics.precision_recall import precision_recall
from gan_course.metrics.readers import Reader, Reading
from gan_course.metrics.spectrum import spectrum


@dataclass(frozen=True)
class Scores:
    """What is known of one set of images beside held-out real ones.

    Attributes:
        frechet: Fréchet distance, 0 or more.
        kernel: kernel distance from all pairs, about 0 at best.
        kernel_error: its standard error.
        precision: share of the images among the real ones, 0…1.
        recall: share of the real images among these, 0…1.
        density: 1 in the mean at best.
        coverage: 0.875 in the mean at best.
        high_frequencies: share of the variance above ¼ cycle per pixel, 0…1.
        recognised: share in which the reader sees what it should, or None without one.
        found: kinds that are at least a tenth as frequent among the recognised images
            as among real ones, or None if the reader knows no kinds.
        possible: kinds of the real images, or None.
        reverse_kl: KL(shares of kinds of the recognised images ‖ real ones) in nats, or
            None, without kinds or without a recognised image.
        values_found: as `found`, of the values of all factors together, or None if the
            reader knows no factors.
        values_possible: values of all factors of the real images, or None.
        factor_distances: for each factor the total variation ½ Σ |p - q| of the shares
            of its values among recognised and among real images, 0…1, or None, without
            factors or without a recognised image.
        nearer: P(nearer to the training images than a held-out one), or None.
        copies: share nearer to them than the nearest 1 % of those, or None.
    """

    frechet: float
    kernel: float
    kernel_error: float
    precision: float
    recall: float
    density: float
    coverage: float
    high_frequencies: float
    recognised: float | None = None
    found: int | None = None
    possible: int | None = None
    reverse_kl: float | None = None
    values_found: int | None = None
    values_possible: int | None = None
    factor_distances: dict[str, float] | None = None
    nearer: float | None = None
    copies: float | None = None

    @property
    def factor_distance(self) -> float | None:
        """The mean of the factors' distances, 0…1, or None."""
        if self.factor_distances is None:
            return None
        return sum(self.factor_distances.values()) / len(self.factor_distances)


class Yardstick:
    """Held-out real images, ready for others to be compared with them.

        yardstick = Yardstick(held_out, glyph_features(), training=images)
        yardstick.measure(generated).recall

    Args:
        real: uint8 (N, C, H, W), images that no training has seen.
        features: in which images are compared.
        training: uint8 (K, C, H, W), what the generator was trained with, to find
            copies of it; not searched for if None.
        reader: says which images are recognised, and what they show, to find what is
            missing; not asked if None.
    """

    def __init__(
        self,
        real: Tensor,
        features: Features,
        *,
        training: Tensor | None = None,
        reader: Reader | None = None,
    ) -> None:
        self.features, self.reader = features, reader
        self._real = embed(real, features)
        self._moments = moments(self._real)
        self._shown = {} if reader is None else reader.read(real).labels
        self._training = None if training is None else embed(training, features)
        if self._training is not None:
            self._away = nearest(self._real, self._training).distances

    def measure(self, images: Tensor) -> Scores:
        """Scores of images, uint8 (N, C, H, W), N ≥ 4."""
        values = embed(images, self.features)
        kernel = kernel_distance(self._real, values)
        return Scores(
            frechet=frechet_distance(self._moments, values),
            kernel=kernel.value,
            kernel_error=kernel.standard_error,
            high_frequencies=spectrum(images).share_above(),
            **vars(precision_recall(self._real, values)),
            **self._readable(images),
            **self._copied(values),
        )

    def _readable(self, images: Tensor) -> dict[str, object]:
        """How many show what they should, and what there is among those."""
        if self.reader is None:
            return {}
        seen = self.reader.read(images)
        known = {"recognised": seen.recognised.float().mean().item()}
        shares = self._coverage(seen) if seen.recognised.any() else {}
        found = sum(each.found for each in shares.values())
        possible = sum(len(labels.unique()) for labels in self._shown.values())
        if len(self._shown) > 1:
            distances = {name: each.distance for name, each in shares.items()}
            known |= {"values_found": found, "values_possible": possible}
            return known | {"factor_distances": distances or None}
        known |= {"found": found, "possible": possible}
        [divergence] = [each.reverse_kl for each in shares.values()] or [None]
        return known | {"reverse_kl": divergence}

    def _coverage(self, seen: Reading) -> dict[str, ClassCoverage]:
        """The shares of kinds, or of each factor's values, of recognised images."""
        return {
            name: class_coverage(
                seen.labels[name][seen.recognised], self._shown[name], count
            )
            for name, count in self.reader.counts.items()
        }

    def _copied(self, values: Tensor) -> dict[str, float]:
        if self._training is None:
            return {}
        distances, indices = nearest(values, self._training)
        seen = Memorisation(distances, self._away, indices)
        return {"nearer": seen.nearer, "copies": seen.copies}


def references(real: Tensor, labels: Tensor | None = None) -> dict[str, Tensor]:
    """Sets whose scores say what a score means, by name, uint8 (N, C, H, W).

    `held-out` are the real images themselves, the ceiling: no generator can be better
    than they are but by chance. `class means` are as many pictures of each class as are
    real, all the same: readable perhaps, without variety; only with labels. `shuffled`
    have the same grey levels at random places, `noise` random grey levels: the floor.

    Args:
        real: uint8 (N, C, H, W), other images than those that are compared with.
        labels: int64 (N,), their classes.
    """
    random = torch.Generator().manual_seed(0)
    flat = real.flatten(2)
    places = torch.rand(len(real), 1, flat.shape[2], generator=random).argsort(dim=2)
    noise = torch.randint(0, 256, real.shape, generator=random, dtype=torch.uint8)
    sets = {"held-out": real}
    if labels is not None:
        sets["class means"] = _class_means(real, labels)
    shuffled = flat.gather(2, places.expand(flat.shape)).view_as(real)
    return sets | {"shuffled": shuffled, "noise": noise}


def _class_means(real: Tensor, labels: Tensor) -> Tensor:
    """Each image replaced by the mean of its class."""
    found, classes = labels.unique(return_inverse=True)
    means = [real[labels == label].float().mean(dim=0) for label in found]
    return torch.stack(means).round().to(torch.uint8)[classes]
