"""Recipes: rows of values, and what is built, trained and loaded from them."""

from gan_course.recipes.build import build_trainer, networks
from gan_course.recipes.recipe import Recipe, changed
from gan_course.recipes.runs import Run, load_run
from gan_course.recipes.sources import load_images
from gan_course.recipes.table import RECIPES, find

__all__ = [
    "RECIPES",
    "Recipe",
    "Run",
    "build_trainer",
    "changed",
    "find",
    "load_images",
    "load_run",
    "networks",
]
