"""MNIST and Fashion-MNIST: found in a folder, kept from before, or downloaded."""

from difflib import get_close_matches
from pathlib import Path

from gan_course.datasets import mnist_files
from gan_course.datasets.image_set import ImageSet
from gan_course.datasets.sources import FASHION_MNIST, MNIST, Source
from gan_course.files import cache_folder, cached


def mnist(split: str = "train", *, folder: str | Path | None = None) -> ImageSet:
    """60,000 (train) or 10,000 (held-out) handwritten digits.

    They are read from `folder`, else from the folder that GAN_COURSE_DATA names: the
    four IDX files, unpacked or as .gz, lie in it or in a folder `mnist` inside. If they
    do not, they are downloaded (11.6 MB) and kept. In each case the unpacked content
    must have MNIST's MD5 checksums.

    Args:
        split: "train" or "held-out" (MNIST's test set).
        folder: where the files are; with it, nothing is downloaded.

    Returns:
        An `ImageSet` of uint8 (N, 1, 28, 28), 0 = paper, 255 = ink, in the original
        order, with labels.

    Raises:
        ValueError: the split or the folder is wrong, or a file in it is.
        DownloadError: the files are not here and could not be downloaded.

    Source: Y. LeCun, L. Bottou, Y. Bengio and P. Haffner, Gradient-based learning
    applied to document recognition, Proceedings of the IEEE 86(11), 1998.
    """
    return _load(MNIST, split, folder)


def fashion_mnist(
    split: str = "train", *, folder: str | Path | None = None
) -> ImageSet:
    """60,000 (train) or 10,000 (held-out) grey photographs of clothes in ten classes.

    They are found or downloaded (30.9 MB) as in `mnist`; the folder inside is called
    `fashion_mnist`. A downloaded file must have the MD5 checksum of the official .gz.
    Of a file in your own folder the form is verified, for the checksums of the
    unpacked files are not published: shape and type, each class equally often, and a
    content that is not MNIST's.

    Args:
        split: "train" or "held-out" (the test set).
        folder: where the files are; with it, nothing is downloaded.

    Returns:
        An `ImageSet` of uint8 (N, 1, 28, 28), 0 = background, in the original order,
        with labels.

    Raises:
        ValueError: the split or the folder is wrong, or a file in it is.
        DownloadError: the files are not here and could not be downloaded.

    Source: H. Xiao, K. Rasul and R. Vollgraf, Fashion-MNIST: a novel image dataset for
    benchmarking machine learning algorithms, 2017, arXiv:1708.07747.
    """
    return _load(FASHION_MNIST, split, folder)


def place(source: Source) -> Path | None:
    """Return the folder on this machine that holds all of a set, or None.

    The files are looked for, not into: loading them verifies their content.

    Raises:
        ValueError: GAN_COURSE_DATA names no folder.
    """
    pairs = [mnist_files.find(source, split) for split in source.files]
    if all(pairs):
        return pairs[0][0].parent
    folder = mnist_files.downloads(source)
    if all((folder / f"{file.name}.gz").is_file() for file in source.all_files):
        return folder
    kept = [f"{_cache_name(source, split, None)}.safetensors" for split in source.files]
    return cache_folder() if all((cache_folder() / k).is_file() for k in kept) else None


def _load(source: Source, split: str, folder: str | Path | None) -> ImageSet:
    if split not in source.files:
        near = get_close_matches(str(split), source.files, n=1, cutoff=0.4)
        hint = f" Did you mean {(near or ['held-out'])[0]!r}?"
        choices = " or ".join(map(repr, source.files))
        raise ValueError(f"{source.name} got split={split!r}; choose {choices}.{hint}")
    pair = mnist_files.find(source, split, folder)

    def make() -> dict:
        files = pair or mnist_files.fetch(source, split)
        images, labels = mnist_files.read(source, split, files)
        return {"images": images.unsqueeze(1), "labels": labels.long()}

    tensors = cached(_cache_name(source, split, pair), make)
    return ImageSet(source.name, **tensors, classes=source.classes)


def _cache_name(source: Source, split: str, pair: mnist_files.Pair | None) -> str:
    """A name with the checksums of the files, those found or those to be downloaded."""
    if pair:
        sums = [mnist_files.checksum(path) for path in pair]
    else:
        sums = [file.packed for file in source.files[split]]
    return "-".join([source.name, split, *(checksum[:16] for checksum in sums)])
