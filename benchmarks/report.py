"""Tables in Markdown, and the machine that they were measured on."""

import datetime
import platform
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from statistics import median

import psutil
import torch

from gan_course.files import write_atomically

README = Path(__file__).with_name("README.md")


def table(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table; the first column is text, the others are numbers."""
    lines = [titles, ["---"] + ["---:"] * (len(titles) - 1), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def spread(values: Sequence[float], digits: int = 2) -> str:
    """Return the median, and the smallest and largest of values."""
    middle, low, high = median(values), min(values), max(values)
    return f"{middle:.{digits}f} ({low:.{digits}f}…{high:.{digits}f})"


def machine() -> str:
    """Return one line that says what computed, with what, and when."""
    memory = psutil.virtual_memory().total / 2**30
    threads = torch.get_num_threads()
    return (
        f"{datetime.date.today():%Y-%m-%d}: {processor()}, "
        f"{psutil.cpu_count()} logical cores, {threads} thread{'s' * (threads > 1)}, "
        f"{torch.backends.cpu.get_cpu_capability()}, {memory:.0f} GiB, "
        f"{platform.system()}, Python {platform.python_version()}, "
        f"PyTorch {torch.__version__}."
    )


def processor() -> str:
    """Return the name of the processor, as well as the system knows it."""
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        found = re.search(r"model name\s*: (.+)", cpuinfo.read_text(encoding="utf-8"))
        if found:
            return found[1]
    return platform.processor() or platform.machine()


def publish(name: str, text: str, path: Path = README) -> None:
    """Put text between the two markers of that name in the page.

    Raises:
        ValueError: the page has no such markers, or not one of each in this order.
    """
    page = path.read_text(encoding="utf-8")
    begin, end = f"<!-- {name}: begin -->\n", f"<!-- {name}: end -->\n"
    before, first, rest = page.partition(begin)
    _, last, after = rest.partition(end)
    if not (first and last):
        raise ValueError(
            f"{path} lacks {begin.strip()!r} followed by {end.strip()!r}; put both "
            "on lines of their own, where the table belongs."
        )
    write_atomically(path, f"{before}{begin}\n{text}\n\n{end}{after}".encode())
