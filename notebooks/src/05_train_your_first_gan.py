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
#   title: Train your first GAN
#   part: "Part II: the adversarial game"
#   question: How do I train one?
#   learning_minutes: 75
#   picture: pictures/05_train_your_first_gan.png
#   picture_alt: One hundred generated digits in ten rows, most of them readable, in many type faces
#   picture_caption: Nobody drew these digits. A network invented them, after minutes of training on an ordinary processor.
# ---

# %% [markdown]
# **You will build** a generative adversarial network (GAN) from two small networks
# and a loop that fits on one page, and train it until readable digits grow out of
# noise.
#
# **You will learn** what each line of that loop is for, how to write a loss that
# survives any logit, how to tell whether the pictures are any good, and why a falling
# loss does not tell you.
#
# **You need** Python, matrix products and derivatives, and six words of deep learning.
# A network's *weights* are the numbers that it learns. Its *loss* says how badly it did
# on a *batch*, the few pictures of one step. The *gradient* holds the derivative of
# the loss by each weight, and an *optimiser* moves every weight a little against it:
# how far, the *learning rate* says. All else is explained where it first appears.

# %% tags=["setup"]
import copy
import math
import tempfile
from pathlib import Path
from types import SimpleNamespace

import torch
from safetensors.torch import load_file, save_file
from torch import nn
from torch.nn.functional import softplus

from gan_course.checks import first_gan as check
from gan_course.checks.claims import claim
from gan_course.datasets import load
from gan_course.files import data_folder
from gan_course.images import to_float
from gan_course.metrics.features import recognise
from gan_course.plots import bars, image_grid, panels, show
from gan_course.runtime import budget, pick_device, seed_everything
from gan_course.widgets.live import LiveTraining

seed_everything(5)
device = pick_device()

# %% [markdown]
# ## 1 · Two networks, one game
#
# A GAN is two networks that train each other.
#
# - The **generator** $G$ turns a *latent* $z$, a list of random numbers, into a
#   picture $G(z)$. Another latent gives another picture.
# - The **discriminator** $D$ looks at a picture $x$, real or generated, and answers
#   with one number, a *logit* $\ell$. Its sigmoid $\sigma(\ell) = 1 / (1 + e^{-\ell})$
#   is $D$'s probability that the picture is real: logit 0 says "half and half",
#   logit 3 says 95 %.
#
# $D$ is trained to tell the two kinds apart. $G$ is trained to be taken for real. No
# one ever tells $G$ what a digit looks like: all that it knows comes through the
# gradient of $D$.
#
# To tell right from wrong we grade each answer with the *cross-entropy*: the price of
# giving probability $p$ to what turned out to be true is $-\log p$, which is 0 for
# $p = 1$ and grows without limit as $p$ goes to 0. For the discriminator, real
# pictures are truly real and generated ones are truly not:
#
# $$L_D = -\operatorname{mean}\,\log \sigma(\ell_{\text{real}})
#         -\operatorname{mean}\,\log\bigl(1 - \sigma(\ell_{\text{fake}})\bigr),
# \qquad
# L_G = -\operatorname{mean}\,\log \sigma(\ell_{\text{fake}}).$$
#
# The generator's loss asks that generated pictures be called real. (It could also ask
# for more of $-\log(1 - \sigma(\ell_{\text{fake}}))$, the price that $D$ pays for them.
# But that price is flat, *saturated*, just where $D$ is sure and $G$ has most to
# learn; hence the name of our version, *non-saturating*.)

# %% [markdown]
# ### The loss in numbers that survive
#
# A sigmoid followed by a logarithm breaks: in 32-bit numbers $\sigma(-200)$ is exactly
# 0, its logarithm is minus infinity, and one such picture ruins the whole training.
# Write the logarithm out and the trouble is gone:
#
# $$-\log\sigma(\ell) = \log(1 + e^{-\ell}) = \operatorname{softplus}(-\ell),
# \qquad -\log(1 - \sigma(\ell)) = \operatorname{softplus}(\ell).$$
#
# PyTorch's `softplus` returns $\ell$ itself as soon as the 1 no longer counts, so
# $e^{\ell}$ never overflows. This is why our discriminator ends in a logit and not in a
# sigmoid.


# %% tags=["setup"]
def discriminator_loss(real_logits, fake_logits):
    return softplus(-real_logits).mean() + softplus(fake_logits).mean()


def generator_loss(fake_logits):
    return softplus(-fake_logits).mean()


# %% [markdown]
# One more number to remember. A discriminator that cannot tell real from generated
# answers logit 0 everywhere, so $L_D = 2 \log 2 \approx 1.386$ and
# $L_G = \log 2 \approx 0.693$. Below, each `claim` computes such a statement and prints a
# tick if it holds.

