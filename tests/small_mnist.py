"""MNIST and Fashion-MNIST in small: 40 + 20 images, with checksums that hold."""

import gzip
import hashlib
import struct
from dataclasses import replace
from importlib import import_module

import numpy as np

from gan_course.datasets import mnist_files
from gan_course.datasets.sources import FASHION_MNIST, MNIST, SOURCES, IdxFile

COUNTS = {"train": 40, "held-out": 20}


def idx(array):
    """Write an array of uint8 as an IDX file."""
    sizes = struct.pack(f">{array.ndim}I", *array.shape)
    return bytes([0, 0, 8, array.ndim]) + sizes + array.tobytes()


def _contents(seed, balanced):
    """Name the four files and draw what they hold."""
    random, contents = np.random.default_rng(seed), {}
    for split, prefix in (("train", "train"), ("held-out", "t10k")):
        count = COUNTS[split]
        labels = np.arange(count) % (10 if balanced else 9)
        images = random.integers(0, 256, (count, 28, 28), dtype=np.uint8)
        contents[f"{prefix}-images-idx3-ubyte"] = idx(images)
        contents[f"{prefix}-labels-idx1-ubyte"] = idx(labels.astype(np.uint8))
    return contents


def _source(full, contents):
    def known(file):
        content = contents[file.name]
        packed = gzip.compress(content, mtime=0)
        sums = [hashlib.md5(c).hexdigest() for c in (packed, content)]
        return IdxFile(file.name, len(packed), sums[0], sums[1] if file.content else "")

    files = {s: (known(a), known(b)) for s, (a, b) in full.files.items()}
    return replace(full, files=files, counts=COUNTS)


DIGITS, CLOTHES = _contents(0, balanced=False), _contents(1, balanced=True)
SMALL_MNIST, SMALL_FASHION = _source(MNIST, DIGITS), _source(FASHION_MNIST, CLOTHES)


def put(folder, contents, *, ending="", dotted=False):
    """Write the four files into a folder, under one of the names in use."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in contents.items():
        name = name.replace("-idx", ".idx") if dotted else name
        packed = gzip.compress(content, mtime=0) if ending else content
        (folder / f"{name}{ending}").write_bytes(packed)
    return folder


def use(monkeypatch, address=None):
    """Let the package know the small sets in place of the large ones."""
    module = import_module("gan_course.datasets.mnist")
    digits, clothes = SMALL_MNIST, SMALL_FASHION
    if address:
        digits, clothes = (replace(s, address=address) for s in (digits, clothes))
    monkeypatch.setattr(module, "MNIST", digits)
    monkeypatch.setattr(module, "FASHION_MNIST", clothes)
    monkeypatch.setattr(mnist_files, "MNIST", digits)
    for name, source in ("mnist", digits), ("fashion_mnist", clothes):
        monkeypatch.setitem(SOURCES, name, source)
    return digits
