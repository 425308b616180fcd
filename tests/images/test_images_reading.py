"""What is loaded, is loaded right: every expected level is a closed form."""

import io
import struct
import warnings

import numpy
import pytest
import torch
from PIL import Image, ImageFile

from gan_course.images import ImageFileError, image_info, load_image
from tests.image_files import (
    INKS,
    SAMPLES,
    SIZE,
    chunk,
    encoded,
    grey_tiff,
    noise,
    on_white,
    picture,
    png,
)

DEPTHS = {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}
KINDS = [(colour, depth) for colour, depths in DEPTHS.items() for depth in depths]


@pytest.fixture
def load(tmp_path):
    """Load the content of a file: levels (H, W, C) as whole numbers."""

    def load(content, **options):
        path = tmp_path / "file"
        path.write_bytes(content)
        image = load_image(path, **options)
        info = image_info(path)
        assert image.dtype == torch.uint8 and image.is_contiguous()
        assert image.shape[1:] == (info.height, info.width)
        return image.permute(1, 2, 0).numpy().astype(int)

    return load


@pytest.mark.parametrize("interlaced", [False, True])
@pytest.mark.parametrize(("colour", "depth"), KINDS)
def test_every_kind_of_png(load, colour, depth, interlaced):
    samples = noise(13, 19, SAMPLES[colour], below=2**depth)
    palette = noise(2 ** min(depth, 8), 3, seed=1)
    plte = chunk(b"PLTE", palette.astype(numpy.uint8).tobytes())
    extra = [plte] if colour == 3 else []
    found = load(png(samples, depth, colour, *extra, interlaced=interlaced))
    eight = samples >> 8 if depth == 16 else samples * 255 // (2**depth - 1)
    if colour == 3:
        expected = palette[samples[..., 0]]
    elif colour in (4, 6):
        expected = on_white(eight[..., :-1], eight[..., -1:])
    elif (colour, depth) == (0, 16):
        expected = numpy.rint(samples / 257)
    else:
        expected = eight
    assert numpy.array_equal(found, expected)


@pytest.mark.parametrize("depth", [1, 2, 4, 8, 16])
def test_the_transparent_grey_of_a_png_becomes_white(load, depth):
    samples = noise(9, 11, 1, below=2**depth)
    samples[4, 5] = key = 2 ** (depth - 1) - 1
    opaque = load(png(samples, depth))
    found = load(png(samples, depth, 0, chunk(b"tRNS", struct.pack(">H", key))))
    assert numpy.array_equal(found, numpy.where(samples == key, 255, opaque))


def test_the_transparent_colour_of_a_png_becomes_white(load):
    samples = noise(9, 11, 3)
    samples[4, 5] = key = (1, 2, 3)
    samples[4, 6] = (1, 2, 4)
    found = load(png(samples, 8, 2, chunk(b"tRNS", struct.pack(">3H", *key))))
    samples[4, 5] = 255
    assert numpy.array_equal(found, samples)


@pytest.mark.parametrize("alphas", [[0], [255, 0], [10, 200, 255, 0]])
def test_a_palette_with_transparency_lies_on_white(load, alphas):
    palette, samples = noise(4, 3), noise(9, 11, 1, below=4)
    plte = chunk(b"PLTE", palette.astype(numpy.uint8).tobytes())
    found = load(png(samples, 2, 3, plte, chunk(b"tRNS", bytes(alphas))))
    alpha = numpy.array(alphas + [255] * (4 - len(alphas)))[:, None]
    assert numpy.array_equal(found, on_white(palette, alpha)[samples[..., 0]])


def test_every_level_with_every_alpha_on_white(load):
    both = numpy.stack(numpy.mgrid[0:256, 0:256], axis=-1)
    found = load(png(both, 8, 4))
    assert numpy.array_equal(found, on_white(both[..., :1], both[..., 1:]))
    assert (found[:, 255, 0] == numpy.arange(256)).all()
    assert (found[:, 0] == 255).all()


@pytest.mark.parametrize("order", ["<", ">"])
def test_every_16_bit_level_of_a_tiff(load, order):
    levels = numpy.arange(65536).reshape(256, 256)
    data = levels.astype(order + "u2").tobytes()
    changes = {256: (4, 256), 257: (4, 256), 258: (3, 16), 278: (4, 256)}
    found = load(grey_tiff(changes, data, order))
    assert numpy.array_equal(found[..., 0], numpy.rint(levels / 257))


