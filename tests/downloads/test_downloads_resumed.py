import errno
import io
import json
import os
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
import requests

import gan_course.datasets.download as module
from gan_course.datasets import mnist_files
from gan_course.datasets.download import DownloadError
from gan_course.datasets.mnist import _load, place
from gan_course.datasets.sources import MNIST, IdxFile
from tests import file_server
from tests.downloading import (
    CONTENT,
    HALF,
    NAME,
    assert_whole,
    files,
    get,
    md5,
)

REAL = Path(os.environ.get("GAN_COURSE_DATA", "nowhere")) / "mnist"


def leave(path, part, note):
    """Leave behind what a process that was killed might leave."""
    path.parent.mkdir()
    path.with_name(f"{NAME}.part").write_bytes(part)
    if note is not None:
        path.with_name(f"{NAME}.part.json").write_bytes(note)
    path.with_name("tmpx1y2z3").write_bytes(b"")


def note_of(server, **changes):
    note = {"address": server.address + NAME, "hash": md5(CONTENT), "mark": server.etag}
    return json.dumps(note | changes).encode()


@pytest.mark.parametrize(
    "note", [None, b"", b'{"address": "http:/', b"[]", b"{}", b"\xff", "other", "older"]
)
def test_a_part_that_no_note_explains_is_not_continued(server, path, note):
    if note == "other":
        note = note_of(server, address="http://elsewhere/images.gz")
    if note == "older":
        note = note_of(server, hash=md5(b""))
    leave(path, CONTENT[:HALF], note)
    get(server, path)
    assert_whole(path)
    assert [request.range for request in server.requests] == [None]


@pytest.mark.parametrize(
    ("part", "ranges"),
    [
        (CONTENT[:HALF], [f"bytes={HALF}-"]),
        (CONTENT, []),  # killed before the file got its name
        (b"?" * HALF, [f"bytes={HALF}-", None]),  # the disk lost what was written
        (CONTENT + b"?", [None]),
        (b"?" * len(CONTENT), [None]),
        (b"", [None]),
    ],
)
def test_a_part_is_only_a_beginning(server, path, part, ranges):
    leave(path, part, note_of(server))
    get(server, path)
    assert_whole(path)
    assert [request.range for request in server.requests] == ranges


def test_a_note_with_a_strange_mark_does_no_harm(server, path):
    leave(path, CONTENT[:HALF], note_of(server, mark='"a"\r\nX: y'))
    get(server, path)
    assert_whole(path)


# The package's __init__ is left out, because it loads PyTorch.
PROCESS = """
import sys, types
package = types.ModuleType("gan_course.datasets")
package.__path__ = [sys.argv[1]]
sys.modules["gan_course.datasets"] = package
from gan_course.datasets.download import download
download(sys.argv[2], sys.argv[3], known_hash=sys.argv[4], size=int(sys.argv[5]))
"""


def start(server, path):
    folder = Path(module.__file__).parent
    arguments = [folder, server.address + NAME, path, md5(CONTENT), len(CONTENT)]
    return subprocess.Popen(
        [sys.executable, "-c", PROCESS, *map(str, arguments)],
        cwd=folder.parents[1],
        stderr=subprocess.PIPE,
        text=True,
    )


def test_a_killed_process_leaves_nothing_to_trust_but_a_beginning(server, path):
    server.answers = [file_server.stall(HALF)]
    part = path.with_name(f"{NAME}.part")
    with start(server, path) as process:
        try:
            end = time.monotonic() + 30
            while not part.is_file() or part.stat().st_size < HALF:
                assert process.poll() is None and time.monotonic() < end
                time.sleep(0.01)
        finally:
            process.kill()
    assert NAME not in files(path)
    assert part.read_bytes() == CONTENT[:HALF]
    get(server, path)
    assert_whole(path)
    assert server.requests[-1].range == f"bytes={HALF}-"
    assert server.requests[-1].sent == len(CONTENT) - HALF


