import gzip
import math
import os
import random
import struct
import tracemalloc

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from gan_course.datasets.idx import LARGEST, IdxFileError, decode, read_idx

KINDS = {
    8: np.uint8,
    9: np.int8,
    11: np.int16,
    12: np.int32,
    13: np.float32,
    14: np.float64,
}
MEBIBYTE = 2**20


def header(shape, kind=8):
    return bytes([0, 0, kind, len(shape)]) + struct.pack(f">{len(shape)}I", *shape)


def idx(array):
    """Write an array as the format's description says, one number at a time."""
    kind = next(k for k, dtype in KINDS.items() if dtype == array.dtype)
    letter = {8: "B", 9: "b", 11: "h", 12: "i", 13: "f", 14: "d"}[kind]
    numbers = b"".join(struct.pack(f">{letter}", v) for v in array.ravel().tolist())
    return header(array.shape, kind) + numbers


@pytest.fixture
def write(tmp_path):
    def write(content, name="file"):
        path = tmp_path / name
        path.write_bytes(content)
        return path

    return write


IMAGES = np.random.default_rng(0).integers(0, 256, (7, 5, 4), dtype=np.uint8)


@pytest.mark.parametrize("dtype", KINDS.values())
@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_every_type_is_read_packed_or_not(write, dtype, pack):
    numbers = np.random.default_rng(1).normal(0, 50, (3, 2, 5)).astype(dtype)
    tensor = read_idx(write(pack(idx(numbers))))
    assert tensor.numpy().dtype == dtype
    assert np.array_equal(tensor.numpy(), numbers)
    tensor[0] = 1  # it may be written to, as any tensor


def test_an_example_by_hand(write):
    content = bytes([0, 0, 11, 2, 0, 0, 0, 1, 0, 0, 0, 2, 0x01, 0x02, 0xFF, 0xFE])
    assert read_idx(write(content)).tolist() == [[258, -2]]


def test_the_content_decides_and_not_the_name(write):
    packed = write(gzip.compress(idx(IMAGES)), "images-idx3-ubyte")
    plain = write(idx(IMAGES), "images-idx3-ubyte.gz")
    assert torch.equal(read_idx(packed), read_idx(plain))


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "is not an IDX file: it is empty"),
        (b"<html>not found</html>", "is not an IDX file: it begins with 3c 68 74 6d"),
        (b"\0\0\x0a\1\0\0\0\1\1", "is not an IDX file: it begins with 00 00 0a 01"),
        (b"\0\0\x08\0", "announces 0 dimensions, but must have 1 to 8"),
        (b"\0\0\x08\xff", "announces 255 dimensions"),
        (b"\0\0\x08\2\0\0\0\1\0", "ends within its header"),
        (header((3, 0)), r"holds no number: its shape is \(3, 0\)"),
        (header((2, 2)) + b"abc", "announces 16 bytes, but holds only 15"),
        (header((2, 2)) + b"abcde", "announces 16 bytes, but holds more"),
        (header((2**32 - 1,) * 8), "announces .* bytes, but at most 1,073,741,824"),
        (gzip.compress(b"\0\0\x08\0"), "announces 0 dimensions"),
        (gzip.compress(idx(IMAGES))[:-3], "is a damaged gzip file"),
        (gzip.compress(idx(IMAGES)) + b"more", "is a damaged gzip file"),
        (b"\x1f\x8b", "is a damaged gzip file"),
    ],
)
def test_what_is_no_idx_file_is_refused_in_a_sentence(write, content, reason):
    path = write(content, "images with ö")
    with pytest.raises(IdxFileError, match=reason) as caught:
        read_idx(path)
    assert str(caught.value) == f"{path} {caught.value.reason}."
    assert caught.value.path == path


def test_a_changed_byte_of_a_gzip_file_is_noticed(write):
    packed = bytearray(gzip.compress(idx(IMAGES), mtime=0))
    packed[-6] ^= 1  # of the checksum: the content is whole
    with pytest.raises(IdxFileError, match=r"damaged gzip file .*CRC"):
        read_idx(write(packed))


