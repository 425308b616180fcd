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
#   picture: pictures/00_start_here.png
#   picture_alt: One hundred generated digits, nearly all readable, in many type faces, and beside them thirty-six generated portraits in colour
#   picture_caption: Pictures that did not exist before, and are not picked by hand. The two networks that drew them came with this course, and draw for you in section 6.
# ---

# %% [markdown]
# **You will build** nothing yet: you will run a trained *generator*, a network that draws
# pictures, and solve three small exercises to see how the course replies to answers.
#
# **You will learn** what this course leads to, whether your machine is ready for it,
# and how to read the marks ✓, ✗, ○ and !.
#
# **You need** to know how to run a cell: click into it and press Shift and Enter.
# Everything works offline, on a processor with two cores, without a graphics card.

# %% tags=["setup"]
import torch

from gan_course.checks import start_here as check
from gan_course.checks.claims import claim
from gan_course.datasets import load
from gan_course.doctor import report
from gan_course.images import tile, to_float, to_uint8
from gan_course.metrics.features import recognise
from gan_course.plots import image_grid, panels, show
from gan_course.recipes.shipped import shipped_run
from gan_course.runtime import seed_everything

seed_everything(0)
generator = shipped_run("glyphs").generator
portraitist = shipped_run("portraits").generator

# %% [markdown]
# ## 1 · Does my machine work?
#
# The next cell examines this computer. A line with ✓ is fine. A line with ✗ must be
# repaired and one with ! may be; the arrow says how. You can ask again at any time from a
# terminal, with `python -m gan_course doctor`.

# %% tags=["nbval-ignore-output"]
status = report.main()

# %% [markdown]
# ## 2 · A picture is numbers
#
# The course begins with digits, because everybody can tell at once whether a digit is
# good. The pictures that a network learns from are called *real*, wherever they come
# from. Ours were printed in twenty type faces and deformed at random: look for the ways
# in which two pictures of the same digit differ.

# %%
glyphs = load("glyphs", count=1_000)
figure = image_grid(glyphs.images[:40], columns=10, title="Forty real digits")
show(figure, alt="Forty white digits on black in many type faces, slants and weights.")

# %% [markdown]
# To the computer each of them is a table of 28 × 28 numbers, one for each *pixel*. The
# number is a *grey level* from 0, black, to 255, white. Numbers of this kind, whole and
# from 0 to 255, have the type `uint8`.

# %%
picture = glyphs.images[0, 0]
middle = picture[6:18, 8:20]
figure, ((left, right),) = panels(1, 2, height=500)
left.imshow(picture.numpy(), cmap="gray", vmin=0, vmax=255)
left.plot([7.5, 19.5, 19.5, 7.5, 7.5], [5.5, 5.5, 17.5, 17.5, 5.5])
right.imshow(middle.numpy(), cmap="gray", vmin=0, vmax=510)
for row in range(12):
    for column in range(12):
        level = middle[row, column].item()
        right.text(column, row, level, ha="center", va="center", color="w", size=8)
for axis, title in ((left, "A digit"), (right, "The grey levels in the frame")):
    axis.set(title=title, xticks=[], yticks=[])
    axis.grid(visible=False)
show(
    figure,
    alt="Left, one digit with a frame around its middle. Right, the twelve by twelve "
    "pixels in the frame with their grey levels: 0 around the stroke, 255 inside it.",
)

# %% [markdown]
# The right picture is drawn at half brightness, so that the numbers can be read. Look for
# levels other than 0 and 255: they lie along the edge of the stroke, where a pixel is
# only partly covered by it.
#
# ## 3 · How the course proves what it says
#
# When this course states a result, a cell checks it in front of you. The check is
# called a *claim*. If it holds, it prints one line with a tick, the statement and the
# bound that was kept.

# %%
claim("a picture has 28 × 28 numbers", picture.numel(), "==", 784)
claim("no grey level is above 255", glyphs.images.max(), "<=", 255, name="level")

# %% [markdown]
# If it does not hold, the notebook stops and says what was measured. Try it: change
# `784` to `785` after the `"=="` in the cell above and run it again. Then change it back.
#
# So a tick is not decoration. Behind each one stands a number that was computed on
# *your* machine a moment ago; it is not printed, because it differs a little from machine
# to machine, while the bound does not. The tests of the course repeat all claims on
# other processors and with other random numbers.
#
# ## 4 · How exercises answer
#
# An exercise is a function with blanks. A blank is written `...`, three dots. Replace it,
# run the cell, then run the cell below it, which checks your answer and replies with one
# line:
#
# - `○` not attempted yet: some blank is still there,
# - `✗` and a sentence that helps: try again,
# - `✓` and what you have shown.
#
# A wrong answer breaks nothing, and no later cell needs a right one. Solutions with
# explanations are kept apart, in the folder `solutions`.

# %% [markdown] tags=["exercise"]
# ### Exercise 1 · Black on white
#
# Printed on paper, digits are black on white. Compute the *negative* of a picture of grey
# levels: 0 becomes 255, 255 becomes 0, and 100 becomes 155.
#
# Run both cells unchanged first, to see `○`. Then try `-image`, and read what it says.


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
# Networks multiply and add, again and again, and stay in balance best when they are fed
# small numbers. So `to_float` turns the grey levels 0 … 255 into numbers from −1 to
# +1, of type `float32`. Many pictures travel together as one *tensor*, a table with
# several dimensions. They are counted from 0: the number of the picture, the channel (one
# for grey, three for colour), the row, and the column.

