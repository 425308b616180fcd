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
#   title: Prepare image data
#   part: "Part I: images"
#   question: How do raw files become a training tensor?
#   learning_minutes: 75
#   picture: pictures/02_prepare_image_data.png
#   picture_alt: A table of six files that were dropped from a folder, with a small picture of each where there is one and the reason
#   picture_caption: Six files that had to go, and why. Everything else in the folder became one tensor.
# ---

# %% [markdown]
# **You will build** a pipeline from a messy folder of files to a clean tensor, and varied
# batches from it.
#
# **You will learn** what hides in image files, how to find copies that no checksum finds,
# how to spot what does not belong, why networks are fed numbers from −1 to 1, and why the
# whole data set should lie in memory as one tensor.
#
# **You need** notebooks 00 and 01.

# %% tags=["setup"]
import math
import struct
import sys
import tempfile
import time
import zlib
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageOps
from torch.nn.functional import adaptive_avg_pool2d

from gan_course import augment
from gan_course.checks import prepare_image_data as check
from gan_course.checks.claims import claim
from gan_course.datasets import load
from gan_course.datasets.photos import photo
from gan_course.images import resize, to_float, to_uint8
from gan_course.metrics.features import recognise
from gan_course.plots import cleaning_figure, image_grid, panels, show
from gan_course.preprocess.cleaning import clean_folder
from gan_course.runtime import seed_everything

seed_everything(2)
folder = Path(tempfile.mkdtemp()) / "messy"
folder.mkdir()

# %% [markdown]
# ## 1 · A messy folder
#
# A *network* is a program with many numbers in it that are learnt from examples. A
# *generator* is a network that learns to draw, and a *discriminator* one that learns to
# tell its drawings from real pictures; together they are a *GAN*. A generator learns to
# draw what it is shown, faults included. So before any network comes a folder of
# files, and nobody knows what is in it.
#
# To be able to *prove* that our cleaning works, we make the mess ourselves. Four photos,
# each cut into six, are the 24 good pictures. Four of them are stored in unusual
# ways, which a good program must cope with.

# %%
good = {}
for name in ("coffee", "cat", "china", "flower"):
    whole = photo(name)
    rows, columns = whole.shape[1] // 2, whole.shape[2] // 3
    for k in range(6):
        top, left = k // 3 * rows, k % 3 * columns
        good[f"{name}_{k}"] = whole[:, top : top + rows, left : left + columns]


def pillow(picture):
    return Image.fromarray(picture.permute(1, 2, 0).numpy())


unusual = ("cat_1", "coffee_1", "china_3", "flower_2")
for name, picture in good.items():
    if name not in unusual:
        pillow(picture).save(folder / f"{name}.png")

exif = Image.Exif()
exif[274] = 6  # "I lie on my side: turn me to the right"
pillow(good["cat_1"].rot90(dims=(1, 2))).save(folder / "cat_1.jpg", exif=exif)
pillow(good["coffee_1"]).quantize(64).save(folder / "coffee_1.png")
grey = np.array(pillow(good["china_3"]).convert("L"))
Image.fromarray(grey.astype(np.uint16) * 257).save(folder / "china_3.png")
pillow(good["flower_2"]).convert("CMYK").save(folder / "flower_2.jpg")

# %% [markdown]
# - `cat_1.jpg` lies on its side, as phones store photos; a note in the file (*EXIF
#   orientation*) says how to turn it.
# - `coffee_1.png` has a *palette*: a pixel is the number of a colour in a list of 64.
# - `china_3.png` is grey with 16 bits per pixel: 0 to 65,535 instead of 0 to 255.
# - `flower_2.jpg` is made for printing, with four inks: cyan, magenta, yellow, black.
#
# And six files that must go: two copies, a blank sheet, a file cut off half-way, a text
# with the wrong ending, and a file of less than 100 bytes that *announces* a picture
# of 50,000 × 50,000 pixels. A program that trusts it asks for 7.5 GB of memory and dies:
# such a file is called a *decompression bomb*.

