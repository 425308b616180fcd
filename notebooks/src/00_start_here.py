# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# gan_course:
#   title: Start here
#   part: "Before the course"
#   question: What will I be able to do, and does my machine work?
#   learning_minutes: 30
#   picture: pictures/05_train_your_first_gan.png
#   picture_alt: One hundred generated digits in five rows, most of them readable, in many type faces
#   picture_caption: One hundred pictures that did not exist before. The network that drew them came with this course, and will draw you another hundred in a moment.
# ---

# %% [markdown]
# **You will build** nothing yet: you will run a trained generator, see what it is made
# of, and solve three small exercises to learn how they answer.
#
# **You will learn** what this course leads to, whether your machine is ready for it,
# and how to read its two kinds of check marks.
#
# **You need** to know how to run a cell: click into it and press Shift and Enter.
# Everything works offline, on a processor with two cores, without a graphics card.

# %% tags=["setup"]
import torch
from safetensors.torch import load_file

from gan_course.checks import start_here as check
from gan_course.checks.claims import claim
from gan_course.datasets import load
from gan_course.doctor import report
from gan_course.files import data_folder
from gan_course.images import to_float
from gan_course.metrics.features import recognise
from gan_course.networks.mlp import Generator
from gan_course.plots import image_grid, panels, show
from gan_course.runtime import seed_everything

seed_everything(0)
generator = Generator()
weights = load_file(data_folder() / "first_gan.safetensors")
loaded = generator.load_state_dict({k: v.float() for k, v in weights.items()})

# %% [markdown]
# ## 1 · Does my machine work?
#
# The next cell examines this computer. A line that begins with a cross says what is
# wrong and what to do about it; everything else is for your information. You can ask
# again at any time from a terminal, with `python -m gan_course doctor`.

# %% tags=["nbval-ignore-output"]
status = report.main()

# %% [markdown]
# ## 2 · A picture is numbers
#
# The course begins with digits, because everybody can tell at once whether a digit is
# good. These are *real* ones: made from twenty type faces and deformed at random.

# %%
glyphs = load("glyphs", count=1_000)
figure = image_grid(glyphs.images[:40], columns=20, title="Forty real digits")
show(figure, alt="Forty white digits on black in many type faces, slants and weights.")

# %% [markdown]
# To the computer each of them is a table of 28 × 28 numbers, one for each *pixel*. The
# number is a *grey level* from 0, black, to 255, white. Numbers of this kind, whole and
# from 0 to 255, have the type `uint8`.

# %%
picture = glyphs.images[0, 0]
figure, ((left, right),) = panels(1, 2, height=470)
left.imshow(picture, cmap="gray", vmin=0, vmax=255)
right.imshow(picture[6:18, 8:20], cmap="gray", vmin=0, vmax=510)
for (row, column), level in [
    ((r, c), picture[6 + r, 8 + c].item()) for r in range(12) for c in range(12)
]:
    right.text(column, row, level, ha="center", va="center", color="white", size=8)
for axis, title in ((left, "A digit"), (right, "The grey levels in its middle")):
    axis.set(title=title, xticks=[], yticks=[])
    axis.grid(visible=False)
show(
    figure,
    alt="Left, one digit. Right, twelve by twelve of its pixels, each with its grey "
    "level written on it: 0 on the paper, 255 in the stroke, others at the edge.",
)

# %% [markdown]
# Look at the edge of the stroke: there the levels lie between 0 and 255. A pixel that is
# half covered by ink is grey.
#
# ## 3 · How the course proves what it says
#
# Whenever this course states a result, it checks it in front of you. The check is
# called a *claim*. If it holds, it prints one line with a tick.

# %%
claim("a picture has 28 × 28 numbers", picture.numel(), "==", 784)
claim("no grey level is above 255", glyphs.images.max(), "<=", 255, name="level")

