import pytest
import torch

from gan_course.datasets import ImageSet
from gan_course.datasets.folder import folder
from gan_course.preprocess import clean_folder, split_groups
from tests.messy_folder import encoded, photographs, write_messy_folder


def test_a_folder_is_an_image_set_with_names_and_groups(tmp_path, capsys):
    write_messy_folder(tmp_path / "images")
    images = folder(tmp_path / "images", size=32)
    expected = clean_folder(tmp_path / "images", size=32)
    assert images.name == "folder" and len(images) == len(images.names) == 45
    assert torch.equal(images.images, expected.images)
    assert images.names == expected.names
    assert torch.equal(images.factors["group"], expected.groups)
    assert images.labels is None and images.classes == ()
    assert capsys.readouterr().out == f"{expected.report}\n"
    train, held_out = split_groups(images.factors["group"], held_out=0.2)
    assert (len(train), len(held_out)) == (36, 9)


def test_subfolders_are_classes(tmp_path):
    for name, photo in zip(("cat/1", "cat/2", "dog/1"), photographs(3)):
        path = tmp_path / f"{name}.png"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(encoded(photo, "PNG"))
    images = folder(tmp_path, channels=1)
    assert images.images.shape == (3, 1, 64, 64)
    assert images.classes == ("cat", "dog") and images.labels.tolist() == [0, 0, 1]


@pytest.mark.parametrize(
    ("place", "error", "sentence"),
    [
        ("gone", FileNotFoundError, "There is no folder .*gone"),
        ("file", NotADirectoryError, "file is a file; give the folder"),
        ("empty", ValueError, "empty is empty; put images there"),
        ("text", ValueError, r"Not one of the 1 files in .*text can be used"),
    ],
)
def test_a_folder_without_images_is_one_sentence(tmp_path, place, error, sentence):
    (tmp_path / "empty").mkdir()
    (tmp_path / "text").mkdir()
    (tmp_path / "text" / "a.png").write_text("no image")
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(error, match=sentence):
        folder(tmp_path / place)


def test_an_option_out_of_range_is_one_sentence(tmp_path):
    with pytest.raises(ValueError, match="size=2 is out of range"):
        folder(tmp_path, size=2)
    with pytest.raises(ValueError, match="max_pixels=0; choose 1 or more"):
        folder(tmp_path, max_pixels=0)


def test_names_are_counted():
    images = torch.zeros(2, 1, 4, 4, dtype=torch.uint8)
    assert ImageSet("mine", images).names == ()
    with pytest.raises(ValueError, match="3 names for 2 images"):
        ImageSet("mine", images, names=("a", "b", "c"))
