"""Images in one `.npy` file, read from the disk as they are needed."""

import io
import math
import re
from pathlib import Path
from typing import BinaryIO

import numpy as np
import torch
from numpy.lib import format as npy
from torch import Tensor

from gan_course.datasets.image_set import ImageSet
from gan_course.files import write_atomically

MAGIC = b"\x93NUMPY\x01\x00"  # and version 1.0
HEADER = re.compile(
    r"\{ *'descr': *'([^']*)', *'fortran_order': *(True|False), *"
    r"'shape': *\(([\d, ]*)\),? *\} *\n",
    re.ASCII,
)
LONGEST = 1000  # characters of a header; NumPy writes about 118
NUMBERS = ("bool", "int64", "float32", "float64")
TYPES = {np.dtype(name).str: name for name in NUMBERS} | {"|O": "Python objects"}
REMEDY = "write one with gan_course.datasets.array.write_array"


class ArrayFileError(ValueError):
    """A file that is no array of images: one sentence, with what to do.

    Attributes:
        path: the file.
        reason: what is wrong with it, and the remedy.
    """

    def __init__(self, path: str | Path, reason: str) -> None:
        super().__init__(f"{path} {reason}.")
        self.path, self.reason = Path(path), reason

    def __reduce__(self) -> tuple:
        return type(self), (self.path, self.reason)


def array(path: str | Path) -> ImageSet:
    """The images of a `.npy` file: uint8 (N, C, H, W), C = 1 (grey) or 3 (RGB).

    The file is mapped into memory, not read: a batch fetches only its own pages, and
    the system drops them when memory runs short, so the file may be larger than the
    memory. Changing the tensor leaves the file as it is. Nothing is ever unpickled.

    Args:
        path: the file, as `write_array` or `numpy.save` makes it.

    Raises:
        ArrayFileError: it is absent, no `.npy` file, damaged, cut short, or holds
            something else than such images.

    Source: the format is that of `numpy.lib.format`, version 1.0.
    """
    path = Path(path)
    try:
        if not path.is_file():  # opening a pipe would wait for its other end
            what = "is not a file" if path.exists() else "does not exist"
            raise ArrayFileError(path, f"{what}; name a .npy file, or {REMEDY}")
        with path.open("rb") as file:
            shape, start = _read_header(file, path)
        size = path.stat().st_size
        if size != start + math.prod(shape):
            raise ArrayFileError(
                path,
                f"announces {start + math.prod(shape):,} bytes, but holds {size:,}; "
                "copy it or write it again",
            )
        # A private map: PyTorch gets memory it could write to, the file stays as it is.
        levels = np.memmap(path, np.uint8, "c", offset=start, shape=shape)
    except OSError as error:
        why = error.strerror or error
        raise ArrayFileError(path, f"cannot be read ({why}); check its name") from error
    return ImageSet(name="array", images=torch.from_numpy(levels))


def write_array(images: Tensor, path: str | Path) -> None:
    """Write images as a `.npy` file that `array` maps; it is complete or absent.

    The file is put together in memory first, which takes as much as the images.

    Args:
        images: uint8 (N, C, H, W), N ≥ 1, C = 1 (grey) or 3 (RGB), on any device.
        path: the file, ending in `.npy`; missing folders are made.

    Raises:
        ValueError: the images are others, or the name ends in something else.
        OSError: the file cannot be written; an older one is unharmed.
    """
    path = Path(path)
    if path.suffix.lower() != ".npy":
        raise ValueError(f"The file {path} must end in .npy; choose such a name.")
    wrong = _wrong(str(images.dtype).removeprefix("torch."), tuple(images.shape))
    if wrong:
        raise ValueError(f"Cannot write {path}: the tensor {wrong}.")
    levels = images.detach().cpu().contiguous().numpy()
    header = io.BytesIO()
    npy.write_array_header_1_0(header, npy.header_data_from_array_1_0(levels))
    write_atomically(path, b"".join([header.getvalue(), memoryview(levels).cast("B")]))


def _read_header(file: BinaryIO, path: Path) -> tuple[tuple[int, ...], int]:
    """Return the shape of the images and where in the file they begin.

    The header is a line of Python, which a strict pattern reads more safely than any
    interpreter.
    """
    magic, length = file.read(len(MAGIC)), file.read(2)
    line = file.read(int.from_bytes(length, "little")).decode("latin-1")
    header = HEADER.fullmatch(line) if len(line) <= LONGEST else None
    if magic != MAGIC or not header:
        raise ArrayFileError(path, f"is not a .npy file of version 1.0; {REMEDY}")
    shape = tuple(int(number) for number in re.findall(r"\d+", header[3], re.ASCII))
    dtype = "uint8" if header[1] == "|u1" else TYPES.get(header[1], header[1])
    wrong = _wrong(dtype, shape)
    if header[2] == "True":
        wrong = "is stored column by column; save numpy.ascontiguousarray of it"
    if wrong:
        raise ArrayFileError(path, wrong)
    return shape, file.tell()


def _wrong(dtype: str, shape: tuple[int, ...]) -> str:
    """Say why an array holds no images that can be used, or nothing."""
    images = len(shape) == 4 and shape[1] in (1, 3) and min(shape) >= 1
    if dtype != "uint8" or not images:
        return (
            f"holds {dtype} of shape {shape}, but images are uint8 (N, C, H, W) with "
            "C = 1 or 3 and at least one image; convert it with numpy"
        )
    return ""