# %%
logits = torch.linspace(-200, 200, 401)
naive = -torch.log(torch.sigmoid(logits))
safe = softplus(-logits)
moderate = logits.abs() < 15
error = (naive - safe)[moderate].abs().max()
claim("both forms agree at moderate logits", error, "<", 1e-4, name="error")
claim("the naive form reaches infinity", naive.max(), "==", math.inf, name="price")
claim("the safe form stays finite", safe.max(), "<=", 200, name="price")

undecided = torch.zeros(8, 1)
error = abs(discriminator_loss(undecided, undecided) - 2 * math.log(2))
claim("an undecided discriminator costs 2 log 2", error, "<", 1e-6, name="error")

# %% [markdown] tags=["exercise"]
# ### Exercise 1 · A discriminator that doubts
#
# A discriminator is never satisfied: a logit of 20 on a real picture is still cheaper
# than one of 10, so the logits grow and grow. A common brake is *one-sided label
# smoothing*. A real picture gets the target $t = 0.9$ instead of 1: it costs $t$ times
# the price of calling it real plus $1 - t$ times the price of calling it generated.
# A generated picture keeps its target 0.
#
# Fill in what the real pictures cost. (The notebook itself trains without smoothing.)


# %% tags=["stub"]
def smoothed_loss(real_logits, fake_logits, target=0.9):
    on_real = ...
    on_fake = softplus(fake_logits).mean()
    return on_real + on_fake


# %% tags=["solution"]
def smoothed_loss(real_logits, fake_logits, target=0.9):
    real = target * softplus(-real_logits) + (1 - target) * softplus(real_logits)
    on_real = real.mean()
    on_fake = softplus(fake_logits).mean()
    return on_real + on_fake


# %% tags=["check"]
check.check_smoothed_loss(smoothed_loss)

# %% [markdown] tags=["exercise"]
# **Think:** at which logit is a real picture cheapest now? What happens to $D$'s answer
# on a picture that could not be more real?

# %% [markdown] tags=["solution"]
# The slope of $t\,\operatorname{softplus}(-\ell) + (1-t)\,\operatorname{softplus}(\ell)$
# is $\sigma(\ell) - t$, which is 0 at $\ell = \log\frac{t}{1-t}$: for $t = 0.9$ at
# $\log 9 \approx 2.2$. Beyond it more confidence costs more, so $D$ stops at a
# probability of 0.9, however real the picture, and its logits stay small.

# %% [markdown]
# ## 2 · A toy first: learn two numbers
#
# Before pictures, a world where the right answer is known. The "real images" are single
# numbers, drawn from a normal distribution with mean 2 and standard deviation ½. The
# generator is $G(z) = a z + b$ with $z$ standard normal, so it succeeds exactly when
# $b = 2$ and $|a| = ½$. Then nothing tells its numbers from real ones, and the best
# discriminator answers ½ everywhere.
#
# Here is one step of training, the heart of every GAN in this course. Read it slowly.
# `gan` holds the two networks and an optimiser for each; it is put together below.


# %% tags=["setup"]
def step(gan, real):
    latents = torch.randn(len(real), gan.latent_size, device=real.device)
    fake = gan.generator(latents)

    real_logits, fake_logits = gan.discriminator(real), gan.discriminator(fake.detach())
    d_loss = discriminator_loss(real_logits, fake_logits)
    gan.d_optimiser.zero_grad()
    d_loss.backward()
    gan.d_optimiser.step()

    g_loss = generator_loss(gan.discriminator(fake))
    gan.g_optimiser.zero_grad()
    g_loss.backward()
    gan.g_optimiser.step()
    return {"discriminator": d_loss.detach(), "generator": g_loss.detach()}


# %% [markdown]
# Two halves, the same four moves each: compute the loss, clear the old gradients,
# `backward()` fills in the new ones, `step()` moves the weights.
#
# - `fake.detach()` hands $D$ the pictures *without their history*. The first
#   `backward()` stops there: $D$ learns, $G$ is left alone.
# - In the second half nothing is detached. The gradient flows through $D$ **into** $G$,
#   and only `g_optimiser` moves. $D$ collects gradients on the way; the next
#   `d_optimiser.zero_grad()` throws them away.

# %% [markdown]
# Around the step goes the loop. It counts *images seen*, the real pictures shown to
# $D$, because that number means the same whatever the batch size. The learning rate
# falls in a straight line to 0, so that the two players end in small steps. And it
# keeps a second, quieter generator, an *exponential moving average* of the weights:
# the game never stands still, and the average of many generators is steadier than the
# last one. Two lines do it, the `for` and the `lerp_` below it.


