"""A course of two tiny notebooks, built once, and copied for each test."""

import shutil
import textwrap

import pytest

from tools.build import build
from tools.course import Course

HEADER = """\
# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# gan_course:
#   title: {title}
#   part: "Part I: tiny"
#   question: What is {title}?
#   learning_minutes: 5
#   minimum_words: 3
#   minimum_claims: 1
# ---

"""
FIRST = (
    HEADER.format(title="Count dots")
    + """\
# %% [markdown]
# One dot is *shown*, and then another.

# %% tags=["setup"]
from gan_course.dots import claim, dot, two

# %%
from IPython.display import display

alt = "One dot that changes its colour"
kept = display(dot(0, alt), raw=True, metadata={"alt": alt}, display_id=True)
kept.update(dot(255, alt), raw=True, metadata={"alt": alt})

# %%
claim("two is two", two(), "==", 2)

# %% [markdown] tags=["exercise"]
# ### Exercise 1
# Add two numbers.

# %% tags=["stub"]
def add(a, b):
    return ...


# %% [markdown] tags=["solution"]
# The sum is what is asked for.

# %% tags=["solution"]
def add(a, b):
    return a + b


# %% tags=["check"]
print("right" if add(1, 2) == 3 else "not attempted yet")
"""
)
SECOND = (
    HEADER.format(title="Go on")
    + """\
# %%
print("three plain words")
"""
)
DOTS = """\
import base64, io, json, os

import numpy
from PIL import Image

from . import numbers


def two():
    return numbers.TWO


def dot(grey, alt):
    file = io.BytesIO()
    Image.fromarray(numpy.full((2, 2), grey, numpy.uint8)).save(file, "PNG")
    picture = base64.b64encode(file.getvalue()).decode()
    return {"image/png": picture, "text/plain": alt}


def claim(text, value, op, bound):
    line = {"text": text, "value": value, "op": op, "bound": bound}
    if os.environ.get("GAN_COURSE_MARGINS"):
        with open(os.environ["GAN_COURSE_MARGINS"], "a") as file:
            file.write(json.dumps(line) + "\\n")
    assert eval(f"{value} {op} {bound}"), text
    print(f"claim: {text}")
"""


@pytest.fixture(scope="session")
def built_course(tmp_path_factory):
    root = tmp_path_factory.mktemp("tiny course ü")
    texts = {
        "notebooks/src/00_count_dots.py": FIRST,
        "notebooks/src/01_go_on.py": SECOND,
        "gan_course/__init__.py": "",
        "gan_course/dots.py": DOTS,
        "gan_course/numbers.py": 'TWO = 2\nTABLE = "atlas"\n',
        "gan_course/unused.py": "",
        "data/atlas.txt": "atlas",
        "data/other.txt": "other",
        "tests/nbval_sanitize.cfg": "",
    }
    for path, text in texts.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(textwrap.dedent(text), encoding="utf-8")
    course = Course(root)
    build(course, course.names())
    return course


@pytest.fixture
def course(built_course, tmp_path):
    """The built course, to change at will."""
    root = tmp_path / "course"
    shutil.copytree(built_course.root, root)
    return Course(root)


@pytest.fixture
def edit(course):
    """`edit(path, old, new)` replaces text in a file of the course, once."""

    def replace(path, old, new):
        file = course.root / path
        text = file.read_text(encoding="utf-8")
        assert text.count(old) == 1
        file.write_text(text.replace(old, new), encoding="utf-8", newline="\n")

    return replace
