"""Downloads that end whole and verified or not at all, and continue where they broke.

The bytes gather in `NAME.part`. Beside it `NAME.part.json` notes which file they begin:
its address, its checksum, and the server's mark of its version. `NAME` itself appears
in one step, once the checksum is right.
"""

import contextlib
import json
import sys
import time
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path

import pooch
import requests
from filelock import FileLock, Timeout
from tqdm.auto import tqdm

from gan_course.datasets.answers import (
    TIMEOUT,
    FinalError,
    PassingError,
    check_status,
    reason,
)

ATTEMPTS = 4
PAUSE = 0.5  # seconds before the second attempt, doubled before each further one
CHUNK = 2**14
MARGIN = 2**16  # bytes that a server may send beyond the known size
SHOW_AFTER = 1  # second; a shorter download needs no progress bar
WAIT = 900  # seconds for another process that downloads into the same folder


class DownloadError(OSError):
    """A file that could not be downloaded: the address, why, and what to do."""


def download(
    address: str, path: str | Path, *, known_hash: str, size: int, offline: str = ""
) -> Path:
    """Return `path`, downloaded and verified unless the right file is there already.

    A broken connection is taken up where it broke, by a further attempt or a later
    run. A server that is busy (503 and the like) is asked again after the pause that
    it wants. A terminal and a notebook show a progress bar after a second. Of two
    processes that want the same file, one waits for the other.

    Args:
        address: http or https; redirections are followed.
        path: the file to be; missing folders are made.
        known_hash: its checksum as pooch writes it, such as "md5:f68b3c2d…".
        size: its bytes; a server that sends over 64 KiB more is stopped.
        offline: what to do without this download, to end the error's sentence.

    Raises:
        DownloadError: it could not be had, or could not be written. Nothing that a
            later run would take for the file is left.
    """
    path = Path(path)
    try:
        with _alone_in(path.parent):
            _retrieve(address, path, known_hash, size)
    except FinalError as error:
        end = f"; {offline}." if offline else "."
        raise DownloadError(f"Cannot download {address} ({error}){end}") from error
    except OSError as error:
        why = f"Cannot write into {path.parent} ({error.strerror or error})"
        remedy = "free some space there, or name another folder in GAN_COURSE_CACHE"
        raise DownloadError(f"{why}; {remedy}.") from error
    return path


@contextlib.contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """Hold the folder's lock; the system lifts it when the process ends, killed too."""
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(folder / ".lock", timeout=WAIT):
            yield
    except Timeout:
        waited = f"{WAIT} s passed while another process downloaded into {folder}"
        raise FinalError(f"{waited}; end that process") from None


def _retrieve(address: str, path: Path, known_hash: str, size: int) -> None:
    for left in path.parent.glob("tmp*"):  # pooch's own, of a process that was killed
        left.unlink(missing_ok=True)
    pooch.get_logger().setLevel("WARNING")  # the bar says that a download runs
    pooch.retrieve(
        address,
        known_hash,
        fname=path.name,
        path=path.parent,
        downloader=_Resumable(path.with_name(f"{path.name}.part"), known_hash, size),
    )


