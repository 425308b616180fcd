import dataclasses
import json

import pytest
import torch

from gan_course.datasets import SETS
from gan_course.datasets.array import write_array
from gan_course.datasets.points import ring
from gan_course.images import save_image
from gan_course.recipes import (
    RECIPES,
    build_trainer,
    changed,
    find,
    load_images,
    load_run,
    networks,
)
from gan_course.recipes.sources import named_data
from gan_course.training.run import CHECKPOINT, CONFIG
from tests.small_runs import train
from tests.training_toys import assert_equal_states

GLYPHS, RING = find("glyphs"), find("ring")
TINY = ["count=64", "batch_size=4", "generator_width=4", "discriminator_width=4"]
EACH = pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.name)


def data_like(recipe):
    """Random data of the shape that a recipe trains on."""
    if recipe.size is None:
        return ring(16).points
    shape = 16, recipe.channels, recipe.size, recipe.size
    return torch.randint(0, 256, shape, dtype=torch.uint8)


@EACH
def test_every_recipe_trains(recipe):
    assert recipe.data in SETS
    narrow = ["generator_width=4", "discriminator_width=4"] * (recipe.pair != "mlp")
    small = changed(recipe, ["batch_size=4", "penalty_every=2", "images=8", *narrow])
    trainer = build_trainer(small, data_like(small), seed=3)
    gammas = {"R1": recipe.r1, "R2": recipe.r2}
    found = {name: penalty.gamma for name, penalty in trainer.penalties.items()}
    assert found == {name: gamma for name, gamma in gammas.items() if gamma}
    trainer.train(until=8)
    assert all(loss.isfinite() for loss in trainer.losses.values())
    assert trainer.schedule(0) == 1
    assert trainer.schedule(8) == (0 if recipe.decay_from < 1 else 1)


def test_the_first_recipe_trains_on_glyphs_and_names_are_unique():
    assert RECIPES[0].data == "glyphs"
    assert len({recipe.name for recipe in RECIPES}) == len(RECIPES)


def test_seeds_decide_on_the_weights_and_callers_keep_their_random_numbers():
    recipe = changed(RING, ["generator_width=4", "discriminator_width=4", "gain=1"])
    torch.manual_seed(7)
    expected = torch.rand(2)
    torch.manual_seed(7)
    pairs = [networks(recipe, seed=seed) for seed in (0, 0, 1)]
    assert torch.equal(torch.rand(2), expected)
    weights = [generator.layers[0].weight for generator, _ in pairs]
    assert torch.equal(weights[0], weights[1])
    assert not torch.equal(weights[0], weights[2])


def test_the_decay_begins_where_the_recipe_says():
    recipe = changed(RING, ["decay_from=0.5", "images=1000", "batch_size=8"])
    schedule = build_trainer(recipe, ring(300).points).schedule
    assert [schedule(seen) for seen in (0, 500, 750)] == [1, 1, 0.5]
    recipe = changed(RING, ["decay_from=1", "batch_size=8"])
    assert build_trainer(recipe, ring(300).points).schedule(recipe.images) == 1


def test_augmentations_follow_each_other():
    recipe = changed(GLYPHS, [*TINY, "augment=cutout flip"])
    augment = build_trainer(recipe, data_like(recipe)).augment
    images = torch.ones(64, 1, 28, 28)
    torch.manual_seed(0)
    assert 0.5 < augment(images).mean() < 0.95
    unchanged = build_trainer(changed(recipe, ["augment="]), data_like(recipe)).augment
    assert torch.equal(unchanged(images), images)


