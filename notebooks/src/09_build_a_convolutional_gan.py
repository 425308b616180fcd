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
#   title: Build a convolutional GAN
#   part: "Part III: better generators"
#   question: How do convolutions generate?
#   learning_minutes: 75
#   picture: pictures/09_build_a_convolutional_gan.png
#   picture_alt: "Two rows of generated digits from each of three pairs: grainy ones, smooth strokes that are often no digit, and smooth digits, many of them easy to read"
#   picture_caption: A dense pair of networks, a convolutional one and a modern residual one, after equally many real images.
# ---

# %% [markdown]
# **You will build** three generators and train them side by side: the dense one of
# notebook 05, a convolutional one in the manner of DCGAN, and a modern one made of
# residual blocks. Then you let one draw portraits in colour, and train on a folder of
# one hundred pictures.
#
# **You will learn** how a convolution runs backwards, where checkerboards come from and
# how to be rid of them, why deep networks begin as no change at all, how a generator
# can jump from one kind of picture to another, and what to do when you have few.
#
# **You need** convolutions as matrices (01), convolutional networks (03), and the step,
# R1 and the averaged generator (05 to 08).

# %% tags=["setup"]
import math
import tempfile
from pathlib import Path

import torch
from torch import nn
from torch.nn import functional as F

from gan_course import augment
from gan_course.checks import build_a_convolutional_gan as check
from gan_course.checks.claims import claim
from gan_course.datasets import load
from gan_course.images import tile, to_float, to_uint8
from gan_course.images.writing import save_image
from gan_course.losses import LOSSES
from gan_course.metrics.classes import class_coverage
from gan_course.metrics.embeddings import KINDS, kinds
from gan_course.metrics.faces import FACTORS, faces, factor_coverage
from gan_course.metrics.features import recognise
from gan_course.metrics.spectrum import spectrum
from gan_course.networks import mlp, residual
from gan_course.networks.initialise import he_initialise
from gan_course.penalties import r1_penalty
from gan_course.plots import bars, image_grid, panels, show
from gan_course.recipes.shipped import shipped_facts, shipped_run
from gan_course.runtime import budget, pick_device, seed_everything
from gan_course.training import Penalty, Trainer, linear_decay

seed = seed_everything(9)
device = pick_device()

# %% [markdown]
# ## 1 · A convolution, backwards
#
# A convolution of stride 2 makes a picture small: each output is a sum of products over
# a window, and windows lie two pixels apart. By notebook 01 it is a product with a
# matrix, $y = T x$. A generator needs the opposite, large from small. The simplest
# thing of the right shape is the transpose,
#
# $$x' = T^\top y.$$
#
# Read $T^\top$ column by column: number $y_i$ is multiplied by a copy of the kernel,
# and this **patch** is laid onto the large picture around place $2i$; where patches
# overlap, they add up. That is a **transposed convolution**. We begin in one dimension,
# with a kernel of $k$ numbers, where pixel $2i - p + a$ gets $y_i$ times the kernel's
# number $a = 0, \dots, k - 1$. The *padding* $p$ cuts off what falls outside, at both
# ends.


# %% tags=["setup"]
def patches_matrix(kernel, small, padding=1):
    """T transposed: 2 · small rows, and in each column a copy of the kernel."""
    matrix = torch.zeros(2 * small, small, dtype=kernel.dtype)
    for i in range(small):
        for a, weight in enumerate(kernel):
            pixel = 2 * i - padding + a
            if 0 <= pixel < 2 * small:
                matrix[pixel, i] += weight
    return matrix


# %%
kernel = torch.tensor([0.5, 2.0, 1.0, -1.0], dtype=torch.float64)
matrix = patches_matrix(kernel, small=6)
row, weights = torch.randn(6, dtype=torch.float64), kernel[None, None]
layer = F.conv_transpose1d(row[None, None], weights, stride=2, padding=1)[0, 0]
error = (matrix @ row - layer).abs().max()
claim("patches added up are PyTorch's layer", error, "<", 1e-12, name="error")

basis = torch.eye(12, dtype=torch.float64)[:, None]
T = F.conv1d(basis, weights, stride=2, padding=1)[:, 0].T
error = (matrix - T.T).abs().max()
claim("their matrix is that of a convolution, transposed", error, "==", 0, name="error")

pixels = torch.randn(1, 1, 12, dtype=torch.float64, requires_grad=True)
F.conv1d(pixels, weights, stride=2, padding=1).backward(row[None, None])
error = (pixels.grad[0, 0] - layer).abs().max()
claim("it is what backward does to a gradient", error, "<", 1e-12, name="error")
off = (matrix @ T - torch.eye(12, dtype=torch.float64)).abs().max()
claim("it does not undo the convolution", off, ">", 1, name="distance")

