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
#   title: Compute with images as matrices
#   part: "Part I: images"
#   question: What is a digital image?
#   learning_minutes: 75
#   picture: pictures/01_images_are_matrices.png
#   picture_alt: "A cat's face four times: first as a blur of stripes, then sharper and sharper, until it looks like the photograph"
#   picture_caption: One photograph as its mean grey and 1, 5, 20 and 80 products of a column and a row. Section 6 takes it apart.
# ---

# %% [markdown]
# **You will build** the basic operations on images from sums and products: turning,
# mixing colours, filtering. Then you will take a photograph apart and put it together
# again from few numbers, and shrink pictures without raising ghosts.
#
# **You will learn** what a pixel is, why a convolution is a matrix product in disguise,
# how few numbers a photograph needs, and where those ghosts come from.
#
# **You need** notebook 00, matrix products, and the mean. No deep learning yet.

# %% tags=["setup"]
import math

import torch
from torch.nn.functional import conv2d, interpolate

from gan_course.checks import images_are_matrices as check
from gan_course.checks.claims import claim
from gan_course.datasets.photos import photo
from gan_course.images import resize, to_float, to_uint8
from gan_course.plots import image_grid, panels, show
from gan_course.runtime import seed_everything

seed_everything(1)
coins = photo("coins")[0]
coffee = photo("coffee")

# %% [markdown]
# ## 1 · A picture is a signal
#
# A *signal* is a quantity that varies. What a microphone records varies over time: a
# signal in one dimension. A picture is a signal in two dimensions, brightness that varies
# downwards and to the right. A camera measures it at the points of a grid, and the
# measured numbers stand in rows and columns. That is a *matrix* $A$, with the entry
# $A_{ij}$ in row $i$ from the top and column $j$ from the left, both counted from 0.
# Each entry is a *pixel*.

# %%
row = 60
figure, ((left, right),) = panels(1, 2, height=280)
left.imshow(coins, cmap="gray", vmin=0, vmax=255)
left.axhline(row, lw=1)
left.set(title="A photograph as a matrix", xlabel="column j", ylabel="row i")
left.grid(visible=False)
right.plot(coins[row])
right.set(title=f"Its row {row} as a signal", xlabel="column j")
right.set(ylabel="grey level", xlim=(0, 383), ylim=(0, 255))
show(
    figure,
    alt="Left, rows of ancient coins with a line across. Right, the grey levels along "
    "the line: six rugged plateaus with steep sides, one for each coin.",
)

# %% [markdown]
# Follow the line from left to right in both panels. Each coin is a plateau, rugged where
# its relief catches the light; the ground between coins is darker and smoother. At the
# rim of a coin the signal rises or falls steeply, mostly within three pixels: such a jump
# is an *edge*, and edges are much of what we recognise in a picture.
#
# ## 2 · A toy first: turning a picture is a matrix product
#
# Before photographs, a picture of 5 × 4 pixels on which everything can be checked by eye.
# The letter F looks different from every side.

# %%
F = torch.tensor(
    [
        [1.0, 1, 1, 1],
        [1.0, 0, 0, 0],
        [1.0, 1, 1, 0],
        [1.0, 0, 0, 0],
        [1.0, 0, 0, 0],
    ]
)


def reversal(size):
    """The identity matrix upside down: ones on the other diagonal."""
    return torch.eye(size).flip(0)


upside_down = reversal(5) @ F
mirrored = F @ reversal(4)
quarter_turn = reversal(4) @ F.T

# %%
turned = {
    "F": F,
    "J F": upside_down,
    "F J": mirrored,
    "J Fᵀ": quarter_turn,
}
figure, (axes,) = panels(1, 4, height=200)
for axis, (name, matrix) in zip(axes, turned.items()):
    axis.imshow(matrix, cmap="gray_r", vmin=-0.2, vmax=1)
    axis.set(title=name, xlim=(-0.5, 4.5), ylim=(4.5, -0.5))
    axis.set_axis_off()
show(
    figure,
    alt="The letter F as it is, upside down, mirrored left to right, and turned by a "
    "quarter to the left.",
)

