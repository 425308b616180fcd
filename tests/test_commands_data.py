import pytest
import torch

import gan_course.datasets.download as downloading
from gan_course.__main__ import main
from gan_course.commands.cards import laid_out, section
from gan_course.commands.data import table
from gan_course.datasets import SETS, load
from gan_course.files import data_folder
from gan_course.images import resize, save_image
from gan_course.preprocess import clean_folder
from tests import file_server, small_mnist
from tests.small_mnist import CLOTHES, DIGITS, put


@pytest.fixture(autouse=True)
def _own_folders(tmp_path, monkeypatch):
    monkeypatch.delenv("GAN_COURSE_DATA", raising=False)
    monkeypatch.setenv("GAN_COURSE_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def run(capsys):
    """Run a command; return its status and what it printed, on both streams."""

    def run(*arguments):
        status = main(["data", *map(str, arguments)])
        return status, *capsys.readouterr()

    return run


def test_the_list_names_every_set_in_aligned_columns(run):
    status, printed, _ = run("list")
    lines = printed.partition("\n\n")[0].splitlines()
    assert status == 0
    assert [line.split()[0] for line in lines[2:]] == list(SETS)
    starts = [lines[0].index(word) for word in ("what", "how many", "where")]
    for line in lines[2:]:
        assert all(line[at - 1] == " " and line[at] != " " for at in starts)
    assert max(map(len, lines)) <= 104
    assert "mnist          handwritten digits" in printed
    assert "not here: 11.6 MB to download\n" in printed


def test_columns_are_as_wide_as_their_widest_cell():
    lines = table(("a", "long title"), [("wide cell", "b"), ("", "")])
    assert lines == [
        "a          long title",
        "---------  ----------",
        "wide cell  b",
        "",
    ]


def test_what_is_found_is_not_downloaded(run, tmp_path, monkeypatch):
    small_mnist.use(monkeypatch, "http://127.0.0.1:9/")
    monkeypatch.setenv("GAN_COURSE_DATA", str(tmp_path))
    put(tmp_path / "mnist", DIGITS)
    put(tmp_path / "fashion_mnist", CLOTHES)
    for name in ("mnist", "fashion_mnist"):
        status, printed, error = run("get", name)
        assert (status, error) == (0, "")
        assert printed == (
            f"{name}: 40 training and 20 held-out images, checked, found in "
            f"{tmp_path / name}\n"
        )


def test_what_is_not_here_is_downloaded_once(run, tmp_path, monkeypatch):
    with file_server.running() as server:
        small_mnist.use(monkeypatch, server.address)
        folder = put(tmp_path / "published", DIGITS, ending=".gz")
        server.files = {path.name: path.read_bytes() for path in folder.iterdir()}
        status, printed, error = run("get", "mnist")
        assert run("get", "mnist")[0] == 0
    assert (status, error) == (0, "")
    assert printed.startswith("mnist: downloading 0.0 MB\nmnist: 40 training and 20")
    kept = tmp_path / "cache" / "downloads" / "mnist"
    assert printed.endswith(f"checked, found in {kept}\n")
    assert len(server.requests) == 4


def test_a_failed_download_is_one_sentence(run, monkeypatch):
    monkeypatch.setattr(downloading, "PAUSE", 0.01)
    small_mnist.use(monkeypatch, "http://127.0.0.1:9/")
    status, _, error = run("get", "mnist")
    assert status == 1
    assert error.startswith("Cannot download http://127.0.0.1:9/train-images")
    assert error.count("\n") == 1


def test_what_needs_no_download_says_so(run, monkeypatch):
    status, printed, _ = run("get", "glyphs", "digits")
    assert status == 0
    assert printed == (
        "glyphs: no download is needed (made here).\n"
        "digits: no download is needed (from scikit-learn).\n"
    )


def test_a_damaged_file_in_your_folder_is_one_sentence(run, tmp_path, monkeypatch):
    small_mnist.use(monkeypatch)
    monkeypatch.setenv("GAN_COURSE_DATA", str(put(tmp_path / "data", DIGITS)))
    (tmp_path / "data" / "train-images-idx3-ubyte").write_bytes(b"<html>")
    status, _, error = run("get", "mnist")
    assert status == 1
    assert "train-images-idx3-ubyte is not an IDX file" in error


def test_an_interrupted_download_says_that_it_continues(run, monkeypatch):
    def interrupt(*arguments, **options):
        raise KeyboardInterrupt

    monkeypatch.setitem(SETS, "mnist", lambda split="train": interrupt())
    status, _, error = run("get", "mnist")
    assert (status, error) == (130, "\nInterrupted; the same command continues.\n")


@pytest.mark.parametrize("name", SETS)
def test_every_set_has_a_card(run, name):
    status, printed, _ = run("card", name)
    assert status == 0
    heading, underline = printed.splitlines()[:2]
    assert name in heading.partition(":")[0]
    assert underline == "=" * len(heading)
    assert "licence" in printed and "\nknown biases " in printed
    assert not set("`|*[") & set(printed)


def pictures(folder, count):
    """Write pictures into a folder, and one file that is none."""
    draw = torch.Generator().manual_seed(0)
    for number in range(count):
        coarse = torch.randint(0, 256, (3, 6, 6), dtype=torch.uint8, generator=draw)
        save_image(resize(coarse, 48), folder / f"{number}.png")
    (folder / "broken.png").write_bytes(b"no picture")


def test_a_folder_is_checked_and_left_alone(run, tmp_path):
    folder = tmp_path / "my images"
    folder.mkdir()
    pictures(folder, 3)
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    status, printed, error = run("check", folder, "--size", "16", "--channels", "1")
    assert (status, error) == (0, "")
    assert "broken.png" in printed
    assert printed == f"{clean_folder(folder, size=16, channels=1).report}\n"
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_a_limit_of_pixels_is_kept(run, tmp_path):
    pictures(tmp_path, 2)
    small = tmp_path / "small.png"
    save_image(torch.arange(3 * 20 * 20).view(3, 20, 20).to(torch.uint8), small)
    _, printed, _ = run("check", tmp_path, "--size", "16", "--max-pixels", "500")
    assert printed.count("announces 48 × 48 pixels") == 2


def test_a_folder_that_cannot_be_checked_is_one_sentence(run, tmp_path):
    for folder in (tmp_path, tmp_path / "absent"):
        status, printed, error = run("check", folder)
        assert (status, printed) == (1, "")
        assert str(folder) in error and error.count("\n") == 1


def test_a_set_is_packed_into_one_file(run, tmp_path):
    file = tmp_path / "new" / "glyphs.npy"
    status, printed, error = run("pack", "glyphs", "-o", file, "--count", "9")
    assert (status, error) == (0, "")
    assert printed == f"{file}: 9 images, 28×28 grey, 0.0 MB\n"
    packed = load("array", path=file).images
    assert torch.equal(packed, load("glyphs", count=9).images)


def test_options_of_a_set_are_passed_on(run, tmp_path):
    options = {"count": 4, "size": 16, "split": "held-out", "seed": 2}
    words = [word for name, value in options.items() for word in (f"--{name}", value)]
    assert run("pack", "portraits", "-o", tmp_path / "p.npy", *words)[0] == 0
    packed = load("array", path=tmp_path / "p.npy").images
    assert torch.equal(packed, load("portraits", **options).images)


def test_a_folder_is_packed_with_its_report(run, tmp_path):
    folder = tmp_path / "my images"
    folder.mkdir()
    pictures(folder, 3)
    file = tmp_path / "mine.npy"
    status, printed, _ = run("pack", folder, "-o", file, "--size", "16")
    assert status == 0
    cleaning = clean_folder(folder, size=16)
    report, told = printed.removesuffix("\n").rsplit("\n", 1)
    assert report == str(cleaning.report)
    assert told == f"{file}: 3 images, 16×16 RGB, 0.0 MB"
    assert torch.equal(load("array", path=file).images, cleaning.images)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["ring"], "ring is a set of points; pack a set of images."),
        (["folder"], "Name the folder itself: data pack FOLDER -o FILE.npy."),
        (["digits", "--size", "8"], "digits has no option 'size'; it has none."),
        (["glyfs"], "Did you mean 'glyphs'?"),
    ],
)
def test_what_cannot_be_packed_is_one_sentence(run, tmp_path, arguments, sentence):
    status, printed, error = run("pack", *arguments, "-o", tmp_path / "x.npy")
    assert (status, printed) == (1, "")
    assert error.endswith(f"{sentence}\n") and error.count("\n") == 1
    assert not (tmp_path / "x.npy").exists()


