import hashlib
import os
import sys
from pathlib import Path

import numpy
import pytest
import torch
from PIL import Image

from gan_course.images import load_image, resize
from gan_course.preprocess import clean_folder
from tests.messy_folder import (
    FAULTS,
    REPAIRED,
    SQUARE,
    brighter,
    encoded,
    faces,
    noise,
    photographs,
    png_that_announces,
    shrunk,
    turned_by_exif,
    write_messy_folder,
)


def content(folder):
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path: hashlib.sha256(path.read_bytes()).digest() for path in files}


@pytest.fixture(scope="module")
def messy(tmp_path_factory):
    folder = tmp_path_factory.mktemp("messy") / "images"
    write_messy_folder(folder)
    before = content(folder)
    cleaning = clean_folder(folder, size=64)
    assert content(folder) == before
    return folder, cleaning


def rows(cleaning, action):
    return {row.name: row for row in cleaning.report.rows if row.action == action}


def test_every_planted_fault_is_found_and_nothing_else_is_dropped(messy):
    _, cleaning = messy
    dropped = rows(cleaning, "dropped")
    # Of two files with the same picture the one with the shorter name stays.
    renamed = FAULTS | {"image 01.png": FAULTS["again.bmp"]}
    del renamed["again.bmp"]
    assert {name: row.kind for name, row in dropped.items()} == renamed


def test_what_could_be_mended_was(messy):
    _, cleaning = messy
    repaired = rows(cleaning, "repaired")
    assert tuple(repaired) == REPAIRED
    reasons = " ".join(row.reason for row in repaired.values())
    for word in ("CMYK", "palette", "orientation 6", "16 bits", "grey", "white"):
        assert word in reasons


def test_the_report_has_one_row_for_every_file(messy):
    folder, cleaning = messy
    on_disk = [path.relative_to(folder).as_posix() for path in content(folder)]
    assert [row.name for row in cleaning.report.rows] == sorted(on_disk)
    summary = "57 files: 40 kept as they are, 5 repaired, 12 dropped"
    assert str(cleaning.report).endswith(summary)
    assert sum(cleaning.report.counts().values()) == 12


def test_images_are_those_of_their_files(messy):
    folder, cleaning = messy
    assert cleaning.images.shape == (45, 3, 64, 64)
    assert list(cleaning.names) == sorted(cleaning.names)
    for name, image in zip(cleaning.names, cleaning.images):
        assert torch.equal(image, resize(load_image(folder / name, channels=3), 64))


def test_the_rotated_portrait_stands_upright(tmp_path):
    (face,) = faces(1)
    (tmp_path / "face.jpg").write_bytes(turned_by_exif(face))
    (image,) = clean_folder(tmp_path, size=SQUARE).images
    upright = torch.from_numpy(numpy.array(face)).permute(2, 0, 1)
    assert (image.float() - upright.float()).abs().mean() < 4


def test_reasons_name_the_picture_that_is_repeated(messy):
    _, cleaning = messy
    dropped = rows(cleaning, "dropped")
    sentence = "is the same file as z first.png"
    assert dropped["a first copy.png"].reason == sentence
    assert dropped["brighter.jpg"].reason == "shows nearly the same as image 02.png"
    assert dropped["announces.png"].reason == "announces 50,000 × 50,000 pixels"
    assert dropped["icon.png"].reason == "has only 5 × 5 pixels"
    kept = dict(zip(cleaning.names, cleaning.images))
    assert torch.equal(dropped["brighter.jpg"].original, kept["image 02.png"])
    assert torch.equal(dropped["a first copy.png"].thumbnail, kept["z first.png"])
    assert dropped["noise.png"].thumbnail.shape == (3, 64, 64)
    assert dropped["letter.png"].thumbnail is None


def test_the_same_folder_gives_the_same_result(messy):
    folder, first = messy
    again = clean_folder(folder, size=64)
    assert torch.equal(again.images, first.images)
    assert torch.equal(again.groups, first.groups)
    assert again.names == first.names and again.report == first.report


@pytest.mark.parametrize("size", [16, 100])
def test_verdicts_do_not_depend_on_the_size(messy, size):
    folder, first = messy
    other = clean_folder(folder, size=size, smallest=16)
    assert other.names == first.names
    assert other.images.shape[2:] == (size, size)
    assert all(
        row.thumbnail is None or row.thumbnail.shape[1] == min(size, 64)
        for row in other.report.rows
    )