def test_what_is_no_file_is_refused(tmp_path):
    with pytest.raises(IdxFileError, match="does not exist; name an IDX file"):
        read_idx(tmp_path / "nothing")
    with pytest.raises(IdxFileError, match="is not a file"):
        read_idx(tmp_path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_a_pipe_is_refused_without_waiting_for_it(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(IdxFileError, match="is not a file"):
        read_idx(tmp_path / "pipe")


def test_a_file_that_may_not_be_read_is_refused(write, monkeypatch):
    path = write(idx(IMAGES))

    def refuse(self, *args):
        raise PermissionError(13, "Permission denied", str(self))

    monkeypatch.setattr(type(path), "open", refuse)
    with pytest.raises(IdxFileError, match=r"cannot be read \(Permission denied\)"):
        read_idx(path)


def test_the_size_may_be_limited(write):
    path = write(idx(IMAGES))
    size = path.stat().st_size
    assert read_idx(path, largest=size).shape == (7, 5, 4)
    with pytest.raises(IdxFileError, match=f"at most {size - 1} are allowed"):
        read_idx(path, largest=size - 1)


def attempt(path):
    """Return the tensor and no error, or no tensor and the error."""
    try:
        return read_idx(path), None
    except IdxFileError as error:
        return None, error


def peak_memory(path):
    """Return the bytes that reading takes at most, refused or not."""
    tracemalloc.start()
    attempt(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
@pytest.mark.parametrize("shape", [(2**32 - 1, 28, 28), (LARGEST - 8,), (1000, 28, 28)])
def test_an_announced_size_takes_no_memory(write, pack, shape):
    assert peak_memory(write(pack(header(shape) + bytes(100)))) < 8 * MEBIBYTE


def test_a_bomb_is_unpacked_no_further_than_it_announces(write):
    bomb = gzip.compress(header((10,)) + bytes(200 * MEBIBYTE), compresslevel=1)
    assert peak_memory(write(bomb)) < 8 * MEBIBYTE


def damaged(content, random):
    """Flip up to eight bits, cut, or lengthen: one of them at random."""
    content = bytearray(content)
    what = random.randrange(4)
    if what == 0:
        return bytes(content[: random.randrange(len(content))])
    if what == 1:
        return bytes(content) + random.randbytes(random.randint(1, 9))
    # In half of the cases the damage is where it matters most.
    reach = min(len(content), 24) if what == 2 else len(content)
    for _ in range(random.randint(1, 8)):
        content[random.randrange(reach)] ^= 1 << random.randrange(8)
    return bytes(content)


@pytest.mark.parametrize("pack", [bytes, lambda content: gzip.compress(content, 1)])
def test_damaged_files_are_read_as_they_say_or_refused(write, pack):
    draw = random.Random(20)
    refused = 0
    for _ in range(400):
        content = damaged(pack(idx(IMAGES)), draw)
        path = write(content)
        tensor, error = attempt(path)
        if error:
            assert str(error).startswith(f"{path} ") and str(error).endswith(".")
            assert "\n" not in str(error)
            refused += 1
        elif pack is bytes:
            told = struct.unpack_from(f">{content[3]}I", content, 4)
            assert tensor.shape == told
            size = math.prod(told) * tensor.element_size()
            assert len(content) == 4 + 4 * content[3] + size
        else:  # the checksum holds, so only the gzip header can have changed
            assert np.array_equal(tensor, IMAGES)
    assert 100 < refused < 400


@given(st.binary(max_size=64))
def test_any_bytes_are_read_or_refused(tmp_path_factory, content):
    path = tmp_path_factory.getbasetemp() / "any-bytes"
    for start in (b"", b"\0\0\x08\1", b"\x1f\x8b\x08\0"):
        path.write_bytes(start + content)
        tensor, error = attempt(path)
        assert error.path == path if error else tensor.numel() > 0


@given(
    st.sampled_from(sorted(KINDS)),
    st.lists(st.integers(1, 4), min_size=1, max_size=4),
    st.randoms(use_true_random=False),
)
def test_what_is_written_is_read(kind, shape, draw):
    size = math.prod(shape) * KINDS[kind]().itemsize
    content = bytearray(header(shape, kind) + draw.randbytes(size))
    tensor = decode(content)
    assert tensor.shape == tuple(shape)
    numbers = tensor.numpy()
    assert numbers.astype(numbers.dtype.newbyteorder(">")).tobytes() == content[-size:]
