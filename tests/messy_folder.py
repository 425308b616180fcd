"""A folder of images as people have them: most are good, and every kind of fault."""

import io
import struct
import zlib

import numpy
from PIL import Image, ImageEnhance
from skimage import data
from sklearn.datasets import load_sample_images

from gan_course.datasets.portraits import portraits

SQUARE = 96


def photographs(count=20, side=SQUARE, seed=0):
    """Parts of real photographs, of which no two overlap."""
    sources = [
        data.coffee(),
        data.chelsea(),
        data.rocket(),
        *load_sample_images().images,
    ]
    parts = []
    for source in sources:
        height, width = source.shape[:2]
        for top in range(0, height - side + 1, side):
            for left in range(0, width - side + 1, side):
                part = source[top : top + side, left : left + side]
                if part.std() > 25:
                    parts.append(part)
    order = numpy.random.default_rng(seed).permutation(len(parts))
    return [Image.fromarray(parts[index]) for index in order[:count]]


def faces(count=20, side=SQUARE, seed=0):
    images = portraits(count, size=side, seed=seed).images
    return [Image.fromarray(image.permute(1, 2, 0).numpy()) for image in images]


def encoded(image, kind, **options):
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def png_that_announces(width, height):
    def chunk(kind, content):
        body = kind + content
        return (
            struct.pack(">I", len(content)) + body + struct.pack(">I", zlib.crc32(body))
        )

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    pixels = zlib.compress(bytes(1000))
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", pixels)
        + chunk(b"IEND", b"")
    )


def brighter(image, factor=1.12):
    return ImageEnhance.Brightness(image).enhance(factor)


def shrunk(image, factor=0.6):
    size = [round(side * factor) for side in image.size]
    return image.resize(size, Image.Resampling.LANCZOS)


def turned_by_exif(image):
    """A JPEG that lies on its side, with the note that it should be turned."""
    exif = Image.Exif()
    exif[0x0112] = 6
    lying = image.transpose(Image.Transpose.ROTATE_90)
    return encoded(lying, "JPEG", quality=95, exif=exif)


def sixteen_bits(image):
    levels = numpy.asarray(image.convert("L")).astype(numpy.uint16) * 257
    return Image.fromarray(levels)


def transparent(image):
    alpha = Image.new("L", image.size, 255)
    alpha.paste(0, (0, 0, 20, 20))
    whole = image.copy()
    whole.putalpha(alpha)
    return whole


def noise(side=SQUARE, seed=0):
    levels = numpy.random.default_rng(seed).integers(0, 256, (side, side, 3))
    return Image.fromarray(levels.astype(numpy.uint8))


# name → (kind in the report, or "repaired")
FAULTS = {
    "a first copy.png": "same file",
    "again.bmp": "same picture",
    "announces.png": "too large",
    "blank.png": "blank",
    "brighter.jpg": "near-duplicate",
    "cut off.jpg": "broken",
    "icon.png": "too small",
    "letter.png": "broken",
    "noise.png": "outlier",
    "shrunk.png": "near-duplicate",
    "sub/Thumbs.db": "hidden",
    ".DS_Store": "hidden",
}
REPAIRED = (
    "cmyk.jpg",
    "palette.png",
    "rotated.jpg",
    "sixteen bits.png",
    "transparent.png",
)


def write_messy_folder(folder, seed=0):
    """Write 40 good files, 5 to be repaired and the 12 of FAULTS; return the names."""
    good = [*photographs(23, seed=seed), *faces(22, seed=seed)]
    plain, special = good[:40], good[40:]
    names = [f"image {index:02}.png" for index in range(40)]
    (folder / "sub").mkdir(parents=True)
    names[30:] = [f"sub/{name}" for name in names[30:]]
    files = {name: encoded(image, "PNG") for name, image in zip(names, plain)}
    files |= {
        "cmyk.jpg": encoded(special[0].convert("CMYK"), "JPEG", quality=95),
        "palette.png": encoded(special[1].convert("P"), "PNG"),
        "rotated.jpg": turned_by_exif(special[2]),
        "sixteen bits.png": encoded(sixteen_bits(special[3]), "PNG"),
        "transparent.png": encoded(transparent(special[4]), "PNG"),
        "z first.png": encoded(plain[0], "PNG"),
    }
    del files[names[0]]
    files |= {
        "a first copy.png": files["z first.png"],
        "again.bmp": encoded(plain[1], "BMP"),
        "announces.png": png_that_announces(50_000, 50_000),
        "blank.png": encoded(Image.new("RGB", (80, 80), "teal"), "PNG"),
        "brighter.jpg": encoded(brighter(plain[2]), "JPEG", quality=70),
        "cut off.jpg": encoded(plain[3], "JPEG", quality=90)[:1500],
        "icon.png": encoded(plain[4].resize((5, 5)), "PNG"),
        "letter.png": b"Dear reader,\nthis is no image.\n",
        "noise.png": encoded(noise(), "PNG"),
        "shrunk.png": encoded(shrunk(plain[25]), "PNG"),
        "sub/Thumbs.db": bytes(100),
        ".DS_Store": bytes(100),
    }
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return files