# %% tags=["setup"]
def train(gan, data, until, live=None):
    while gan.images_seen < until:
        for optimiser in (gan.g_optimiser, gan.d_optimiser):
            left = 1 - gan.images_seen / gan.total
            optimiser.param_groups[0]["lr"] = gan.learning_rate * left
        real = data[torch.randint(len(data), (gan.batch,), device=data.device)]
        losses = step(gan, real)

        decay = 0.5 ** (gan.batch / gan.half_life)
        for kept, current in zip(gan.average.parameters(), gan.generator.parameters()):
            kept.data.lerp_(current.data, 1 - decay)

        gan.images_seen += gan.batch
        if live:
            live.update(gan.images_seen, losses, lambda: gan.average(gan.fixed_latents))


# %% [markdown]
# `lerp_` moves `kept` by the share `1 - decay` of the way towards `current`. We choose
# `decay` by its *half-life*: after that many images, old weights count half. A step
# shows `batch` images, so a step's decay is $½^{\text{batch}/\text{half-life}}$.
#
# What belongs together is kept together: two networks, their average, two optimisers
# and the plan. The optimiser is Adam, which adapts the step of each weight to the
# size of its gradients, averaged over the last hundred steps or so (0.99). It can also
# average their direction; we switch that off (0.0), because the opponent moves and
# yesterday's direction is soon wrong. `fused=True` only makes it faster.


# %% tags=["setup"]
def new_gan(generator, discriminator, latent_size, **plan):
    def adam(network):
        return torch.optim.Adam(network.parameters(), betas=(0.0, 0.99), fused=True)

    return SimpleNamespace(
        generator=generator,
        discriminator=discriminator,
        average=copy.deepcopy(generator).requires_grad_(False),
        g_optimiser=adam(generator),
        d_optimiser=adam(discriminator),
        latent_size=latent_size,
        images_seen=0,
        **plan,
    )


# %%
numbers = 2 + 0.5 * torch.randn(12_000, 1)
toy_discriminator = nn.Sequential(
    nn.Linear(1, 32), nn.LeakyReLU(0.2), nn.Linear(32, 32), nn.LeakyReLU(0.2),
    nn.Linear(32, 1),
)  # fmt: skip
toy = new_gan(
    nn.Linear(1, 1), toy_discriminator, latent_size=1,
    learning_rate=0.02, batch=128, half_life=12_800, total=192_000,
)  # fmt: skip
with torch.no_grad():
    before = toy.generator(torch.randn(5000, 1))
train(toy, numbers, until=toy.total)

# %%
with torch.no_grad():
    after = toy.average(torch.randn(5000, 1))
    positions = torch.linspace(0.5, 3.5, 121).unsqueeze(1)
    probability = torch.sigmoid(toy.discriminator(positions))

figure, ((left, right),) = panels(1, 2, height=320)
bins = torch.linspace(-3, 5, 81).tolist()
named = {"real": numbers[:5000], "before": before, "after": after}
for name, values in named.items():
    left.hist(values.flatten().tolist(), bins, histtype="step", lw=2, label=name)
left.set(title="Numbers, 5,000 of each kind", xlabel="value", ylabel="how many")
left.legend()
right.plot(positions, probability)
right.set(title="The discriminator at the end", xlabel="value", ylim=(0, 1))
right.set(ylabel="probability of being real")
show(
    figure,
    alt="Left, the histogram of generated numbers covers the real one after "
    "training, not before. Right, the discriminator's answer is flat near one half.",
)

mean, spread = toy.average.bias.item(), toy.average.weight.abs().item()
distance = (probability - 0.5).abs().max()
claim("the generator found the mean 2", abs(mean - 2), "<", 0.1, name="error")
claim("it found the standard deviation ½", abs(spread - 0.5), "<", 0.1, name="error")
claim("the discriminator cannot tell", distance, "<", 0.05, name="distance from ½")

# %% [markdown]
# On the left, look at the two outlines that lie on each other: the generated numbers
# *after* training and the real ones; those from *before* spread around 0. On the right,
# look at the height: ½ wherever numbers occur. That is logit 0, so **$L_D$ is 1.386, far
# from 0, when both players are at their best**. In this game nobody's loss goes to zero
# when all goes well.

# %% [markdown] tags=["exercise"]
# ### Exercise 2 · Who learns?
#
# The first half of `step` must leave gradients in the discriminator and none in the
# generator. Write it without optimisers: make pictures from the latents, and give the
# discriminator what it needs so that the gradient stops where it should.


# %% tags=["stub"]
def discriminator_gradients(generator, discriminator, real, latents):
    fake = ...
    loss = discriminator_loss(discriminator(real), discriminator(...))
    loss.backward()
    return loss


# %% tags=["solution"]
def discriminator_gradients(generator, discriminator, real, latents):
    fake = generator(latents)
    loss = discriminator_loss(discriminator(real), discriminator(fake.detach()))
    loss.backward()
    return loss


# %% tags=["check"]
check.check_discriminator_gradients(discriminator_gradients)