# %% [markdown]
# $J$ is the *reversal matrix*, with ones from the lower left to the upper right; it is
# square, and as large as the side that it reverses. Row $i$ of the product $JF$ is a sum of rows of $F$, weighted by row $i$ of $J$. As this
# holds a single 1, the product simply picks one row: multiplying **from the left**
# rearranges **rows**. By the same argument, multiplying **from the right** rearranges
# **columns**. The transpose $F^\top$ swaps rows with columns; reversing its rows makes it
# a quarter turn to the left.
#
# A matrix with exactly one 1 in each row and each column, and zeros elsewhere, is a
# *permutation matrix*. It moves pixels and never changes them, so nothing is lost: its
# transpose puts all of them back, $P^\top P = I$.


# %%
def wrong_pixels(picture, expected):
    return (picture != expected).sum()


matrix = coins.float()
J_rows, J_columns = reversal(303), reversal(384)
P = torch.eye(303)[torch.randperm(303)]
wrong = {
    "flipped": wrong_pixels(J_rows @ matrix, matrix.flip(0)),
    "mirrored": wrong_pixels(matrix @ J_columns, matrix.flip(1)),
    "turned": wrong_pixels(J_columns @ matrix.T, matrix.rot90()),
    "put back": wrong_pixels(P.T @ (P @ matrix), matrix),
}
claim("J A turns a photo upside down", wrong["flipped"], "==", 0, name="wrong pixels")
claim("A J mirrors it", wrong["mirrored"], "==", 0, name="wrong pixels")
claim("J Aᵀ is a quarter turn", wrong["turned"], "==", 0, name="wrong pixels")
claim("Pᵀ puts shuffled rows back", wrong["put back"], "==", 0, name="wrong pixels")

# %% [markdown] tags=["exercise"]
# ### Exercise 1 · Cut out a window
#
# Leaving pixels out is a matrix product too. Write two matrices, `on_the_left` and
# `on_the_right`, so that `on_the_left @ picture @ on_the_right` is the window of
# `height` × `width` pixels whose upper left corner is at row `top` and column `left`.
# They are not square any more: what does each row of the left one have to pick?


# %% tags=["stub"]
def window_matrices(picture, top, left, height, width):
    on_the_left = ...
    on_the_right = ...
    return on_the_left, on_the_right


# %% tags=["solution"]
def window_matrices(picture, top, left, height, width):
    rows, columns = picture.shape
    on_the_left = torch.eye(rows)[top : top + height]
    on_the_right = torch.eye(columns)[:, left : left + width]
    return on_the_left, on_the_right


# %% tags=["check"]
check.check_window_matrices(window_matrices)

# %% [markdown] tags=["exercise"]
# **Think:** permutation matrices are undone by their transpose. What does
# $S^\top S A$ show, if $S$ is your left matrix?

# %% [markdown] tags=["solution"]
# The picture with all rows outside the window set to 0. $S S^\top = I$, so nothing of the
# window is lost, but $S^\top S$ is an identity matrix with zeros where rows were left
# out: what was cut away does not come back.

# %% [markdown]
# ## 3 · What a pixel stores
#
# A colour photo has three numbers for each place, red, green and blue: three matrices of
# one size, called *channels*, stacked in a tensor of shape (channels, rows, columns).
# Each number is stored as `uint8`, one byte, 0 to 255. The networks of this course work
# with `float32`, four bytes, from −1 to 1 (notebook 02 says why): `to_float` computes $x / 127.5 - 1$, and
# `to_uint8` goes back by rounding $127.5\,(x + 1)$.

# %%
claim("a colour photo has channels", coffee.shape[0], "==", 3, name="number")
claim("it takes 3 × 400 × 600 bytes", coffee.nbytes, "==", 720_000, name="bytes")
as_float = to_float(coffee)
claim("and 4 times as many as float32", as_float.nbytes, "==", 2_880_000, name="bytes")

levels = torch.arange(256).to(torch.uint8)
lost = (to_uint8(to_float(levels)) != levels).sum()
claim("all 256 levels come back exactly", lost, "==", 0, name="lost levels")