# %%
batch = to_float(glyphs.images)
claim("the lowest number is -1", batch.min(), "==", -1)
claim("the highest number is +1", batch.max(), "==", 1)
claim("a batch of pictures has dimensions", batch.ndim, "==", 4, name="number")

# %% [markdown] tags=["exercise"]
# ### Exercise 2 · How much ink?
#
# How bright is a picture? Call *ink* the mean of its pixels, counted from 0 for black to
# 1 for white (our digits are drawn in white ink). You get many pictures at once, as
# numbers from −1 to +1, and return one number for each. `mean(dim=…)` takes the
# dimensions to average over, several of them as in `dim=(2, 3)`.


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
# The generator turns a *latent*, a list of 64 random numbers, into a picture. It was
# trained as part of a *generative adversarial network* (GAN): nobody tells it what a
# digit is, a second network merely tells it whether its pictures look real. You train
# your first one in notebook 05, and one of this kind in notebook 09. Other latents,
# other pictures. A second generator draws portraits.
# (`torch.no_grad()` below saves PyTorch the notes that only training needs.)

# %% tags=["main-picture"]
latents = torch.randn(1_000, generator.latent_size)
with torch.no_grad():
    pictures = generator(latents)
    portraits = portraitist(torch.randn(36, portraitist.latent_size))

figure, axes = panels(1, 2, height=450)
for axis, title, shown in (
    (axes[0, 0], "One hundred new digits", pictures[:100]),
    (axes[0, 1], "Thirty-six new portraits", portraits),
):
    square = tile(to_uint8(shown), columns=round(len(shown) ** 0.5))
    axis.imshow(square.permute(1, 2, 0), cmap="gray", interpolation="nearest")
    axis.set(title=title)
    axis.set_axis_off()
show(
    figure,
    alt="Left, one hundred generated digits, nearly all of them easy to read; right, "
    "thirty-six generated cartoon portraits in colour.",
)

# %% [markdown]
# A few are flawed: a stroke is too faint, an eye runs into a pair of glasses. How many
# are good? You will want a number and not an impression, so the course has a *judge*: a
# network that has learnt to read digits, and to say when there is none. A picture is
# *recognised* when the judge is at least 90 % sure of one digit.

# %%
noise = torch.rand(1_000, 1, 28, 28) * 2 - 1
recognised = [recognise(images).share for images in (glyphs.images, noise, pictures)]
claim("the judge recognises real digits", recognised[0], ">", 0.95, name="share")
claim("it recognises no digit in noise", recognised[1], "<", 0.05, name="share")
claim("it recognises most new digits", recognised[2], ">", 0.95, name="share")

# %% [markdown]
# What happens between two latents? We walk straight from one to another and draw ten
# pictures on the way.

# %%
shares = torch.linspace(0, 1, 10).view(-1, 1)
roads = [(1 - shares) * latents[k] + shares * latents[k + 3] for k in range(3)]
with torch.no_grad():
    walk = generator(torch.cat(roads))
figure = image_grid(walk, columns=10, title="Three walks from one latent to another")
show(figure, alt="Three rows of ten pictures, from one digit to another in each.")

# %% [markdown]
# Look at a row from left to right: strokes move and bend, and now and then one digit
# jumps to another, because half of the numbers in these latents only choose (notebook
# 09). Is the generator only looking up pictures that it was shown? Then its
# pictures would lie on top of training pictures. We measure how far each one is from the
# nearest of the 12,000, and call it *close* when it is less than half as far as a real
# digit that was never shown usually is.


# %%
def distance_to_nearest(images, training):
    return torch.cdist(images.flatten(1), training.flatten(1)).min(dim=1).values


training = to_float(load("glyphs").images)
unseen = to_float(load("glyphs", count=200, split="held-out").images)
usual = distance_to_nearest(unseen, training).median()
close = distance_to_nearest(pictures[:200], training) < usual / 2
share = close.float().mean()
claim("hardly any new picture is close to a known one", share, "<", 0.1, name="share")

# %% [markdown]
# So they are not copies: the generator has learnt a way to draw. (This simple measure would
# miss a copy that is shifted by a pixel; later notebooks have better ones.)

# %% [markdown] tags=["exercise"]
# ### Exercise 3 · Draw
#
# Write the two steps that made the new pictures as a function: make as many random
# latents as pictures are wanted, each as long as this generator needs
# (`generator.latent_size`), and return the generator's pictures.


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
# them, nothing will ever overwrite them. The program that runs your cells and remembers
# their results is the *kernel*. When its memory and your cells no longer fit together,
# start again: menu *Run*, then *Restart Kernel and Run All Cells…*. Each notebook runs
# from top to bottom on its own, in less than two minutes. Interrupt a long cell with the
# square button; what it has done so far stays.
#
# ## Further reading
#
# - I. Goodfellow and others, *Generative Adversarial Nets*, NeurIPS 2014,
#   [arXiv:1406.2661](https://arxiv.org/abs/1406.2661): to look at now, and to understand
#   after notebook 05.
# - The documentation of [JupyterLab](https://jupyterlab.readthedocs.io/): how to work
#   with notebooks.