def test_changes_are_read_as_what_they_are():
    changes = [
        "loss=hinge",
        "r1=0.5",
        "batch_size=16",
        "gain=none",
        "generator_layers=3",
    ]
    recipe = changed(GLYPHS, changes)
    assert (recipe.loss, recipe.r1, recipe.batch_size) == ("hinge", 0.5, 16)
    assert (recipe.gain, recipe.generator_layers) == (None, 3)
    assert changed(GLYPHS, []) == GLYPHS


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        (["los=hinge"], "no value of a recipe 'los'; did you mean 'loss'?"),
        (["name=other"], "no value of a recipe 'name'; "),
        (
            ["batch_size=1.5"],
            "batch_size is set to '1.5', but takes a whole number; ",
        ),
        (["r1"], "r1 is set to '', but takes a number; write r1=…"),
        (["loss=hing"], "There is no loss 'hing'; did you mean 'hinge'?"),
        (["pair=conv"], "There is no pair of networks 'conv'; did you mean 'convol"),
        (["augment=flipp"], "There is no augmentation 'flipp'; did you mean 'flip'?"),
        (["decay_from=1.5"], "The recipe has decay_from=1.5 and images="),
        (["size=none"], "'residual' needs size, which the recipe 'glyphs' leaves"),
        (["pair=points"], "The pair 'points' needs generator_layers, which the "),
        (["pair=residual", "gain=1"], "with weights of its own, but the recipe asks"),
        (["pair=residual", "size=30"], "The residual pair got size=30; choose 4, 5, 6"),
        (["pair=mlp", "size=32"], "makes images of 28×28 pixels in 1 channel, but the"),
        (["penalty_every=0", "r1=2"], "A penalty has gamma=2.0 and every=0; choose"),
    ],
)
def test_a_recipe_that_cannot_be_trained_is_one_sentence(changes, sentence):
    with pytest.raises(ValueError, match=";") as caught:
        build_trainer(changed(GLYPHS, changes), data_like(GLYPHS))
    assert sentence in str(caught.value) and "\n" not in str(caught.value)


def test_an_unknown_recipe_is_answered_with_the_nearest():
    with pytest.raises(ValueError, match="no recipe 'glyps'; did you mean 'glyphs'"):
        find("glyps")
    with pytest.raises(
        ValueError, match="choose glyphs, first-gan, dcgan, mnist, portr"
    ):
        find("zzz")


def test_data_have_the_number_and_size_of_the_recipe():
    assert load_images(changed(GLYPHS, ["count=12", "size=16"])).shape == (
        12,
        1,
        16,
        16,
    )
    assert load_images(changed(RING, ["count=30"])).shape == (30, 2)
    portraits = changed(find("portraits"), ["count=6"])
    assert load_images(portraits).shape == (6, 3, 32, 32)


def pictures(folder, count=6):
    for number in range(count):
        colours = torch.full((3, 48, 48), 255, dtype=torch.uint8)
        colours[:, : 8 * number, 8:40] = 10 * number
        colours[number % 3, 20:30] = 17 * number
        save_image(colours, folder / f"{number}.png")
    return folder


def test_any_folder_is_data(tmp_path, capsys):
    folder = pictures(tmp_path / "my pictures")
    recipe = dataclasses.replace(GLYPHS, data=named_data(str(folder)))
    images = load_images(recipe)
    assert images.dtype == torch.uint8 and images.shape[1:] == (1, 28, 28)
    assert 1 <= len(images) <= 6
    assert "6 files" in capsys.readouterr().out


def test_an_array_is_data(tmp_path):
    images = data_like(GLYPHS)
    write_array(images, tmp_path / "packed.npy")
    recipe = dataclasses.replace(GLYPHS, data=named_data(str(tmp_path / "packed.npy")))
    assert torch.equal(load_images(recipe), images)
    with pytest.raises(ValueError, match=r"none\.npy"):
        load_images(dataclasses.replace(GLYPHS, data=str(tmp_path / "none.npy")))


def test_the_name_of_a_folder_is_stored_in_full(tmp_path, monkeypatch):
    (tmp_path / "pictures").mkdir()
    monkeypatch.chdir(tmp_path)
    assert named_data("pictures") == (tmp_path.resolve() / "pictures").as_posix()
    assert named_data("mnist") == "mnist"


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ("glyph", "There is no data set or folder 'glyph'; did you mean 'glyphs'?"),
        ("no/such", "There is no folder no/such; check its name, or name one of"),
        ("folder", "There is no data set or folder 'folder'; choose glyphs, portraits"),
    ],
)
def test_data_that_are_not_there_are_one_sentence(data, sentence):
    with pytest.raises(ValueError, match="There is no") as caught:
        named_data(data)
    assert str(caught.value).startswith(sentence)


