"""Generators that come with the course: the median of five long runs of a recipe."""

import json
from typing import Any

from gan_course.choices import nearest
from gan_course.files import data_folder
from gan_course.networks.weights import with_shipped_weights
from gan_course.recipes.build import networks
from gan_course.recipes.recipe import from_settings
from gan_course.recipes.runs import Run

FACTS = "generators.json"


def shipped_facts() -> dict[str, dict[str, Any]]:
    """All that is known of the shipped generators, by name.

    Each has the `settings` of its run, `images_seen`, `seconds`, `threads` and
    `processor`, and under `runs` seed and scores of all five. The one that ships is of
    the seed in the settings.
    """
    return json.loads((data_folder() / FACTS).read_text(encoding="utf-8"))


def shipped_run(name: str) -> Run:
    """A run with a generator that comes with the course, such as "glyphs".

        pictures = shipped_run("glyphs").sample(100)

    Its weights are stored in half precision.

    Raises:
        ValueError: there is no such generator; the nearest one is named.
    """
    facts = shipped_facts()
    known = facts[nearest("shipped generator", name, facts)]
    recipe = from_settings(known["settings"])
    generator, _ = networks(recipe)
    with_shipped_weights(generator, weights_file(name))
    return Run(generator, recipe, known["settings"], known["images_seen"])


def weights_file(name: str) -> str:
    """The file in `data/` that holds the weights of a shipped generator."""
    return f"generator_{name.replace('-', '_')}.safetensors"
