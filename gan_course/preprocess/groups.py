"""Find the images that show the same picture, and keep them together.

Two images are near-duplicates when both their hashes and their small pictures agree.
The hash alone would not do: all faces in front of even walls have similar hashes.

Measured: of 40 photographs and portraits, copies in JPEG of quality 40 and more, 15 %
brighter or darker, half to twice as large, or cut by 1 % on every side are all found,
those cut by 2 % at a corner to 94 %; of 480 different ones none is taken for another.
Of 2,000 portraits the hash alone would leave out 1,778, both together 5. The limit are
sets whose images differ little: of 2,000 glyphs 23 are left out. Mirrored or turned
copies are not found.
"""

from collections.abc import Iterator
from typing import NamedTuple

import torch
from torch import Tensor

from gan_course.preprocess.hashing import hash_distance

DISTANCE = 10  # of 64 bits, at most
LIKENESS = 0.95  # correlation of the small pictures, at least
NEARER = 2.5  # times nearer to each other than images of the set usually are
USUAL_NEIGHBOUR = 3  # up to two more copies of an image do not change what is usual
FEWEST, SAMPLE = 10, 1000  # images from which, and of which, the usual is measured
CHUNK = 512  # rows compared at once, to bound memory


class Links(NamedTuple):
    """What is linked by near-duplicates.

    Attributes:
        groups: int64 (N,), of `near_duplicate_groups`.
        originals: int64 (N,), of `repeated`.
    """

    groups: Tensor
    originals: Tensor


def near_duplicate_groups(
    hashes: Tensor,
    signatures: Tensor | None = None,
    *,
    distance: int = DISTANCE,
    likeness: float | None = None,
) -> Tensor:
    """Number the groups of images that are linked by near-duplicates.

    Args:
        hashes: bool (N, 64), of `perceptual_hash`.
        signatures: float (N, K), of `signature`; without them the hashes alone decide.
        distance: bits in which the hashes of near-duplicates may differ, 0…64.
        likeness: least correlation of their signatures; `required_likeness` of the
            set when left out.

    Returns:
        int64 (N,): 0 for the group of the first image, 1 for the next, …

    Raises:
        ValueError: hashes and signatures differ in number, or distance is no such
            number.
    """
    return compare(hashes, signatures, distance=distance, likeness=likeness).groups


def repeated(
    hashes: Tensor,
    signatures: Tensor | None = None,
    *,
    distance: int = DISTANCE,
    likeness: float | None = None,
) -> Tensor:
    """Say for each image which earlier one it repeats, -1 for none.

    Every image that is named is none that repeats another itself. So what remains
    without the repetitions has no near-duplicates, and no image is left out because
    of one that it does not resemble.

    Args and errors are those of `near_duplicate_groups`.
    """
    return compare(hashes, signatures, distance=distance, likeness=likeness).originals


def compare(
    hashes: Tensor,
    signatures: Tensor | None = None,
    *,
    distance: int = DISTANCE,
    likeness: float | None = None,
) -> Links:
    """Compare every image with every other once, for both results.

    Args and errors are those of `near_duplicate_groups`.
    """
    groups = torch.arange(len(hashes))
    originals = torch.full((len(hashes),), -1)
    for index, others in _linked(hashes, signatures, distance, likeness):
        if originals[index] < 0:
            originals[others[originals[others] < 0]] = index
        joined = groups[torch.cat([torch.tensor([index]), others])].unique()
        if len(joined) > 1:
            groups[torch.isin(groups, joined)] = joined[0]
    return Links(groups.unique(return_inverse=True)[1], originals)


def required_likeness(signatures: Tensor) -> float:
    """The least correlation at which two images of this set count as the same picture.

    Pictures correlate by c when their standardised difference is √(2 - 2c). That of
    near-duplicates must be NEARER times smaller than the difference that an image of
    the set usually (median) has from its third-nearest: in a set of digits many are
    alike without being the same. It is never less than LIKENESS, which holds alone
    for fewer than FEWEST images.
    """
    if len(signatures) < FEWEST:
        return LIKENESS
    some = signatures[:: -(-len(signatures) // SAMPLE)]
    # The nearest of all is the image itself.
    nearest = (some @ signatures.T).topk(USUAL_NEIGHBOUR + 1).values[:, -1]
    usual = (2 - 2 * nearest).clamp(min=0).sqrt().median().item()
    return max(LIKENESS, 1 - (usual / NEARER) ** 2 / 2)


def _linked(
    hashes: Tensor,
    signatures: Tensor | None,
    distance: int,
    likeness: float | None,
) -> Iterator[tuple[int, Tensor]]:
    """Yield each image that has later near-duplicates, with these, in order."""
    _check(hashes, signatures, distance)
    if signatures is not None and likeness is None:
        likeness = required_likeness(signatures)
    for start in range(0, len(hashes), CHUNK):
        rows = slice(start, start + CHUNK)
        alike = hash_distance(hashes[rows], hashes[start:]) <= distance
        if signatures is not None:
            alike &= signatures[rows] @ signatures[start:].T >= likeness
        alike.triu_(diagonal=1)
        for row in alike.any(dim=1).nonzero().flatten().tolist():
            yield start + row, start + alike[row].nonzero().flatten()


def _check(hashes: Tensor, signatures: Tensor | None, distance: int) -> None:
    if hashes.dtype != torch.bool or hashes.ndim != 2:
        raise ValueError(
            f"The hashes are {hashes.dtype} of shape {tuple(hashes.shape)}, but must "
            "be torch.bool (N, 64); compute them with perceptual_hash."
        )
    if signatures is not None and len(signatures) != len(hashes):
        raise ValueError(
            f"There are {len(signatures)} signatures for {len(hashes)} hashes; give "
            "one for each image."
        )
    check_distance(distance)


def check_distance(distance: int) -> None:
    """Say in one sentence that a distance is out of range."""
    if not 0 <= distance <= 64:
        raise ValueError(f"The distance is {distance}; choose 0 to 64 bits.")
