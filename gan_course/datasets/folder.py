"""Your own images: any folder, cleaned with a printed report."""

from pathlib import Path

from gan_course.datasets.image_set import ImageSet
from gan_course.images import MAX_PIXELS
from gan_course.preprocess import clean_folder


def folder(
    path: str | Path,
    *,
    size: int = 64,
    channels: int = 3,
    max_pixels: int = MAX_PIXELS,
) -> ImageSet:
    """The images in a folder and its subfolders, cleaned; the report is printed.

    See `preprocess.clean_folder` for what is dropped and what is converted. If every
    image lies in a subfolder, the names of the subfolders are the classes.

    Args:
        path: the folder.
        size: pixels per side of the images, 4 to 1024.
        channels: 3 for RGB, 1 for grey.
        max_pixels: a file that announces more is not decoded.

    Returns:
        An `ImageSet` of uint8 (N, channels, size, size) with names, and the factor
        `group`: images that show nearly the same have the same number, so that
        `preprocess.split_groups` can keep them together.

    Raises:
        OSError: there is no such folder, or it may not be read.
        ValueError: it holds no image that can be used, or an option is out of range.
    """
    cleaning = clean_folder(path, size=size, channels=channels, max_pixels=max_pixels)
    print(cleaning.report)
    return ImageSet(
        name="folder",
        images=cleaning.images,
        labels=cleaning.labels,
        factors={"group": cleaning.groups},
        classes=cleaning.classes,
        names=cleaning.names,
    )