# %%
figure = image_grid(
    resize(coffee[:, None], (104, 156)), columns=3, labels=["red", "green", "blue"]
)
show(
    figure,
    alt="The three channels of a photo of a cup of coffee, in grey: the saucer and the "
    "table are light in red and dark in blue.",
)

# %% [markdown]
# Look at the saucer, which is reddish brown (the next section shows it in colour). It sends
# back much red, little green and hardly any blue, so it is light in the red channel, dark
# in the green one and nearly black in the blue one. The white rim of the cup is light in
# all three.
#
# ## 4 · Mixing colours is a matrix product
#
# Now write each pixel as a column of three numbers. The whole photo is then a matrix of 3
# rows with one column for each pixel, and *any* new channel that is a weighted sum of the
# old ones is a row times this matrix. Grey, for instance. The eye finds green
# brighter than red and blue darkest, which the standard weights express (ITU-R BT.601):
#
# $$\text{grey} = w^\top p, \qquad w = (0.299,\ 0.587,\ 0.114), \qquad p = (r, g, b)^\top.$$
#
# Three such rows are a 3 × 3 matrix. This one moves every colour towards the
# grey of its pixel, or away from it:
#
# $$M_s = s\,I + (1 - s)\,\mathbf{1}\,w^\top.$$
#
# $\mathbf{1}$ is a column of three ones, so $\mathbf{1}\,w^\top p$ is the grey of $p$ in
# all three channels. $s$ is the *saturation*: 1 changes nothing, 0 leaves only grey.


# %% tags=["setup"]
w = torch.tensor([0.299, 0.587, 0.114])


def mix(matrix, image):
    """Multiply the colour of every pixel of a (3, rows, columns) image by a matrix."""
    pixels = image.reshape(3, -1)
    return (matrix @ pixels).reshape(image.shape)


def saturation(s):
    return s * torch.eye(3) + (1 - s) * torch.outer(torch.ones(3), w)


# %%
small = to_float(resize(coffee, (92, 138)))
strengths = [0, 0.5, 1, 2]
versions = torch.stack([mix(saturation(s), small) for s in strengths])
figure = image_grid(versions, columns=4, labels=[f"s = {s}" for s in strengths], zoom=1)
show(
    figure,
    alt="The cup of coffee four times: grey, pale, as photographed, and in "
    "exaggerated colours.",
)

# %% [markdown]
# What if we fade the colours to a half and later want them back? Multiply two such
# matrices. The weights add up to 1, so $w^\top\mathbf{1} = 1$ and
# $\mathbf{1}w^\top\mathbf{1}w^\top = \mathbf{1}w^\top$. What remains is
# $M_a M_b = ab\,I + (1 - ab)\,\mathbf{1}w^\top = M_{ab}$: saturations multiply like
# numbers. The *rank* of a matrix is the number of dimensions that its results fill. All
# that $M_0$ returns are multiples of $\mathbf{1}$: its rank is 1, and what it flattened no
# matrix can unfold.

# %%
difference = (saturation(0.5) @ saturation(1.6) - saturation(0.8)).abs().max()
claim("saturations multiply", difference, "<", 1e-6, name="error")

restored = mix(saturation(2), mix(saturation(0.5), small))
claim("s = 2 undoes s = ½", (restored - small).abs().max(), "<", 1e-5, name="error")
rank = torch.linalg.matrix_rank(saturation(0))
claim("M₀ keeps a single dimension", rank, "==", 1, name="rank")

# %% [markdown] tags=["exercise"]
# ### Exercise 2 · Bring the colours back
#
# An app has multiplied the saturation of a photo by `s`, with the matrix $M_s$. Return
# the photo as it was, with one more call of `mix`, or `None` if nothing can bring it
# back. (A negative `s` turns colours into their opposites; it can be undone too.)


# %% tags=["stub"]
def restore(faded, s):
    if ...:
        return None
    return mix(..., faded)


# %% tags=["solution"]
def restore(faded, s):
    if s == 0:
        return None
    return mix(saturation(1 / s), faded)


