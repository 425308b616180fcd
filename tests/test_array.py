import math
import os
import random
import subprocess
import sys
import threading

import numpy as np
import pytest
import torch

from gan_course.datasets import load
from gan_course.datasets.array import ArrayFileError, array, write_array
from gan_course.training import Trainer

MEGABYTES = 96  # of the file whose memory is measured


@pytest.fixture
def images():
    return torch.randint(0, 256, (5, 3, 8, 9), dtype=torch.uint8)


@pytest.fixture
def file(images, tmp_path):
    write_array(images, tmp_path / "images.npy")
    return tmp_path / "images.npy"


def test_what_is_written_is_read_back(images, file):
    mapped = load("array", path=str(file))
    assert mapped.name == "array" and mapped.labels is None
    assert mapped.images.dtype == torch.uint8
    assert torch.equal(mapped.images, images)


def test_the_file_is_that_of_numpy(images, file, tmp_path):
    assert np.array_equal(np.load(file), images.numpy())
    np.save(tmp_path / "theirs.npy", images.numpy())
    assert (tmp_path / "theirs.npy").read_bytes() == file.read_bytes()


@pytest.mark.parametrize("view", ["transposed", "channels last"])
def test_a_tensor_of_any_layout_is_written_in_order(images, file, view):
    moved = images.transpose(2, 3)
    if view == "channels last":
        moved = images.contiguous(memory_format=torch.channels_last)
    write_array(moved, file)
    assert torch.equal(array(file).images, moved)


def test_a_changed_tensor_leaves_the_file_alone(images, file):
    before = file.read_bytes()
    mapped = array(file).images
    mapped.zero_()
    assert file.read_bytes() == before
    assert torch.equal(array(file).images, images)


def test_a_large_file_is_not_read_into_memory(tmp_path):
    """In a process of its own, whose memory nothing else changes."""
    path, count = tmp_path / "large.npy", MEGABYTES * 2**20 // (3 * 64 * 64)
    shape = (count, 3, 64, 64)
    header = {"descr": "|u1", "fortran_order": False, "shape": shape}
    with path.open("wb") as large:
        np.lib.format.write_array_header_1_0(large, header)
        large.truncate(large.tell() + math.prod(shape))
    program = (
        "import sys, psutil, torch; from gan_course.datasets.array import array\n"
        "memory = psutil.Process().memory_info\n"
        "before = memory().rss\n"
        "images = array(sys.argv[1]).images\n"
        "batch = images[torch.randint(len(images), (64,))]\n"
        "print(len(images), batch.sum().item(), memory().rss - before)\n"
    )
    command = [sys.executable, "-c", program, str(path)]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    result = subprocess.run(
        command, capture_output=True, text=True, check=True, env=environment
    )
    found, total, grown = map(int, result.stdout.split())
    assert (found, total) == (count, 0)
    assert grown < MEGABYTES * 2**20 / 8


def test_a_training_reads_from_the_file_without_a_copy(file, images):
    mapped = array(file).images
    generator = torch.nn.Sequential(
        torch.nn.Linear(2, 3 * 8 * 9), torch.nn.Unflatten(1, (3, 8, 9))
    )
    discriminator = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(216, 1))
    trainer = Trainer(generator, discriminator, mapped, latent_size=2, batch_size=4)
    assert trainer.images.data_ptr() == mapped.data_ptr()
    trainer.train(until=8)
    assert torch.equal(array(file).images, images)