# %%
figure, axes = panels(1, 3, height=330)
for axis, k in zip(axes[0], (3, 4, 5)):
    shown = patches_matrix(torch.arange(1.0, k + 1), small=6, padding=(k - 1) // 2)
    axis.imshow(shown, cmap="Greys", vmin=-2, vmax=5)
    axis.set(title=f"k = {k}", xlabel="number of the small row", ylabel="pixel")
    axis.set_xticks(range(6))
    axis.set_yticks(range(0, 12, 2))
    axis.grid(visible=False)
show(
    figure,
    alt="Three matrices of 12 rows and 6 columns. In each column a copy of the kernel, "
    "two rows further down than in the column before.",
)

# %% [markdown]
# In each column, look for the kernel, and how far it has slid: two rows. Now read along
# the *rows*. With $k = 4$ each pixel (but those at the ends) is made of two products,
# with $k = 3$ of one and two by turns. Note the third claim, too: when a gradient
# flows *back* through a convolution, it goes through a transposed one. Whatever we find
# out about generators also holds for the gradient that a discriminator with stride 2
# sends them.
#
# A transpose is not an inverse, though papers have called the layer *deconvolution*:
# twelve pixels cannot come back out of six numbers.
#
# ## 2 · Checkerboards
#
# In two dimensions the counts multiply: with $k = 3$ a pixel is the sum of 1, 2 or 4
# products, by its place. Pixels have four kinds of places, (even or odd row) × (even or
# odd column), and we call them the four **phases**.

# %%
ones = torch.ones(1, 1, 8, 8)
counts = {}
for k in (3, 4, 5):
    whole = torch.ones(1, 1, k, k)
    options = {"padding": (k - 1) // 2, "output_padding": k % 2}
    counts[k] = F.conv_transpose2d(ones, whole, stride=2, **options)[0, 0, 4:12, 4:12]

figure, axes = panels(1, 3, height=330)
for axis, (k, count) in zip(axes[0], counts.items()):
    axis.imshow(count, cmap="Greys", vmin=0, vmax=9)
    for y in range(8):
        for x in range(8):
            ink = "white" if count[y, x] > 5 else "black"
            number = f"{count[y, x].int()}"
            axis.text(x, y, number, color=ink, ha="center", va="center")
    axis.set(title=f"k = {k}: products per pixel")
    axis.set_axis_off()
show(
    figure,
    alt="Numbers of products per pixel. For k = 3 a pattern of 1, 2 and 4, for k = 4 "
    "everywhere 4, for k = 5 a pattern of 4, 6 and 9.",
)
uneven = {k: count.max() / count.min() for k, count in counts.items()}
claim("k = 3, the fullest pixel over the emptiest", uneven[3], "==", 4)
claim("k = 4, fullest over emptiest", uneven[4], "==", 1)

# %% [markdown] tags=["exercise"]
# ### Exercise 1 · Where patches meet
#
# Other strides $s$ exist, such as 3 or 4: in section 1's rule, which pixel gets $y_i$
# times number $a$ of the kernel, only the 2 changes. Say for each single pixel, in row
# $y$ and column $x$ of the large picture and far from its border, how many products
# meet there. The kernel has $k × k$ numbers, and the padding is $p$. The three pictures
# above show rows and columns 4 to 11, with $p$ = 1, 1 and 2; use them to try your rule,
# and do not forget kernels that are smaller than the stride.


# %% tags=["stub"]
def products_at(y, x, k, s, p):
    count = ...
    return count


# %% tags=["solution"]
def products_at(y, x, k, s, p):
    rows = sum((y + p - a) % s == 0 for a in range(k))
    columns = sum((x + p - a) % s == 0 for a in range(k))
    return rows * columns


# %% tags=["check"]
check.check_products_at(products_at)

# %% [markdown] tags=["exercise"]
# **Think:** for which $k$ is the overlap even? And what does a generator with $k = 2$,
# $s = 3$ draw?

# %% [markdown] tags=["solution"]
# Of $k$ numbers, every $s$-th reaches a given row: $k / s$ of them, rounded up or down
# by its place. If the stride divides $k$, every pixel gets $(k / s)^2$ products. With
# $k = 2$ and $s = 3$ some get none at all: a grid of lines that show nothing but the
# bias, whatever the latent.

# %% [markdown]
# So take $k = 4$, and all is well? **No.** Lay a *constant* map, all ones, through the
# layer. A pixel gets the sum of those weights that fall on its phase; the four sums
# $s_1, \dots, s_4$ repeat over the whole picture. If they differ, a flat map turns into
# a checkerboard. Its share in the energy of the pixels is
#
# $$c = 1 - \frac{\bigl(\frac14\sum_j s_j\bigr)^2}{\frac14\sum_j s_j^2}.$$
#
# Let the $k^2$ weights be independent with mean 0 and variance $v$, as in a new
# network, and the bias 0. On average the denominator is $\frac{k^2}{4} v$. The mean of
# the four sums is a quarter of the sum of all $k^2$ weights, and its square is on
# average $\frac{k^2}{16}v$. The ratio is ¼ *for every $k$*: three quarters of the
# energy is checkerboard, even overlap or not. (A generator adds up many maps, none of
# them flat; less is left there, but enough to be seen.) Doubling the map by copying
# every pixel and *then* convolving makes the four sums agree: away from the border,
# where zeros are padded, a flat map stays flat.


# %% tags=["setup"]
def doubled_by_patches(inputs, outputs):
    layer = nn.ConvTranspose2d(inputs, outputs, 4, stride=2, padding=1)
    limit = (4 * inputs) ** -0.5  # an output adds up four products for each map
    for values in layer.parameters():
        nn.init.uniform_(values, -limit, limit)
    return layer


def doubled_by_copies(inputs, outputs):
    convolution = nn.Conv2d(inputs, outputs, 3, padding=1)
    return nn.Sequential(nn.Upsample(scale_factor=2), convolution)


def phase_means(images):
    """(N, C, H, W) → (N, C, 4): the mean pixel of each of the four phases."""
    return F.pixel_unshuffle(images, 2).unflatten(1, (-1, 4)).mean(dim=(3, 4))


# %%
flat = torch.ones(1, 1, 8, 8)
shares = {}
for k in (3, 4, 5):
    options = {"padding": (k - 1) // 2, "output_padding": k % 2}
    kernels = torch.randn(1, 20_000, k, k)
    drawn = F.conv_transpose2d(flat, kernels, stride=2, **options)[..., 4:12, 4:12]
    sums = phase_means(drawn)[0]
    shares[k] = 1 - sums.mean(dim=1).square().mean() / sums.square().mean()
error = max(abs(share - 0.75) for share in shares.values())
claim("random weights: three quarters, for each k", error, "<", 0.03, name="error")

copies = doubled_by_copies(1, 20_000)
with torch.no_grad():
    sums = phase_means(copies(flat)[..., 4:12, 4:12])
difference = (sums - sums.mean(dim=-1, keepdim=True)).abs().max()
claim("copies, then a convolution: none", difference, "<", 1e-5, name="difference")

# %% [markdown] tags=["exercise"]
# ### Exercise 2 · Copies are patches that agree
#
# Copying and convolving *is* a transposed convolution with $k = 4$, only with weights
# that agree. In one dimension: `conv1d` with weights $w_0, w_1, w_2$ (padding 1) on a
# row in which every number stands twice. Find the four numbers of the kernel with which
# `patches_matrix` gives the same. Take one number $y_i$ of the small row and ask which
# weights carry it to the pixels $2i - 1$, $2i$, $2i + 1$ and $2i + 2$.


# %% tags=["stub"]
def patch_of_copies(w):
    patch = ...
    return torch.stack(patch)


# %% tags=["solution"]
def patch_of_copies(w):
    patch = [w[2], w[1] + w[2], w[0] + w[1], w[0]]
    return torch.stack(patch)


# %% tags=["check"]
check.check_patch_of_copies(patch_of_copies)

# %% [markdown] tags=["exercise"]
# **Think:** what are the sums of the two phases? And why is the kernel of four faster
# than copying?

# %% [markdown] tags=["solution"]
# Pixels of one kind get `patch[0] + patch[2]`, the others `patch[1] + patch[3]`: both
# are $w_0 + w_1 + w_2$, whatever the weights. In two dimensions 16 products for each
# small number replace $4 · 9 = 36$. The package's generator computes it in this form.

# %% [markdown]
# ### In the spectrum
#
# In a Fourier transform a pattern that repeats after two pixels has a place of its own:
# the frequency of half a cycle per pixel, across, down, or both. The energy of these
# three frequencies is exactly the variance between the four phase means. So the
# **checkerboard share** of pictures, which unlike $c$ leaves the mean out, is the
# variance between phases divided by all variance. In white noise of 28 × 28 pixels it
# is $3 / 783$, about 0.4 %: three of 783 equal frequencies.


# %%
def checkerboard_share(images):
    between = phase_means(images).var(dim=-1, correction=0).mean()
    return (between / images.var(dim=(2, 3), correction=0).mean()).item()


glyphs = load("glyphs").images
digits = to_float(glyphs[:500])
power = torch.fft.fft2(digits - digits.mean(dim=(2, 3), keepdim=True)).abs().square()
three = power[..., [14, 0, 14], [0, 14, 14]].sum() / power.sum()
error = abs(three / checkerboard_share(digits) - 1)
claim("the phases are three frequencies", error, "<", 1e-3, name="error")
share = 783 / 3 * checkerboard_share(torch.randn(500, 1, 28, 28))
error = abs(share - 1)
claim("in white noise they hold what three of 783 do", error, "<", 0.3, name="error")

# %% [markdown]
# ## 3 · The convolutional pair
#
# The generator turns the latent into small maps with a dense layer and doubles them
# twice; a last convolution makes the picture. The first argument says how to double.
# The discriminator goes the other way, with four convolutions of stride 2. All this is
# DCGAN in small: its generator's four stages have become two, the kernels are smaller
# (those of the discriminator have 3 × 3 weights, so its gradient is uneven), and there
# is no batch normalisation (notebook 08: pictures would depend on each other, and R1
# would not be what its formula says).


# %% tags=["setup"]
def new_generator(double, size=28, channels=1, width=32, latent_size=100):
    wide, quarter = 2 * width, size // 4
    generator = nn.Sequential(
        nn.Linear(latent_size, wide * quarter**2), nn.LeakyReLU(0.2),
        nn.Unflatten(1, (wide, quarter, quarter)),
        double(wide, wide), nn.LeakyReLU(0.2),
        double(wide, width), nn.LeakyReLU(0.2),
        nn.Conv2d(width, channels, 3, padding=1), nn.Tanh(),
    )  # fmt: skip
    generator.latent_size = latent_size
    return generator


def new_discriminator(size=28, channels=1, width=16):
    maps = [channels, width, 2 * width, 4 * width, 8 * width]
    layers = []
    for inputs, outputs in zip(maps, maps[1:]):
        layers.append(nn.Conv2d(inputs, outputs, 3, stride=2, padding=1))
        layers.append(nn.LeakyReLU(0.2))
    side = math.ceil(size / 16)
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(maps[-1] * side**2, 1))


# %%
def untrained_shares(double, networks=10):
    latents = torch.randn(50, 100)
    generators = [new_generator(double) for _ in range(networks)]
    with torch.no_grad():
        return sum(checkerboard_share(g(latents)) for g in generators) / networks


by_patches = untrained_shares(doubled_by_patches)
by_copies = untrained_shares(doubled_by_copies)
claim("untrained, by patches: checkerboard", by_patches, ">", 0.03, name="share")
claim("the same by copies", by_copies / by_patches, "<", 0.3, name="times as much")

shown = []
for double in (doubled_by_patches, doubled_by_copies):
    generator = new_generator(double)
    with torch.no_grad():
        pictures = generator(torch.randn(5, 100))
        shown.append((pictures / pictures.std() / 3).clamp(-1, 1))
labels = ["by patches"] * 5 + ["by copies"] * 5
title = "Before any training, with more contrast"
figure = image_grid(torch.cat(shown), columns=5, labels=labels, zoom=5, title=title)
show(
    figure,
    alt="Above, noise with a fine pattern that repeats every two pixels; below, "
    "smoother noise without it.",
)

# %% [markdown]
# Look at single pixels in the upper row: light and dark alternate; how strongly depends
# on the network that was drawn. In the lower row neighbours resemble each other. By
# patches, that the four phases agree must be *learnt*, for each map, from the gradients
# of a discriminator. By copies they agree from the start, but for traces that leaky
# ReLU and the zeros at the border leave.
#
# ## 4 · Blocks that begin as no change
#
# Deeper networks can do more, if a signal survives the way through. A **residual
# block** adds a *change* to its maps instead of replacing them,
#
# $$x \;\mapsto\; x + w_3 * \varphi(w_2 * \varphi(w_1 * x))$$
#
# (biases left out), where $\varphi$ is leaky ReLU, $w_1$ and $w_3$ are 1×1 convolutions
# and $w_2$ is 3×3, on half as many maps. With He's weights in all three, the change has
# nearly twice the variance of its input, $2 / 1.04$, since $w_1$ makes up for a leaky
# ReLU that is not there. So the variance about triples in each block, and after sixteen
# it is millions of times as large. Batch normalisation hides this; we want none. The
# remedy, from *Fixup*, is a change that begins at nothing: $w_3 = 0$, so that the block
# is the identity, and $w_1$, $w_2$ with He's standard deviation times $L^{-1/4}$ in a
# network of $L$ blocks. He's own is $\sqrt{2 / (1.04\,m)}$ for the $m$ products that an
# output adds up (notebook 05; 1.04 is $1 + 0.2^2$).


# %% tags=["setup"]
def drawn(layer, gain):
    products = layer.weight[0].numel()
    nn.init.normal_(layer.weight, std=gain / math.sqrt(products))
    if layer.bias is not None:
        nn.init.zeros_(layer.bias)
    return layer


class Block(nn.Module):
    def __init__(self, maps, total):
        super().__init__()
        inner, gain = maps // 2, math.sqrt(2 / 1.04) * total**-0.25
        self.change = nn.Sequential(
            drawn(nn.Conv2d(maps, inner, 1), gain), nn.LeakyReLU(0.2),
            drawn(nn.Conv2d(inner, inner, 3, padding=1), gain), nn.LeakyReLU(0.2),
            drawn(nn.Conv2d(inner, maps, 1, bias=False), 0.0),
        )  # fmt: skip

    def forward(self, maps):
        return maps + self.change(maps)


# %%
signal = torch.randn(8, 32, 14, 14)
fixup = nn.Sequential(*[Block(32, total=16) for _ in range(16)])
with torch.no_grad():
    change = (fixup(signal) - signal).abs().max()
claim("sixteen blocks begin as no change", change, "==", 0, name="change")

he = nn.Sequential(*[he_initialise(Block(32, total=16)) for _ in range(16)])
with torch.no_grad():
    powers = (he(signal).std() / signal.std()).log10()
claim("with He's weights its deviation grows", powers, ">", 2, name="powers of ten")

fixup(signal).square().mean().backward()
slopes = [p.grad.abs().max() for block in fixup for p in block.change[4].parameters()]
claim("all sixteen learn at the first step", min(slopes), ">", 0, name="slope of w₃")
slopes = [p.grad.abs().max() for block in fixup for p in block.change[:4].parameters()]
claim("but only their last layers", max(slopes), "==", 0, name="slope of w₁ and w₂")

# %% [markdown] tags=["exercise"]
# ### Exercise 3 · Draw a wider block
#
# You build a block of your own, of **four** convolutions: 1×1 to a quarter of the maps,
# 3×3, 3×3, and 1×1 back, in a network of $L$ blocks. Fixup's rule for $n$ layers in a
# block is the factor $L^{-1/(2n - 2)}$, which gave $L^{-1/4}$ for our three. Write
# the standard deviation of the weights of each of the four layers.


# %% tags=["stub"]
def standard_deviations(maps, L):
    quarter = maps // 4
    he = [...]  # He's standard deviation of the first three
    factor = ...
    return [value * factor for value in he] + [...]


# %% tags=["solution"]
def standard_deviations(maps, L):
    quarter = maps // 4
    products = maps, 9 * quarter, 9 * quarter
    he = [math.sqrt(2 / (1.04 * m)) for m in products]
    factor = L ** (-1 / 6)
    return [value * factor for value in he] + [0]


# %% tags=["check"]
check.check_standard_deviations(standard_deviations)

# %% [markdown] tags=["exercise"]
# **Think:** with $w_3 = 0$, $w_1$ and $w_2$ have no gradient. Do they ever learn?

# %% [markdown] tags=["solution"]
# From the second step on: the first one moves $w_3$ away from 0, and then the gradient
# passes through it. Had $w_2$ been 0 as well, no layer of the block would ever have a
# gradient, since each one's is a product with the others' weights or outputs.

# %% [markdown]
# The generator of the package's `residual` pair has two such blocks, after R3GAN, a
# baseline of 2024, and has no normalisation either. Doubling is *bilinear*: a flat map
# stays flat here, too. And before the first maps it has two more **dense layers**, of
# 128 numbers. For latents are one cloud, while of what lies between a 3 and a 7 hardly
# anything is a digit: dense layers can stretch the cloud, so that few latents fall into
# the gap. Tear it they cannot; section 5 returns to that.
#
# Its discriminator is small, two convolutions of stride 2 (4 × 4) and a dense layer,
# which leaves time for many steps. Beside each of its 256 features stands that
# feature's standard deviation over the batch: the *minibatch statistic* of notebook 07,
# here not averaged, by which $D$ sees that pictures repeat themselves. It has its
# price: a logit depends on the whole batch. So real and generated pictures come in
# batches of their own, R1 measures the slope of the *sum* of a batch's logits, and
# several processes cannot simply share a batch.
#
# ## 5 · Three pairs, equally many images
#
# Now let them compete. Loss (non-saturating), R1, batch size, images and their number
# are the same for all three. The first weights are those of the package's recipes, and
# each learning rate is one that suits its pair: 0.001 for the dense one, as in notebook
# 05, and 0.002 for the two others. DCGAN's generator has as many maps at the full size
# as the modern one, 16.


# %%
def trained(generator, discriminator, images, until, rate=2e-3, change=None):
    last = torch.channels_last  # the order of numbers in which convolutions are fastest
    trainer = Trainer(
        generator.to(device, memory_format=last),
        discriminator.to(device, memory_format=last),
        images.to(device),
        loss=LOSSES["non-saturating"],
        penalties={"R1": Penalty(r1_penalty, gamma=2.0, every=8)},
        augment=change or (lambda pictures: pictures),
        batch_size=32,
        learning_rate=rate,
        schedule=linear_decay(until),
        half_life=until / 10,
        seed=seed,
    )
    trainer.train(until=until)
    return trainer


# %%
length = budget(cpu=16_000, gpu=32_000)
dense = trained(
    he_initialise(mlp.Generator(), gain=2.0), he_initialise(mlp.Discriminator()),
    glyphs, length, rate=1e-3,
)  # fmt: skip

# %%
dcgan = trained(
    new_generator(doubled_by_patches, width=16), new_discriminator(),
    glyphs, length,
)  # fmt: skip

# %%
modern = trained(
    residual.Generator(32, size=28, width=16), residual.Discriminator(size=28),
    glyphs, length,
)  # fmt: skip

# %% tags=["main-picture"]
PAIRS = {"dense": dense, "DCGAN": dcgan, "modern": modern}
samples = {name: trainer.sample(2_000).cpu() for name, trainer in PAIRS.items()}
figure, axes = panels(3, 1, height=450)
for axis, (name, pictures) in zip(axes[:, 0], samples.items()):
    rows = tile(to_uint8(pictures[:30]), columns=15)
    axis.imshow(rows.permute(1, 2, 0), interpolation="nearest")
    axis.set(title=f"The {name} pair")
    axis.set_axis_off()
show(
    figure,
    alt="Two rows of pictures from each of three generators. The dense one draws "
    "grainy digits, the DCGAN smooth strokes that are often no digit, the modern one "
    "smooth digits, many of which are easy to read.",
)

# %% [markdown]
# ### What the judge says
#
# Two numbers, never one without the other. The *share recognised* asks whether pictures
# are digits at all. The share of *kinds found* asks for variety: a second network sorts
# glyphs into 90 **kinds**, ten digits in nine families of type faces, and a kind counts
# as found if a generator draws it at least a tenth as often as it is among real glyphs.
# Held-out real glyphs are the ceiling.

# %%
held_out = load("glyphs", count=4_000, split="held-out").images
reality, other = held_out.split(2_000)


def judged(pictures):
    """Share recognised, and the share of kinds found among those."""
    verdict = recognise(pictures)
    readable = pictures[verdict.recognised]
    if not len(readable):
        return verdict.share, 0.0
    drawn_kinds = kinds(to_uint8(readable))
    coverage = class_coverage(drawn_kinds, kinds(reality), KINDS)
    return verdict.share, coverage.found / KINDS


# %%
shares, found = {}, {}
for name, pictures in {**samples, "real": to_float(other)}.items():
    shares[name], found[name] = judged(pictures)
title = "Share recognised, and share of the 90 kinds found"
both = {"recognised": list(shares.values()), "kinds found": list(found.values())}
show(
    bars(both, list(shares), ylabel="share", title=title),
    alt="Two bars for each of dense, DCGAN, modern and real: both are near 1 for real "
    "ones, and the modern generator comes nearest.",
)
claim("real digits are recognised", shares["real"], ">", 0.95, name="share")
claim("and nearly all kinds found", found["real"], ">", 0.8, name="share")
gain = shares["modern"] - shares["dense"]
claim("modern draws more readable digits than dense", gain, ">", 0.15, name="more")
gain = shares["modern"] - shares["DCGAN"]
claim("and more than DCGAN", gain, ">", 0.1, name="more")
few = sum(p.numel() for p in modern.generator.parameters())
many = sum(p.numel() for p in dense.generator.parameters())
claim("with fewer weights than the dense generator", many / few, ">", 3, name="times")

# %%
figure, ((axis,),) = panels(height=360)
grain = {}
for name, pictures in {"real": to_float(reality), **samples}.items():
    lines = spectrum(pictures)
    grain[name] = lines.share_above(0.35)
    axis.plot(lines.frequencies[1:], lines.power[1:], label=name)
axis.set(title="The power spectrum", yscale="log", ylabel="power")
axis.set(xlabel="cycles per pixel; 0.5: lines dark and bright; 0.71: a checkerboard")
axis.legend()
show(
    figure,
    alt="Four falling curves, three of which turn up a little at the end. Right, the "
    "dense generator's is highest; the two others lie above that of real glyphs.",
)
ratio = grain["DCGAN"] / grain["dense"]
claim(
    "DCGAN against dense, variance at high frequencies", ratio, "<", 0.6, name="times"
)
ratio = grain["modern"] / grain["dense"]
claim("modern against dense, the same", ratio, "<", 0.6, name="times")
ratio = checkerboard_share(samples["DCGAN"]) / checkerboard_share(to_float(reality))
claim("DCGAN's phases agree by now", ratio, "<", 3, name="times the real checkerboard")

# %% [markdown]
# Two surprises. The judge reads about as few of the dense pair's digits as of DCGAN's,
# though they fail differently: grain here, wrong strokes there. The spectrum tells
# these apart. Read it from left to right: strokes and shapes lie at low frequencies,
# edges in the middle, grain on the right, beyond 0.35 cycles per pixel. A dense
# generator has a row of weights of its own for every pixel, and nothing in its
# structure says that neighbours belong together: it leaves grain.
#
# And DCGAN's checkerboard is small by now: in training the phases of its pictures have
# come to agree. (Fewer readable pictures find fewer kinds, and so would as few real
# ones: an orange bar beside a low blue one cannot be held against 1.)
#
# **What if** the dense pair trained for longer? Notebook 05 brought it to about one
# half, and in 480,000 images to three quarters. And why is the modern pair so far
# ahead? Not just because it convolves, for DCGAN does, too. The two differ in blocks,
# doubling, dense layers, first weights, latents and discriminator, and our comparison
# cannot say which of them counts. Whoever wants to know changes one at a time.
#
# ### Codes, and the rehearsed run
#
# Nor is the modern pair at its end. But one thing no training mends: its generator is
# *continuous*. On a walk from the latent of a 3 to that of a 7 the picture changes
# without a jump, through what is neither, and some latents lie there, however few. A
# **code** jumps. Of a group of 16 latents only the place of the largest one counts: the
# group becomes 4 there and 0 elsewhere, which keeps the mean square of its numbers at
# 1. No label says what a code is to mean.


# %% tags=["setup"]
def with_codes(latents, count):
    groups, rest = latents.tensor_split([16 * count], dim=1)
    largest = groups.unflatten(1, (count, 16)).argmax(dim=2)
    return torch.cat([4 * F.one_hot(largest, 16).flatten(1), rest], dim=1)


# %% [markdown]
# The generator that comes with the course has two codes, that is 256 choices, and
# behind them 32 latents like ours. It was trained for longer, from five seeds, and the
# run with the median share recognised is stored (`runs/publish_generators.py` chooses
# it). The next cell only loads it and shows its *first* sixty pictures. So more has
# changed than codes: time, and with the recipe the batches, 64 images instead of 32.
# What do these do alone? Without codes, the same recipe came to 95.2 % recognised
# (median of five) after twice as many images as this run; `data/README.md` has all
# numbers.


# %%
def training_of(name):
    facts = shipped_facts()[name]
    where = f"{facts['threads']} thread{'s' * (facts['threads'] > 1)}"
    seen = f"{facts['images_seen']:,} images, {facts['seconds']:.0f} s"
    return f"{seen} on {where} ({facts['processor']})"


rehearsed = shipped_run("glyphs")
samples["rehearsed"] = rehearsed.sample(2_000)
title = f"After {training_of('glyphs')}"
figure = image_grid(samples["rehearsed"][:60], columns=15, zoom=2, title=title)
show(figure, alt="Sixty generated digits, nearly all of them easy to read.")

shares["rehearsed"], found["rehearsed"] = judged(samples["rehearsed"])
order = ["dense", "DCGAN", "modern", "rehearsed", "real"]
both = {"recognised": [shares[name] for name in order]}
both["kinds found"] = [found[name] for name in order]
show(
    bars(both, order, ylabel="share", title="The same two shares, with the longer run"),
    alt="The two bars of each live generator, of the rehearsed one and of real digits; "
    "those of the rehearsed one are nearly as high as those of real digits.",
)
share = shares["rehearsed"]
claim(
    "with codes and for longer, nearly all can be read", share, ">", 0.95, name="share"
)
claim("of nearly all kinds", found["rehearsed"], ">", 0.9, name="share of 90")

# %% [markdown]
# What has the generator made of its codes? In each row below, the first code takes its
# sixteen values while all other numbers stay the same; the rows differ in the second
# code. The last row is the first one again, with a first code halfway from each choice
# to the next, as long as a code but none that training ever made.

# %%
to_codes, draw = rehearsed.generator.layers[0], rehearsed.generator.layers[1:]
latents = torch.randn(1_000, 64)
numbers = with_codes(latents, 2)
error = (numbers - to_codes(latents)).abs().max()
claim("our codes are the package's", error, "==", 0, name="error")

between = numbers.clone()
between[:, :16] += numbers[:, :16].roll(1, dims=1)
between[:, :16] /= math.sqrt(2)
with torch.no_grad():
    clear, blended = recognise(draw(numbers)), recognise(draw(between))
less = blended.share / clear.share
claim("halfway between two choices, fewer digits", less, "<", 0.8, name="times")
pairs = 10 * numbers[:, :16].argmax(dim=1) + clear.labels
usual = pairs.bincount(minlength=160).view(16, 10).amax(dim=1).sum() / 1_000
claim("pictures with their choice's usual digit", usual, ">", 0.6, name="share")

choices = 4 * torch.eye(16)
halves = (choices + choices.roll(1, dims=1)) / math.sqrt(2)
rows = [(choices, second) for second in choices[:4]] + [(halves, choices[0])]
free = numbers[0, 32:].expand(16, 32)
grid = [torch.cat([one, two.expand(16, 16), free], dim=1) for one, two in rows]
with torch.no_grad():
    figure = image_grid(draw(torch.cat(grid)), columns=16, zoom=2)
show(
    figure,
    alt="Four rows of sixteen digits, in most columns the same digit in other type "
    "faces. In a fifth row below, about half are smudged or no digit.",
)

# %% [markdown]
# Nobody asked for it, but the first code mostly says which digit, while the second is
# felt in the type face; not cleanly, for in some columns the digit changes. Halfway
# between two choices, many pictures are no digit. A generator without codes has to draw
# such pictures; with codes it *may* jump past them, from choice to choice. Within one
# choice it is as continuous as before.

# %% [markdown]
# ## 6 · Portraits in colour
#
# Colour itself changes two numbers: the generator's last layer makes three channels,
# and the discriminator's first one reads three. Portraits of 32 × 32 pixels are drawn
# by the course, so nobody had to consent.

# %%
portraits = load("portraits", count=4_000).images
painter = trained(
    residual.Generator(64, size=32, channels=3, width=16),
    residual.Discriminator(size=32, channels=3),
    portraits, budget(cpu=9_600, gpu=12_800),
)  # fmt: skip
painted = painter.sample(1_000).cpu()
both = torch.cat([to_float(portraits[:12]), painted[:24]])
figure = image_grid(both, columns=12, zoom=2, title="Above: real; below: generated")
show(
    figure,
    alt="A row of cartoon faces and below two rows of generated ones: heads, hair and "
    "shirts in many colours, with eyes and mouths blurred or in the wrong place.",
)

# %% [markdown]
# Heads, hair and shirts stand where they should; look at eyes and mouths to see that
# many of these are no faces yet. A network of the package says it in numbers. It was
# trained to tell portraits from blurs, blends and patchworks of them, and to name the
# eleven **factors** that a portrait is drawn from, such as skin, hair, glasses and
# background. The rehearsed run has more maps, images and time, a residual block at the
# full size too, where eyes are drawn, and beside R1 the penalty R2, on generated
# pictures (notebook 06). It has no codes.

# %%
longer = shipped_run("portraits").sample(1_000)
title = f"Above: real. Below: after {training_of('portraits')}"
both = torch.cat([to_float(portraits[:9]), longer[:18]])
figure = image_grid(both, columns=9, zoom=3, title=title)
show(
    figure,
    alt="A row of cartoon faces and below two rows of generated ones, most of which "
    "are faces with eyes and a mouth, softer than the real ones.",
)

real_faces = faces(load("portraits", count=1_000, split="held-out").images)
live, ahead = faces(to_uint8(painted)), faces(to_uint8(longer))
claim("real portraits are faces", real_faces.share, ">", 0.95, name="share")
claim("the rehearsed run draws faces", ahead.share, ">", 0.5, name="share")
less = live.share / ahead.share
claim("our short one fewer", less, "<", 0.7, name="times")
clear = {name: said[ahead.recognised] for name, said in ahead.labels.items()}
coverage = factor_coverage(clear, real_faces.labels).values()
known = sum(factor.found for factor in coverage) / sum(FACTORS.values())
claim("with most values of the factors", known, ">", 0.8, name="share found")

# %% [markdown]
# ## 7 · Your own folder, one hundred pictures
#
# Finally the case that you will meet: a folder, and few pictures in it. We write one
# hundred glyphs of a single digit to disk and read them back as a stranger would, with
# notebook 02's cleaning. It will drop one of the hundred files, a near copy of another.
#
# A discriminator with so few pictures soon knows them by heart: it rates *new* pictures
# of the same kind, though these are as good, like generated ones. How far that has
# gone is told by its mean logits for known, for new and for generated pictures (Karras
# and others, 2020):
#
# $$r = \frac{\bar D_\text{known} - \bar D_\text{new}}
# {\bar D_\text{known} - \bar D_\text{generated}}$$
#
# With 0, new pictures pass for what they are; with 1, $D$ takes them for generated.
#
# The remedy is *differentiable augmentation*: $D$ hardly sees a picture as it is, but
# shifted or cut at random, **real and generated ones alike**, and $G$'s gradient flows
# through the change. To vary only the real ones would teach $G$ to draw shifted
# pictures.

# %%
everything = load("glyphs", count=12_000)
eights = everything.images[everything.labels == 8]
place = Path(tempfile.mkdtemp())
for number, picture in enumerate(eights[:100]):
    save_image(picture, place / f"{number:03}.png")
mine = load("folder", path=place, size=28, channels=1).images
unseen = eights[100:200]


def vary(pictures):
    pictures = augment.translate(pictures, 0.125, fill=-1.0)
    return augment.cutout(pictures, 0.3, fill=-1.0)


def mean_logits(trainer):
    """What D says of known, new and generated pictures, as they are."""
    batches = to_float(mine), to_float(unseen), trainer.sample(100)
    with torch.no_grad():
        logits = [trainer.discriminator(each.to(device)) for each in batches]
    return [each.mean().item() for each in logits]


# %%
shortly = budget(cpu=6_400, gpu=12_800)
runs = {}
for name, change in {"as they are": None, "augmented": vary}.items():
    generator = residual.Generator(32, size=28, width=16)
    judge = residual.Discriminator(size=28)
    runs[name] = trained(generator, judge, mine, shortly, change=change)
figure, axes = panels(2, 1, height=310)
for axis, (name, trainer) in zip(axes[:, 0], runs.items()):
    rows = tile(to_uint8(trainer.sample(30).cpu()), columns=15)
    axis.imshow(rows.permute(1, 2, 0), interpolation="nearest")
    axis.set(title=f"G's pictures, when D sees them {name}")
    axis.set_axis_off()
show(figure, alt="Two rows of generated eights without, and two with augmentation.")

said = {name: mean_logits(trainer) for name, trainer in runs.items()}
title = "D's mean logit"
show(
    bars(said, ["known", "new", "generated"], ylabel="logit", title=title, height=260),
    alt="Without augmentation the bar of known pictures points up, those of new and of "
    "generated ones down. With it, known and new have nearly the same short bar.",
)
known, new, made = said["as they are"]
r = (known - new) / (known - made)
claim("without it D takes new pictures for generated", r, ">", 0.5, name="r")
seen, unknown, _ = said["augmented"]
part = abs(seen - unknown) / (known - new)
claim("with it, known and new ones are close", part, "<", 0.25, name="part of the gap")

# %% [markdown]
# Both generators draw eights, and thirty pictures are too few to say which ones are
# better. What we can measure is $D$. Without augmentation, new eights get nearly what
# generated ones get: its gradient no longer says "be an eight" but "be one of these".
# With augmentation it tells known from new hardly at all. (Its $r$ divides by a small
# gap and so owes more to chance; we compare the gaps. And since $D$ sees the spread of
# a batch, too, each kind comes as a batch of its own, as in training.)

# %% [markdown] tags=["exercise"]
# ### Exercise 4 · A step that varies
#
# Write the three batches of logits of a step with augmentation: what $D$ says of real
# and of generated pictures in its own half, and of generated ones in $G$'s half. Mind
# section 7 (who is varied?), and notebook 05 (where does the gradient stop?). `change`
# draws anew in each call: call it once for each batch of logits.


# %% tags=["stub"]
def three_logits(generator, discriminator, real, latents, change):
    fake = generator(latents)
    real_logits = ...
    fake_logits = ...
    fooling_logits = ...
    return real_logits, fake_logits, fooling_logits


# %% tags=["solution"]
def three_logits(generator, discriminator, real, latents, change):
    fake = generator(latents)
    real_logits = discriminator(change(real))
    fake_logits = discriminator(change(fake.detach()))
    fooling_logits = discriminator(change(fake))
    return real_logits, fake_logits, fooling_logits


# %% tags=["check"]
check.check_three_logits(three_logits)

# %% [markdown] tags=["exercise"]
# **Think:** you augment with colours turned into their negatives, half of the time.
# What will $G$ draw?

# %% [markdown] tags=["solution"]
# Negatives too: a picture and its negative look the same to $D$ after such a change, so
# nothing tells $G$ which one is wanted. A change must leave a trace of what was
# changed: one that is made *less than half* of the time, or, like our shifts, one after
# which the original still differs in distribution from its variations.

# %% [markdown]
# ## Recap
#
# - A transposed convolution lays patches down and adds them up; it is the transpose of
#   a convolution of stride 2, and what `backward` does to gradients.
# - Checkerboards come from four phases with weights of their own. Even overlap evens
#   out the counts, not the weights: training must make these agree. Doubling first and
#   convolving then keeps a flat map flat by construction.
# - Residual blocks that begin as no change keep a signal at its size, without
#   normalisation.
# - A continuous generator cannot jump from kind to kind; codes allow it to.
# - After equally many images, both convolutional generators leave less grain than the
#   dense one. The modern one draws by far the most readable digits, with less than
#   a third of the dense one's weights.
# - With few pictures, vary what $D$ sees, real and generated alike.
#
# ## In practice
#
# Begin with a small pair that doubles by copies or bilinearly, R1, and an averaged
# generator. Judge it by two numbers, quality and variety, and by your eyes: grain and
# checkerboards hardly lower a judge's share. Before you train for long, look at the
# checkerboard share, too. With a few hundred
# pictures, augment from the start, and keep a few aside, to see whether $D$ still rates
# them like those that it has seen.
#
# ## Further reading
#
# - A. Radford, L. Metz and S. Chintala, *Unsupervised Representation Learning with Deep
#   Convolutional Generative Adversarial Networks*, 2015,
#   [arXiv:1511.06434](https://arxiv.org/abs/1511.06434): DCGAN.
# - A. Odena, V. Dumoulin and C. Olah, *Deconvolution and Checkerboard Artifacts*, 2016,
#   [distill.pub](https://distill.pub/2016/deconv-checkerboard).
# - M. Khayatkhoei, A. Elgammal and M. Singh, *Disconnected Manifold Learning for
#   Generative Adversarial Networks*, 2018,
#   [arXiv:1806.00880](https://arxiv.org/abs/1806.00880), on gaps between kinds.
# - H. Zhang, Y. Dauphin and T. Ma, *Fixup Initialization*, 2019,
#   [arXiv:1901.09321](https://arxiv.org/abs/1901.09321).
# - Y. Huang and others, *The GAN is dead; long live the GAN! A Modern Baseline GAN*,
#   2024, [arXiv:2501.05441](https://arxiv.org/abs/2501.05441): R3GAN.
# - S. Zhao and others, *Differentiable Augmentation for Data-Efficient GAN Training*,
#   2020, [arXiv:2006.10738](https://arxiv.org/abs/2006.10738).
# - T. Karras and others, *Training Generative Adversarial Networks with Limited Data*,
#   2020, [arXiv:2006.06676](https://arxiv.org/abs/2006.06676): the ratio $r$, and how
#   strongly to augment.
