"""What a server's answer, or its silence, means for a download, in words."""

import time
from email.utils import parsedate_to_datetime
from http import HTTPStatus

import requests

TIMEOUT = (10, 30)  # seconds to connect, and between two pieces of the answer
LONGEST_PAUSE = 30  # seconds; who asks for more is not asked again in this run
BUSY = {408, 425, 429, 500, 502, 503, 504}  # answers that may be better next time


class FinalError(Exception):
    """No further attempt would do better."""


class PassingError(Exception):
    """Another attempt may succeed, after a pause of so many seconds at least."""

    def __init__(self, reason: str, pause: float = 0) -> None:
        super().__init__(reason)
        self.pause = pause


def check_status(response: requests.Response, *, ranged: bool) -> None:
    """Return when the answer is the file, or the part of it that was asked for.

    Raises:
        PassingError: the server is busy, or holds less than the part that is here.
        FinalError: it refuses, or asks for a pause longer than half a minute.
    """
    status = response.status_code
    if status == HTTPStatus.OK or (ranged and status == HTTPStatus.PARTIAL_CONTENT):
        return
    phrase = f" {HTTPStatus(status).phrase}" if status in set(HTTPStatus) else ""
    answer = f"it answered {status}{phrase}"
    beyond_end = ranged and status == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE
    if status not in BUSY and not beyond_end:
        raise FinalError(answer)
    pause = seconds(response.headers.get("Retry-After", ""))
    if pause > LONGEST_PAUSE:
        raise FinalError(f"{answer} and asks to come back in {pause:,.0f} s")
    raise PassingError(answer, pause)


def seconds(retry_after: str) -> float:
    """Return the seconds that a header Retry-After asks for: a number or a date."""
    try:
        if retry_after.isdecimal():
            return int(retry_after)
        return max(0, parsedate_to_datetime(retry_after).timestamp() - time.time())
    except (ValueError, OverflowError):
        return 0


def reason(error: BaseException) -> str:
    """Say why a connection failed: in the system's words, where it has any."""
    if isinstance(error, requests.exceptions.SSLError):
        return "its certificate was not accepted"
    if isinstance(error, requests.ConnectTimeout):
        return f"no connection within {TIMEOUT[0]} s"
    cause: BaseException | None = error
    while cause is not None:
        if "timed out" in str(cause).lower():
            return f"no answer for {TIMEOUT[1]} s"
        if isinstance(cause, OSError) and cause.errno and cause.strerror:
            return cause.strerror[:1].lower() + cause.strerror[1:]
        cause = cause.__cause__ or cause.__context__
    return "the connection broke"