@pytest.mark.parametrize("order", ["<", ">"])
def test_of_16_bit_colours_the_upper_byte_is_kept(load, order):
    levels = noise(SIZE, SIZE, 3, below=65536)
    changes = {258: (3, [16] * 3), 262: (3, 2), 277: (3, 3)}
    data = levels.astype(order + "u2").tobytes()
    found = load(grey_tiff(changes, data, order))
    assert numpy.array_equal(found, levels >> 8)
    assert numpy.abs(found - numpy.rint(levels / 257)).max() <= 1


@pytest.mark.parametrize(
    ("magic", "largest", "channels"),
    [(5, 255, 1), (5, 100, 1), (5, 4095, 1), (5, 65535, 1), (6, 255, 3), (6, 999, 3)],
)
def test_a_ppm_of_any_range(load, magic, largest, channels):
    levels = noise(6, 7, channels, below=largest + 1)
    head = f"P{magic} # a comment with 9 9\n7\t6\n{largest}\n".encode()
    found = load(head + levels.astype(">u2" if largest > 255 else "u1").tobytes())
    assert numpy.array_equal(found, numpy.floor(levels * 255 / largest + 0.5))


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "RGBA"])
def test_bmp(load, mode):
    image = picture(mode)
    expected = numpy.asarray(image.convert("L" if mode in ("1", "L") else "RGB"))
    found = load(encoded(image, "BMP"))
    assert numpy.array_equal(found.squeeze(), expected)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "RGB", "P"])
@pytest.mark.parametrize("compression", [None, "tiff_lzw", "packbits", "tiff_deflate"])
def test_tiff_in_strips(load, mode, compression):
    image = picture(mode)
    expected = numpy.asarray(image.convert("L" if mode in ("1", "L", "LA") else "RGB"))
    found = load(encoded(image, "TIFF", compression=compression))
    assert numpy.array_equal(found.squeeze(), expected)


def test_tiff_in_tiles_and_big_tiff(load):
    ink = numpy.frombuffer(INKS, numpy.uint8).reshape(SIZE, SIZE)
    tiles = numpy.zeros((2, 16, 16), numpy.uint8)
    tiles[0, :SIZE], tiles[1, :SIZE] = numpy.tile(ink, 2), numpy.tile(ink, 2)
    changes = {256: (4, 20), 273: None, 278: None, 279: None, 322: (4, 16)}
    changes |= {323: (4, 16), 324: (4, [8, 264]), 325: (4, [256, 256])}
    found = load(grey_tiff(changes, tiles.tobytes()))
    assert numpy.array_equal(found[..., 0], numpy.tile(ink, 3)[:, :20])
    found = load(encoded(Image.fromarray(ink), "TIFF", big_tiff=True))
    assert numpy.array_equal(found[..., 0], ink)


def test_cmyk_is_the_light_that_four_inks_leave(load):
    inks = noise(20, 30, 4)
    image = Image.fromarray(inks.astype(numpy.uint8), "CMYK")
    light = (255 - inks[..., :3]) * (255 - inks[..., 3:]) / 255
    assert numpy.abs(load(encoded(image, "TIFF")) - light).max() <= 1


def test_the_inks_of_a_jpeg_are_inverted_as_adobe_says(load):
    inks = numpy.array([200, 30, 90, 40])
    content = encoded(Image.new("CMYK", (32, 32), tuple(inks)), "JPEG", quality=100)
    light = (255 - inks[:3]) * (255 - inks[3]) / 255
    assert numpy.abs(load(content) - light).max() <= 3
    start = content.index(b"\xff\xee\0\x0eAdobe")
    with pytest.raises(ImageFileError, match="which number stands for no ink"):
        load(content[:start] + content[start + 16 :])


def test_ycbcr_becomes_rgb(load):
    found = load(encoded(picture("YCbCr"), "TIFF", compression="tiff_lzw"))
    assert numpy.abs(found - numpy.asarray(picture())).max() <= 3


@pytest.mark.parametrize("progressive", [False, True])
@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_jpeg_is_what_pillow_decodes(load, mode, progressive):
    content = encoded(picture(mode), "JPEG", quality=90, progressive=progressive)
    expected = numpy.asarray(Image.open(io.BytesIO(content)))
    assert numpy.array_equal(load(content).squeeze(), expected)
    assert numpy.array_equal(load(content + b"a preview, or a video"), load(content))


@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"restart": 1}])
@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_a_jpeg_that_is_mid_grey_is_not_mistaken_for_an_empty_one(load, mode, options):
    restart = {"restart_marker_blocks": options.pop("restart", 0)}
    image = Image.new(mode, (50, 40), "#808080")
    assert (load(encoded(image, "JPEG", **options, **restart)) == 128).all()


def test_16_bit_png_of_a_grey_image_with_alpha_stays_grey(load):
    assert load(png(noise(4, 5, 2, below=65536), 16, 4)).shape == (4, 5, 1)