# %% [markdown] tags=["exercise"]
# **Think:** delete `.detach()` in `step`, and PyTorch stops: the first `backward()` has
# used up the record of how `fake` was made. With `d_loss.backward(retain_graph=True)` it
# runs, and trains just as well. Which line makes that so, and what is wasted?

# %% [markdown] tags=["solution"]
# `gan.g_optimiser.zero_grad()` throws away whatever the first half left in $G$, before
# the second half computes its own gradients. Wasted is the work of carrying the first
# gradient all the way back through $G$. Leave out the clearing as well, and the gradient
# of $L_D$ is added to that of $L_G$: the one asks $G$ to be caught, the other not to be.

# %% [markdown]
# ## 3 · The pictures
#
# Now digits: 12,000 grey pictures of 28 × 28 pixels in twenty type faces, each slanted,
# thickened, scaled and shifted at random. They come with the course. Look for the
# digits that differ most although they mean the same: the generator must learn both.

# %%
glyphs = load("glyphs")
data = to_float(glyphs.images).to(device)
grid = image_grid(glyphs.images[:60], columns=15, title="Sixty of the 12,000 digits")
show(grid, alt="Sixty white digits on black, in many type faces, slants and weights.")

claim("black is -1", data.min(), "==", -1)
claim("white is +1", data.max(), "==", 1)

# %% [markdown]
# `to_float` maps the grey levels 0 … 255 to −1 … +1, and not by chance: the generator
# will end in tanh, whose values lie between −1 and +1. If the real pictures had another
# range, $D$ could tell them by that alone.

# %% [markdown]
# ## 4 · The classic pair
#
# The networks are those of countless first GANs. A *dense layer* from $m$ to $n$ numbers
# multiplies by an $n × m$ matrix of weights and adds $n$ more, the *biases*: each of its
# outputs has $m + 1$ parameters of its own. Between two layers stands a *leaky ReLU*,
# which passes positive numbers on and multiplies negative ones by 0.2.
# A plain ReLU passes no gradient where its input is negative; a leaky one always passes
# some, and $G$ lives on the gradient that comes through $D$.


# %%
class Generator(nn.Module):
    def __init__(self, latent_size=100):
        super().__init__()
        self.latent_size = latent_size
        self.layers = nn.Sequential(
            nn.Linear(latent_size, 256),
            nn.LeakyReLU(0.2),
            nn.Linear(256, 512),
            nn.LeakyReLU(0.2),
            nn.Linear(512, 1024),
            nn.LeakyReLU(0.2),
            nn.Linear(1024, 28 * 28),
            nn.Tanh(),
        )

    def forward(self, latents):
        return self.layers(latents).view(-1, 1, 28, 28)


# %%
class Discriminator(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Flatten(),
            nn.Linear(28 * 28, 1024),
            nn.LeakyReLU(0.2),
            nn.Linear(1024, 512),
            nn.LeakyReLU(0.2),
            nn.Linear(512, 1),
        )

    def forward(self, images):
        return self.layers(images)


generator, discriminator = Generator().to(device), Discriminator().to(device)
sizes = {
    network: sum(p.numel() for p in network.parameters())
    for network in (generator, discriminator)
}
claim("parameters of the generator", sizes[generator], "==", 1_486_352)
claim("parameters of the discriminator", sizes[discriminator], "==", 1_329_153)

# %% [markdown] tags=["exercise"]
# ### Exercise 3 · Where do 1,486,352 parameters live?
#
# Before you train a network you should know how large it is without asking it. Count
# the weights and biases of a chain of dense layers from the list of its sizes.


# %% tags=["stub"]
def count_parameters(sizes):
    total = 0
    for inputs, outputs in zip(sizes, sizes[1:]):
        total += ...
    return total


# %% tags=["solution"]
def count_parameters(sizes):
    total = 0
    for inputs, outputs in zip(sizes, sizes[1:]):
        total += (inputs + 1) * outputs
    return total


# %% tags=["check"]
check.check_count_parameters(count_parameters)

# %% [markdown] tags=["exercise"]
# **Think:** which single layer of the generator holds more than half of its parameters?
# What would you change first to make the generator smaller?

# %% [markdown] tags=["solution"]
# The last one, 1024 → 784, has 1025 · 784 = 803,600 of 1,486,352. A dense layer that
# ends in an image pays for every pair of hidden number and pixel. Convolutions share
# weights between positions, which is how later generators stay small.

# %% [markdown]
# ### A judge, and three references
#
# "It looks like a digit" needs a judge that was not part of the game: a network trained
# to name the digit in a glyph, and to answer "none" for noise and shuffled pictures. A
# picture counts as *recognised* when the judge gives one digit a probability of at least
# 90 %. The share of recognised pictures means little alone, so here are its references:
# real digits that nobody trained on (the ceiling), the same digits with their pixels
# shuffled (the floor), and what our generator draws before any training.

