"""Start JupyterLab on a folder and drive it in a headless Chromium."""

import json
import os
import shutil
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import quote
from urllib.request import Request, urlopen

ROOT = Path(__file__).resolve().parents[2]
SERVE = "import sys; from pathlib import Path; from tools.lab import serve; "
SERVE += "serve(Path(sys.argv[1]), sys.argv[2:])"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
QUIET = [
    "--no-sandbox",  # tests may run as root in a container
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def browser_path():
    """The Chromium on the PATH, or None."""
    return next(filter(None, map(shutil.which, BROWSERS)), None)


def wait_for(condition, seconds, what):
    """Ask again until an answer is true; that answer."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        answer = condition()
        if answer:
            return answer
        time.sleep(0.2)
    raise AssertionError(f"{what} did not happen within {seconds} s")


@dataclass
class Lab:
    """A running JupyterLab."""

    process: subprocess.Popen
    url: str
    token: str

    def address(self, notebook):
        """Where a notebook opens, with the token that JupyterLab asks for."""
        return f"{self.url}lab/tree/{quote(notebook)}?token={self.token}&reset"

    def kernels(self):
        """What the kernels of the open notebooks do: "starting", "busy", "idle"."""
        asked = Request(f"{self.url}api/sessions")
        asked.add_header("Authorization", f"token {self.token}")
        with urlopen(asked, timeout=10) as answer:
            sessions = json.load(answer)
        return [session["kernel"]["execution_state"] for session in sessions]

    def answers_without_token(self):
        """Whether a stranger is let in."""
        try:
            with urlopen(f"{self.url}api/sessions", timeout=10):
                return True
        except HTTPError as refusal:
            return refusal.code != 403


@contextmanager
def jupyter_lab(folder, settings):
    """Serve `folder`; Jupyter keeps its own files under `settings`."""
    names = ("CONFIG", "DATA", "RUNTIME")
    own = {f"JUPYTER_{name}_DIR": str(settings / name.lower()) for name in names}
    own["IPYTHONDIR"] = str(settings / "ipython")
    log = settings / "jupyter.log"
    with log.open("w", encoding="utf-8") as stream:
        process = subprocess.Popen(
            [sys.executable, "-c", SERVE, str(folder), "--no-browser", "--port=18890"],
            cwd=ROOT,
            env={**os.environ, **own},
            stdout=stream,
            stderr=stream,
        )
        try:
            yield _started(process, Path(own["JUPYTER_RUNTIME_DIR"]), log)
        finally:
            process.terminate()
            process.wait(timeout=60)


def _started(process, runtime, log):
    def answer():
        assert process.poll() is None, log.read_text(encoding="utf-8")
        return next(runtime.glob("jpserver-*.json"), None)

    note = wait_for(answer, 120, "the start of JupyterLab")
    server = json.loads(wait_for(lambda: note.read_text(), 10, "its note"))
    return Lab(process, server["url"], server["token"])


def run_all_cells(page, lab, seconds):
    """Choose Run → Run All Cells, wait until every cell has run, and save."""
    page.locator(".jp-NotebookPanel .jp-Cell").first.wait_for(timeout=120_000)
    wait_for(lambda: lab.kernels() == ["idle"], 120, "the start of the kernel")
    choose(page, "Run", "Run All Cells")
    busy = page.locator(".jp-InputPrompt", has_text="[*]:")
    busy.first.wait_for(timeout=30_000)
    page.wait_for_function(
        """() => ![...document.querySelectorAll('.jp-InputPrompt')]
            .some(prompt => prompt.textContent.includes('*'))""",
        timeout=seconds * 1000,
    )
    choose(page, "File", "Save Notebook")


def choose(page, menu, entry):
    """Choose an entry of the menu bar."""
    bar = page.locator("#jp-MainMenu")
    bar.get_by_role("menuitem", name=menu, exact=True).click()
    page.locator(".lm-Menu-itemLabel").get_by_text(entry, exact=True).click()