@pytest.mark.parametrize("format_", ["GIF", "WEBP", "PNG", "TIFF"])
def test_of_many_frames_the_first_is_loaded(load, format_):
    frames = [picture("P").convert("RGB"), Image.new("RGB", (40, 30), "red")]
    options = {"lossless": True} if format_ == "WEBP" else {}
    content = encoded(
        frames[0], format_, save_all=True, append_images=frames[1:], **options
    )
    assert numpy.array_equal(load(content), numpy.asarray(frames[0]))


@pytest.mark.parametrize("transparency", [{}, {"transparency": 1}])
def test_what_the_first_frame_of_a_gif_leaves_out_is_white(load, transparency):
    small = Image.new("P", (4, 3), 1)
    small.putpalette([10, 20, 30, 200, 0, 0])
    content = bytearray(encoded(small, "GIF", **transparency))
    content[6:10] = struct.pack("<HH", 9, 8)  # the canvas
    at = content.index(b"," + bytes(4) + struct.pack("<HH", 4, 3))
    content[at + 1 : at + 5] = struct.pack("<HH", 2, 1)  # where the frame lies
    expected = numpy.full((8, 9, 3), 255)
    if not transparency:
        expected[1:4, 2:6] = (200, 0, 0)
    assert numpy.array_equal(load(bytes(content)), expected)


def test_grey_and_rgb_on_demand(load):
    grey, colour = encoded(picture("L"), "PNG"), encoded(picture(), "PNG")
    assert numpy.array_equal(load(grey, channels=3), load(grey).repeat(3, axis=2))
    assert numpy.array_equal(load(grey, channels=1), load(grey))
    assert numpy.array_equal(load(colour, channels=3), load(colour))
    luma = load(colour) @ numpy.array([0.299, 0.587, 0.114])
    assert numpy.abs(load(colour, channels=1)[..., 0] - luma).max() <= 0.51
    again = load(png(load(grey).repeat(3, axis=2), 8, 2), channels=1)
    assert numpy.array_equal(again, load(grey))


@pytest.mark.parametrize(
    "options", [{"channels": 2}, {"channels": 4}, {"max_pixels": 0}]
)
def test_options_that_are_none(tmp_path, options):
    with pytest.raises(ValueError, match=next(iter(options))) as raised:
        load_image(tmp_path, **options)
    assert not isinstance(raised.value, ImageFileError)


def test_text_in_a_png_cannot_pass_for_settings(load):
    content = png(noise(4, 5, 3), 8, 2, chunk(b"tEXt", b"transparency\0abc"))
    assert numpy.array_equal(load(content), noise(4, 5, 3))


def test_a_header_is_read_without_the_pixels(tmp_path, monkeypatch):
    path = tmp_path / "a picture.png"
    path.write_bytes(encoded(picture("P"), "PNG"))
    monkeypatch.setattr(ImageFile.ImageFile, "load", None)
    info = image_info(path)
    assert (info.format, info.mode, info.width, info.height) == ("PNG", "P", 40, 30)


def test_pillows_settings_and_pythons_warnings_stay_as_they_are(load, monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 10)
    filters = list(warnings.filters)
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        assert numpy.array_equal(load(encoded(picture(), "PNG")), picture())
    assert not seen
    assert warnings.filters == filters
    assert (Image.MAX_IMAGE_PIXELS, ImageFile.LOAD_TRUNCATED_IMAGES) == (10, False)


def test_planes_of_a_tiff_may_lie_apart(load):
    planes = noise(3, SIZE, SIZE)
    data = planes.astype(numpy.uint8).tobytes()
    offsets = [8 + index * SIZE * SIZE for index in range(3)]
    changes = {258: (3, [8] * 3), 262: (3, 2), 277: (3, 3), 284: (3, 2)}
    changes |= {273: (4, offsets), 279: (4, [SIZE * SIZE] * 3)}
    found = load(grey_tiff(changes, data))
    assert numpy.array_equal(found, planes.transpose(1, 2, 0))


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("black", [1, 0])
@pytest.mark.parametrize("bits", [1, 2, 4, 8])
def test_a_tiff_of_few_grey_levels_with_black_at_either_end(load, bits, black, order):
    levels = noise(SIZE, SIZE, below=2**bits)
    digits = levels[..., None] >> numpy.arange(bits)[::-1] & 1
    data = numpy.packbits(digits.astype(bool).reshape(SIZE, -1), axis=1).tobytes()
    found = load(grey_tiff({258: (3, bits), 262: (3, black)}, data, order))
    expected = levels * 255 // (2**bits - 1)
    assert numpy.array_equal(found[..., 0], expected if black else 255 - expected)