# %%
held_out = load("glyphs", count=2_000, split="held-out").images
latents = torch.randn(2_000, generator.latent_size, device=device)
order = torch.randperm(28 * 28)
shuffled = held_out.flatten(1)[:, order].view_as(held_out)
with torch.no_grad():
    noise = generator(latents)
figure = image_grid(noise[:20], columns=10, title="Before training")
show(figure, alt="Twenty squares of grey noise without any shape.")

claim("real digits are recognised", recognise(held_out).share, ">", 0.95, name="share")
claim("shuffled digits are not", recognise(shuffled).share, "<", 0.05, name="share")
claim("nor are first pictures", recognise(noise).share, "<", 0.05, name="share")

# %% [markdown]
# ## 5 · Two things that make it work
#
# Trained just so, these two networks come some way: after the training below, the judge
# would recognise 38 % of the pictures (`runs/first_gan.sh` measures it). Two short
# additions bring it above one half.
#
# **Start at the right size.** A dense layer adds up $m$ products, so the size of its
# outputs depends on the size of its weights. PyTorch's default makes outputs
# smaller than inputs; after four layers every latent gives nearly the same grey. *He
# initialisation* draws weights with standard deviation about $\sqrt{2/m}$, which keeps
# the size. In the generator we double the first layer on top of that: it then reacts
# twice as strongly, and different latents give clearly different pictures.


# %%
@torch.no_grad()
def fresh(network, gain=1.0):
    layers = [m for m in network.modules() if isinstance(m, nn.Linear)]
    for layer in layers:
        nn.init.kaiming_normal_(layer.weight, a=0.2)
        nn.init.zeros_(layer.bias)
    layers[0].weight.mul_(gain)
    return network


def variety(network):
    with torch.no_grad():
        return network.layers[:-1](latents).std(dim=0).mean().item()


default = variety(generator)
fresh(generator, gain=2.0)
fresh(discriminator)
claim("at first, pixels hardly depend on latents", default, "<", 0.1, name="spread")
claim("after He initialisation they do", variety(generator), ">", 1, name="spread")

# %% [markdown]
# **Keep the opponent gentle.** If $D$'s logit rises steeply towards a real picture, a
# small move of a generated one changes everything, and $G$ overshoots. The *R1 penalty*
# makes $D$ pay for steepness: it is the mean squared length of the gradient of the
# logit, by the pixels, at real pictures,
#
# $$R_1 = \operatorname{mean}\;\bigl|\nabla_x\,\ell(x)\bigr|^2,$$
#
# and $\frac{\gamma}{2} R_1$ is added to $L_D$. A gradient of a gradient takes time, so it
# is computed in every fourth step only, four times as strong. A later notebook shows what it
# does to the game; here it is in code, and checked where the answer is known: for a
# linear $D$ with weights $w$ the gradient is $w$ everywhere. `create_graph=True` allows
# a gradient of the gradient later; summing the logits is fine, since each depends on its
# own picture only.


# %%
def r1_penalty(real, real_logits):
    (slopes,) = torch.autograd.grad(real_logits.sum(), real, create_graph=True)
    return slopes.flatten(1).square().sum(dim=1).mean()


linear = nn.Linear(784, 1)
real = data[:16].cpu().flatten(1).requires_grad_()
penalty = r1_penalty(real, linear(real)).item()
closed_form = linear.weight.square().sum().item()
claim("R1 of a linear D is |w|²", abs(penalty - closed_form), "<", 1e-5, name="error")

# %% [markdown]
# The same step as before, four lines longer. `requires_grad_()` asks for gradients by
# the pixels. From now on, `train` calls this one.


# %%
def step(gan, real):
    latents = torch.randn(len(real), gan.latent_size, device=real.device)
    fake = gan.generator(latents)

    real.requires_grad_()
    real_logits, fake_logits = gan.discriminator(real), gan.discriminator(fake.detach())
    d_loss = discriminator_loss(real_logits, fake_logits)
    penalty = 0
    if gan.images_seen // gan.batch % 4 == 0:
        penalty = 4 * gan.gamma / 2 * r1_penalty(real, real_logits)
    gan.d_optimiser.zero_grad()
    (d_loss + penalty).backward()
    gan.d_optimiser.step()

    g_loss = generator_loss(gan.discriminator(fake))
    gan.g_optimiser.zero_grad()
    g_loss.backward()
    gan.g_optimiser.step()
    return {"discriminator": d_loss.detach(), "generator": g_loss.detach()}


# %% [markdown]
# ## 6 · Train
#
# The picture below is redrawn as training goes on: progress, both
# losses, and sixty-four pictures from latents that stay the same. You can interrupt the
# cell at any time and run it again: it continues where it was.

