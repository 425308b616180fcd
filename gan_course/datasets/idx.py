"""IDX, the file format of MNIST: a file is read whole and right, or it is refused."""

import gzip
import math
import struct
import zlib
from pathlib import Path
from typing import BinaryIO

import numpy as np
import torch
from torch import Tensor

TYPES = {8: ">u1", 9: ">i1", 11: ">i2", 12: ">i4", 13: ">f4", 14: ">f8"}
MOST_DIMENSIONS = 8
LARGEST = 2**30  # bytes; MNIST's largest file holds 47 million
CHUNK = 2**20
GZIP_MAGIC = b"\x1f\x8b"


class IdxFileError(ValueError):
    """A file that cannot be read as IDX: one sentence, with what to do.

    Attributes:
        path: the file.
        reason: what is wrong with it, such as "is not an IDX file".
    """

    def __init__(self, path: str | Path, reason: str) -> None:
        super().__init__(f"{path} {reason}.")
        self.path, self.reason = Path(path), reason

    def __reduce__(self) -> tuple:
        return type(self), (self.path, self.reason)


def read_idx(path: str | Path, *, largest: int = LARGEST) -> Tensor:
    """Return the tensor that an IDX file holds, packed with gzip or not.

    The content decides, not the name. The header is two zero bytes, a type (uint8,
    int8, int16, int32, float32 or float64), the number of dimensions (1 to 8), and
    each of them in four bytes; the numbers follow, all of it big-endian. The size
    that the header announces is checked before the numbers are read, and never more
    than that is unpacked.

    Args:
        path: the file.
        largest: bytes that the unpacked file may have at most.

    Raises:
        IdxFileError: the file is absent, no IDX file, damaged, shorter or longer than
            it announces, empty, or larger than `largest`.

    Source: Y. LeCun, C. Cortes and C. Burges, The MNIST database of handwritten
    digits, section "The IDX file format".
    """
    return decode(unpack(path, largest=largest))


def unpack(path: str | Path, *, largest: int = LARGEST) -> bytearray:
    """Return an IDX file as bytes, unpacked and of the size that it announces.

    Raises:
        IdxFileError: as in `read_idx`.
    """
    path = Path(path)
    try:
        if not path.is_file():  # opening a pipe would wait for its other end
            what = "is not a file" if path.exists() else "does not exist"
            raise IdxFileError(path, f"{what}; name an IDX file, unpacked or as .gz")
        with path.open("rb") as file:
            packed = file.read(2) == GZIP_MAGIC
            file.seek(0)
            stream = gzip.GzipFile(fileobj=file) if packed else file
            return _read(stream, path, largest)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        reason = f"is a damaged gzip file ({error}); copy or download it again"
        raise IdxFileError(path, reason) from error
    except OSError as error:
        why = error.strerror or error
        raise IdxFileError(path, f"cannot be read ({why})") from error


def decode(content: bytearray) -> Tensor:
    """Return the tensor of an unpacked IDX file; it shares the memory of uint8."""
    shape = _shape(content)
    numbers = np.frombuffer(content, TYPES[content[2]], offset=4 + 4 * len(shape))
    native = numbers.dtype.newbyteorder("=")
    return torch.from_numpy(numbers.astype(native, copy=False).reshape(shape))


def _shape(content: bytearray) -> tuple[int, ...]:
    return struct.unpack_from(f">{content[3]}I", content, 4)


def _read(stream: BinaryIO, path: Path, largest: int) -> bytearray:
    content = _read_header(stream, path)
    shape, itemsize = _shape(content), np.dtype(TYPES[content[2]]).itemsize
    size = len(content) + math.prod(shape) * itemsize
    if 0 in shape:
        raise IdxFileError(path, f"holds no number: its shape is {shape}")
    if size > largest:
        limit = f"at most {largest:,} are allowed"
        raise IdxFileError(path, f"announces {size:,} bytes, but {limit}")
    # One byte more than announced shows whether there is more; at the end of a gzip
    # stream it also makes zlib compare the checksum.
    while len(content) <= size:
        chunk = stream.read(min(CHUNK, size + 1 - len(content)))
        if not chunk:
            break
        content += chunk
    if len(content) != size:
        held = "more" if len(content) > size else f"only {len(content):,}"
        told = f"announces {size:,} bytes, but holds {held}"
        raise IdxFileError(path, f"{told}; copy or download it again")
    return content


def _read_header(stream: BinaryIO, path: Path) -> bytearray:
    header = bytearray(stream.read(4))
    if len(header) < 4 or header[:2] != b"\0\0" or header[2] not in TYPES:
        begins = f"it begins with {header.hex(' ')}" if header else "it is empty"
        raise IdxFileError(path, f"is not an IDX file: {begins}")
    dimensions = header[3]
    if not 1 <= dimensions <= MOST_DIMENSIONS:
        allowed = f"but must have 1 to {MOST_DIMENSIONS}"
        raise IdxFileError(path, f"announces {dimensions} dimensions, {allowed}")
    header += stream.read(4 * dimensions)
    if len(header) < 4 + 4 * dimensions:
        raise IdxFileError(path, "ends within its header; copy or download it again")
    return header
