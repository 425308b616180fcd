"""Draw data/glyph_atlas.png, the shapes that every glyph is deformed from.

Each tile holds one digit of one type face that Matplotlib ships, not as ink but as
a signed distance to the outline: 128 on the outline, larger inside, smaller outside.
A distance can be scaled, sheared and made bolder before it becomes ink.

    python runs/make_glyph_atlas.py
"""

from pathlib import Path

import matplotlib
import numpy as np
from PIL import Image, ImageDraw, ImageFont
from scipy.ndimage import distance_transform_edt

from gan_course.datasets.glyphs import (
    ATLAS,
    FACES,
    LEVELS_PER_PIXEL,
    TILE,
    UNIT_PIXELS,
)

FINE = 16  # fine pixels per tile pixel while the distance is measured
BOX = 20  # every digit fits just into a box of 20 of the 28 pixels, as in MNIST
FONTS = Path(matplotlib.get_data_path()) / "fonts" / "ttf"


def font_for(file: str, digit: str) -> ImageFont.FreeTypeFont:
    """The font at the size where the digit just fits into the box."""
    probe = ImageFont.truetype(FONTS / file, 1000)
    left, top, right, bottom = probe.getbbox(digit, anchor="ls")
    box = BOX / UNIT_PIXELS * TILE * FINE
    return ImageFont.truetype(
        FONTS / file, 1000 * box / max(bottom - top, right - left)
    )


def tile(file: str, digit: str) -> np.ndarray:
    """Signed distance to the outline of one digit, centred in its tile, as uint8."""
    side = TILE * FINE
    image = Image.new("L", (side, side))
    font = font_for(file, digit)
    left, top, right, bottom = font.getbbox(digit, anchor="ls")
    origin = ((side - left - right) / 2, (side - top - bottom) / 2)
    ImageDraw.Draw(image).text(origin, digit, fill=255, font=font, anchor="ls")
    inside = np.asarray(image) >= 128
    distance = distance_transform_edt(inside) - distance_transform_edt(~inside)
    coarse = distance.reshape(TILE, FINE, TILE, FINE).mean(axis=(1, 3))
    pixels = coarse / FINE * UNIT_PIXELS / TILE  # distance in pixels of a 28x28 image
    return np.clip(np.rint(128 + LEVELS_PER_PIXEL * pixels), 0, 255).astype(np.uint8)


def main() -> None:
    """Draw every tile and write the atlas."""
    rows = []
    for face in FACES:
        rows.append(np.hstack([tile(face.file, digit) for digit in "0123456789"]))
    path = Path(__file__).parents[1] / "data" / ATLAS
    Image.fromarray(np.vstack(rows)).save(path, optimize=True)
    print(f"{path.name}: {len(FACES)} faces, {path.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