class _Resumable:
    """A downloader for pooch that continues the part an earlier attempt left."""

    def __init__(self, part: Path, known_hash: str, size: int) -> None:
        self.part, self.known_hash, self.size = part, known_hash, size
        self.note = part.with_name(f"{part.name}.json")

    def __call__(self, address: str, output_file: str, pooch: object) -> None:
        """Put the verified file at `output_file`, or raise `FinalError`."""
        with _bar(self.part.stem, self.size) as bar:
            for attempt in range(ATTEMPTS):
                try:
                    self._attempt(address, bar)
                    break
                except PassingError as error:
                    broken = error
                if attempt + 1 < ATTEMPTS:
                    time.sleep(max(broken.pause, PAUSE * 2**attempt))
            else:
                raise FinalError(f"{broken}, {ATTEMPTS} times{self._kept_in_words()}")
        self.part.replace(output_file)
        self.note.unlink(missing_ok=True)

    def _attempt(self, address: str, bar: tqdm) -> None:
        """Get what is missing in one request, and verify the whole."""
        kept, mark = self._kept(address)
        if kept < self.size:
            kept = self._request(address, kept, mark, bar)
        algorithm, expected = self.known_hash.split(":")
        found = pooch.file_hash(str(self.part), alg=algorithm)
        if found == expected:
            return
        held = self.part.stat().st_size
        self._forget()
        if kept:
            raise PassingError("what an earlier attempt left did not fit the rest")
        raise FinalError(
            f"the file at the server has changed: {held:,} bytes with {algorithm} "
            f"{found} instead of {self.size:,} bytes with {expected}"
        )

    def _request(self, address: str, kept: int, mark: str, bar: tqdm) -> int:
        """Store the answer to one request; return the bytes it was appended to."""
        headers = {"Accept-Encoding": "identity"}
        if kept:
            headers["Range"] = f"bytes={kept}-"
        if kept and mark and mark.isprintable():
            headers["If-Range"] = mark  # a changed file is sent whole
        try:
            with requests.get(
                address, headers=headers, stream=True, timeout=TIMEOUT
            ) as response:
                check_status(response, ranged=kept > 0)
                kept = self._begin(address, response, kept)
                self._store(response, kept, bar)
        except (requests.TooManyRedirects, ValueError) as error:  # a bad address, too
            raise FinalError(str(error).rstrip(".")) from error
        except requests.RequestException as error:
            raise PassingError(reason(error)) from error
        return kept

    def _begin(self, address: str, response: requests.Response, kept: int) -> int:
        """Return how many bytes of the part the answer continues; 0 clears it."""
        if response.status_code == HTTPStatus.PARTIAL_CONTENT:
            place = response.headers.get("Content-Range", "")
            if place.startswith(f"bytes {kept}-"):
                return kept
            self._forget()
            raise PassingError("it answered with another part than was asked for")
        self._forget()
        tag = response.headers.get("ETag", "")  # a weak one, W/"…", marks no bytes
        mark = tag if tag.startswith('"') else response.headers.get("Last-Modified")
        note = {"address": address, "hash": self.known_hash, "mark": mark or ""}
        self.note.write_text(json.dumps(note), encoding="utf-8")
        return 0

    def _store(self, response: requests.Response, kept: int, bar: tqdm) -> None:
        """Append the body to the part, and no more than the file may have."""
        length = response.headers.get("Content-Length", "")
        whole = kept + int(length) if length.isdecimal() else self.size
        # A .gz file is wanted as it is, even where the server calls that an encoding.
        response.raw.headers.pop("Content-Encoding", None)
        bar.n = held = kept
        most = self.size + MARGIN
        if whole <= most:
            with self.part.open("ab" if kept else "wb") as file:
                for chunk in response.iter_content(CHUNK):
                    held += len(chunk)
                    if held > most:
                        break
                    file.write(chunk)
                    bar.update(len(chunk))
        if max(held, whole) > most:
            self._forget()
            changed = "the file at the server has changed"
            raise FinalError(f"{changed}: it has more than {self.size:,} bytes")
        if held < whole:
            raise PassingError("the connection broke")

    def _kept(self, address: str) -> tuple[int, str]:
        """Return the bytes of the part and their mark; without a note they are gone."""
        try:
            note = json.loads(self.note.read_text(encoding="utf-8"))
            if (note["address"], note["hash"]) == (address, self.known_hash):
                return self.part.stat().st_size, str(note["mark"])
        except (FileNotFoundError, ValueError, TypeError, KeyError):
            pass  # nothing begun, or a note that a kill cut short
        self._forget()
        return 0, ""

    def _kept_in_words(self) -> str:
        held = self.part.stat().st_size if self.part.is_file() else 0
        kept = f"; {held:,} of {self.size:,} bytes are kept for the next run"
        return kept if held else ""

    def _forget(self) -> None:
        self.part.unlink(missing_ok=True)
        self.note.unlink(missing_ok=True)


def _bar(name: str, size: int) -> tqdm:
    """A progress bar for whoever watches, at a terminal or in a notebook."""
    watched = sys.stderr.isatty() or "ipykernel" in sys.modules
    return tqdm(
        total=size,
        desc=name,
        unit="B",
        unit_scale=True,
        delay=SHOW_AFTER,
        disable=not watched,
    )
