"""1,797 real handwritten digits of 8x8 pixels that come with scikit-learn."""

import numpy as np
import torch

from gan_course.datasets.image_set import ImageSet


def digits() -> ImageSet:
    """The 1,797 handwritten digits of the UCI test set, uint8 (1797, 1, 8, 8).

    Each pixel counts the inked ones among 16 of the scan; 0…16 is mapped to 0…255.

    Source: E. Alpaydin and C. Kaynak, Optical Recognition of Handwritten Digits,
    UCI Machine Learning Repository, 1998, https://doi.org/10.24432/C50P49.
    """
    from sklearn.datasets import load_digits  # takes a second to import

    bunch = load_digits()
    levels = np.rint(bunch.images * 255 / 16).astype(np.uint8)
    return ImageSet(
        name="digits",
        images=torch.from_numpy(levels).unsqueeze(1),
        labels=torch.from_numpy(bunch.target).long(),
        classes=tuple("0123456789"),
    )