def test_a_single_picture_is_no_set(tmp_path):
    pictures(tmp_path, 1)
    with pytest.raises(ValueError, match=r"0\.png is a single file; name the folder"):
        named_data(str(tmp_path / "0.png"))


@pytest.mark.parametrize(
    ("recipe", "data", "sentence"),
    [
        (
            GLYPHS,
            "digits",
            "(1, 8, 8), but the recipe 'glyphs' makes (1, 28, 28)",
        ),
        (GLYPHS, "digits", "; set size=8 and channels=1, or choose other data or"),
        (
            RING,
            "digits",
            "(1, 8, 8), but the recipe 'ring' makes (2,); choose other",
        ),
        (
            GLYPHS,
            "ring",
            "(2,), but the recipe 'glyphs' makes (1, 28, 28); choose",
        ),
    ],
)
def test_data_of_another_shape_are_refused(recipe, data, sentence):
    with pytest.raises(ValueError, match=f"The data {data} have") as caught:
        load_images(dataclasses.replace(recipe, data=data))
    assert sentence in str(caught.value)


@pytest.fixture
def run(tmp_path):
    assert train(tmp_path / "run") == 0
    return tmp_path / "run"


def test_a_run_is_loaded_with_all_that_it_was_trained_with(run):
    loaded = load_run(run)
    assert (loaded.recipe.name, loaded.recipe.learning_rate) == ("glyphs", 2e-3)
    assert (loaded.recipe.size, loaded.recipe.images) == (8, 96)
    assert (loaded.settings["seed"], loaded.images_seen) == (0, 96)
    assert not loaded.generator.training
    trainer = build_trainer(loaded.recipe, load_images(loaded.recipe))
    trainer.load(run / CHECKPOINT)
    average = trainer.average.network.state_dict()
    assert_equal_states(
        {"images_seen": 0, "average": loaded.generator.state_dict()},
        {"images_seen": 0, "average": average},
    )
    assert torch.equal(loaded.sample(64), trainer.sample(64))


def test_the_first_samples_are_the_first_of_more(run):
    loaded = load_run(run)
    many = loaded.sample(600, seed=5)
    for count in (1, 10, 33, 513):
        assert torch.equal(loaded.sample(count, seed=5), many[:count])
    assert not torch.equal(loaded.sample(10), many[:10])
    with pytest.raises(ValueError, match="0 samples are asked for; choose 1 or more"):
        loaded.sample(0)


def edited(run, **values):
    config = json.loads((run / CONFIG).read_text())
    config["settings"] |= values
    (run / CONFIG).write_text(json.dumps(config))


def test_a_folder_without_a_run_is_one_sentence(tmp_path):
    with pytest.raises(ValueError, match=r"There is no run in .*; check its name"):
        load_run(tmp_path)


def test_a_run_without_a_checkpoint_is_one_sentence(run):
    (run / CHECKPOINT).unlink()
    with pytest.raises(ValueError, match="has no checkpoint yet; wait for its first"):
        load_run(run)


def test_a_damaged_checkpoint_is_one_sentence(run):
    content = (run / CHECKPOINT).read_bytes()
    (run / CHECKPOINT).write_bytes(content[: len(content) // 2])
    with pytest.raises(ValueError, match=r"is damaged or no checkpoint"):
        load_run(run)


def test_edited_settings_are_one_sentence(run):
    edited(run, generator_width=3)
    with pytest.raises(ValueError, match="holds other networks than"):
        load_run(run)
    edited(run, latent_size="five")
    with pytest.raises(ValueError, match="settings hold latent_size='five', wh"):
        load_run(run)