# %%
first = (folder / "coffee_0.png").read_bytes()
(folder / "coffee_copy.png").write_bytes(first)
pillow(resize(good["china_0"], 100)).save(folder / "china_small.jpg", quality=60)
Image.new("RGB", (200, 200), "white").save(folder / "blank.png")
(folder / "cut_off.png").write_bytes(first[: len(first) // 2])
(folder / "notes.png").write_text("Remember to back up the photos!")


def chunk(kind, content):
    """A piece of a PNG file: length, kind, content, checksum."""
    checksum = zlib.crc32(kind + content)
    return (
        struct.pack(">I", len(content)) + kind + content + struct.pack(">I", checksum)
    )


size = struct.pack(">II", 50_000, 50_000)  # two numbers of four bytes each
bomb = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", size + bytes([8, 2, 0, 0, 0]))
bomb += chunk(b"IDAT", zlib.compress(bytes(1_000))) + chunk(b"IEND", b"")
(folder / "enormous.png").write_bytes(bomb)
must_go = {"coffee_copy", "china_small", "blank", "cut_off", "notes", "enormous"}
count = len(list(folder.iterdir()))
claim("the folder holds all of them", count, "==", 30, name="files")
claim("the bomb is a tiny file", len(bomb), "<", 100, name="bytes")

# %% [markdown]
# ## 2 · Read what can be read
#
# Opening a file with Pillow reads its *header* only: format, size, and *mode*, the kind of
# pixels. The picture is decoded when its pixels are first needed. In between we can
# refuse; then we turn and convert.


# %%
def read(path):
    with Image.open(path) as picture:
        picture = ImageOps.exif_transpose(picture)
        if picture.mode == "I;16":  # grey, 16 bits a pixel
            levels = np.asarray(picture) / 257
            picture = Image.fromarray(levels.round().astype(np.uint8))
        rgb = np.array(picture.convert("RGB"))
    return torch.from_numpy(rgb).permute(2, 0, 1)


pictures, refused = {}, set()
for path in sorted(folder.iterdir()):
    try:
        pictures[path.stem] = read(path)
    except (OSError, Image.DecompressionBombError):
        refused.add(path.stem)

unreadable = {"cut_off", "notes", "enormous"}
claim("three files are refused", len(refused), "==", 3, name="files")
claim("they are the unreadable ones", len(refused ^ unreadable), "==", 0, name="others")

upright = (pictures["cat_1"].float() - good["cat_1"].float()).abs().mean()
claim("the cat stands upright", upright, "<", 10, name="mean difference")
deep = (pictures["china_3"][0].float() - torch.from_numpy(grey)).abs().max()
claim("these 16 bits become 8 without loss", deep, "==", 0, name="difference")

# %% [markdown]
# Why 257? It sends 65,535 to exactly 255, since $255 · 257 = 65{,}535$. Without the block
# Pillow cuts off everything above 255, and a 16-bit photo turns into a white sheet: the
# kind of mistake that raises no error. (`^` gives what is in only one of two sets.)
#
# Pillow refuses bombs by itself, beyond 179 million pixels. The course's own
# `load_image` draws the line at 64 million, knows more modes, and says in one sentence what
# is wrong with a file.
#
# ## 3 · Find copies
#
# A picture that is there twice counts twice, and one of the two may end up among the
# pictures kept for the final examination (section 6). Equal files have equal bytes; that
# is easy. But `china_small.jpg` was shrunk and compressed anew: its bytes have nothing to
# do with those of `china_0.png`, and yet everybody sees that it is the same picture. We
# need a fingerprint of what is *seen*.
#
# The *difference hash* shrinks a picture to 8 rows of 9 grey areas, each the mean of its
# pixels, and asks of each area: is its right neighbour brighter, by more than 2 levels?
# (On an even surface mere noise should say no.) That makes 8 × 8 yes-or-no answers, 64
# *bits*. The *distance* of two hashes is the number of bits in which they differ.


# %% tags=["setup"]
def difference_hash(picture):
    weights = torch.tensor([0.299, 0.587, 0.114]).view(3, 1, 1)
    grey = (weights * picture.float()).sum(dim=0, keepdim=True)
    small = adaptive_avg_pool2d(grey, (8, 9))[0]
    return (small.diff(dim=1) > 2).flatten()


# %% [markdown]
# What does theory say? A constant that is added everywhere changes no answer, and a paler
# picture changes few, as long as its differences stay above 2 levels. And if the 64
# answers of two
# unrelated pictures were coin flips, their distance would be a number of heads: 32 on
# average, with a chance of
#
# $$P(\text{distance} \le d) = \sum_{i=0}^{d} \binom{64}{i}\, 2^{-64}$$
#
# for a distance of at most $d$.

# %%
plain = good["cat_4"].float()
moved = (difference_hash(plain) != difference_hash(0.7 * plain + 40)).sum()
claim("paler and brighter, it stays close", moved, "<=", 5, name="distance")
chance = sum(math.comb(64, i) for i in range(11)) / 2**64
claim("coins come within 10 of each other", chance, "<", 1e-7, name="chance")

hashes = torch.stack([difference_hash(good[name]) for name in good])
distances = (hashes[:, None] != hashes).sum(dim=2)
one, other = torch.triu_indices(24, 24, offset=1)
among_good = distances[one, other]
original = difference_hash(good["china_0"])
near = (difference_hash(pictures["china_small"]) != original).sum()
claim("no two good pictures are so close", among_good.min(), ">", 10, name="distance")
claim("the shrunken copy is close", near, "<", 10, name="distance")

# %%
figure, ((axis,),) = panels(height=300)
axis.hist(among_good.tolist(), bins=list(range(57)), label="good pairs")
coins = [math.comb(64, d) / 2**64 * len(among_good) for d in range(57)]
axis.plot([d + 0.5 for d in range(57)], coins, label="coin flips")
axis.axvline(near + 0.5, color="k", linestyle=":", label="the shrunken copy")
axis.set(title="276 pairs of good pictures", xlabel="distance", ylabel="pairs")
axis.legend()
show(
    figure,
    alt="A histogram of distances between 14 and 53 around 32, broader than the "
    "bell of coin flips; the shrunken copy stands far to the left.",
)

# %% [markdown]
# Look at the width first. Real pictures spread wider than coins, because neighbouring bits
# depend on each other: where a picture grows steadily brighter from left to right, a
# whole row of bits says yes. So the exact theory is too optimistic, and a limit must be
# checked on real pictures. Between the copy on the left and the nearest good pair there is
# a wide gap; the package puts its limit there, at 10.
#
# What breaks the method? A mirror image: what was brighter is now darker. And a picture
# with much soft slope, such as the sky beside the pagoda, where neighbours differ by hardly
# more than 2 levels: in a paler copy they differ by less. All even pictures, in turn, share
# the hash of 64 times no. So before it drops one of two close pictures, the package also
# compares the two in colour, shrunk to 16 × 16 pixels.

# %%
mirrored = (difference_hash(good["cat_4"].flip(2)) != difference_hash(plain)).sum()
claim("a mirrored copy is not found", mirrored, ">", 10, name="distance")
sky = good["china_1"].float()
pale = (difference_hash(sky) != difference_hash(0.7 * sky + 40)).sum()
claim("nor is a pale copy with much sky", pale, ">", 10, name="distance")

# %% [markdown] tags=["exercise"]
# ### Exercise 1 · One of each
#
# `hashes` has one row of 64 bits for each picture, of type `bool`. Go through the
# pictures in order and keep each one that is not close to any picture kept so far: its
# distance to all of them is more than `limit`. Return the list of the numbers kept.


# %% tags=["stub"]
def keep_one_of_each(hashes, limit):
    kept = []
    for number in range(len(hashes)):
        distances = ...  # from this picture to those kept so far
        if ...:
            kept.append(number)
    return kept


# %% tags=["solution"]
def keep_one_of_each(hashes, limit):
    kept = []
    for number in range(len(hashes)):
        distances = (hashes[kept] != hashes[number]).sum(dim=1)
        if (distances > limit).all():
            kept.append(number)
    return kept


# %% tags=["check"]
check.check_keep_one_of_each(keep_one_of_each)

# %% [markdown] tags=["exercise"]
# **Think:** A is close to B, and B to C, but A is not close to C. Which of them are kept,
# and does it depend on the order?

# %% [markdown] tags=["solution"]
# In the order A, B, C the pictures A and C are kept; if B comes first, only B is. So the
# order matters, and it is wise to put the best picture first: the package begins with
# the one that has most pixels. For a split (section 6) all three belong to one group:
# A and C on different sides would leak through B's likeness to both.

# %% [markdown]
# ## 4 · Spot what does not belong
#
# A blank picture has no contrast: its pixels have the standard deviation 0. But how far
# from the others is *too* far? The usual rule asks how many standard deviations a value
# lies from the mean, and calls three suspicious. Try it on ten numbers, one of which is
# absurd.

# %%
values = torch.tensor([3.0, 4, 5, 6, 7, 4, 6, 5, 3, 1_000_000], dtype=torch.float64)
usual = (values - values.mean()).abs() / values.std()
median = values.median()
spread = 1.4826 * (values - median).abs().median()
robust = (values - median).abs() / spread
claim("a million does not stand out", usual.max(), "<", 3, name="deviations")
claim("with the median it does", robust.max(), ">", 100_000, name="deviations")
claim("and no other number does", robust[:9].max(), "<", 3, name="deviations")

# %% [markdown]
# The absurd number hides behind itself: it drags the mean along and inflates the standard
# deviation. Among $n$ numbers none can *ever* lie more than $(n-1)/\sqrt{n}$ standard
# deviations from the mean: 2.85 for ten (Shiffler, 1988). Among ten numbers the rule can
# never speak.
#
# The *median*, the value in the middle, hardly moves when one value runs away. (Of the two
# in the middle of an even number, PyTorch takes the lower.) Neither does the median of
# all distances from it, the *median absolute deviation* (MAD). The factor 1.4826 makes
# it equal to the standard deviation where numbers follow the bell curve. We call the
# distance from the median, divided by 1.4826 · MAD, the *robust score*.

# %% [markdown] tags=["exercise"]
# ### Exercise 2 · A score that cannot be fooled
#
# Each picture has several measurements, say brightness and contrast: one row of
# `table` (N, K) for each picture, one column for each measurement. Return for each
# picture the largest of its K robust scores. Mind a column in which more than half of the
# numbers are equal: its MAD is 0. There a number that equals the median has the score
# 0 (the stub takes care of that), and any other infinity, as division by 0 gives.
#
# `x.median(dim=0).values` is the median of each column, `x.amax(dim=1)` the largest
# number of each row.


# %% tags=["stub"]
def largest_scores(table):
    distance = (table - table.median(dim=0).values).abs()
    spread = ...
    scores = torch.where(distance == 0, 0.0, ...)
    return ...


# %% tags=["solution"]
def largest_scores(table):
    distance = (table - table.median(dim=0).values).abs()
    spread = 1.4826 * distance.median(dim=0).values
    scores = torch.where(distance == 0, 0.0, distance / spread)
    return scores.amax(dim=1)


# %% tags=["check"]
check.check_largest_scores(largest_scores)

# %% [markdown] tags=["exercise"]
# **Think:** a folder holds 60 photos of cats by day and 40 by night. What does the score
# of their brightness say, and what should you do about it?

# %% [markdown] tags=["solution"]
# The median lies among the day photos, and many of the night photos get a high score. But
# they are no faults: they are 40 % of the data. A score only says "look here". Drop by
# rule what is surely broken, look at the rest, and remember that whoever is dropped as
# unusual will be missing in what the generator draws.

# %% [markdown]
# ## 5 · Clean the folder
#
# `clean_folder` reads with `load_image`. It drops what is broken, tiny, blank, pure noise
# or a copy, and among 20 or more pictures those that are much darker, brighter or more
# colourful than nearly all others. It cuts the largest square from the middle of what
# remains, and resizes it with averaging. Nothing in the folder is changed. It
# returns the pictures as one tensor, and a report, because **no picture may vanish
# without a reason**.

# %%
cleaning = clean_folder(folder, size=64)
print(cleaning.report)

# %% tags=["main-picture"]
figure = cleaning_figure(cleaning.report)
show(
    figure,
    alt="Six dropped files with their reasons: three without a picture, a white sheet, "
    "and two copies, each beside the picture that it repeats.",
)

# %%
dropped = {
    Path(row.name).stem for row in cleaning.report.rows if row.action == "dropped"
}
repaired = {
    Path(row.name).stem for row in cleaning.report.rows if row.action == "repaired"
}
claim("every planted fault is found", len(must_go - dropped), "==", 0, name="missed")
claim("nothing good is dropped", len(dropped & set(good)), "==", 0, name="lost")
claim(
    "the unusual ones are repaired", len(repaired & set(unusual)), "==", 4, name="files"
)
claim("the good ones remain", len(cleaning.images), "==", 24, name="pictures")

# %%
figure = image_grid(resize(cleaning.images, 48), columns=12, title="The clean tensor")
show(figure, alt="Twenty-four square pieces of four photographs, all upright.")

# %% [markdown]
# Compare the rows with what we planted. The two dropped copies name the file that was
# kept in their place. In the grid, look for the cat's second piece: it stands
# upright; and for the one grey piece, the 16-bit file.
#
# ## 6 · Hold some back, but not half of a pair
#
# To examine a network one keeps some pictures *held out*: it never sees them in training.
# Suppose a close pair has survived the cleaning. If each picture is held out
# with probability $p$, independently, then with probability $2p(1-p)$ one of the two lands
# on each side: for $p = 0.1$ in 18 of 100 cases. The network is then
# examined on a picture that it has as good as seen, and looks better than it is. This is
# called *leakage*. The remedy: draw groups instead of pictures.

# %%
drawn = torch.rand(20_000, 2) < 0.1
separated = (drawn[:, 0] != drawn[:, 1]).float().mean()
error = abs(separated - 2 * 0.1 * 0.9)
claim("a pair is separated with probability 2p(1-p)", error, "<", 0.02, name="error")

# %% [markdown] tags=["exercise"]
# ### Exercise 3 · Split by groups
#
# `groups` holds a number for each picture; close pictures have the same number. Choose
# the share `held_out` of the *groups* at random and return two `bool` tensors with an
# entry for each picture: is it for training, and is it held out? `torch.randperm(n)` is a
# random order of the numbers from 0 to n − 1, and `torch.isin(a, b)` says for each
# element of `a` whether it occurs in `b`.


# %% tags=["stub"]
def split(groups, held_out):
    kinds = groups.unique()
    count = round(held_out * len(kinds))
    chosen = ...
    is_held_out = ...
    return ~is_held_out, is_held_out


# %% tags=["solution"]
def split(groups, held_out):
    kinds = groups.unique()
    count = round(held_out * len(kinds))
    chosen = kinds[torch.randperm(len(kinds))[:count]]
    is_held_out = torch.isin(groups, chosen)
    return ~is_held_out, is_held_out


# %% tags=["check"]
check.check_split(split)

# %% [markdown] tags=["exercise"]
# **Think:** our 24 pieces were cut from four photographs. Is a split of the 24 by close
# pairs good enough?

# %% [markdown] tags=["solution"]
# No. Two pieces of the same flower share its colours and its light, though no hash finds
# them close. The groups should be the *photographs*. In general: whatever comes from one
# source (a person, a camera, a day) belongs on one side. A hash finds copies; knowing
# where the data come from finds the rest.

# %% [markdown]
# ## 7 · Why −1 to 1?
#
# Generators usually end in $\tanh$, which squeezes any number into the range from −1 to 1.
# Data in another range give the game away. Suppose the real pictures ran from 0 to 1: a
# single negative pixel would prove a picture generated, and a discriminator would
# learn just that, instead of what digits look like.

# %%
glyphs = load("glyphs", count=1_000)
real = to_float(glyphs.images)
untrained = torch.tanh(torch.randn(1_000, 1, 28, 28))


def share_with_negative_pixels(pictures):
    return (pictures.amin(dim=(1, 2, 3)) < 0).float().mean()


wrong_range = share_with_negative_pixels((real + 1) / 2)
right_range = share_with_negative_pixels(real)
generated = share_with_negative_pixels(untrained)
claim("generated pictures have negative pixels", generated, "==", 1, name="share")
claim("real ones from 0 to 1 have none", wrong_range, "==", 0, name="share")
claim("real ones from -1 to 1 have them too", right_range, "==", 1, name="share")

enough = torch.tanh(torch.tensor([-3.2, 3.2]))
claim("tanh reaches black", to_uint8(enough)[0], "==", 0, name="level")
claim("tanh reaches white", to_uint8(enough)[1], "==", 255, name="level")

# %% [markdown]
# The last two lines answer a worry: on paper, $\tanh$ never *equals* ±1. But levels are rounded, and
# an input of 3.2 is enough for full white.
#
# There is a second reason, on the side that reads pictures. Networks compute sums
# $w^\top x$ of their inputs $x$ with learnt weights $w$, and a *loss* $L$ says how wrong the
# result is. The derivative of the loss by the weights is a number times the input:
# $\partial L / \partial w = \delta \, x$ with $\delta = \partial L / \partial (w^\top x)$.
# Learning moves each weight a little against its derivative. If all inputs are positive,
# each single picture pushes *all* weights up or *all* down; where some should rise and
# others fall, learning must zigzag. Inputs on both sides
# of 0 do not have this fault (LeCun and others, 1998).
#
# Some networks that read pictures want more: each channel with mean 0 and standard
# deviation 1 over the training set. This *standardisation* leaves the range of $\tanh$, so
# it is not for what a generator draws. It can be undone.


# %% tags=["setup"]
def standardise(images, mean, std):
    return (images - mean) / std


def undo(standardised, mean, std):
    return standardised * std + mean


# %%
clean = to_float(cleaning.images)
mean = clean.mean(dim=(0, 2, 3), keepdim=True)
std = clean.std(dim=(0, 2, 3), keepdim=True)
standardised = standardise(clean, mean, std)
largest_mean = standardised.mean(dim=(0, 2, 3)).abs().max()
claim("each channel has mean 0", largest_mean, "<", 1e-5, name="mean")
largest_error = (standardised.std(dim=(0, 2, 3)) - 1).abs().max()
claim("and standard deviation 1", largest_error, "<", 1e-5, name="error")
back = to_uint8(undo(standardised, mean, std))
changed = (back != cleaning.images).sum()
claim("every grey level comes back", changed, "==", 0, name="changed levels")

# %% [markdown]
# Mean and deviation of a channel come from the *training* pictures, and the same numbers
# are used for all others: a new picture must not be measured by its own yardstick.
#
# ## 8 · More pictures than you have: augmentation
#
# Few pictures are soon learnt by heart. *Augmentation* shows each one in a new variation
# every time. `gan_course.augment` holds six, each a few tensor operations for a whole batch,
# with a draw of its own for each picture. The number says how strong: crop away up to
# half, shift by up to a quarter of the side, turn by up to 30 degrees.

# %%
piece = to_float(cleaning.images[6:7]).expand(4, -1, -1, -1)
variations = {
    "flip": augment.flip(piece),
    "crop": augment.crop(piece, 0.5),
    "translate": augment.translate(piece, 0.25),
    "rotate": augment.rotate(piece, 30),
    "colour": augment.colour(piece, 0.5),
    "cutout": augment.cutout(piece, 0.5),
}
by_row = torch.stack(list(variations.values()), dim=1).flatten(0, 1)
below = [""] * 18 + list(variations)
figure = image_grid(by_row, columns=6, labels=below, zoom=2)
show(
    figure,
    alt="Six columns of four versions of one picture: mirrored or not, cropped, "
    "shifted, turned, in other colours, and with a part cut out.",
)

unchanged = (augment.rotate(piece, 0) != piece).sum()
claim("turned by 0 degrees, nothing changes", unchanged, "==", 0, name="changed pixels")
leaf = piece.clone().requires_grad_()
augment.translate(leaf, 0.25).sum().backward()
stayed = leaf.grad.mean()
claim("gradients reach the pixels that stayed", stayed, ">=", 0.75**2, name="share")

# %% [markdown]
# Each column shows one kind, with four draws; what is empty is grey, the 0 in the middle
# of the range. The last claim matters for GANs. There the *generated*
# pictures are augmented too (Zhao and others, 2020), and the generator learns through
# the variation, so the variation must have a derivative: `backward` computes it, and leaves
# it in `leaf.grad`, one number for each pixel. A shift copies pixels: those that
# stay in the picture have derivative 1, those pushed out have 0. A shift of up to a
# quarter each way keeps at least (1 − ¼)² of them.
#
# Which variations are allowed? Those after which the picture *could have been in the
# data*. A mirrored cat is a cat. A mirrored 3 is no digit any more. We ask the judge of
# notebook 00, who reads digits; what comes in is black now, as around digits.

# %%
digits = load("glyphs", count=2_000, split="held-out")
images = to_float(digits.images)


def read_right(images):
    return (recognise(images).labels == digits.labels).float().mean()


shifted = augment.translate(images, 0.04, fill=-1)
mirrored_digits = images.flip(3)
readable, unreadable = read_right(shifted), read_right(mirrored_digits)
claim("shifted by one pixel, digits are readable", readable, ">", 0.95, name="accuracy")
claim("mirrored, most are not", unreadable, "<", 0.5, name="accuracy")

# %% [markdown]
# ## 9 · One tensor instead of many files
#
# The usual loader opens, decodes, resizes and converts each picture again every time it is
# wanted. Ours did so *once*. We count what Python has to do for a batch of 24: how
# many functions does it call for each picture?


# %%
kept = sorted(
    folder / row.name for row in cleaning.report.rows if row.action != "dropped"
)


def batch_from_files():
    return torch.stack([to_float(resize(read(path), (64, 64))) for path in kept])


def batch_from_tensor():
    return to_float(cleaning.images[torch.randint(24, (24,))])


# %%
def calls_per_picture(make_batch):
    make_batch()  # what is loaded at the first use should not count
    calls = 0

    def count(frame, event, argument):
        nonlocal calls
        calls += event in ("call", "c_call")

    sys.setprofile(count)
    try:
        make_batch()
    finally:
        sys.setprofile(None)
    return calls / 24


makers = {"files": batch_from_files, "tensor": batch_from_tensor}
calls = {name: calls_per_picture(make_batch) for name, make_batch in makers.items()}
ratio = calls["files"] / calls["tensor"]
claim("files need many more calls", ratio, ">", 30, name="ratio")

# %% tags=["nbval-ignore-output"]
for name, make_batch in makers.items():
    seconds = []
    for _ in range(5):
        start = time.perf_counter()
        make_batch()
        seconds.append(time.perf_counter() - start)
    milliseconds = 1000 * min(seconds) / 24
    print(f"{name:>6}: {calls[name]:6.1f} calls and {milliseconds:.3f} ms per picture")

# %% [markdown]
# The milliseconds are your machine's. At 60,000 pictures and a hundred passes over them,
# each millisecond per picture costs 100 minutes. And a tensor is small: 60,000 grey
# pictures of 28 × 28 take 47 MB as `uint8`. So the rule of this course is: **clean
# once, keep everything in memory as `uint8`, convert each batch when it is used.**

# %% [markdown] tags=["exercise"]
# ### Exercise 4 · The last step of the pipeline
#
# `digits` is a `uint8` tensor (N, 1, 28, 28) of digits. Draw `size` of them at random,
# bring them into the range that a GAN needs, and vary them in the one way that section
# 8 has shown to leave digits readable.


# %% tags=["stub"]
def training_batch(digits, size):
    chosen = digits[...]
    inputs = ...
    return ...


# %% tags=["solution"]
def training_batch(digits, size):
    chosen = digits[torch.randint(len(digits), (size,))]
    inputs = to_float(chosen)
    return augment.translate(inputs, 0.04, fill=-1)


# %% tags=["check"]
check.check_training_batch(training_batch)

# %% [markdown] tags=["exercise"]
# **Think:** if you augment only the *real* pictures of a GAN with cutout, what will the
# generator learn to draw?

# %% [markdown] tags=["solution"]
# Pictures with a square missing: to the discriminator that is what real pictures look
# like. Augment both sides in the same way, and the discriminator cannot tell them by the
# hole; the generator then draws whole pictures (Zhao and others, 2020).

# %% [markdown]
# ## Recap
#
# - Read headers first; refuse what is broken or enormous; turn, and convert the modes.
# - Equal bytes find copies; a perceptual hash finds pictures that look alike. Limits
#   are checked on real data.
# - Median and MAD find outliers; mean and standard deviation can hide them.
# - Split by groups, or the test set leaks.
# - $[-1, 1]$ fits $\tanh$. Augment only by what leaves a picture plausible.
#
# ## In practice
#
# `load("folder", path="…", size=64)` runs this pipeline on your own pictures, and
# `python -m gan_course data check FOLDER` prints the report without a notebook. Look at
# what was dropped before you trust it: a rule that drops the unusual drops minorities
# first. Note where each picture comes from and whether you may use it.
#
# ## Further reading
#
# - Y. LeCun, L. Bottou, G. Orr and K.-R. Müller, *Efficient BackProp*, in *Neural Networks:
#   Tricks of the Trade*, 1998,
#   [doi:10.1007/3-540-49430-8_2](https://doi.org/10.1007/3-540-49430-8_2).
# - R. E. Shiffler, *Maximum Z Scores and Outliers*, The American Statistician 42, 1988,
#   [doi:10.1080/00031305.1988.10475530](https://doi.org/10.1080/00031305.1988.10475530).
# - S. Zhao and others, *Differentiable Augmentation for Data-Efficient GAN Training*,
#   NeurIPS 2020, [arXiv:2006.10738](https://arxiv.org/abs/2006.10738).