# %% tags=["check"]
check.check_restore(restore)

# %% [markdown] tags=["exercise"]
# **Think:** real apps also *clip*: what leaves the range from −1 to 1 is set to −1 or 1, as
# in our picture with $s = 2$. What can `restore` do about that?

# %% [markdown] tags=["solution"]
# Nothing. Clipping sends many colours to the same one, and no matrix knows which of them
# it was. Where no channel was clipped, the photo comes back; elsewhere it is lost. That
# is why one edits a copy and keeps the original.

# %% [markdown]
# ## 5 · Convolution: a dot product that slides
#
# To *find* something in a picture, an edge for instance, we compare each small
# neighbourhood with a pattern. In one dimension, let the pattern, called the *kernel*, be
# $(-1, 1)$. Slide it along the signal $0, 0, 3, 3, 0$ and
# take the dot product at each place: $-0 + 0 = 0$, then $-0 + 3 = 3$, then $-3 + 3 = 0$,
# then $-3 + 0 = -3$. The result is 0 where nothing changes; the edges answer with 3 and
# −3.
#
# In two dimensions the kernel is a small matrix $K$, and at each place it is laid over a
# window of the picture:
#
# $$Y_{ij} = \sum_{a}\sum_{b} K_{ab}\, X_{i+a,\,j+b}.$$
#
# With a kernel of $k \times k$, the result has $k - 1$ rows and columns fewer than the
# picture: the window must fit in. The formula, word for word:


# %% tags=["setup"]
def slide(picture, kernel):
    """The sliding dot product of a picture (H, W) and a kernel (k, k)."""
    k = len(kernel)
    height, width = picture.shape[0] - k + 1, picture.shape[1] - k + 1
    result = torch.zeros(height, width)
    for i in range(height):
        for j in range(width):
            window = picture[i : i + k, j : j + k]
            result[i, j] = (kernel * window).sum()
    return result


# %%
signal = torch.tensor([[0.0, 0, 3, 3, 0], [0.0, 0, 3, 3, 0]])
kernel = torch.tensor([[-1.0, 1], [0, 0]])  # square, as slide wants it
found = slide(signal, kernel)
error = (found - torch.tensor([0, 3, 0, -3])).abs().max()
claim("the edges answer with 3 and -3", error, "==", 0, name="error")

# %% [markdown]
# ### The same as one matrix product
#
# Each result is a dot product with a window, and so also with the *whole* picture, if the
# kernel is padded with zeros everywhere else. Write the picture as one long column, row
# after row, and each padded kernel as a row of a matrix $T$. Then the sliding is a single
# product, $y = Tx$.


# %% tags=["setup"]
def sliding_matrix(kernel, height, width):
    """The matrix T with T @ picture.flatten() = slide(picture, kernel).flatten()."""
    k = len(kernel)
    rows = []
    for i in range(height - k + 1):
        for j in range(width - k + 1):
            padded = torch.zeros(height, width)
            padded[i : i + k, j : j + k] = kernel
            rows.append(padded.flatten())
    return torch.stack(rows)


# %%
pattern = torch.arange(1.0, 10).view(3, 3)
T = sliding_matrix(pattern, 8, 8)
figure, ((axis,),) = panels(height=460)
drawn = axis.imshow(T.where(T != 0, math.nan), cmap="YlGnBu", vmin=-2, vmax=9)
axis.set(title="T for a kernel of 3 × 3 on a picture of 8 × 8")
axis.set(xlabel="pixel of the picture", ylabel="pixel of the result")
axis.grid(visible=False)
bar = figure.colorbar(drawn, shrink=0.8, label="number of the kernel (white: 0)")
bar.ax.set(ylim=(0.5, 9), yticks=range(1, 10))
show(
    figure,
    alt="A matrix of 36 rows and 64 columns, nearly all zero, with three slanted bands "
    "of three numbers each, which jump to the right after every sixth row.",
)