# %% [markdown]
# If it does not hold, the notebook stops and says what was measured. Try it: change
# `784` to `785` after the `"=="` in the cell above and run it again. Then change it back.
#
# So a tick is not decoration: behind each one stands a number that was computed on
# *your* machine a moment ago. All notebooks of the course are run again by its tests,
# and their claims with them, on other processors and with other random numbers.
#
# ## 4 · How exercises answer
#
# An exercise is a function with blanks. A blank is written `...`, three dots. Below it
# stands a cell that checks your answer and replies with one line:
#
# - `○` not attempted yet: some blank is still there,
# - `✗` and a sentence that helps: try again,
# - `✓` and what you have shown.
#
# Nothing ever breaks by a wrong answer, and no later cell needs a right one. Solutions
# with explanations are in `notebooks/solutions/`, apart from your own copy.

# %% [markdown] tags=["exercise"]
# ### Exercise 1 · Black on white
#
# On paper, digits are black on white. Compute the *negative* of a picture of grey
# levels: 0 becomes 255, 255 becomes 0, and 100 becomes 155.
#
# Run the check first, to see `○`. Then try `-image`, and read what it says.


# %% tags=["stub"]
def negative(image):
    return ...


# %% tags=["solution"]
def negative(image):
    return 255 - image


# %% tags=["check"]
check.check_negative(negative)

# %% [markdown] tags=["exercise"]
# **Think:** why does `-image` leave a black picture black?

# %% [markdown] tags=["solution"]
# `uint8` counts in a circle of 256 numbers: below 0 comes 255, as midnight follows
# 23:59. So −1 is 255, −100 is 156, and −0 is 0 as before. The negative of black should
# be 255, which is one less than a full circle: hence 255 − x, and not 256 − x.

# %% [markdown]
# ## 5 · Numbers for networks
#
# Networks prefer numbers around 0. `to_float` turns the grey levels 0 … 255 into the
# numbers −1 … +1, which are no longer whole; `float32` is their type. Many pictures
# travel together as one *tensor*, a table with several dimensions, in the order number
# of the picture, channel (one for grey, three for colour), row, column.

# %%
batch = to_float(glyphs.images)
claim("the lowest number is -1", batch.min(), "==", -1)
claim("the highest number is +1", batch.max(), "==", 1)
claim("the dimensions are picture, channel, row and column", batch.ndim, "==", 4)

# %% [markdown] tags=["exercise"]
# ### Exercise 2 · How much ink?
#
# How much of a picture is white? Let its *ink* be the mean of its pixels, counted from 0
# for black to 1 for white. You get many pictures at once, as numbers from −1 to +1, and
# return one number for each of them.


# %% tags=["stub"]
def ink(images):
    brightness = ...
    return brightness.mean(dim=...)


# %% tags=["solution"]
def ink(images):
    brightness = (images + 1) / 2
    return brightness.mean(dim=(1, 2, 3))


# %% tags=["check"]
check.check_ink(ink)

# %% [markdown] tags=["exercise"]
# **Think:** which digit would you expect to have the least ink, and could you tell all
# digits apart by their ink?

# %% [markdown] tags=["solution"]
# The 1, in most type faces. But a bold 1 has more ink than a thin 8: one number for a
# picture is not enough to know what it shows. It takes a network that looks at the
# arrangement of the pixels, such as the judge below.

# %% [markdown]
# ## 6 · New pictures
#
# The *generator* is a network that turns a *latent*, a list of 100 random numbers, into
# a picture. It was trained in notebook 05's way: nobody told it what a digit is, a
# second network merely told it whether its pictures looked real. Every latent
# gives a picture; new latents, new pictures.

# %% tags=["main-picture"]
latents = torch.randn(1_000, generator.latent_size)
with torch.no_grad():
    pictures = generator(latents)
figure = image_grid(pictures[:100], columns=20, title="One hundred new digits")
show(figure, alt="One hundred generated digits, most of them easy to read.")

