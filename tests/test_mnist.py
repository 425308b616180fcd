import os
import re
import time
from pathlib import Path

import numpy as np
import pytest
import torch

import gan_course.datasets.download as downloading
from gan_course.datasets import mnist_files
from gan_course.datasets.download import DownloadError
from gan_course.datasets.idx import IdxFileError
from gan_course.datasets.mnist import MNIST, fashion_mnist, mnist, place
from tests import file_server, small_mnist
from tests.small_mnist import CLOTHES, DIGITS, SMALL_FASHION, SMALL_MNIST, idx, put

REAL = Path(os.environ.get("GAN_COURSE_DATA", "nowhere"))
TRAIN = "train-images-idx3-ubyte"
LABELS = "train-labels-idx1-ubyte"


@pytest.fixture(autouse=True)
def _own_folders(tmp_path, monkeypatch):
    monkeypatch.delenv("GAN_COURSE_DATA", raising=False)
    monkeypatch.setenv("GAN_COURSE_CACHE", str(tmp_path / "cache"))
    for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)


@pytest.fixture
def small(monkeypatch):
    small_mnist.use(monkeypatch)


@pytest.fixture
def offline(monkeypatch):
    """Let no download succeed."""

    def refuse(source, split):
        raise DownloadError(f"{source.name} {split} would be downloaded")

    monkeypatch.setattr(mnist_files, "fetch", refuse)


def assert_digits(image_set, split="train"):
    prefix = "train" if split == "train" else "t10k"
    pixels = image_set.images.numpy().tobytes()
    assert pixels == DIGITS[f"{prefix}-images-idx3-ubyte"][16:]
    assert bytes(image_set.labels.tolist()) == DIGITS[f"{prefix}-labels-idx1-ubyte"][8:]


@pytest.mark.parametrize("ending", ["", ".gz"])
@pytest.mark.parametrize("dotted", [False, True])
@pytest.mark.parametrize("inside", [".", "mnist"])
@pytest.mark.parametrize("named", ["argument", "variable"])
def test_a_folder_is_read_however_its_files_are_called(
    small, offline, tmp_path, monkeypatch, ending, dotted, inside, named
):
    folder = tmp_path / "data with ö"
    put(folder / inside, DIGITS, ending=ending, dotted=dotted)
    if named == "variable":
        monkeypatch.setenv("GAN_COURSE_DATA", str(folder))
    for split in ("train", "held-out"):
        image_set = mnist(split, folder=folder if named == "argument" else None)
        assert_digits(image_set, split)
        assert image_set.images.dtype == torch.uint8
        assert image_set.labels.dtype == torch.int64
        assert image_set.classes == tuple("0123456789")


def test_the_argument_goes_before_the_variable(small, tmp_path, monkeypatch):
    monkeypatch.setenv("GAN_COURSE_DATA", str(tmp_path / "absent"))
    assert_digits(mnist(folder=put(tmp_path / "here", DIGITS)))


def test_the_second_call_reads_the_cache(small, tmp_path, monkeypatch):
    folder = put(tmp_path / "data", DIGITS)
    first = mnist(folder=folder)
    monkeypatch.setattr(mnist_files, "read", None)
    assert torch.equal(mnist(folder=folder).images, first.images)


def test_other_files_are_not_answered_from_the_cache(small, tmp_path):
    folder = put(tmp_path / "data", CLOTHES)
    fashion_mnist(folder=folder)
    labels = np.frombuffer(CLOTHES[LABELS][8:], np.uint8)
    (folder / LABELS).write_bytes(idx(labels[::-1].copy()))
    assert fashion_mnist(folder=folder).labels.tolist() == labels[::-1].tolist()


@pytest.mark.parametrize("ending", ["", ".gz"])
def test_a_changed_pixel_is_refused(small, tmp_path, ending):
    content = DIGITS[TRAIN][:-1] + bytes([DIGITS[TRAIN][-1] ^ 1])
    folder = put(tmp_path / "data", DIGITS | {TRAIN: content}, ending=ending)
    with pytest.raises(IdxFileError) as caught:
        mnist(folder=folder)
    path, known = folder / f"{TRAIN}{ending}", SMALL_MNIST.files["train"][0]
    assert str(caught.value).startswith(f"{path} is not MNIST's {TRAIN}: its content")
    assert f"instead of {known.content}; get it from https://" in str(caught.value)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({LABELS: idx(np.arange(40, dtype=np.uint8) % 8)}, "equally frequent"),
        ({LABELS: idx(np.zeros(40, np.uint8))}, "equally frequent"),
        (
            {LABELS: CLOTHES["t10k-labels-idx1-ubyte"]},
            r"holds torch\.uint8 of shape \(20,\) instead of torch\.uint8 of .*\(40,\)",
        ),
        ({TRAIN: CLOTHES["t10k-images-idx3-ubyte"]}, r"\(20, 28, 28\) instead of"),
        ({TRAIN: DIGITS[TRAIN]}, "it is MNIST's; get it from http://fashion-mnist"),
        ({TRAIN: b"\0\0\x0e\1\0\0\0\1" + bytes(8)}, r"holds torch\.float64 of"),
        ({TRAIN: b"<html>"}, "is not an IDX file"),
    ],
)
def test_what_is_not_fashion_mnist_is_refused(small, tmp_path, change, reason):
    folder = put(tmp_path / "fashion_mnist", CLOTHES | change)
    with pytest.raises(IdxFileError, match=reason):
        fashion_mnist(folder=tmp_path)
    assert fashion_mnist("held-out", folder=folder).classes[9] == "Ankle boot"