# %% [markdown]
# The kernel holds the numbers 1 to 9, so that each can be followed. Look at the first row:
# 1, 2, 3, then eight columns further on 4, 5, 6, then 7, 8, 9. A row of the picture is
# eight pixels long, so that is the kernel laid over three rows of it. One row down,
# all of it has moved one pixel to the right. After every sixth row it jumps by three, where
# the window starts a new line.
#
# A matrix with equal numbers along its diagonals is a *Toeplitz matrix*. Ours is made of
# blocks of that kind, 6 × 8 each. Its 36 × 64 entries are nine numbers, repeated, and
# zeros, and for a larger picture it would still be nine numbers. That makes convolutional
# networks possible: **a huge matrix that is stored in nine numbers**.
#
# PyTorch does the same quickly, as `conv2d`, for a batch of pictures. Do the
# three agree on a piece of the photo?

# %%
edges = torch.tensor([[-1.0, 0, 1], [-2.0, 0, 2], [-1.0, 0, 1]])
piece = to_float(coins[20:48, 20:48])
by_sliding = slide(piece, edges)
by_matrix = (sliding_matrix(edges, 28, 28) @ piece.flatten()).view(26, 26)
# conv2d wants pictures (N, C, H, W) and kernels (outputs, C, k, k).
by_pytorch = conv2d(piece[None, None], edges[None, None])[0, 0]
error = (by_matrix - by_sliding).abs().max()
claim("the matrix product agrees", error, "<", 1e-5, name="error")
error = (by_pytorch - by_sliding).abs().max()
claim("PyTorch agrees", error, "<", 1e-5, name="error")

# %% [markdown]
# One trap of language. In mathematics a *convolution* flips the kernel first, upside down
# and left to right, so that a single bright pixel answers with the kernel itself. Deep
# learning does not flip, and says convolution all the same; the careful name for ours is
# *cross-correlation*. It answers a bright pixel with the kernel turned by half a turn.

# %%
dot = torch.zeros(5, 5)
dot[2, 2] = 1
response = slide(dot, pattern)
wrong = (response != pattern.flip(0, 1)).sum()
claim(
    "a dot answers with the kernel turned around", wrong, "==", 0, name="wrong pixels"
)

# %% [markdown]
# ### What kernels can do
#
# The kernel decides what is found. If its numbers add up to 1, flat regions keep their
# grey level; if they add up to 0, flat regions give 0 and only changes remain.

# %%
# The two edge kernels are Sobel's; a quarter of them answers from -2 to 2 at most.
kernels = {
    "blur": torch.full((9, 9), 1 / 81),
    "edges, left to right": edges / 4,
    "edges, top to bottom": edges.T / 4,
    "sharpen": torch.tensor([[0.0, -1, 0], [-1, 5, -1], [0, -1, 0]]),
}
scene = to_float(coins[:146, 20:186])[None, None]
# padding="same" lays zeros around the picture; what they touch is cut off again.
filtered = [conv2d(scene, K[None, None], padding="same") for K in kernels.values()]
filtered = torch.cat(filtered)[..., 4:-4, 4:-4]
figure = image_grid(filtered, columns=4, labels=list(kernels), zoom=1)
show(
    figure,
    alt="Two rows of coins: blurred; as upright edges in black and white on grey; as "
    "level edges; and sharpened.",
)

# %% [markdown]
# In the second picture grey means 0. Look at one coin: its left rim is white, because it
# gets brighter there to the right; its right rim is black; top and bottom have vanished.
# In the third picture the upper rims are white, the lower ones black, and the
# sides have vanished. In notebook 03 a network *learns* its kernels, and finds edge
# detectors by itself.
#
# Do such kernels see through a change of light? Half and half: a constant that is
# added everywhere disappears, because the kernel's numbers add up to 0. A factor does not: in
# a picture with 1.3 times the contrast, the edges are 1.3 times as strong.

# %%
added = (slide(piece + 0.3, edges) - by_sliding).abs().max()
claim("edges ignore an added constant", added, "<", 1e-5, name="change")
scaled = (slide(1.3 * piece, edges) - 1.3 * by_sliding).abs().max()
claim("a factor goes through them", scaled, "<", 1e-5, name="error")

