"""Which classes a generator draws, and how often, beside real images."""

from dataclasses import dataclass

import torch
from torch import Tensor

FOUND = 0.1  # of the real share of a class: what a generator must reach to know it


@dataclass(frozen=True)
class ClassCoverage:
    """How generated and real images are spread over K classes, by one classifier.

    Attributes:
        generated: int64 (K,), generated images of each class.
        real: int64 (K,), real images of each class.
    """

    generated: Tensor
    real: Tensor

    @property
    def found(self) -> int:
        """Classes that the generator draws at least a tenth as often as they are real.

        Of the `possible` ones, those with at least one real image.
        """
        shares = self.generated / self.generated.sum()
        enough = shares >= FOUND * self.real / self.real.sum()
        return int((enough & (self.real > 0) & (self.generated > 0)).sum())

    @property
    def possible(self) -> int:
        """Classes with at least one real image."""
        return int((self.real > 0).sum())

    @property
    def reverse_kl(self) -> float:
        """KL(generated ‖ real) = Σ p log(p / q), in nats: 0 if the shares are equal.

        The generated shares p = n_k / N stand first: to draw what is not real costs
        much, to leave out a rare class little, at most log(1 / (1 - its share)). The
        real shares q = (m_k + ½) / (M + K/2) are never 0, so the value is finite. For
        equal distributions it is about (K - 1) (1/N + 1/M) / 2.
        """
        p = self.generated.double() / self.generated.sum()
        q = (self.real + 0.5) / (self.real.sum() + len(self.real) / 2)
        return torch.special.xlogy(p, p / q).sum().item()

    @property
    def distance(self) -> float:
        """Total variation ½ Σ |p - q| of the shares: 0 if equal, 1 if disjoint.

        For N and M images of equal distributions it is about √(K (1/N + 1/M) / 2π),
        if the K classes are equally frequent.
        """
        p = self.generated.double() / self.generated.sum()
        q = self.real.double() / self.real.sum()
        return (p - q).abs().sum().item() / 2


def class_coverage(generated: Tensor, real: Tensor, classes: int) -> ClassCoverage:
    """Count the classes that a classifier gave to generated and to real images.

    Both go through the same classifier, so that its errors are in both. Joint classes
    of two labels are counted as `digit * families + family`.

    Args:
        generated: int64 (N,), 0…classes - 1, N ≥ 1.
        real: int64 (M,), likewise, M ≥ 1.
        classes: K, 1 or more.

    Raises:
        ValueError: there are no labels, or one is none of the classes.

    Source: KL(generated ‖ real) over the classes of a classifier is the score of
    T. Che et al., "Mode regularized generative adversarial networks", 2016, and
    A. Srivastava et al., "VEEGAN", 2017, https://arxiv.org/abs/1705.07761.

    >>> labels = torch.tensor([0, 1, 2, 3])
    >>> class_coverage(labels[:2], labels, 4).found
    2
    """
    return ClassCoverage(
        _counted(generated, "generated", classes), _counted(real, "real", classes)
    )


def _counted(labels: Tensor, name: str, classes: int) -> Tensor:
    whole = not labels.is_floating_point() and not labels.is_complex()
    if classes < 1 or labels.ndim != 1 or len(labels) == 0 or not whole:
        raise ValueError(
            f"The {name} labels are {labels.dtype} of shape {tuple(labels.shape)} for "
            f"{classes} classes; pass whole numbers (N,), N ≥ 1, for 1 class or more."
        )
    lowest, highest = labels.min().item(), labels.max().item()
    if lowest < 0 or highest >= classes:
        wrong = lowest if lowest < 0 else highest
        raise ValueError(
            f"A {name} label is {wrong}, but the {classes} classes are 0 to "
            f"{classes - 1}; count them with the classifier that gave the labels."
        )
    return labels.detach().cpu().long().bincount(minlength=classes)
