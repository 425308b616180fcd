"""List what lies in a folder, in an order that is the same everywhere."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

SYSTEM_FILES = ("thumbs.db", "ehthumbs.db", "desktop.ini", "icon\r")
SYSTEM_FOLDERS = ("__macosx", "$recycle.bin", "system volume information")


@dataclass(frozen=True)
class Entry:
    """A file, or a folder that could not be opened.

    Attributes:
        name: path relative to the folder that was listed, with / between its parts.
        path: the file itself.
        kind: "" for a regular file; "hidden" or "unreadable" for what to leave alone.
        problem: why to leave it alone.
    """

    name: str
    path: Path
    kind: str = ""
    problem: str = ""


def list_files(folder: str | Path) -> list[Entry]:
    """List the files in a folder and in all its subfolders, ordered by name.

    Hidden files (whose name starts with a dot, and those that systems add, such as
    Thumbs.db) are listed as such; hidden folders are one entry and are not opened. A
    link is followed; a folder that was listed before, by another name, is not
    listed again, so that links in a circle do no harm.

    Raises:
        FileNotFoundError, NotADirectoryError, PermissionError: there is no folder of
            that name, or it may not be read.
    """
    folder = Path(folder).expanduser()
    if not folder.exists():
        raise FileNotFoundError(
            f"There is no folder {folder}; check its name, or give its full path."
        )
    if not folder.is_dir():
        raise NotADirectoryError(
            f"{folder} is a file; give the folder in which the images lie."
        )
    try:
        list(folder.iterdir())
    except OSError as error:
        raise PermissionError(
            f"The folder {folder} cannot be read ({error.strerror or error}); change "
            "its permissions, or copy the images elsewhere."
        ) from error
    return sorted(_walk(folder), key=lambda entry: entry.name)


def _walk(folder: Path) -> Iterator[Entry]:
    """Yield the entries of a folder and of its subfolders, each opened once."""
    # Links wait, so that a folder is known by its own name if it has one in here.
    folders, links = [(folder, "")], []
    seen: set[Path] = set()
    while folders or links:
        folder, prefix = folders.pop() if folders else links.pop()
        try:
            place = folder.resolve()
            members = [] if place in seen else sorted(folder.iterdir())
        except OSError as error:
            why = error.strerror or error
            yield Entry(prefix, folder, "unreadable", f"cannot be opened ({why})")
            continue
        seen.add(place)
        for path in members:
            entry = _entry(path, prefix + path.name)
            if entry:
                yield entry
            else:
                waiting = links if path.is_symlink() else folders
                waiting.append((path, f"{prefix}{path.name}/"))


def _entry(path: Path, name: str) -> Entry | None:
    """Describe a member of a folder; None stands for a subfolder to open."""
    try:
        is_folder = path.is_dir()
        if _is_hidden(path):
            what = "folder" if is_folder else "file"
            slash = "/" if is_folder else ""
            return Entry(name + slash, path, "hidden", f"hidden {what}")
        if is_folder:
            return None
        if path.is_file():
            return Entry(name, path)
        missing = path.is_symlink() and not path.exists()
    except OSError as error:
        why = error.strerror or error
        return Entry(name, path, "unreadable", f"cannot be read ({why})")
    problem = "is a link that leads nowhere" if missing else "is no regular file"
    return Entry(name, path, "unreadable", problem)


def _is_hidden(path: Path) -> bool:
    name = path.name.lower()
    return name.startswith(".") or name in SYSTEM_FILES + SYSTEM_FOLDERS
