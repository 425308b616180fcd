"""One file on a server and what is expected of its download, for several tests."""

import gzip
import hashlib
import random

import gan_course.datasets.download as module
from gan_course.datasets.download import download

CONTENT = gzip.compress(random.Random(3).randbytes(300_000))
HALF = 9 * module.CHUNK  # about half; only whole chunks are kept of what broke
NAME = "images.gz"
OFFLINE = "to do without the download, put images.gz into the folder data"


def md5(content):
    return f"md5:{hashlib.md5(content).hexdigest()}"


def get(server, path, content=CONTENT, **options):
    options = {"known_hash": md5(content), "size": len(content)} | options
    return download(server.address + NAME, path, offline=OFFLINE, **options)


def files(path):
    """Name the files in the folder, but for the lock, which stays."""
    return sorted(file.name for file in path.parent.iterdir() if file.name != ".lock")


def assert_whole(path, content=CONTENT):
    assert path.read_bytes() == content
    assert files(path) == [NAME]