# %% [markdown] tags=["exercise"]
# ### Exercise 3 · Larger strides
#
# A network that wants a smaller result lets the window jump: with *stride* $s$, windows
# start at rows $0, s, 2s, …$ and at columns $0, s, 2s, …$, as long as they fit in. Write
# the matrix $T$ of this sliding.


# %% tags=["stub"]
def strided_matrix(kernel, height, width, stride):
    k = len(kernel)
    rows = []
    for top in range(0, ..., stride):
        for left in range(0, ..., stride):
            padded = torch.zeros(height, width)
            ...
            rows.append(padded.flatten())
    return torch.stack(rows)


# %% tags=["solution"]
def strided_matrix(kernel, height, width, stride):
    k = len(kernel)
    rows = []
    for top in range(0, height - k + 1, stride):
        for left in range(0, width - k + 1, stride):
            padded = torch.zeros(height, width)
            padded[top : top + k, left : left + k] = kernel
            rows.append(padded.flatten())
    return torch.stack(rows)


# %% tags=["check"]
check.check_strided_matrix(strided_matrix)

# %% [markdown] tags=["exercise"]
# **Think:** $T$ with stride 2 has about a quarter of the rows. Its transpose $T^\top$
# turns a small picture into a large one. What could that be good for?

# %% [markdown] tags=["solution"]
# A generator has to make large pictures out of small ones. A *transposed convolution*
# multiplies by $T^\top$; notebook 09 builds a generator from it, and finds out what the
# overlapping windows do to the picture.

# %% [markdown]
# ## 6 · How many numbers does a photograph need?
#
# A column times a row, $u\,v^\top$, is a whole picture made from few numbers: all of its
# rows are multiples of one row. The *singular value decomposition* (SVD) writes any
# matrix as a sum of such pictures,
#
# $$A = \sum_{r} \sigma_r\, u_r v_r^\top,
# \qquad \sigma_1 \ge \sigma_2 \ge \dots \ge 0,$$
#
# with columns $u_r$ of length 1 that are perpendicular to each other, and the same for the
# $v_r$. A sum of $R$ such terms has (at most) *rank* $R$.
#
# Call the sum of all squared entries the *energy* of a matrix. That of a term is
# $\sigma_r^2$, and because of the right angles the products of different terms sum to 0, so
# energies add up, as in Pythagoras' theorem: that of $A$ is $\sum_r \sigma_r^2$. Break the sum off
# after the $R$ largest terms, and what is missing has the energy of the terms left
# out. No other matrix of rank $R$ leaves less missing (Eckart and Young, 1936).
#
# We subtract the mean grey level first: it takes one number, and we want to
# know about the rest.

# %%
cat = mix(saturation(0), to_float(photo("cat")))[0]
A = cat - cat.mean()
U, sigma, Vt = torch.linalg.svd(A, full_matrices=False)
energy = sigma.square()


def low_rank(R):
    return (U[:, :R] * sigma[:R]) @ Vt[:R]  # the rows of Vt are the v_r


error = abs(energy.sum() / A.square().sum() - 1)
claim("the energy is the sum of all σ²", error, "<", 1e-4, name="error")
missing = (A - low_rank(20)).square().sum()
error = abs(missing / energy[20:].sum() - 1)
claim("what is missing is what was left out", error, "<", 1e-3, name="error")

# %% tags=["main-picture"]
ranks = [1, 5, 20, 80]
pictures = torch.stack([low_rank(R) + cat.mean() for R in ranks])
pictures = resize(pictures[:, None], (120, 180))
figure = image_grid(pictures, columns=4, labels=[f"rank {R}" for R in ranks], zoom=1)
show(
    figure,
    alt="A cat's face as a blur of stripes at rank 1, as a patchwork at rank 5, well "
    "recognisable at rank 20, and like the photograph at rank 80.",
)

# %% [markdown]
# At rank 1, look for what a column times a row can do: vertical and horizontal stripes, and
# nothing else. At rank 5 there is a shape, at rank 20 a cat. Its 20 columns, rows and
# singular values and the mean are $20 \cdot (300 + 451 + 1) + 1 = 15{,}041$ numbers
# instead of 135,300: a ninth.

