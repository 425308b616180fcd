"""Where the notebooks lie, and which of them a command line names."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

READER = "reader"
SOLUTIONS = "solutions"
NAME = re.compile(r"\d\d_\w+")


class Stop(Exception):  # noqa: N818 - it ends a command; it need not be a fault
    """A sentence for the person at the keyboard: what is wrong and what to do."""


@dataclass(frozen=True)
class Course:
    """A checkout of the course: `notebooks/`, `gan_course/`, `data/` below `root`."""

    root: Path

    @property
    def notebooks(self) -> Path:
        """The folder of the reader's editions."""
        return self.root / "notebooks"

    @property
    def build_folder(self) -> Path:
        """Reports of the tools; ignored by git."""
        return self.root / "build"

    def names(self) -> list[str]:
        """All notebooks, in reading order: the stems of `notebooks/src/NN_name.py`."""
        stems = (path.stem for path in (self.notebooks / "src").glob("*.py"))
        return sorted(stem for stem in stems if NAME.fullmatch(stem))

    def source_path(self, name: str) -> Path:
        """The text that an author edits."""
        return self.notebooks / "src" / f"{name}.py"

    def edition_path(self, name: str, edition: str) -> Path:
        """Where an edition ("reader" or "solutions") lies when it is built."""
        folder = self.notebooks / SOLUTIONS if edition == SOLUTIONS else self.notebooks
        return folder / f"{name}.ipynb"

    def select(self, words: Sequence[str]) -> list[str]:
        """Notebooks that `words` name, in reading order; all of them for no words.

        A word is a number ("05"), a name, or several of these joined by spaces or
        commas. Raises `Stop` for a word that names no notebook.
        """
        names = self.names()
        wanted = [part for word in words for part in re.split(r"[\s,]+", word) if part]
        chosen = {self._find(word, names) for word in wanted}
        return [name for name in names if name in chosen or not wanted]

    def _find(self, word: str, names: list[str]) -> str:
        stem = Path(word).stem
        for name in names:
            if stem in (name, name[:2]):
                return name
        near = difflib.get_close_matches(stem, names, n=1, cutoff=0.4)
        hint = f"did you mean {near[0]!r}?" if near else f"there are: {_listed(names)}."
        raise Stop(f"No notebook is called {word!r}; {hint}")


def _listed(names: list[str]) -> str:
    return ", ".join(names) or "none yet"


def this_course() -> Course:
    """The checkout that this file belongs to."""
    return Course(Path(__file__).resolve().parents[1])
