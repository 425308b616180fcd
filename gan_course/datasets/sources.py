"""What MNIST and Fashion-MNIST are on the web: addresses, files, sizes, checksums."""

from dataclasses import dataclass, field
from typing import NamedTuple


class IdxFile(NamedTuple):
    """One file of a set, as its makers publish it.

    Attributes:
        name: without the ending .gz.
        size: bytes of the .gz.
        packed: MD5 of the .gz.
        content: MD5 of the unpacked file, or "" where nobody publishes it.
    """

    name: str
    size: int
    packed: str
    content: str = ""


@dataclass(frozen=True)
class Source:
    """A set in MNIST's format.

    Attributes:
        name: the name that `load` knows it by, and of its folder.
        title: its name in sentences.
        address: where its files are published.
        files: for each split, the file of the images and that of the labels.
        classes: the names of the labels.
        balanced: whether every class has the same number of images.
        counts: images in each split.
    """

    name: str
    title: str
    address: str
    files: dict[str, tuple[IdxFile, IdxFile]]
    classes: tuple[str, ...]
    balanced: bool
    counts: dict[str, int] = field(
        default_factory=lambda: {"train": 60_000, "held-out": 10_000}
    )

    @property
    def all_files(self) -> list[IdxFile]:
        """The four files."""
        return [file for pair in self.files.values() for file in pair]

    @property
    def megabytes(self) -> float:
        """Size of a download of all files."""
        return sum(file.size for file in self.all_files) / 1e6


MNIST = Source(
    name="mnist",
    title="MNIST",
    address="https://ossci-datasets.s3.amazonaws.com/mnist/",
    files={
        "train": (
            IdxFile(
                "train-images-idx3-ubyte",
                size=9_912_422,
                packed="f68b3c2dcbeaaa9fbdd348bbdeb94873",
                content="6bbc9ace898e44ae57da46a324031adb",
            ),
            IdxFile(
                "train-labels-idx1-ubyte",
                size=28_881,
                packed="d53e105ee54ea40749a09fcbcd1e9432",
                content="a25bea736e30d166cdddb491f175f624",
            ),
        ),
        "held-out": (
            IdxFile(
                "t10k-images-idx3-ubyte",
                size=1_648_877,
                packed="9fb629c4189551a2d022fa330f9573f3",
                content="2646ac647ad5339dbf082846283269ea",
            ),
            IdxFile(
                "t10k-labels-idx1-ubyte",
                size=4_542,
                packed="ec29112dd5afa0611ce80d1b7f02629c",
                content="27ae3e4e09519cfbb04c329615203637",
            ),
        ),
    },
    classes=tuple("0123456789"),
    balanced=False,
)

FASHION_MNIST = Source(
    name="fashion_mnist",
    title="Fashion-MNIST",
    # Published without TLS; the checksums hold all the same.
    address="http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
    files={
        "train": (
            IdxFile(
                "train-images-idx3-ubyte",
                size=26_421_880,
                packed="8d4fb7e6c68d591d4c3dfef9ec88bf0d",
            ),
            IdxFile(
                "train-labels-idx1-ubyte",
                size=29_515,
                packed="25c81989df183df01b3e8a0aad5dffbe",
            ),
        ),
        "held-out": (
            IdxFile(
                "t10k-images-idx3-ubyte",
                size=4_422_102,
                packed="bef4ecab320f06d8554ea6380940ec79",
            ),
            IdxFile(
                "t10k-labels-idx1-ubyte",
                size=5_148,
                packed="bb300cfdad3c16e7a12a480ee83cd310",
            ),
        ),
    },
    classes=(
        "T-shirt/top",
        "Trouser",
        "Pullover",
        "Dress",
        "Coat",
        "Sandal",
        "Shirt",
        "Sneaker",
        "Bag",
        "Ankle boot",
    ),
    balanced=True,
)

SOURCES = {source.name: source for source in (MNIST, FASHION_MNIST)}