@pytest.mark.parametrize(
    ("made", "sentence"),
    [
        (np.zeros((2, 1, 4, 4), np.float32), r"holds float32 of shape \(2, 1, 4, 4\)"),
        (np.zeros((2, 1, 4, 4), bool), r"holds bool of shape"),
        (np.zeros((2, 1, 4, 4), ">u2"), r"holds >u2 of shape"),
        (
            np.zeros((2, 4, 4), np.uint8),
            r"holds uint8 of shape \(2, 4, 4\), but images",
        ),
        (np.zeros((2, 4, 4, 3), np.uint8), r"shape \(2, 4, 4, 3\), .* convert it with"),
        (np.zeros((0, 1, 4, 4), np.uint8), "at least one image"),
        (np.array([{}], object), r"holds Python objects of shape \(1,\)"),
        (np.zeros((2, 3, 4, 5), np.uint8, "F"), "column by column; save numpy.asc"),
        (np.zeros(2, [("a", "u1")]), r"is not a \.npy file of version 1\.0; write one"),
    ],
)
def test_another_array_is_refused(made, sentence, tmp_path):
    np.save(tmp_path / "other.npy", made, allow_pickle=True)
    with pytest.raises(ArrayFileError, match=sentence):
        array(tmp_path / "other.npy")


@pytest.mark.parametrize("cut", [0, 3, 9, 40, 127, 128, 1000, -1])
def test_a_file_cut_short_is_refused(file, cut):
    content = file.read_bytes()
    file.write_bytes(content[:cut])
    with pytest.raises(
        ArrayFileError, match=r"is not a|announces 1,208 bytes, but hold"
    ):
        array(file)
    file.write_bytes(content + b"x")
    with pytest.raises(ArrayFileError, match="1,208 bytes, but holds 1,209; copy it"):
        array(file)


@pytest.mark.parametrize(
    "shape",
    [
        "(5, 3, 8, -9)",
        "(5, 3, 8, 9.0)",
        "[5, 3, 8, 9]",
        "(5, 3, 8, " + 2000 * "9" + ")",
    ],
)
def test_a_header_of_another_form_is_refused(file, shape):
    header = f"{{'descr': '|u1', 'fortran_order': False, 'shape': {shape}, }}\n"
    start = b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little")
    file.write_bytes(start + header.encode() + bytes(1080))
    with pytest.raises(ArrayFileError, match=r"is not a \.npy file of version 1\.0"):
        array(file)


def test_a_damaged_header_never_escapes_as_another_error(file):
    content, draw = file.read_bytes(), random.Random(0)
    refused = 0
    for _ in range(300):
        damaged = bytearray(content)
        for _ in range(draw.randint(1, 3)):
            damaged[draw.randrange(80)] = draw.randrange(256)
        file.write_bytes(damaged)
        try:
            array(file)
        except ArrayFileError:
            refused += 1
    assert refused > 250


def test_what_is_no_file_is_refused(tmp_path):
    with pytest.raises(ArrayFileError, match=r"is not a file; name a \.npy file"):
        array(tmp_path)
    with pytest.raises(ArrayFileError, match=r"absent\.npy does not exist; name"):
        array(tmp_path / "absent.npy")
    (tmp_path / "archive.npy").write_bytes(b"PK\x03\x04")
    with pytest.raises(ArrayFileError, match=r"is not a \.npy file"):
        array(tmp_path / "archive.npy")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_is_refused_and_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe.npy")
    caught = []

    def read():
        with pytest.raises(ArrayFileError, match="is not a file") as error:
            array(tmp_path / "pipe.npy")
        caught.append(error)

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    reader.join(timeout=10)
    assert caught


@pytest.mark.parametrize(
    ("make", "name", "sentence"),
    [
        (lambda images: images.float(), "a.npy", "the tensor holds float32 of shape"),
        (lambda images: images[0], "a.npy", r"shape \(3, 8, 9\), but images are uint8"),
        (lambda images: images[:0], "a.npy", "at least one image"),
        (lambda images: images[:, :2], "a.npy", "C = 1 or 3"),
        (lambda images: images, "a.png", r"a\.png must end in \.npy"),
    ],
)
def test_what_is_no_set_of_images_is_not_written(
    images, tmp_path, make, name, sentence
):
    with pytest.raises(ValueError, match=sentence):
        write_array(make(images), tmp_path / name)
    assert not list(tmp_path.iterdir())


def test_a_write_that_fails_leaves_the_older_file(images, file, monkeypatch):
    before = file.read_bytes()

    def full(*arguments):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left on device"):
        write_array(images + 1, file)
    assert [path.read_bytes() for path in file.parent.iterdir()] == [before]