# %%
gan = new_gan(
    generator, discriminator, generator.latent_size,
    learning_rate=1e-3, gamma=2.0, batch=64, half_life=10_000,
    total=budget(cpu=153_600, gpu=1_536_000), fixed_latents=latents[:64],
)  # fmt: skip

third = gan.total // 3
shapes = "Two loss curves, and 64 generated pictures that turn into digits."
with LiveTraining(third, alt=shapes) as live:
    train(gan, data, until=third, live=live)

# %% [markdown]
# Run the cell and watch the order in which things appear. First the black border, which all digits
# share; then strokes; then digits, some of them, while others still lie on top of each
# other. The two losses tell you none of this. After a wild start they hover, $L_D$ a
# little below 1.386 since $D$ is a little ahead, and meanwhile the pictures improve.
# **Read pictures, not losses.**

# %%
with LiveTraining(2 * third, alt=shapes) as live:
    train(gan, data, until=2 * third, live=live)

# %% [markdown]
# Pick one picture and compare it with its state above. Some have kept their digit and
# become cleaner, others have changed their mind. Both losses sink a little, by less than
# they jumped about in the first seconds. In the last third the learning rate goes to 0, and
# the pictures become calmer still.

# %%
with LiveTraining(gan.total, alt=shapes) as live:
    train(gan, data, until=gan.total, live=live)

# %% tags=["main-picture"]
with torch.no_grad():
    samples = gan.average(latents)
figure = image_grid(samples[:100], columns=10, title="The first hundred samples")
show(figure, alt="One hundred generated digits, most of them readable.")

# %%
verdict = recognise(samples)
real_shares = recognise(held_out).digit_shares
shares = {"generated": verdict.digit_shares, "real": real_shares}
title = "What the judge reads in 2,000 pictures of each kind"
figure = bars(shares, range(10), ylabel="share of all pictures", title=title)
show(
    figure,
    alt="Bars for each digit: real ones are all about 0.1 high, generated ones lower "
    "and uneven.",
)

claim("the judge recognises many samples", verdict.share, ">=", 0.45, name="share")
present = (verdict.digit_shares >= 0.02).sum()
claim("digits with 2 % of the samples or more", present, ">=", 9, name="number")

# %% [markdown]
# Two numbers, because one can be fooled. A generator that draws a single perfect 7
# again and again has a share of 100 %; that it draws *nine digits or more* shows that
# this one does not. Look at the bars: the generated ones are lower, because a picture
# that is not recognised is in no bar, and uneven. Each picture is judged alone, so nothing
# in $L_G$ counts how many kinds there are.

# %% [markdown]
# ## 7 · A first look at latents
#
# The generator is a function: the same latent, the same picture. And it is continuous:
# a small step in $z$ is a small step of the picture. So we can walk from one digit to
# another and look at everything in between.
#
# On which road? A latent has 100 standard normal coordinates, so its squared length is
# about 100: latents lie close to a sphere of radius 10. The straight line from $a$ to $b$
# leaves that sphere and passes the origin at a distance of 7, where $G$ was hardly ever
# trained. *Spherical interpolation* stays at the length of the ends. Let $\Omega$ be the angle between
# $a$ and $b$. At the point $z(t)$ the part $t\,\Omega$ of it lies behind you and the rest
# before you. Then $z(t)$ is a sum of $a$ and $b$, where the share of each end is the
# sine of the angle between you and the *other* end, divided by $\sin \Omega$.

# %%
lengths = latents.norm(dim=1)
middles = (latents[:1000] + latents[1000:]) / 2
usual = ((lengths > 8) & (lengths < 12)).float().mean()
claim("latents have lengths between 8 and 12", usual, ">", 0.97, name="share")
short = middles.norm(dim=1)
claim("straight midpoints only 7", abs(short.mean() - 7.05), "<", 0.2, name="error")

# %% [markdown] tags=["exercise"]
# ### Exercise 4 · Walk on the sphere
#
# Fill in the two sines. The angle and the division are there.


# %% tags=["stub"]
def slerp(a, b, t):
    angle = torch.acos(torch.dot(a, b) / (a.norm() * b.norm()))
    share_a = ...
    share_b = ...
    return (share_a * a + share_b * b) / torch.sin(angle)


# %% tags=["solution"]
def slerp(a, b, t):
    angle = torch.acos(torch.dot(a, b) / (a.norm() * b.norm()))
    share_a = torch.sin((1 - t) * angle)
    share_b = torch.sin(t * angle)
    return (share_a * a + share_b * b) / torch.sin(angle)


# %% tags=["check"]
check.check_slerp(slerp)

# %% [markdown] tags=["exercise"]
# **Think:** for which pairs of latents does this fail, and why is that no trouble in
# practice?