# %%
kept = energy.cumsum(0) / energy.sum()
scrambled = A.flatten()[torch.randperm(A.numel())].view_as(A)
scrambled_energy = torch.linalg.svdvals(scrambled).square()
scrambled_kept = scrambled_energy.cumsum(0) / scrambled_energy.sum()
claim("rank 20 keeps most energy of the photo", kept[19], ">", 0.9, name="share")
claim(
    "but little of its pixels in random order",
    scrambled_kept[19],
    "<",
    0.25,
    name="share",
)

figure, ((axis,),) = panels(height=340)
axis.plot(range(1, 301), kept, label="photo")
axis.plot(range(1, 301), scrambled_kept, label="its pixels in random order")
axis.set(title="Energy kept by the first R terms", xlabel="R", ylabel="share")
axis.set(ylim=(0, 1.02))
axis.legend()
show(
    figure,
    alt="The photo's curve jumps to nine tenths within 20 ranks; that of the shuffled "
    "pixels climbs slowly and reaches nine tenths only beyond rank 150.",
)

# %% [markdown]
# The lower curve is the attempt to break it. The *same pixels* in random order hold the
# same energy, but a few columns and rows cannot account for them. What makes a photo
# compressible is the arrangement of its pixels. **Pictures of the world are a tiny, orderly
# corner of all matrices**. The rest of the course lives on that: a generator will draw
# pictures of 784 pixels from lists of 100 numbers.

# %% [markdown] tags=["exercise"]
# ### Exercise 4 · Which rank is enough?
#
# Return the smallest rank that keeps at least the given share (below 1) of the energy of a
# matrix, taken as it is (do not subtract its mean). `torch.linalg.svdvals(matrix)` returns the
# singular values, largest first, and `cumsum(0)` the sums of the first 1, 2, 3, … numbers.


# %% tags=["stub"]
def smallest_rank(matrix, share):
    energy = ...
    kept = ...
    return int((kept < share).sum()) + 1


# %% tags=["solution"]
def smallest_rank(matrix, share):
    energy = torch.linalg.svdvals(matrix).square()
    kept = energy.cumsum(0) / energy.sum()
    return int((kept < share).sum()) + 1


# %% tags=["check"]
check.check_smallest_rank(smallest_rank)

# %% [markdown] tags=["exercise"]
# **Think:** why does the last line add 1? And which rank would a picture of vertical
# stripes need?

# %% [markdown] tags=["solution"]
# `kept < share` counts the ranks that are *not* enough; the next one is. Vertical stripes
# need rank 1: all rows are equal, so the picture is a column of ones times that row.

# %% [markdown]
# ## 7 · Shrinking, and the ghosts it raises
#
# To make a picture half as large, why not keep every second pixel? Take a wave that goes
# up and down 0.45 times per pixel: its *frequency* is 0.45.

# %%
positions = torch.arange(40)
wave = torch.cos(2 * math.pi * 0.45 * positions)
fine = torch.linspace(0, 39, 1000)
figure, ((axis,),) = panels(height=300)
axis.plot(fine, torch.cos(2 * math.pi * 0.45 * fine), lw=1, label="the wave")
axis.plot(positions[::2], wave[::2], "o-", label="every second pixel")
axis.set(title="A fast wave, seen at every second pixel", xlabel="position")
axis.set(ylabel="value", ylim=(-1.1, 1.6))
axis.legend(loc="upper right", ncols=2)
show(
    figure,
    alt="A fast wave, and dots on it at every second pixel; the line through the dots "
    "is another wave, nine times as long.",
)

slow = torch.cos(2 * math.pi * 0.1 * torch.arange(20))
error = (wave[::2] - slow).abs().max()
claim("now its frequency is 0.1 per new pixel", error, "<", 1e-4, name="error")