def test_grey_images_on_request(messy):
    folder, colour = messy
    grey = clean_folder(folder, size=64, channels=1)
    assert grey.images.shape == (45, 1, 64, 64)
    assert grey.names == colour.names
    repaired = rows(grey, "repaired")
    assert repaired["sixteen bits.png"].reason == "16 bits a pixel made 8"


def test_near_duplicates_can_be_kept_together(messy):
    folder, _ = messy
    cleaning = clean_folder(folder, size=64, near=None)
    group = dict(zip(cleaning.names, cleaning.groups.tolist()))
    assert group["brighter.jpg"] == group["image 02.png"]
    assert group["shrunk.png"] == group["image 25.png"]
    assert len(set(group.values())) == len(group) - 2 == 45
    assert set(cleaning.groups.tolist()) == set(range(45))


def test_outliers_can_be_kept(messy):
    folder, _ = messy
    cleaning = clean_folder(folder, size=64, drop_outliers=False)
    assert "noise.png" in cleaning.names and "blank.png" not in cleaning.names


def write(folder, **images):
    for name, image in images.items():
        path = folder / name.replace("__", "/")
        path.parent.mkdir(exist_ok=True)
        image.save(f"{path}.png")


def test_subfolders_are_classes_if_every_image_lies_in_one(tmp_path):
    first, second, third, fourth = photographs(4)
    write(tmp_path, dogs__a=first, cats__b=second, dogs__c=third)
    (tmp_path / "empty").mkdir()
    (tmp_path / "readme.txt").write_text("not an image")
    cleaning = clean_folder(tmp_path, size=32)
    assert cleaning.names == ("cats/b.png", "dogs/a.png", "dogs/c.png")
    assert cleaning.classes == ("cats", "dogs")
    assert cleaning.labels.tolist() == [0, 1, 1]
    write(tmp_path, stray=fourth)
    cleaning = clean_folder(tmp_path, size=32)
    assert cleaning.labels is None and cleaning.classes == ()


def test_the_copy_with_most_pixels_stays(tmp_path):
    (photo,) = photographs(1, side=200)
    write(tmp_path, a=photo.resize((70, 70)), z=photo, middle=photo.resize((120, 120)))
    cleaning = clean_folder(tmp_path, size=64)
    assert cleaning.names == ("z.png",)
    assert cleaning.report.counts() == {"near-duplicate": 2}


@pytest.mark.parametrize("size", [(300, 80), (80, 300), (97, 96)])
def test_of_an_oblong_image_the_middle_square_is_used(tmp_path, size):
    (photo,) = photographs(1, side=300)
    photo.resize(size).save(tmp_path / "oblong.png")
    (image,) = clean_folder(tmp_path, size=40).images
    side = min(size)
    left, top = (size[0] - side) // 2, (size[1] - side) // 2
    middle = load_image(tmp_path / "oblong.png")[
        :, top : top + side, left : left + side
    ]
    assert torch.equal(image, resize(middle, 40))


def test_a_copy_of_a_broken_file_is_dropped_too(tmp_path):
    (photo,) = photographs(1)
    write(tmp_path, good=photo)
    broken = encoded(photo, "JPEG")[:-500]
    (tmp_path / "a.jpg").write_bytes(broken)
    (tmp_path / "b.jpg").write_bytes(broken)
    cleaning = clean_folder(tmp_path, size=64)
    assert cleaning.names == ("good.png",)
    copy = rows(cleaning, "dropped")["b.jpg"]
    assert copy.thumbnail is None and copy.original is None


def test_one_image_is_enough(tmp_path):
    (photo,) = photographs(1)
    write(tmp_path, only=photo)
    cleaning = clean_folder(tmp_path, size=64)
    assert len(cleaning.images) == 1 and cleaning.groups.tolist() == [0]


@pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse such names")
def test_any_name_is_one_line_of_the_report(tmp_path):
    photos = photographs(3)
    raw = os.fsencode(tmp_path)
    for name, photo in zip(
        (b"two\nlines.png", b"\xff\xfe.png", "漢.png".encode()), photos
    ):
        with open(raw + b"/" + name, "wb") as file:  # noqa: PTH123 (a name in bytes)
            file.write(encoded(photo, "PNG"))
        with open(raw + b"/copy of " + name, "wb") as file:  # noqa: PTH123
            file.write(encoded(photo, "PNG"))
    cleaning = clean_folder(tmp_path, size=64)
    assert len(cleaning.images) == 3
    lines = str(cleaning.report).splitlines()
    assert len(lines) == 3 + 2
    assert r"is the same file as two\nlines.png" in str(cleaning.report)
    assert all((tmp_path / name).is_file() for name in cleaning.names)


