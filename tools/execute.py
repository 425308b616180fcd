"""Execute a notebook from a fresh kernel of this very Python, without a browser."""

from __future__ import annotations

import copy
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from ipykernel.kernelspec import RESOURCES, get_kernel_dict
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, DeadKernelError
from nbformat import NotebookNode
from traitlets import default

from tools.environment import whole_environment
from tools.memory import PeakMemory
from tools.pool import run_all

WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
OnCell = Callable[[int, int], None]


class CellFailed(Exception):  # noqa: N818 - named after what happened
    """A cell raised, or its kernel ended; says which cell, and what happened."""


@dataclass(frozen=True)
class Execution:
    """An executed copy of a notebook and what it took.

    Seconds are wall time and include the start of the kernel. `errors` has one
    sentence for each cell that raised (empty unless errors were allowed).
    """

    notebook: NotebookNode
    seconds: float
    peak_memory_mb: int
    cell_seconds: list[float]
    errors: list[str]


def execute(
    notebook: NotebookNode,
    *,
    folder: Path,
    environment: Mapping[str, str] | None = None,
    on_cell: OnCell | None = None,
    allow_errors: bool = False,
) -> Execution:
    """Execute a copy of `notebook` in `folder` and keep what it displays.

    `environment` is laid over this process's own. `on_cell(k, n)` is called when
    code cell k of n begins, counted from 1. Raises `CellFailed` for the first cell
    that raises; with `allow_errors` the later cells run all the same.
    """
    executed = copy.deepcopy(notebook)
    clock = _Clock(executed, on_cell or (lambda number, total: None))
    with (
        tempfile.TemporaryFile() as kernel_log,
        whole_environment(environment or {}) as variables,
    ):
        client = _client(executed, folder, allow_errors, clock)
        began = time.monotonic()
        with PeakMemory(lambda: _pid(client)) as memory:
            _run(client, clock, variables, kernel_log)
        seconds = time.monotonic() - began
    _strip(executed)
    return Execution(
        executed, seconds, memory.megabytes, clock.cell_seconds, clock.errors
    )


class ThisPython(KernelSpecManager):
    """Knows one kernel: the Python that runs this, whatever the user has installed."""

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        """The same kernel, whatever name is asked for."""
        return self.kernel_spec_class(resource_dir=RESOURCES, **get_kernel_dict())


class ThisPythonKernel(AsyncKernelManager):
    """Starts that kernel."""

    @default("kernel_spec_manager")
    def _this_python(self) -> KernelSpecManager:
        return ThisPython(parent=self)


@dataclass
class _Clock:
    """Follows the execution: which cell runs, for how long, and which ones raised."""

    notebook: NotebookNode
    on_cell: OnCell
    cell_seconds: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    number: int = 0

    def __post_init__(self) -> None:
        code = [cell for cell in self.notebook.cells if cell.cell_type == "code"]
        self.total = len(code)

    @property
    def place(self) -> str:
        return f"code cell {self.number} of {self.total}"

    def start(self, cell: NotebookNode, cell_index: int) -> None:
        if cell.cell_type == "code":
            self.number += 1
            self._began = time.monotonic()
            self.on_cell(self.number, self.total)

    def executed(
        self, cell: NotebookNode, cell_index: int, execute_reply: dict
    ) -> None:
        self.cell_seconds.append(round(time.monotonic() - self._began, 1))

    def error(self, cell: NotebookNode, cell_index: int, execute_reply: dict) -> None:
        if "raises-exception" not in cell.metadata.get("tags", []):
            reply = execute_reply["content"]
            self.errors.append(f"{self.place}: {reply['ename']}: {reply['evalue']}")


def _client(
    notebook: NotebookNode, folder: Path, allow_errors: bool, clock: _Clock
) -> NotebookClient:
    return NotebookClient(
        notebook,
        timeout=None,
        iopub_timeout=60,
        startup_timeout=300,
        kernel_name="python3",
        kernel_manager_class=ThisPythonKernel,
        resources={"metadata": {"path": str(folder)}},
        allow_errors=allow_errors,
        record_timing=False,
        store_widget_state=False,
        coalesce_streams=True,
        on_cell_start=clock.start,
        on_cell_executed=clock.executed,
        on_cell_error=clock.error,
    )


def _pid(client: NotebookClient) -> int | None:
    return getattr(getattr(client.km, "provisioner", None), "pid", None)


def _run(
    client: NotebookClient, clock: _Clock, variables: dict[str, str], log: IO[bytes]
) -> None:
    def start(_: None) -> None:
        client.execute(env=variables, stderr=log)

    try:
        run_all(start, [None], jobs=1)  # not in the main thread: it gets interrupts
    except CellExecutionError as error:
        raise CellFailed(f"{clock.errors[-1]}\n\n{error}") from None
    except DeadKernelError:
        raise CellFailed(
            f"{clock.place}: the kernel ended; it was interrupted, ran out of memory "
            f"or crashed. {_last_words(log)}"
        ) from None


def _last_words(log: IO[bytes]) -> str:
    log.seek(0)
    lines = log.read().decode(errors="replace").splitlines()
    told = [line for line in lines if not line.startswith("[IPKernelApp]")]
    return "\n".join(["It wrote:", *told[-20:]]) if told else "It wrote nothing."


def _strip(notebook: NotebookNode) -> None:
    """Drop what only lives as long as the kernel: widget state and widget views."""
    notebook.metadata.pop("widgets", None)
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            if len(output.get("data", {})) > 1:
                output["data"].pop(WIDGET_VIEW, None)
