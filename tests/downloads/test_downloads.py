import gzip
import io
import random
import socket
import sys
import time

import pytest

import gan_course.datasets.download as module
from gan_course.datasets.download import DownloadError, download
from tests import file_server
from tests.downloading import (
    CONTENT,
    HALF,
    NAME,
    OFFLINE,
    assert_whole,
    files,
    get,
    md5,
)


def test_a_file_is_downloaded_once(server, path, capsys):
    assert get(server, path) == path
    assert_whole(path)
    get(server, path)
    assert [request.sent for request in server.requests] == [len(CONTENT)]
    assert capsys.readouterr() == ("", "")


def test_a_damaged_file_is_downloaded_anew(server, path):
    path.parent.mkdir()
    path.write_bytes(CONTENT[:-1] + b"?")
    get(server, path)
    assert_whole(path)


def test_a_broken_connection_is_taken_up_where_it_broke(server, path):
    server.answers = [file_server.cut(HALF)]
    get(server, path)
    assert_whole(path)
    first, second = server.requests
    assert first.range is None
    assert second.range == f"bytes={HALF}-"
    assert second.headers["If-Range"] == server.etag
    assert (first.sent, second.sent) == (HALF, len(CONTENT) - HALF)


def test_a_later_run_continues_what_an_earlier_one_gave_up(server, path):
    server.answers = [file_server.cut(HALF)] + 3 * [file_server.status(503)]
    with pytest.raises(DownloadError, match=f"; {HALF:,} of {len(CONTENT):,} bytes"):
        get(server, path)
    assert files(path) == [f"{NAME}.part", f"{NAME}.part.json"]
    get(server, path)
    assert_whole(path)
    assert server.requests[-1].range == f"bytes={HALF}-"
    assert sum(request.sent for request in server.requests) == len(CONTENT)


@pytest.mark.parametrize("pause", [{}, {"Retry_After": "0"}])
def test_a_busy_server_is_asked_again(server, path, pause):
    server.answers = 3 * [file_server.status(503, **pause)]
    get(server, path)
    assert_whole(path)
    assert len(server.requests) == 4


def test_the_pause_that_a_server_asks_for_is_kept(server, path):
    server.answers = [file_server.status(429, Retry_After="1")]
    begin = time.monotonic()
    get(server, path)
    assert time.monotonic() - begin >= 1


def test_a_long_pause_is_left_to_the_reader(server, path):
    server.answers = [file_server.status(503, Retry_After="3600")]
    expected = "it answered 503 Service Unavailable and asks to come back in 3,600 s"
    with pytest.raises(DownloadError, match=expected):
        get(server, path)
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("code", "words"), [(403, "403 Forbidden"), (404, "404 Not Found"), (299, "299")]
)
def test_a_refusal_is_final_and_one_sentence(server, path, code, words):
    server.answers = [file_server.status(code)]
    with pytest.raises(DownloadError) as caught:
        get(server, path)
    address = server.address + NAME
    assert str(caught.value) == (
        f"Cannot download {address} (it answered {words}); {OFFLINE}."
    )
    assert len(server.requests) == 1
    assert files(path) == []


