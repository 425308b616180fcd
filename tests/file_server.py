"""A real HTTP server on this machine that misbehaves as a test asks it to."""

import contextlib
import re
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Request:
    """What was asked for, and how many bytes of a body were sent in return."""

    path: str
    headers: dict[str, str]
    sent: int = 0

    @property
    def range(self):
        return self.headers.get("Range")


@dataclass
class FileServer:
    """Serves `files`; the n-th request is answered by the n-th of `answers`, if any."""

    files: dict[str, bytes] = field(default_factory=dict)
    answers: list = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)
    etag: str | None = '"first"'
    address: str = ""
    closing: threading.Event = field(default_factory=threading.Event)


@contextlib.contextmanager
def running():
    """Run a server while the block lasts."""
    server = FileServer()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            self.asked = Request(self.path, dict(self.headers))
            server.requests.append(self.asked)
            answer = server.answers.pop(0) if server.answers else serve
            content = server.files[self.path.rpartition("/")[2]]
            with contextlib.suppress(ConnectionError):
                answer(self, content, server)

        def head(self, status, **headers):
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name.replace("_", "-"), str(value))
            self.send_header("Connection", "close")
            self.end_headers()

        def body(self, content):
            self.asked.sent += len(content)
            self.wfile.write(content)

        def log_message(self, *arguments):
            """Keep the tests' output clean."""

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.address = f"http://127.0.0.1:{http.server_port}/"
    thread = threading.Thread(target=http.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield server
    finally:
        server.closing.set()
        http.shutdown()
        http.server_close()
        thread.join()


def _marks(server):
    return {"ETag": server.etag} if server.etag else {}


def serve(handler, content, server):
    """Serve the file, or the range of it that is asked for."""
    asked = handler.asked.headers
    start = int(re.fullmatch(r"bytes=(\d+)-", asked.get("Range", "bytes=0-"))[1])
    if asked.get("If-Range", server.etag) != server.etag:
        start = 0
    if start >= len(content):
        handler.head(416, Content_Length=0, Content_Range=f"bytes */{len(content)}")
    elif start:
        place = f"bytes {start}-{len(content) - 1}/{len(content)}"
        length = len(content) - start
        handler.head(206, Content_Length=length, Content_Range=place, **_marks(server))
        handler.body(content[start:])
    else:
        whole(handler, content, server)


def whole(handler, content, server):
    """Serve the whole file, whatever range is asked for."""
    handler.head(200, Content_Length=len(content), **_marks(server))
    handler.body(content)


def other(content):
    """Serve another file."""
    return lambda handler, _, server: whole(handler, content, server)


def cut(count):
    """Break the connection after so many bytes of the body."""

    def answer(handler, content, server):
        handler.head(200, Content_Length=len(content), **_marks(server))
        handler.body(content[:count])

    return answer


def stall(count):
    """Send so many bytes of the body, then nothing until the server closes."""

    def answer(handler, content, server):
        cut(count)(handler, content, server)
        server.closing.wait(20)

    return answer


def slow(seconds):
    """Pause in the middle of the body."""

    def answer(handler, content, server):
        handler.head(200, Content_Length=len(content), **_marks(server))
        handler.body(content[: len(content) // 2])
        server.closing.wait(seconds)
        handler.body(content[len(content) // 2 :])

    return answer


def status(code, **headers):
    """Answer without a file."""
    return lambda handler, content, server: handler.head(
        code, Content_Length=0, **headers
    )


def length(difference, *, keep=True):
    """Announce a wrong length, or none."""

    def answer(handler, content, server):
        told = {"Content_Length": len(content) + difference} if keep else {}
        handler.head(200, **told)
        handler.body(content)

    return answer


def endless(handler, content, server):
    """Send without end."""
    handler.head(200)
    while not server.closing.is_set():
        handler.body(bytes(2**16))


def encoded(handler, content, server):
    """Call the packed file an encoding, as some servers do."""
    handler.head(200, Content_Length=len(content), Content_Encoding="gzip")
    handler.body(content)


def shifted(handler, content, server):
    """Answer with another range than was asked for."""
    handler.head(206, Content_Length=10, Content_Range=f"bytes 0-9/{len(content)}")
    handler.body(content[:10])
