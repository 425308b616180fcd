"""Images as tensors: read and write files safely, change levels and size, tile."""

from gan_course.images.decoding import ImageInfo
from gan_course.images.errors import ImageFileError
from gan_course.images.levels import to_float, to_uint8
from gan_course.images.reading import MAX_PIXELS, image_info, load_image
from gan_course.images.resizing import resize
from gan_course.images.tiling import tile
from gan_course.images.writing import save_image

__all__ = [
    "MAX_PIXELS",
    "ImageFileError",
    "ImageInfo",
    "image_info",
    "load_image",
    "resize",
    "save_image",
    "tile",
    "to_float",
    "to_uint8",
]