def test_an_absent_server_is_one_sentence(path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{free.getsockname()[1]}/{NAME}"
    with pytest.raises(DownloadError) as caught:
        download(address, path, known_hash=md5(CONTENT), size=9, offline=OFFLINE)
    assert str(caught.value).startswith(f"Cannot download {address} (")
    assert str(caught.value).endswith(f", 4 times); {OFFLINE}.")
    assert "refused" in str(caught.value)
    assert files(path) == []


def test_a_name_that_nobody_knows_is_one_sentence(path):
    address = f"http://no-such-host.invalid/{NAME}"
    with pytest.raises(DownloadError) as caught:
        download(address, path, known_hash=md5(CONTENT), size=9)
    assert "HTTPConnectionPool" not in str(caught.value)
    assert str(caught.value).count(".invalid") == 1


@pytest.mark.parametrize("address", ["ftp://host/file", "http://", "nonsense"])
def test_an_address_that_is_none_is_one_sentence(path, address):
    with pytest.raises(DownloadError, match=r"Cannot download .* \(.*\)\.$"):
        download(address, path, known_hash=md5(CONTENT), size=9)


def test_a_wrong_file_is_refused_and_deleted(server, path):
    server.answers = [file_server.other(b"<html>Log in to the network</html>")]
    with pytest.raises(DownloadError) as caught:
        get(server, path)
    found, expected = md5(b"<html>Log in to the network</html>"), md5(CONTENT)
    assert "the file at the server has changed: 34 bytes with md5 " in str(caught.value)
    assert found[4:] in str(caught.value) and expected[4:] in str(caught.value)
    assert len(server.requests) == 1
    assert files(path) == []


def test_a_wrong_file_does_not_replace_the_one_that_is_there(server, path):
    path.parent.mkdir()
    path.write_bytes(b"of an older edition")
    server.answers = [file_server.other(b"wrong")]
    with pytest.raises(DownloadError, match="has changed"):
        get(server, path)
    assert path.read_bytes() == b"of an older edition"


def test_a_server_that_ignores_ranges_sends_all_anew(server, path):
    server.answers = [file_server.cut(HALF), file_server.whole]
    get(server, path)
    assert_whole(path)
    assert [request.sent for request in server.requests] == [HALF, len(CONTENT)]


def test_a_file_that_changed_meanwhile_is_begun_anew(server, path):
    newer = gzip.compress(random.Random(4).randbytes(300_000))
    server.answers = [file_server.cut(HALF)] + 3 * [file_server.status(503)]
    with pytest.raises(DownloadError):
        get(server, path, newer)
    server.files[NAME], server.etag = newer, '"second"'
    get(server, path, newer)
    assert_whole(path, newer)
    assert server.requests[-1].headers["If-Range"] == '"first"'
    assert server.requests[-1].sent == len(newer)


@pytest.mark.parametrize("etag", [None, 'W/"weak"'])
def test_without_a_mark_the_checksum_notices_a_changed_file(server, path, etag):
    server.etag = etag
    newer = CONTENT[::-1]
    server.files[NAME] = newer
    server.answers = [
        lambda handler, _, server: file_server.cut(HALF)(handler, CONTENT, server)
    ]
    get(server, path, newer)
    assert_whole(path, newer)
    assert [request.sent for request in server.requests] == [
        HALF,
        len(newer) - HALF,
        len(newer),
    ]


def test_another_range_than_asked_for_is_not_believed(server, path):
    server.answers = [file_server.cut(HALF), file_server.shifted]
    get(server, path)
    assert_whole(path)
    assert server.requests[-1].sent == len(CONTENT)


def test_a_redirection_is_followed_with_its_range(server, path):
    server.answers = [
        file_server.status(302, Location=f"/elsewhere/{NAME}"),
        file_server.cut(HALF),
        file_server.status(307, Location=f"/third/{NAME}"),
    ]
    get(server, path)
    assert_whole(path)
    assert server.requests[-1].path == f"/third/{NAME}"
    assert server.requests[-1].range == f"bytes={HALF}-"


def test_redirections_without_end_are_final(server, path):
    server.answers = 99 * [file_server.status(302, Location=f"/again/{NAME}")]
    with pytest.raises(DownloadError, match=r"Exceeded 30 redirects\)"):
        get(server, path)
    assert len(server.requests) == 31


@pytest.mark.parametrize("difference", [1, 100])
def test_a_length_that_is_too_long_looks_like_a_broken_connection(
    server, path, difference
):
    server.answers = [file_server.length(difference)]
    get(server, path)
    assert_whole(path)
    assert server.requests[1].sent < module.CHUNK


def test_a_length_that_is_too_short_looks_like_a_changed_file(server, path):
    server.answers = [file_server.length(-100)]
    with pytest.raises(DownloadError, match=f"changed: {len(CONTENT) - 100:,} bytes"):
        get(server, path)
    assert files(path) == []


def test_no_length_at_all_is_enough(server, path):
    server.answers = [file_server.length(0, keep=False)]
    get(server, path)
    assert_whole(path)


def test_without_a_length_a_broken_connection_is_noticed(server, path):
    def answer(handler, content, server):
        file_server.length(0, keep=False)(handler, content[:HALF], server)

    server.answers = [answer]
    get(server, path)
    assert_whole(path)
    assert server.requests[-1].range == f"bytes={HALF}-"


def test_an_endless_body_is_stopped(server, path):
    server.answers = [file_server.endless]
    with pytest.raises(DownloadError, match="it has more than"):
        get(server, path)
    assert files(path) == []
    assert len(server.requests) == 1


def test_a_length_beyond_the_known_size_is_refused_unread(server, path):
    server.answers = [file_server.length(10**12)]
    with pytest.raises(DownloadError, match="it has more than"):
        get(server, path)
    assert files(path) == []


def test_a_packed_file_is_kept_packed(server, path):
    server.answers = [file_server.encoded]
    get(server, path)
    assert_whole(path)
    assert server.requests[0].headers["Accept-Encoding"] == "identity"


def test_a_server_that_falls_silent_is_asked_again(server, path, monkeypatch):
    monkeypatch.setattr(module, "TIMEOUT", (1, 0.2))
    server.answers = [file_server.stall(HALF)]
    get(server, path)
    assert_whole(path)
    assert server.requests[-1].range == f"bytes={HALF}-"


def test_a_terminal_shows_a_bar(server, path, monkeypatch):
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    monkeypatch.setattr(sys, "stderr", Terminal())
    monkeypatch.setattr(module, "SHOW_AFTER", 0)
    server.answers = [file_server.cut(HALF)]
    get(server, path)
    shown = sys.stderr.getvalue()
    assert f"{NAME}: 100%" in shown
    assert "300k/300k" in shown