# %% [markdown]
# All dots lie on the wave, and yet the line through them is another, slow wave that was
# never there. This is *aliasing*. A pixel of the new picture is as wide as two old ones, so
# our wave would have to go up and down 0.9 times per new pixel; but at whole positions $n$,
# $\cos(2\pi \cdot 0.9\,n) = \cos(2\pi\,n - 2\pi \cdot 0.1\,n) = \cos(2\pi \cdot 0.1\,n)$.
# In the same way any wave of frequency $f$ looks like one of $1 - f$. Of the two a grid can
# show only the slower one, of at most half a wave per pixel (the *Nyquist limit*). What is
# faster comes back as something slower.
#
# The remedy: remove what is too fast *before* leaving pixels out, by a weighted average
# over neighbours, which is a convolution. `resize` does so. The test picture below gets
# finer and finer from the middle outwards, up to half a wave per pixel at the
# edge.

# %%
x = torch.arange(-128, 128.0)
rings = torch.cos(math.pi / 256 * (x[:, None] ** 2 + x**2))[None, None]
rings = rings * (x[:, None] ** 2 + x**2 < 128**2)
picked = rings[..., ::4, ::4]
averaged = resize(rings, 64)

enlarged = [interpolate(small, scale_factor=4) for small in (picked, averaged)]
names = ["256 × 256 pixels", "every fourth pixel", "averaged, then reduced"]
figure = image_grid(torch.cat([rings, *enlarged]), columns=3, labels=names, zoom=1)
show(
    figure,
    alt="Left, rings that get finer towards the edge. Middle, several false centres of "
    "rings. Right, the inner rings only, and even grey outside.",
)

ghosts, calm = picked[0, 0, 28:36, 4:12].std(), averaged[0, 0, 28:36, 4:12].std()
claim("every fourth pixel: ghosts off the middle", ghosts, ">", 0.5, name="contrast")
claim("averaged first: even grey there", calm, "<", 0.1, name="contrast")

# %% [markdown]
# In the middle picture there are nine sets of rings, and halves at the border. They are
# equal to the pixel, but only the central set was drawn. On the right the outer rings
# have turned to grey, the honest answer: 64 pixels cannot show them. (*Contrast* is the
# standard deviation of the pixels.) An average over few neighbours does not cut off
# sharply, though: it already weakens the finest rings that could be shown, and lets a
# little of the next ones through. The faint arcs above, below, left and right are
# their ghosts.
#
# ## Recap
#
# - A grey picture is a matrix; a colour picture is three; both are measured signals.
# - Products from the left combine rows, from the right columns; permutations lose nothing.
#   Colours mix by a 3 × 3 matrix.
# - A convolution is a sliding dot product, and also a product with a matrix of Toeplitz
#   blocks that holds few different numbers.
# - A photograph is far from random: a few products of columns and rows keep most of its
#   energy.
# - Reduce only after averaging: frequencies above half a wave per new pixel come back as
#   ghosts.
#
# ## In practice
#
# Nobody multiplies by permutation or Toeplitz matrices: `flip`, `rot90` and `conv2d` give
# the same at a fraction of the cost. The matrices are for *thinking*: they
# say at once what can be undone, what a transpose does, and what is lost. Store
# originals in a lossless format such as PNG; a JPEG can lose a little each time it is saved.
# And check how a library resizes before you compare scores: careless resizing has
# changed published numbers.
#
# ## Further reading
#
# - C. Eckart and G. Young, *The approximation of one matrix by another of lower rank*,
#   Psychometrika 1, 1936,
#   [doi:10.1007/BF02288367](https://doi.org/10.1007/BF02288367).
# - C. E. Shannon, *Communication in the presence of noise*, Proceedings of the IRE 37,
#   1949, [doi:10.1109/JRPROC.1949.232969](https://doi.org/10.1109/JRPROC.1949.232969).
# - V. Dumoulin and F. Visin, *A guide to convolution arithmetic for deep learning*, 2016,
#   [arXiv:1603.07285](https://arxiv.org/abs/1603.07285).
# - G. Parmar, R. Zhang and J.-Y. Zhu, *On Aliased Resizing and Surprising Subtleties in
#   GAN Evaluation*, CVPR 2022, [arXiv:2104.11222](https://arxiv.org/abs/2104.11222).
