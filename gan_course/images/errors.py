"""Say in one sentence why a file cannot be loaded as an image."""

from pathlib import Path


class ImageFileError(ValueError):
    """A file that cannot be loaded right; its text is one sentence.

    Attributes:
        path: the file.
        reason: a short phrase, such as "is truncated".
        remedy: what helps, such as "copy or download it again".

    >>> str(ImageFileError("cat.png", "is empty", "copy it again"))
    'cat.png is empty; copy it again.'
    """

    def __init__(self, path: str | Path, reason: str, remedy: str) -> None:
        super().__init__(path, reason, remedy)
        self.path, self.reason, self.remedy = Path(path), reason, remedy

    def __str__(self) -> str:
        return f"{self.path} {self.reason}; {self.remedy}."


class Refused(Exception):  # noqa: N818 (raised where the file's name is not known)
    """Why the content of a file is refused; `reading` adds the file's name."""

    def __init__(self, reason: str, remedy: str = "copy or download it again") -> None:
        super().__init__(reason, remedy)
        self.reason, self.remedy = reason, remedy