def test_the_two_sets_are_not_mistaken_for_each_other(small, offline, tmp_path):
    digits, clothes = put(tmp_path / "a", DIGITS), put(tmp_path / "b", CLOTHES)
    for load, folder in ((mnist, clothes), (fashion_mnist, digits)):
        with pytest.raises(
            ValueError, match=f"There is no .*MNIST in {re.escape(str(folder))}"
        ):
            load(folder=folder)
    assert place(SMALL_MNIST) is place(SMALL_FASHION) is None


def test_both_sets_live_in_one_folder(small, tmp_path, monkeypatch):
    monkeypatch.setenv("GAN_COURSE_DATA", str(tmp_path))
    put(tmp_path / "mnist", DIGITS)
    put(tmp_path / "fashion_mnist", CLOTHES, ending=".gz")
    assert place(SMALL_MNIST) == tmp_path / "mnist"
    assert place(SMALL_FASHION) == tmp_path / "fashion_mnist"
    assert_digits(mnist())
    assert fashion_mnist().labels.tolist() == 4 * list(range(10))


def test_a_folder_without_the_files_is_one_sentence(tmp_path):
    (tmp_path / TRAIN).write_bytes(b"")
    with pytest.raises(ValueError, match="There is no MNIST in") as caught:
        mnist(folder=tmp_path)
    assert str(caught.value) == (
        f"There is no MNIST in {tmp_path}; put {TRAIN} and {LABELS} there or into a "
        "folder mnist inside, unpacked or as .gz, or leave out folder=."
    )


def test_a_folder_that_is_none_is_one_sentence(tmp_path, monkeypatch):
    absent, taken = tmp_path / "absent", tmp_path / "taken"
    taken.write_bytes(b"")
    for folder in (absent, taken, str(absent)):
        with pytest.raises(
            ValueError, match=r"^folder= names .*, which cannot be look"
        ):
            mnist(folder=folder)
    monkeypatch.setenv("GAN_COURSE_DATA", str(absent))
    expected = "GAN_COURSE_DATA names .*absent, which .* the files of Fashion-MNIST"
    with pytest.raises(ValueError, match=expected):
        fashion_mnist()


@pytest.mark.parametrize("split", ["test", "trian", "", None])
def test_a_wrong_split_is_one_sentence(split):
    near = "train" if split == "trian" else "held-out"
    expected = f"mnist got split={split!r}; choose 'train' or 'held-out'. Did you mean"
    with pytest.raises(ValueError, match=f"{expected} '{near}'") as caught:
        mnist(split)
    assert str(caught.value).endswith("?")


def test_a_folder_of_other_data_does_not_hinder_the_download(
    small, offline, tmp_path, monkeypatch
):
    monkeypatch.setenv("GAN_COURSE_DATA", str(tmp_path))
    with pytest.raises(DownloadError, match="mnist train would be downloaded"):
        mnist()


def test_what_is_nowhere_is_downloaded_and_kept(monkeypatch, tmp_path):
    with file_server.running() as server:
        source = small_mnist.use(monkeypatch, server.address)
        folder = put(tmp_path / "published", DIGITS, ending=".gz")
        server.files = {path.name: path.read_bytes() for path in folder.iterdir()}
        assert place(source) is None
        assert_digits(mnist())
        assert len(server.requests) == 2
        assert place(source) is None  # the held-out files are still missing
        assert_digits(mnist("held-out"), "held-out")
        assert_digits(mnist())
        assert len(server.requests) == 4
    kept = tmp_path / "cache" / "downloads" / "mnist"
    assert place(source) == kept
    for path in kept.iterdir():
        path.unlink()
    assert place(source) == tmp_path / "cache"
    assert_digits(mnist())


def test_without_a_network_the_sentence_says_where_the_files_go(monkeypatch):
    monkeypatch.setattr(downloading, "PAUSE", 0.01)
    small_mnist.use(monkeypatch, "http://127.0.0.1:9/")
    with pytest.raises(DownloadError) as caught:
        mnist()
    sentence = str(caught.value)
    assert sentence.startswith("Cannot download http://127.0.0.1:9/train-images-idx3-")
    assert "do without the download, put train-images-idx3-ubyte.gz, " in sentence
    assert ", t10k-labels-idx1-ubyte.gz into a folder mnist and set" in sentence
    assert sentence.endswith("and set GAN_COURSE_DATA to the folder around it.")


@pytest.mark.skipif(
    not (REAL / "mnist").is_dir(),
    reason="GAN_COURSE_DATA names no folder with the files of MNIST",
)
def test_real_mnist_has_its_images_and_labels_and_loads_in_a_second(monkeypatch):
    monkeypatch.setenv("GAN_COURSE_DATA", str(REAL))
    assert place(MNIST) == REAL / "mnist"
    seconds = []
    for _ in range(3):
        begin = time.perf_counter()
        train, rest = mnist(), mnist("held-out")
        seconds.append(time.perf_counter() - begin)
    assert min(seconds) < 1  # once its unpacked content is kept
    assert train.images.shape == (60_000, 1, 28, 28)
    assert rest.images.shape == (10_000, 1, 28, 28)
    counts = [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
    assert train.labels.bincount().tolist() == counts
    counts = [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
    assert rest.labels.bincount().tolist() == counts
    assert train.labels[:5].tolist() == [5, 0, 4, 1, 9]
    assert rest.labels[:5].tolist() == [7, 2, 1, 0, 4]
    # Mean and deviation that the field divides by: 0.1307 and 0.3081 of 255.
    pixels = train.images.double() / 255
    assert abs(pixels.mean() - 0.1307) < 5e-5
    assert abs(pixels.std() - 0.3081) < 5e-5