# %% [markdown]
# Some are flawed: a stroke is missing, or two digits seem to share one body. How many
# are good? You will want a number and not an impression, so the course has a *judge*: a
# network that has learnt to read digits, and to say when there is none. A picture is
# *recognised* when the judge is at least 90 % sure of one digit.

# %%
noise = torch.rand(1_000, 1, 28, 28) * 2 - 1
shares = [recognise(images).share for images in (glyphs.images, noise, pictures)]
claim("the judge recognises real digits", shares[0], ">", 0.95, name="share")
claim("it recognises no digit in noise", shares[1], "<", 0.05, name="share")
claim("it recognises most new pictures", shares[2], ">", 0.5, name="share")

# %% [markdown]
# What happens between two latents? Walk from one to another in ten equal steps.

# %%
shares = torch.linspace(0, 1, 10).view(-1, 1)
roads = [(1 - shares) * latents[k] + shares * latents[k + 3] for k in range(3)]
with torch.no_grad():
    walk = generator(torch.cat(roads))
figure = image_grid(walk, columns=10, title="Three walks from one latent to another")
show(figure, alt="Three rows of ten pictures: in each, one digit turns into another.")

# %% [markdown]
# Look at a row from left to right. No picture in it was ever in the training data, and
# each one differs a little from the last. The generator has not stored pictures; it has
# learnt a way to draw.

# %% [markdown] tags=["exercise"]
# ### Exercise 3 · Draw
#
# Write the two steps that made the new pictures as a function: make as many random
# latents as pictures are wanted, each as long as this generator needs, and return the
# generator's pictures.


# %% tags=["stub"]
def draw(generator, count):
    latents = torch.randn(...)
    return generator(latents)


# %% tags=["solution"]
def draw(generator, count):
    latents = torch.randn(count, generator.latent_size)
    return generator(latents)


# %% tags=["check"]
check.check_draw(draw)

# %% [markdown] tags=["exercise"]
# **Think:** could two different latents give the same picture?

# %% [markdown] tags=["solution"]
# Nothing forbids it, and a generator that gives nearly the same picture for all
# latents is a common failure, called *mode collapse*. The training must make use of the
# latents by itself: the course measures whether it does.

# %% [markdown]
# ## 7 · Where this leads
#
# | part | what you will be able to do |
# |---|---|
# | I · Images | treat pictures as matrices, clean a folder of photos, train a network that sees |
# | II · The adversarial game | derive and train a GAN, choose its loss, find out why one fails |
# | III · Better generators | build convolutional GANs, measure quality, ask for what you want, compare with other kinds of models |
# | IV · Applications | transfer a style, enlarge a photo, fill holes, compose pictures |
# | V · Beyond | use all cores and GPUs, and answer for what you generate |
#
# The table in `notebooks/README.md` says which notebooks are there already, and how many
# seconds and how much memory each one took.
#
# ## Recap
#
# - A picture is a tensor of numbers; a generator makes one from random numbers.
# - A tick stands for a claim that was checked here and now.
# - Exercises answer `○`, `✗` with a hint, or `✓`; nothing depends on them.
# - A judge turns "looks good" into a number.
#
# ## In practice
#
# `make lab` opens the notebooks in `work/`, which holds your own copies: write into
# them, nothing will ever overwrite them. If a notebook has become a muddle, restart the
# kernel and run all cells (the menu *Run*, then *Restart Kernel and Run All Cells…*):
# each notebook runs from top to bottom on its own, in less than two minutes. Interrupt a
# long cell with the square button; what it has done so far stays.
#
# ## Further reading
#
# - I. Goodfellow and others, *Generative Adversarial Nets*, NeurIPS 2014,
#   [arXiv:1406.2661](https://arxiv.org/abs/1406.2661): four pages to look at now, and to
#   understand after notebook 05.
# - The documentation of [JupyterLab](https://jupyterlab.readthedocs.io/): how to work
#   with notebooks.