# %% [markdown] tags=["solution"]
# The formula is $z(t) = \bigl(\sin((1 - t)\,\Omega)\, a + \sin(t\,\Omega)\, b\bigr) /
# \sin \Omega$. It fails for $\Omega = 0$ and $\Omega = 180°$, where $\sin \Omega = 0$: equal directions need
# no road, and opposite ones have no shortest one. Two random latents in 100 dimensions
# are nearly at a right angle, so neither happens.

# %% [markdown]
# So that the notebook runs before you have solved the exercise, the next cell walks
# straight, in ten pictures. Put your `slerp` in and compare the middle columns.


# %%
def pictures_on_the_road(points):
    t = torch.linspace(0, 1, points, device=device).view(1, -1, 1)
    road = (1 - t) * latents[:4, None] + t * latents[4:8, None]
    with torch.no_grad():
        return gan.average(road.flatten(0, 1)).view(4, points, 1, 28, 28)


def largest_step(walk):
    return walk.flatten(2).diff(dim=1).norm(dim=2).max(dim=1).values.mean()


walk = pictures_on_the_road(10)
title = "Four walks through the latents"
figure = image_grid(walk.flatten(0, 1), columns=10, title=title)
show(figure, alt="Four rows of ten pictures; in each, one digit turns into another.")

ratio = largest_step(pictures_on_the_road(91)) / largest_step(walk)
claim("latent steps ten times shorter make", ratio, "<", 0.2, name="the largest step")

# %% [markdown]
# Look at the middle of each row: strokes bend and move, and on the way between two
# digits lie pictures that are neither. Digits come in kinds, latents do not: wherever
# the generator passes from one kind to the other, it must draw something in between.
# Each picture between is reached smoothly, though. If pictures changed by jumps, a road
# with ten times more points would still have steps as large as before, a ratio near 1;
# on a straight road through the space of pictures the ratio would be 0.1.
#
# ## 8 · Keep what you trained
#
# A trained generator is its weights, nothing else. We store them as *safetensors*, a
# plain table of names and numbers. Python's own `pickle`, which many older tutorials
# use, can run code while it is loaded; this format cannot.

# %%
with tempfile.TemporaryDirectory() as folder:
    file = Path(folder) / "generator.safetensors"
    save_file(gan.average.state_dict(), file)
    reloaded = Generator().to(device)
    reloaded.load_state_dict(load_file(file))
with torch.no_grad():
    difference = (reloaded(latents) - samples).abs().max()
claim("a reloaded generator draws the same", difference, "==", 0, name="difference")

# %% [markdown]
# To go on *training* later, store both networks, the average, both optimisers and
# `images_seen`. For exactly the same next steps, store the state of the random numbers too.
#
# ## 9 · What if the discriminator stops learning?
#
# A probe that breaks the method. The same two networks, fresh; but now the
# discriminator keeps the random weights that it started with: its optimiser's `step`
# does nothing. What will the generator's loss do, and what the pictures?

# %%
frozen = new_gan(
    fresh(Generator(), gain=2.0).to(device), fresh(Discriminator()).to(device),
    generator.latent_size, learning_rate=1e-3, gamma=0.0, batch=64, half_life=1_000,
    total=9_600,
)  # fmt: skip
frozen.d_optimiser.step = lambda: None
train(frozen, data, until=frozen.total)

with torch.no_grad():
    fooling = frozen.average(latents)
    cheap = generator_loss(frozen.discriminator(fooling))
    fair = generator_loss(gan.discriminator(samples))
figure = image_grid(
    fooling[:20], columns=10, title="What pleases a frozen discriminator"
)
show(figure, alt="Twenty squares of the same black and white noise, without a digit.")

claim("its loss is far below the good one's", cheap / fair, "<", 0.01, name="ratio")
claim("yet nothing is recognised", recognise(fooling).share, "<", 0.05, name="share")

# %% [markdown]
# Nearly no loss, and nothing to read. All pictures are noise of one kind and share much of
# their pattern: whatever this random discriminator calls real, the generator draws.
# A GAN's loss is a mark given by an opponent. It compares the two players, and never the
# picture with the truth.
#
# ## 10 · The same recipe, longer
#
# The training above is short. `runs/first_gan.sh` runs this notebook's code on 480,000
# pictures, three times as many as a CPU saw here, with five seeds. The next cell loads the
# generator whose share is the median of the five. It trained for six and a half minutes on one
# core of a server processor; your notebook only loads the result.

# %%
longer = Generator()
weights = load_file(data_folder() / "first_gan.safetensors")
longer.load_state_dict({name: value.float() for name, value in weights.items()})
with torch.no_grad():
    rehearsed = longer(latents.cpu())
figure = image_grid(rehearsed[:100], columns=10, title="After 480,000 pictures")
show(figure, alt="One hundred generated digits; most of them are easy to read.")

