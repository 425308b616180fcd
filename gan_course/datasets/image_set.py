"""What every data set is: one tensor of grey levels, with what is known about it."""

from collections.abc import Sized
from dataclasses import dataclass, field

import torch
from torch import Tensor


@dataclass(frozen=True)
class ImageSet:
    """Images as one tensor, with labels and factors where they are known.

    Attributes:
        name: the name that `load` knows it by.
        images: uint8 (N, C, H, W), grey levels 0…255, C = 1 (grey) or 3 (RGB).
        labels: int64 (N,), indices into `classes`, or None.
        factors: what else is known of each image, name → tensor of N values.
        classes: the names of the labels.
        names: N texts, such as the file that each image comes from, or none.

    Raises:
        ValueError: the tensors do not fit together.
    """

    name: str
    images: Tensor
    labels: Tensor | None = None
    factors: dict[str, Tensor] = field(default_factory=dict)
    classes: tuple[str, ...] = ()
    names: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.images.dtype != torch.uint8 or self.images.ndim != 4:
            raise ValueError(
                f"{self.name}: images are {self.images.dtype} of shape "
                f"{tuple(self.images.shape)}, but must be torch.uint8 (N, C, H, W)."
            )
        known: dict[str, Sized] = dict(self.factors)
        if self.labels is not None:
            known["labels"] = self.labels
        if self.names:
            known["names"] = self.names
        for name, values in known.items():
            if len(values) != len(self.images):
                raise ValueError(
                    f"{self.name}: {len(values)} {name} for {len(self.images)} images; "
                    "there must be one for each image."
                )

    def __len__(self) -> int:
        return len(self.images)