def test_a_short_run_prints_no_progress(messy, capfd):
    clean_folder(messy[0], size=64)
    assert capfd.readouterr() == ("", "")


def test_a_long_run_shows_its_progress(tmp_path, monkeypatch, capfd):
    write(tmp_path, **{f"p{i}": photo for i, photo in enumerate(photographs(3))})
    seconds = iter(range(0, 10_000, 5))
    monkeypatch.setattr("time.time", lambda: next(seconds))
    monkeypatch.setattr("tqdm.std.time", lambda: next(seconds))
    clean_folder(tmp_path, size=64)
    assert "Reading images" in capfd.readouterr().err


def test_a_file_that_vanishes_is_a_finding(tmp_path, monkeypatch):
    one, two = photographs(2)
    write(tmp_path, a=one, b=two)

    def fails(path, *args):
        raise OSError(5, "Input/output error", str(path))

    opened = Path.open
    monkeypatch.setattr(
        Path,
        "open",
        lambda path, *args, **options: (
            fails(path) if path.name == "a.png" else opened(path, *args, **options)
        ),
    )
    cleaning = clean_folder(tmp_path, size=64)
    assert cleaning.names == ("b.png",)
    (row,) = rows(cleaning, "dropped").values()
    assert "Input/output error" in row.reason


def test_an_empty_folder_is_one_sentence(tmp_path):
    (tmp_path / "nothing here").mkdir()
    with pytest.raises(ValueError, match=r"^The folder .* is empty; put images there"):
        clean_folder(tmp_path, size=64)


def test_a_folder_in_which_nothing_survives_says_why(tmp_path):
    (tmp_path / "a.png").write_bytes(b"text")
    (tmp_path / "b.png").write_bytes(png_that_announces(40_000, 40_000))
    write(tmp_path, c=noise(), d=Image.new("RGB", (50, 50)))
    sentence = (
        r"^Not one of the 4 files in .* can be used \(1 broken, 1 too large, 1 blank, "
        r"1 outlier\); give a folder with other images\.$"
    )
    with pytest.raises(ValueError, match=sentence):
        clean_folder(tmp_path, size=64)


def test_a_limit_on_pixels_is_kept(tmp_path):
    one, two = photographs(2, side=100)
    write(tmp_path, a=one, b=two.resize((40, 40)))
    cleaning = clean_folder(tmp_path, size=32, max_pixels=5_000)
    assert cleaning.names == ("b.png",)
    assert cleaning.report.counts() == {"too large": 1}


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"size": 3}, "size=3 is out of range; choose 4 to 1024"),
        ({"size": 4096}, "size=4096 is out of range"),
        ({"size": 64, "channels": 2}, "channels=2 is not possible; choose 1 for grey"),
        ({"size": 64, "max_pixels": 0}, "max_pixels=0; choose 1 or more"),
        ({"size": 64, "smallest": 0}, "smallest=0; choose 1 or more"),
        ({"size": 64, "near": 65}, "The distance is 65; choose 0 to 64"),
    ],
)
def test_an_option_out_of_range_is_one_sentence(tmp_path, options, sentence):
    write(tmp_path, a=photographs(1)[0])
    with pytest.raises(ValueError, match=sentence):
        clean_folder(tmp_path, **options)


def test_what_is_no_folder_is_one_sentence(tmp_path):
    with pytest.raises(FileNotFoundError, match="There is no folder"):
        clean_folder(tmp_path / "gone", size=64)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_other_messy_folders_are_cleaned_as_well(tmp_path, seed):
    write_messy_folder(tmp_path / "images", seed=seed)
    (tmp_path / "images" / "sub" / "b.jpg").write_bytes(
        encoded(brighter(photographs(1, seed=seed)[0], 0.9), "JPEG", quality=60)
    )
    cleaning = clean_folder(tmp_path / "images", size=48)
    summary = "58 files: 40 kept as they are, 5 repaired, 13 dropped"
    assert cleaning.report.summary() == summary


def test_no_picture_is_dropped_for_a_copy_that_goes_as_well(tmp_path):
    plain = [part.point(lambda level: level * 0.3 + 60) for part in photographs(30)]
    for number, image in enumerate(plain[1:]):
        image.save(tmp_path / f"image {number:02}.png")
    # The larger copy of a pair would stay, if it were not far too bright.
    plain[0].point(lambda level: level + 110).save(tmp_path / "too bright.png")
    shrunk(plain[0]).save(tmp_path / "usual.png")
    cleaning = clean_folder(tmp_path, size=64)
    dropped = {name: row.kind for name, row in rows(cleaning, "dropped").items()}
    assert dropped == {"too bright.png": "outlier"}