def test_of_two_processes_one_waits_for_the_other(server, path):
    server.answers = [file_server.slow(0.5)]
    with start(server, path) as first, start(server, path) as second:
        assert first.communicate() == (None, "")
        assert second.communicate() == (None, "")
    assert (first.returncode, second.returncode) == (0, 0)
    assert_whole(path)
    assert [request.sent for request in server.requests] == [len(CONTENT)]


def test_a_wait_for_another_process_has_an_end(server, path, monkeypatch):
    monkeypatch.setattr(module, "WAIT", 0.05)
    path.parent.mkdir()
    expected = r"another process downloaded into .*; end that process\); to do"
    with (
        module.FileLock(path.parent / ".lock"),
        pytest.raises(DownloadError, match=expected),
    ):
        get(server, path)


def test_a_full_disk_is_one_sentence(server, path, monkeypatch):
    class Full(io.BytesIO):
        def write(self, content):
            raise OSError(errno.ENOSPC, "No space left on device")

    ordinary = Path.open
    monkeypatch.setattr(
        Path,
        "open",
        lambda self, mode="r", *rest, **more: (
            Full() if mode == "wb" else ordinary(self, mode, *rest, **more)
        ),
    )
    with pytest.raises(DownloadError) as caught:
        get(server, path)
    assert str(caught.value) == (
        f"Cannot write into {path.parent} (No space left on device); free some space "
        "there, or name another folder in GAN_COURSE_CACHE."
    )
    assert NAME not in files(path)


def test_a_file_in_place_of_the_folder_is_one_sentence(server, tmp_path):
    (tmp_path / "taken").write_bytes(b"mine")
    with pytest.raises(DownloadError, match=r"Cannot write into .*taken \("):
        get(server, tmp_path / "taken" / NAME)
    assert (tmp_path / "taken").read_bytes() == b"mine"


def test_an_interruption_keeps_what_is_there(server, path, monkeypatch):
    def interrupt(response, size):
        yield CONTENT[:HALF]
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(requests.Response, "iter_content", interrupt)
        with pytest.raises(KeyboardInterrupt):
            get(server, path)
    assert files(path) == [f"{NAME}.part", f"{NAME}.part.json"]
    get(server, path)
    assert_whole(path)
    assert server.requests[-1].range == f"bytes={HALF}-"


def published(server, folder):
    """MNIST as this server publishes it: its files as they lie in a folder."""
    files = {}
    for split, pair in MNIST.files.items():
        contents = [(folder / f"{file.name}.gz").read_bytes() for file in pair]
        files[split] = tuple(
            IdxFile(file.name, len(packed), md5(packed)[4:], file.content)
            for file, packed in zip(pair, contents)
        )
        server.files |= {
            f"{file.name}.gz": packed for file, packed in zip(pair, contents)
        }
    return replace(MNIST, address=server.address, files=files)


@pytest.mark.skipif(
    not (REAL / "train-images-idx3-ubyte.gz").is_file(),
    reason="GAN_COURSE_DATA names no folder with the files of MNIST",
)
def test_real_mnist_survives_a_bad_connection(server, tmp_path, monkeypatch):
    monkeypatch.delenv("GAN_COURSE_DATA")
    monkeypatch.setenv("GAN_COURSE_CACHE", str(tmp_path))
    source = published(server, REAL)
    images, half = server.files["train-images-idx3-ubyte.gz"], 300 * module.CHUNK
    server.answers = [
        file_server.cut(half),
        file_server.status(503),
        file_server.serve,
        file_server.other(images),  # in place of the labels
    ]
    assert place(source) is None
    with pytest.raises(DownloadError, match=r"train-labels-.*\.gz .*changed"):
        _load(source, "train", None)
    train, rest = _load(source, "train", None), _load(source, "held-out", None)
    assert (len(train), len(rest)) == (60_000, 10_000)
    assert rest.labels.bincount().tolist()[:3] == [980, 1135, 1032]
    ranges = [request.range for request in server.requests]
    assert ranges == [None, *2 * [f"bytes={half}-"], None, None, None, None]
    assert place(source) == mnist_files.downloads(source)
    assert not list(tmp_path.rglob("*.part*"))