share = recognise(rehearsed).share
claim("after longer training more is recognised", share, ">=", 0.7, name="share")

# %% [markdown]
# Compare this grid with the one in section 6: edges are smoother, fewer pictures are
# broken, and still some are. Time helps, but slowly; what helps more are
# better networks, and they are the subject of Part III.
#
# ## 11 · On a GPU
#
# Nothing in the loop changes. `pick_device()` finds a GPU; networks, data and latents
# were created there or moved by `.to(device)`; `budget(cpu=…, gpu=…)` gives the larger
# number of images. Two habits pay: keep all images on the device, as we did, and do not
# read a loss at every step, for each `.item()` makes the processor wait for the GPU. The
# live picture reads them only when it is redrawn.
#
# ## 12 · The classic listing
#
# Many introductions print this pair in Keras, about like this (it does not run as it is):
#
# ```python
# from tensorflow.keras.layers import Dense, Reshape, Flatten, Conv2D, Dropout
#
# generator = Sequential([
#     Dense(256, input_dim=100), LeakyReLU(alpha=0.2),
#     Dense(512), LeakyReLU(alpha=0.2),
#     Dense(1024), LeakyReLU(alpha=0.2),
#     Dense(784, activation="tanh"), Reshape((28, 28, 1)),
# ])
# discriminator = Sequential([
#     Flatten(input_shape=(28, 28, 1)),
#     Dense(1024), LeakyReLU(alpha=0.2),
#     Dense(512), LeakyReLU(alpha=0.2),
#     Dense(1, activation="sigmoid"),
# ])
# ```
#
# | in the listing | here | remark |
# |---|---|---|
# | `Dense(256, input_dim=100)` | `nn.Linear(100, 256)` | PyTorch names both sizes; Keras stores the weights transposed |
# | `LeakyReLU(alpha=0.2)` | `nn.LeakyReLU(0.2)` | Keras 3 calls the slope `negative_slope` and warns about `alpha` |
# | `Dense(784, activation="tanh")` | `nn.Linear(1024, 784)`, `nn.Tanh()` | |
# | `Reshape((28, 28, 1))` | `.view(-1, 1, 28, 28)` | channels last there, first here; with one channel the numbers lie alike |
# | `Flatten(input_shape=…)` | `nn.Flatten()` | |
# | `Dense(1, activation="sigmoid")` | `nn.Linear(512, 1)` | we keep the logit (section 1) |
#
# What such a listing leaves out: it stops with a `NameError`, since `Sequential` and
# `LeakyReLU` are never imported, while `Conv2D` and `Dropout` are imported and never
# used. And two networks are not a GAN: there is no loss, no optimiser, no data and no
# loop, which is to say none of the things that this notebook was about. A test of this
# course builds the pair in Keras, copies our weights into it and finds the same outputs
# to 1e-5 and the same 1,486,352 and 1,329,153 parameters.
#
# ## Recap
#
# - A GAN is a generator and a discriminator with opposite wishes, trained in turn.
# - Write losses with logits and `softplus`; `detach()` decides who learns.
# - Start at the right size (He), keep $D$ gentle (R1), let the learning rate fall, and
#   average the generator's weights.
# - At the best possible end the discriminator knows nothing: $L_D = 2 \log 2$.
# - Losses compare the players. Pictures, and a judge with references, show progress.
#
# ## In practice
#
# When a first GAN fails, check in this order: real and generated pictures have one
# range and shape; each optimiser owns exactly one network; gradients are cleared before
# each `backward()`; the loss takes logits. Then look at samples from *fixed* latents
# every few seconds, and save before you change anything.
#
# ## Further reading
#
# - I. Goodfellow and others, *Generative Adversarial Nets*, NeurIPS 2014,
#   [arXiv:1406.2661](https://arxiv.org/abs/1406.2661): the game, and the non-saturating
#   loss in section 3.
# - T. Salimans and others, *Improved Techniques for Training GANs*, NeurIPS 2016,
#   [arXiv:1606.03498](https://arxiv.org/abs/1606.03498): one-sided label smoothing.
# - K. He and others, *Delving Deep into Rectifiers*, ICCV 2015,
#   [arXiv:1502.01852](https://arxiv.org/abs/1502.01852): the initialisation.
# - L. Mescheder, A. Geiger and S. Nowozin, *Which Training Methods for GANs do actually
#   Converge?*, ICML 2018, [arXiv:1801.04406](https://arxiv.org/abs/1801.04406): R1.
# - Y. Yazıcı and others, *The Unusual Effectiveness of Averaging in GAN Training*, ICLR
#   2019, [arXiv:1806.04498](https://arxiv.org/abs/1806.04498).
# - T. White, *Sampling Generative Networks*, 2016,
#   [arXiv:1609.04468](https://arxiv.org/abs/1609.04468): spherical interpolation.