CARD = """\
# Data

## `mine`: *my* set

Some words that go on
in a second line.

| | |
|---|---|
| what | a `set` of **things** that is described in more words than fit |
| size | 2 |

| name | shows | pixels |
|------|-------|--------|
| a | [b](http://c) | 3 |

## `other`, `another`: no more

# Weights

## The `mine` of weights
"""


def test_a_card_is_laid_out_for_the_width_of_a_terminal():
    assert laid_out(section(CARD, "mine"), 40).splitlines() == [
        "mine: my set",
        "============",
        "",
        "Some words that go on in a second line.",
        "",
        "what  a set of things that is described",
        "      in more words than fit",
        "size  2",
        "",
        "name  shows; pixels",
        "a     b <http://c>; 3",
    ]
    assert laid_out(section(CARD, "another"), 40).startswith("other, another: no more")
    with pytest.raises(ValueError, match="no card of 'absent' in data/README"):
        section(CARD, "absent")


def test_several_names_share_a_card(run):
    assert run("card", "digits", "digits") == run("card", "digits")


@pytest.mark.parametrize(
    ("arguments", "status", "sentence"),
    [
        (["lst"], 2, "There is no command 'lst'; did you mean 'list'?"),
        (["xyz"], 2, "There is no command 'xyz'; choose list, get, card, check, pack."),
        (
            ["check", "here", "--max-pixel", "3"],
            2,
            "The command 'check' has no option '--max-pixel'; did you mean "
            "'--max-pixels'?",
        ),
        (["get", "mnits"], 1, "There is no data set 'mnits'; did you mean 'mnist'?"),
        (["card", "glyfs"], 1, "There is no data set 'glyfs'; did you mean 'glyphs'?"),
        (["card", "?"], 1, f"There is no data set '?'; choose {', '.join(SETS)}."),
    ],
)
def test_a_mistyped_word_is_one_sentence(run, arguments, status, sentence):
    assert run(*arguments) == (status, "", sentence + "\n")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["pack", "x"], "The following arguments are required: -o/--out; see python"),
        (["get"], "The following arguments are required: NAME; see python -m gan_co"),
        (["check", "x", "--size", "0"], "Argument --size: '0' is not a whole number"),
        (["check", "x", "--max-pixels", "1e6"], "Argument --max-pixels: '1e6' is not"),
        (["check", "x", "--channels", "2"], "Argument --channels: invalid choice"),
    ],
)
def test_a_wrong_option_is_one_sentence(capsys, arguments, sentence):
    with pytest.raises(SystemExit) as caught:
        main(["data", *arguments])
    assert caught.value.code == 2
    error = capsys.readouterr().err
    assert error.startswith(sentence) and error.count("\n") == 1


def test_help_lists_the_commands_and_their_options(run, capsys):
    status, printed, _ = run("--help")
    assert status == 0
    assert printed.startswith("usage: python -m gan_course data COMMAND [OPTIONS]\n")
    for name in ("list", "get", "card", "check", "pack"):
        assert f"\n  {name:<10} " in printed
    with pytest.raises(SystemExit) as caught:
        main(["data", "check", "--help"])
    assert caught.value.code == 0
    assert "--max-pixels N" in capsys.readouterr().out


def test_the_cards_are_those_that_ship():
    assert "\n## `glyphs`: " in (data_folder() / "README.md").read_text("utf-8")
