"""Open one file as the square picture to train on, or say why it cannot be used."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from torch import Tensor

from gan_course.images import (
    MAX_PIXELS,
    ImageFileError,
    ImageInfo,
    image_info,
    load_image,
    resize,
)
from gan_course.preprocess.hashing import perceptual_hash, signature
from gan_course.preprocess.outliers import is_blank, is_noise, measurements

VIEW = 64  # pixels per side at which pictures are compared, whatever `size` is
LARGEST_SIZE = 1024
# Pillow's mode, without what follows a semicolon → what loading does with it.
CONVERSIONS = {
    "1": "1 bit a pixel made 8",
    "P": "palette replaced by its colours",
    "PA": "palette replaced by its colours",
    "CMYK": "CMYK made RGB",
    "YCbCr": "YCbCr made RGB",
    "LAB": "LAB made RGB",
    "RGBA": "transparency laid on white",
    "LA": "transparency laid on white",
    "I": "16 bits a pixel made 8",
}
GREY = ("1", "L", "LA", "I")


@dataclass(frozen=True)
class Wanted:
    """What images must be like.

    Attributes:
        size: pixels per side, 4 to LARGEST_SIZE.
        channels: 1 (grey) or 3 (RGB).
        max_pixels: a file of more is not decoded.
        smallest: least pixels of the shorter side of a file.

    Raises:
        ValueError: one of them is out of its range.
    """

    size: int
    channels: int = 3
    max_pixels: int = MAX_PIXELS
    smallest: int = 1

    def __post_init__(self) -> None:
        if not 4 <= self.size <= LARGEST_SIZE:
            raise ValueError(
                f"size={self.size} is out of range; choose 4 to {LARGEST_SIZE} pixels "
                "per side."
            )
        if self.channels not in (1, 3):
            raise ValueError(
                f"channels={self.channels} is not possible; choose 1 for grey or 3 "
                "for RGB."
            )
        for name in ("max_pixels", "smallest"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name}={getattr(self, name)}; choose 1 or more.")


class Verdict(NamedTuple):
    """Why a file is dropped.

    Attributes:
        kind: one of `report.KINDS`.
        reason: continues a sentence that begins with the file's name.
        original: name of the file that it repeats, if it does.
    """

    kind: str
    reason: str
    original: str = ""


class Unusable(Exception):  # noqa: N818 (a verdict on a file, not a fault of ours)
    """A file that gives no picture, or one that was met before; `verdict` says why."""

    def __init__(self, kind: str, reason: str, original: str = "") -> None:
        super().__init__(kind, reason)
        self.verdict = Verdict(kind, reason, original)


class Picture(NamedTuple):
    """A picture as it would be trained on, with what is needed to judge it.

    Attributes:
        image: uint8 (C, size, size), the middle square of the file.
        repairs: what was converted, empty when nothing was.
        digest: of the pixels of the file, before it was cut and resized.
        worth: pixels and bytes of the file; of copies the one that has more is kept.
        fault: why it cannot be used although it was opened, or None.
        hash: bool (64,), of `perceptual_hash`.
        signature: float32, of `signature`.
        measured: values of `measurements`.
    """

    image: Tensor
    repairs: str
    digest: bytes
    worth: tuple[int, int]
    fault: Verdict | None
    hash: Tensor
    signature: Tensor
    measured: tuple[float, ...]


def look_at(path: Path, wanted: Wanted) -> ImageInfo:
    """Read the header of a file; nothing is decoded.

    Raises:
        Unusable: it is no image, or too large or too small.
    """
    try:
        info = image_info(path)
    except ImageFileError as error:
        raise Unusable("broken", error.reason) from error
    dimensions = f"{info.width:,} × {info.height:,} pixels"
    if info.width * info.height > wanted.max_pixels:
        raise Unusable("too large", f"announces {dimensions}")
    if min(info.width, info.height) < wanted.smallest:
        raise Unusable("too small", f"has only {dimensions}")
    return info


def open_picture(path: Path, info: ImageInfo, wanted: Wanted) -> Picture:
    """Load a file, cut out its middle square and resize it.

    Raises:
        Unusable: it is broken.
    """
    most = {"channels": wanted.channels, "max_pixels": wanted.max_pixels}
    try:
        whole = load_image(path, **most)
    except ImageFileError as error:
        raise Unusable("broken", error.reason) from error
    square = middle_square(whole)
    small = resize(square, min(VIEW, square.shape[1]))[None]
    view = resize(small, VIEW)
    done = wanted.size == small.shape[2]
    return Picture(
        image=small[0] if done else resize(square, wanted.size),
        repairs=repairs(info, wanted.channels),
        digest=_digest(whole),
        worth=(whole[0].numel(), path.stat().st_size),
        fault=_fault(small),
        hash=perceptual_hash(view)[0],
        signature=signature(view)[0],
        measured=tuple(values.item() for values in measurements(small).values()),
    )


def middle_square(image: Tensor) -> Tensor:
    """Cut the largest square out of the middle of an image (C, H, W)."""
    height, width = image.shape[1:]
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    return image[:, top : top + side, left : left + side]


def repairs(info: ImageInfo, channels: int) -> str:
    """Say what loading converts, from what the header says; empty for nothing."""
    mode = info.mode.partition(";")[0]
    done = [CONVERSIONS[mode]] if mode in CONVERSIONS else []
    if mode in GREY and channels == 3:
        done.append("grey made RGB")
    if info.orientation > 1:
        done.append(f"turned upright (EXIF orientation {info.orientation})")
    return ", ".join(done)


def _fault(small: Tensor) -> Verdict | None:
    if is_blank(small).item():
        return Verdict("blank", "has one colour all over")
    if is_noise(small).item():
        return Verdict("outlier", "is pure noise: neighbouring pixels share nothing")
    return None


def _digest(whole: Tensor) -> bytes:
    digest = hashlib.sha256(repr(tuple(whole.shape)).encode())
    digest.update(whole.contiguous().numpy())
    return digest.digest()
