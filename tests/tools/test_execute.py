"""What a real kernel gets, and what comes back from it."""

import io
import socket
import subprocess
import sys

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from tools.environment import kernel_environment
from tools.execute import CellFailed, execute
from tools.memory import PeakMemory
from tools.progress import Progress

GUARDED = """
import socket, subprocess, sys, urllib.request

def told(action):
    try:
        action()
    except OSError as error:
        return "the network is blocked" in str(error)
    return False

print(told(lambda: socket.create_connection(("192.0.2.1", 80), timeout=1)))
print(told(lambda: socket.getaddrinfo("example.org", 80)))
datagram = socket.socket(type=socket.SOCK_DGRAM)
print(told(lambda: datagram.sendto(b"x", ("192.0.2.1", 9))))
print(told(lambda: urllib.request.urlopen("https://example.org")))
child = "import socket; socket.create_connection(('192.0.2.1', 80), timeout=1)"
run = subprocess.run([sys.executable, "-c", child], capture_output=True, text=True)
print("the network is blocked" in run.stderr)
server = socket.create_server(("localhost", 0))
socket.create_connection(server.getsockname()).close()
print("this machine can be reached")
"""
PLACE = """
import os, sys
print(sys.executable)
print(os.listdir())
print(os.environ["GAN_COURSE_SEED"], os.environ["IPYTHONDIR"])
held = bytearray(150_000_000)
"""


def notebook(*sources):
    cells = [new_markdown_cell("Words."), *map(new_code_cell, sources)]
    return new_notebook(cells=cells)


def test_kernel_is_this_python_alone_offline_and_measured(
    tmp_path, monkeypatch, request
):
    monkeypatch.setenv("GAN_COURSE_SEED", "3")
    monkeypatch.setenv("IPYTHONDIR", "/somewhere/else")
    seen = []
    done = execute(
        notebook(GUARDED, PLACE, "import time; time.sleep(0.5)"),
        folder=tmp_path,
        environment=kernel_environment(request.config.rootpath),
        on_cell=lambda number, total: seen.append((number, total)),
    )
    _, guard, place, _ = done.notebook.cells
    assert guard.outputs[0].text.splitlines() == [
        *["True"] * 5,
        "this machine can be reached",
    ]
    executable, files, rest = place.outputs[0].text.splitlines()
    assert executable == sys.executable
    assert files == "[]"
    assert rest.startswith("0 ")
    assert "/somewhere/else" not in rest
    assert seen == [(1, 3), (2, 3), (3, 3)]
    assert 150 < done.peak_memory_mb < 700
    assert done.cell_seconds[2] >= 0.4
    assert done.errors == []


def test_every_cell_runs_where_errors_are_allowed(tmp_path):
    done = execute(notebook("1 / 0", "print('on')"), folder=tmp_path, allow_errors=True)
    assert done.errors == ["code cell 1 of 2: ZeroDivisionError: division by zero"]
    assert done.notebook.cells[2].outputs[0].text == "on\n"


def test_kernel_that_ends_is_told_with_its_last_words(tmp_path):
    code = "import os; os.write(2, b'out of luck\\n'); os._exit(1)"
    with pytest.raises(CellFailed, match=r"(?s)cell 1 of 1: the kernel.*out of luck"):
        execute(notebook(code), folder=tmp_path)


def test_the_guard_sees_unix_sockets_as_local(tmp_path, request):
    if not hasattr(socket, "AF_UNIX"):
        pytest.skip("no sockets in the file system here")
    path = str(tmp_path / "s")
    code = (
        "import socket; a = socket.socket(socket.AF_UNIX); "
        f"a.bind({path!r}); a.listen(); "
        f"socket.socket(socket.AF_UNIX).connect({path!r}); print('ok')"
    )
    guard = request.config.rootpath / "tools" / "kernel_guard"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONPATH": str(guard)},
        capture_output=True,
        text=True,
    )
    assert done.stdout == "ok\n", done.stderr


def test_an_interrupt_ends_the_kernel(tmp_path):
    code = f"""
import _thread, threading
from pathlib import Path
from nbformat.v4 import new_code_cell, new_notebook
from tools.execute import execute
notebook = new_notebook(cells=[new_code_cell("import time; time.sleep(600)")])
def on_cell(number, total):
    threading.Timer(0.5, _thread.interrupt_main).start()
execute(notebook, folder=Path({str(tmp_path)!r}), on_cell=on_cell)
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=120
    )
    assert done.stderr.rstrip().endswith("KeyboardInterrupt")


def test_memory_of_a_process_that_is_gone_is_nothing():
    with PeakMemory(lambda: 2**22 + 1, every_seconds=0.01) as memory:
        pass
    assert memory.megabytes == 0


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.mark.parametrize(("stream", "live"), [(Terminal, True), (io.StringIO, False)])
def test_progress_overwrites_on_a_terminal_and_logs_elsewhere(stream, live):
    text = stream()
    with Progress(text, log_seconds=0.01) as progress:
        progress.start("05")
        progress.cell("05", 3, 20)
        while "cell 3 of 20" not in text.getvalue():
            pass
        progress.end("05", "done")
    assert ("\r" in text.getvalue()) is live
    assert text.getvalue().rstrip("\r ").endswith("05: done (0 s)\n")
