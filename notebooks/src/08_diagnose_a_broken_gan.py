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
#   title: Diagnose a broken GAN
#   part: "Part II: the adversarial game"
#   question: What do I do when it fails?
#   learning_minutes: 75
#   picture: pictures/08_diagnose_a_broken_gan.png
#   picture_alt: "Seven rows of generated digits: a healthy run, noise, grey digits on grey, the same digit 3 again and again, and three rows that look nearly healthy"
#   picture_caption: One healthy run and six sick ones, 600 steps each. In every sick run one function is wrong, by one to three lines.
# ---

# %% [markdown]
# **You will build** a clinic: a healthy training run, six broken ones to diagnose, and
# a handful of tests, of three steps in all, that find each of the six faults before any
# training.
#
# **You will learn** what a loss near its level does not prove, which other numbers to
# keep, what each common fault looks like, and how to turn a suspicion into proof.
#
# **You need** notebooks 05 to 07: the step, the eight losses, the penalties.

# %% tags=["setup"]
import copy
import math
from types import SimpleNamespace

import torch
from torch import nn

from gan_course.checks import diagnose_a_broken_gan as check
from gan_course.checks.claims import claim
from gan_course.checks.patients import PATIENTS, adam, gradient_size, print_cause
from gan_course.datasets import load
from gan_course.images import to_float
from gan_course.losses import LOSSES
from gan_course.metrics.features import recognise
from gan_course.networks.initialise import he_initialise
from gan_course.penalties import (
    clip_weights,
    interpolate,
    r1_penalty,
    r2_penalty,
    wgan_gp_penalty,
)
from gan_course.plots import image_grid, panels, show
from gan_course.plots.case_file import case_file
from gan_course.runtime import pick_device, seed_everything
from gan_course.training.steps import Penalty, discriminator_step

seed_everything(8)
device = pick_device()
log_2, any_c = math.log(2), math.nan

# %% [markdown]
# ## 1 · A number that opposites share
#
# A toy first, on which theory is exact: a discriminator that answers every picture with
# the same number $c$. Let it choose the $c$ that is cheapest for it; we call it
# **undecided**. (Where logits stand for probabilities, this is $D = ½$.) What does it
# pay? Put $c$ for every logit into the losses of notebook 06, and look for the least:
#
# | loss | cheapest $c$ | $L_D$ | the penalty adds |
# |---|---|---|---|
# | minimax | 0 | $2 \log 2 \approx 1.386$ | |
# | non-saturating | 0 | $2 \log 2$ | |
# | least squares | ½ | ¼ | |
# | Wasserstein, clipped | any | 0 | |
# | WGAN-GP | any | 0 | $\lambda = 10$ |
# | hinge | any in $[-1, 1]$ | 2 | |
# | relativistic | any | $\log 2 \approx 0.693$ | |
# | relativistic + R1 + R2 | any | $\log 2$ | 0 |
#
# A constant has slope 0, so R1 and R2 cost it nothing, while WGAN-GP, which wants
# slope 1, charges $\lambda(0 - 1)^2$. The cell tries 601 values of $c$ for each loss.

# %%
slope_of_1 = {"WGAN-GP": Penalty(wgan_gp_penalty, gamma=20, at=interpolate)}
both_slopes = {"R1": Penalty(r1_penalty), "R2": Penalty(r2_penalty, at="fake")}
EIGHT = {  # name: losses, penalties; the table's L_D, penalty and c
    "minimax": (LOSSES["minimax"], {}, 2 * log_2, 0, 0),
    "non-\nsaturating": (LOSSES["non-saturating"], {}, 2 * log_2, 0, 0),
    "least\nsquares": (LOSSES["least-squares"], {}, 0.25, 0, 0.5),
    "Wasserstein": (LOSSES["wasserstein"], {}, 0, 0, any_c),
    "WGAN-GP": (LOSSES["wasserstein"], slope_of_1, 0, 10, any_c),
    "hinge": (LOSSES["hinge"], {}, 2, 0, any_c),
    "relativistic": (LOSSES["relativistic"], {}, log_2, 0, any_c),
    "relativistic\n+ R1 + R2": (LOSSES["relativistic"], both_slopes, log_2, 0, any_c),
}


def undecided(loss, penalties):
    constant, pictures = nn.Linear(2, 1), torch.randn(2, 64, 2)
    nn.init.zeros_(constant.weight)
    prices = []
    for c in torch.linspace(-3, 3, 601):
        nn.init.constant_(constant.bias, c)
        terms = discriminator_step(constant, *pictures, loss, penalties)
        price = terms.pop("discriminator").item()
        prices.append([price, sum(term.item() for term in terms.values()), c])
    return min(prices)


found = [undecided(loss, penalties) for loss, penalties, *_ in EIGHT.values()]
differences = torch.tensor(found) - torch.tensor([row[2:] for row in EIGHT.values()])
error = differences.nan_to_num(0).abs().max()
claim("the table, all eight rows", error, "<", 1e-4, name="error")

# %% [markdown]
# Now glyphs, and two discriminators that could not differ more. One is **untrained**:
# the weights that PyTorch draws for a new layer, which are small, and generated
# pictures that are pure noise (we take the mean of ten such networks). The other has
# *lost in the best of ways*: its opponent is perfect. We do not have a perfect
# generator, but we can let one be played: other glyphs of the same kind stand for the
# generated pictures. There is nothing to find but accidents of these 12,000 pictures,
# so after 100 steps $D$ should be close to undecided on held-out ones. The package's
# `discriminator_step` returns $L_D$ and the penalties of any of the eight, each under
# its name.


# %%
def new_discriminator():
    return nn.Sequential(
        nn.Flatten(), nn.Linear(784, 256), nn.LeakyReLU(0.2),
        nn.Linear(256, 128), nn.LeakyReLU(0.2), nn.Linear(128, 1),
    )  # fmt: skip


def batch(images, size=64):
    return images[torch.randint(len(images), (size,), device=device)]


def learn(discriminator, real, fake, loss, penalties, steps, rate=5e-4):
    optimiser = torch.optim.Adam(discriminator.parameters(), lr=rate, betas=(0.0, 0.99))
    for _ in range(steps):
        terms = discriminator_step(
            discriminator, batch(real), batch(fake), loss, penalties
        )
        optimiser.zero_grad()
        sum(terms.values()).backward()
        optimiser.step()
        if loss is LOSSES["wasserstein"] and not penalties:
            clip_weights(discriminator, 0.01)


# %%
glyphs = load("glyphs")
data = to_float(glyphs.images).to(device)
some, others = data[:6_000], data[6_000:]
held_out = to_float(load("glyphs", count=4_000, split="held-out").images).to(device)
noise = torch.rand_like(held_out[2_000:]) * 2 - 1


def untrained_logits(initialise=lambda network: network):
    networks = [initialise(new_discriminator().to(device)) for _ in range(10)]
    with torch.no_grad():
        return [(network(held_out[:2_000]), network(noise)) for network in networks]


guesses, paid = untrained_logits(), {}
for name, (loss, penalties, price, *_) in EIGHT.items():
    trained = new_discriminator().to(device)
    learn(trained, some, others, loss, penalties, steps=100)
    with torch.no_grad():
        lost = loss.discriminator(*trained(held_out).split(2_000))
    before = sum(loss.discriminator(*logits) for logits in guesses) / len(guesses)
    paid[name] = [price, before.item(), lost.item()]

# %%
places = torch.arange(len(EIGHT))
figure, ((axis,),) = panels(height=360)
kinds = {  # name: mark, its size, and how far to the side
    "undecided, by the table": ("_", 40, 0),
    "untrained, against noise": ("o", 8, -0.12),
    "trained, perfect opponent": ("^", 8, 0.12),
}
for heights, (kind, (mark, size, aside)) in zip(zip(*paid.values()), kinds.items()):
    axis.plot(places + aside, heights, mark, ms=size, mew=2, label=kind)
axis.set_xticks(places, list(EIGHT))
axis.set(title="L_D, without penalty", ylabel="L_D", ylim=(-0.4, 2.9))
axis.legend(loc="upper left", ncols=3, markerscale=0.7)
show(
    figure,
    alt="For each of eight losses a level, and on it two marks: an untrained D and a "
    "trained one. Only for least squares does the untrained one lie higher.",
)
prices, before, lost = torch.tensor(list(paid.values())).T
others_than_squares = torch.tensor(["squares" not in name for name in EIGHT])
error = (lost - prices).abs().max()
claim("against a perfect opponent D pays the table", error, "<", 0.25, name="error")
error = (before - prices)[others_than_squares].abs().max()
claim("untrained it pays that too, but for one", error, "<", 0.12, name="error")
error = before[~others_than_squares] - prices[~others_than_squares]
claim("untrained, least squares", error, ">", 0.15, name="excess")
sizes = [
    sum(real.abs().mean() + fake.abs().mean() for real, fake in logits)
    for logits in (untrained_logits(he_initialise), guesses)
]
claim("larger weights, larger logits", sizes[0] / sizes[1], ">", 3, name="times")

# %% [markdown]
# Look at the pairs of marks. Left of each pair, networks that know nothing, facing
# noise that a child could tell from digits. Right, the end of all training, a perfect
# generator. **Nearly the same number**, though WGAN-GP can stray visibly. (One loss
# tells them apart: an untrained logit is near 0, and least squares wants ½.) Any $D$
# that gives all pictures the cheapest answer pays the level, *whatever the reason*, and
# others may happen to: you will meet one. Nor is undecided the same as ignorant: the
# larger weights of `he_initialise`, with which all runs below begin, give an untrained
# $D$ opinions about everything, at random, and another $L_D$.
#
# So $L_D$ near its level proves nothing about $G$. Far below the level, on *held-out*
# pictures, it does prove something: this $D$ sees a difference, so there is one. To ask
# that question well, take a player who was *not* in the game. Freeze the generator,
# take a **fresh examiner**, a new discriminator, and let it learn on its pictures.
# Nobody answers back, so how far the examiner's loss falls says how easily these
# pictures are told from real ones.


# %%
def examine(pictures, steps=100):
    """The loss of a fresh discriminator on held-out pictures, while it learns."""
    examiner, losses = he_initialise(new_discriminator().to(device)), []
    loss = LOSSES["non-saturating"]
    for _ in range(steps // 5):
        learn(examiner, some, pictures[:-2_000], loss, {}, steps=5)
        with torch.no_grad():
            logits = examiner(held_out[:2_000]), examiner(pictures[-2_000:])
            losses.append(loss.discriminator(*logits).item())
    return losses


more_noise = torch.rand(6_000, 1, 28, 28, device=device) * 2 - 1
exams = {"noise": examine(more_noise), "perfect pictures": examine(others)}
figure, ((axis,),) = panels(height=300, width=620)
for name, losses in exams.items():
    axis.plot(range(5, 101, 5), losses, label=name)
axis.axhline(2 * log_2, color="black", ls=":", lw=1)
axis.set(title="The loss of a fresh examiner", xlabel="steps", ylabel="L_D")
axis.set_ylim(0, 2)
axis.legend()
show(
    figure,
    alt="With noise the loss is near 0 after a few steps; with perfect pictures it "
    "settles just above a dotted line at 1.386.",
)
easy, hopeless = (losses[-1] for losses in exams.values())
claim("the examiner of noise pays", easy, "<", 0.1, name="loss")
claim("the examiner of perfect pictures", hopeless, ">", 1.25, name="loss")

# %% [markdown] tags=["exercise"]
# ### Exercise 1 · A row for smoothed labels
#
# Suppose that you train with one-sided label smoothing, as in exercise 1 of notebook
# 05: a real picture costs $t$ times the price of calling it real plus $1 - t$ times the
# price of calling it generated; a generated one keeps its price. To this you add the
# penalty of WGAN-GP. Write the row of section 1's table for this loss: the cheapest
# $c$, a logit, the $L_D$ of a $D$ that answers $c$ to everything, and what the penalty
# adds. (The slope of $t\operatorname{softplus}(-\ell) + (1 -
# t)\operatorname{softplus}(\ell)$ is $\sigma(\ell) - t$; $\sigma(c) = p$ means $c =
# \log p - \log(1 - p)$.)


# %% tags=["stub"]
def smoothed_row(t):
    cheapest = ...
    price = ...
    penalty = ...
    return cheapest, price, penalty


# %% tags=["solution"]
def smoothed_row(t):
    p = t / 2  # the slopes on real and generated pictures cancel: (p - t) + p = 0
    cheapest = math.log(p) - math.log(1 - p)
    price = -t * math.log(p) - (1 - t) * math.log(1 - p) - math.log(1 - p)
    penalty = 10
    return cheapest, price, penalty


# %% tags=["check"]
check.check_smoothed_row(smoothed_row)

# %% [markdown] tags=["exercise"]
# **Think:** your $L_D$ hovers at 1.376 with $t = 0.9$. Has $G$ won?

# %% [markdown] tags=["solution"]
# Perhaps: with $t = 0.9$ an undecided $D$ answers the probability 0.45 and pays 1.3763,
# less than 1.3863. Or $D$ has learnt nothing but its bias. *Why* it is undecided, only
# an examiner can say.

# %% [markdown]
# ## 2 · A healthy run
#
# Before sick runs, a healthy one, to know what is normal. Five small functions make a
# run: `prepare` the pictures, `new_discriminator` (above), `new_optimisers`, the
# `step`, and `draw`, which lets us look at pictures while it trains.
#
# The generator has a layer that is new here, *batch normalisation*. For each hidden
# number it takes the mean and the variance over the batch, subtracts the mean, and
# divides by the root of the variance (plus $10^{-5}$, never 0); then it applies a
# learnt scale and shift. In **training mode**, mean and variance are those of the batch
# at hand, and the layer keeps running averages of them. In **evaluation mode** it uses
# these averages, so that a picture does not depend on the others in its batch. A new
# network is in training mode; `eval()` and `train()` switch between the two. We train
# in the first and draw in the second.


# %%
def new_generator():
    return nn.Sequential(
        nn.Linear(64, 128), nn.BatchNorm1d(128), nn.LeakyReLU(0.2),
        nn.Linear(128, 256), nn.BatchNorm1d(256), nn.LeakyReLU(0.2),
        nn.Linear(256, 784), nn.Tanh(), nn.Unflatten(1, (1, 28, 28)),
    )  # fmt: skip


def prepare(images):
    return to_float(images)


def new_optimisers(generator, discriminator):
    g_optimiser = adam(generator.parameters())
    d_optimiser = adam(discriminator.parameters())
    return g_optimiser, d_optimiser


def draw(gan, latents):
    gan.generator.eval()
    with torch.no_grad():
        pictures = gan.generator(latents)
    gan.generator.train()
    return pictures


# %%
loss = LOSSES["non-saturating"]


def step(gan, real):
    fake = gan.generator(torch.randn(len(real), 64, device=real.device))

    real.requires_grad_()
    shown = fake.detach()
    real_logits, fake_logits = gan.discriminator(real), gan.discriminator(shown)
    penalty = gan.gamma / 2 * r1_penalty(real, real_logits)
    d_loss = loss.discriminator(real_logits, fake_logits)
    gan.d_optimiser.zero_grad()
    (d_loss + penalty).backward()
    gan.d_optimiser.step()

    g_loss = loss.generator(real_logits, gan.discriminator(fake))
    gan.g_optimiser.zero_grad()
    g_loss.backward()
    g_gradient = gradient_size(gan.generator)
    gan.g_optimiser.step()
    means = real_logits.mean(), fake_logits.mean()
    return torch.stack([d_loss, g_loss, *means, penalty, g_gradient]).detach()


# %% [markdown]
# You know every line but three. `gradient_size` is the length of the gradient that $G$
# is about to use, and the last two lines return six numbers, the *readings* of the
# step; these are worth keeping in any training: both losses, $D$'s mean logit on real
# and on generated pictures, the penalty (R1 with $\gamma = 5$), and $G$'s gradient.
# `admit` puts a run together. `train` repeats the step, and looks at pictures every 50
# steps, also before the first one. It lets Adam's learning rate fall evenly to 0, so
# that every run, sound or not, settles at last. All runs start from the same weights
# and see the same batches.

# %%
HEALTHY = {
    "prepare": prepare, "new_discriminator": new_discriminator,
    "new_optimisers": new_optimisers, "step": step, "draw": draw,
}  # fmt: skip
images = glyphs.images.to(device)
READINGS = ("L_D", "L_G", "real", "generated", "penalty", "gradient")


def admit(changes):
    """A run before its first step; `changes` replace functions of the healthy one."""
    seed_everything(8)
    gan = SimpleNamespace(**(HEALTHY | changes), gamma=5.0)
    gan.generator = he_initialise(new_generator()).to(device)
    gan.discriminator = he_initialise(gan.new_discriminator()).to(device)
    gan.optimisers = gan.new_optimisers(gan.generator, gan.discriminator)
    gan.g_optimiser, gan.d_optimiser = gan.optimisers
    gan.latents = torch.randn(2_000, 64, device=device)
    return gan


def train(gan, steps=600):
    readings = []
    for number in range(steps):
        for optimiser in gan.optimisers:
            optimiser.param_groups[0]["lr"] = 2e-3 * (1 - number / steps)
        if number % 50 == 0:
            gan.draw(gan, gan.latents[:24])
        readings.append(gan.step(gan, gan.prepare(batch(images))))
    gan.history = dict(zip(READINGS, torch.stack(readings).cpu().T))
    return gan


# %%
def show_case(gan, title):
    """The six readings, pictures in both modes, and the pixels."""
    latents = gan.latents[:256]
    evaluated = gan.draw(gan, latents)
    with torch.no_grad():
        in_training = copy.deepcopy(gan.generator).train()(latents)
    real = gan.prepare(images[:256])
    return case_file(gan.history, evaluated, in_training, real, title=title)


healthy = train(admit({}))
show(
    show_case(healthy, "A healthy run"),
    alt="A healthy run: L_D settles a little below the dotted line, answers near 0 on "
    "both kinds, a steady gradient, digits; generated pictures have more mid-grey.",
)


def late(gan, reading):
    return gan.history[reading][-100:].mean()


claim("D starts ahead", healthy.history["L_D"].min(), "<", 0.9, name="least L_D")
claim("and ends near the undecided", late(healthy, "L_D"), ">", 1.0, name="L_D")
share = recognise(healthy.draw(healthy, healthy.latents)).share
claim("some pictures are recognised", share, ">", 0.06, name="share")
drawn = healthy.draw(healthy, torch.randn(4_000, 64, device=device))
verdict = examine(drawn)[-1]
claim("a fresh examiner of the healthy run pays", verdict, ">", 0.4, name="loss")
claim("but not yet the level", verdict, "<", 1.3, name="loss")

# %% [markdown]
# 600 steps are few, so do not expect beauty: the examiner still tells these pictures
# from real ones. Read this *case file* panel by panel, for each patient will have one,
# with the same axes. A point of a curve is the mean of five steps. *Losses*: $D$ starts
# ahead; $G$ answers, both jump about, and both settle, $L_D$ below the dotted 1.386.
# *D's mean answer*: the two curves start apart and come close to each other, real a
# little above 0 and generated a little below. *Sizes*, on a logarithmic axis: $G$'s
# gradient and the penalty find a level and stay near it. (A curve on the lower edge is
# there or below.) *Pictures*: much the same in both modes. *Pixel values*, density on a
# logarithmic axis: both kinds lie between −1 and 1, most of them black; the generated
# ones are more often grey.
#
# ## 3 · Six patients
#
# Each patient is this very run with **one** of the five functions replaced, by one that
# differs in one to three lines. They are real code (in `gan_course/checks/patients.py`;
# do not look yet). The fault is one of these nine:
#
# | name | the fault |
# |---|---|
# | `"range"` | real pictures are in [0, 1], while $G$ ends in tanh |
# | `"sigmoid"` | $D$ ends in a sigmoid, but the loss expects logits |
# | `"detach"` | `detach` is missing in $D$'s half, and $G$'s gradients are never cleared |
# | `"penalty"` | the penalty is computed, but not added to the loss |
# | `"mode"` | $G$ was left in evaluation mode |
# | `"one optimiser"` | one optimiser holds the parameters of both networks |
# | `"frozen"` | $D$'s weights never move |
# | `"swapped"` | $D$ is told that real pictures are generated and the other way round |
# | `"saturated"` | $G$ minimises the minimax loss, $-\operatorname{mean}\operatorname{softplus}(\ell)$ |

# %%
first = train(admit(PATIENTS[1]))
show(
    show_case(first, "Patient 1"),
    alt="Patient 1: both losses flat after a few steps, answers that stay between 0 "
    "and 1, a gradient far smaller than the healthy one, and noise for pictures.",
)

# %%
second = train(admit(PATIENTS[2]))
show(
    show_case(second, "Patient 2"),
    alt="Patient 2: orderly curves, but light digits on grey; real pixels begin at 0, "
    "generated ones far below.",
)

# %%
third = train(admit(PATIENTS[3]))
show(
    show_case(third, "Patient 3"),
    alt="Patient 3: L_D far below the dotted line, a gradient that climbs and stays "
    "high, and nearly the same ragged picture in every place.",
)

# %% [markdown] tags=["exercise"]
# ### Exercise 2 · The first three
#
# Write the name of the fault beside each patient. For every suspicion ask two
# questions: what would this fault do to the six readings, and do *all* of them fit? If
# you cannot decide, begin with the reading that is most unlike the healthy one.


# %% tags=["stub"]
first_diagnoses = {1: ..., 2: ..., 3: ...}


# %% tags=["solution"]
first_diagnoses = {1: "sigmoid", 2: "range", 3: "detach"}

# %% tags=["check"]
check.check_first_diagnoses(first_diagnoses)

# %% [markdown] tags=["exercise"]
# **Think:** a colleague sees only that the $L_D$ of patient 1 lies on the dotted line,
# and congratulates you on a perfect equilibrium. What do you show?

# %% [markdown] tags=["solution"]
# The pictures, and $G$'s gradient: in an equilibrium it is small because $D$ finds
# nothing to say, here because nothing of what $D$ says gets through. An examiner would
# tell these pictures from real ones at once.

# %% [markdown]
# The other three are harder: at first sight they look nearly healthy.

# %%
fourth = train(admit(PATIENTS[4]))
show(
    show_case(fourth, "Patient 4"),
    alt="Patient 4: L_G settles below the healthy one; both answers stay above 0.",
)

# %%
fifth = train(admit(PATIENTS[5]))
show(
    show_case(fifth, "Patient 5"),
    alt="Patient 5: late in the run the two answers drift apart and the penalty rises.",
)

# %%
sixth = train(admit(PATIENTS[6]))
show(
    show_case(sixth, "Patient 6"),
    alt="Patient 6: curves like the healthy ones, but the two rows of pictures differ.",
)

# %% [markdown] tags=["exercise"]
# ### Exercise 3 · The other three
#
# The same again, and harder: hardly a panel cries out. Lay each file beside the healthy
# one, panel by panel, and for every fault of the table ask which panel it could not
# spare.


# %% tags=["stub"]
other_diagnoses = {4: ..., 5: ..., 6: ...}


# %% tags=["solution"]
other_diagnoses = {4: "one optimiser", 5: "penalty", 6: "mode"}

# %% tags=["check"]
check.check_other_diagnoses(other_diagnoses)

# %% [markdown] tags=["exercise"]
# **Think:** which of the six would you have found in a run of your own, without a
# healthy run beside it?

# %% [markdown] tags=["solution"]
# The pictures of 1, 2 and 3 cry out. Of 4, 5 and 6 hardly any curve is wrong *in
# itself*: only next to a healthy run does it look odd. So keep one: a small run that
# works, with its readings, is the best instrument in the house.

# %% [markdown]
# ## 4 · The causes, and the proofs
#
# **Diagnose first, and only then read on: here are the answers.** Each cause is printed
# as the lines that differ, `-` for the healthy ones and `+` for the patient's. Then
# come the claims: the symptom is there in the patient, and it is not there in the
# healthy run.
#
# **Patient 1: a sigmoid before a loss that expects logits.** $D$'s answer $s$ lies
# between 0 and 1, and the loss takes it for a logit. However good $D$ becomes, it can
# do no better than $s = 1$ on real and $s = 0$ on generated pictures:
#
# $$L_D \geq \operatorname{softplus}(-1) + \operatorname{softplus}(0)
# = \log(1 + e^{-1}) + \log 2 \approx 1.006.$$
#
# Worse, the slope of the sigmoid, $s(1 - s)$, is a factor of every gradient that flows
# back. While $s$ is nearly 1 everywhere, or nearly 0 everywhere, next to nothing
# reaches either network. (They do not stand still: Adam divides by the size of the
# gradient, so even tiny ones move the weights.) Stuck at one $s$ for all pictures, $D$
# pays $\operatorname{softplus}(-s) + \operatorname{softplus}(s)$: with $s = 1$ the
# curve of $L_D$ is a calm line at 1.627, and with $s = 0$, the cheapest $c$ of section
# 1, it lies on the dotted one.

# %%
print_cause(1, HEALTHY)
floor = math.log(1 + math.exp(-1)) + math.log(2)
above = first.history["L_D"].min() - floor
claim("the L_D of patient 1 stays above 1.006", above, ">", -1e-6, name="distance")
above = healthy.history["L_D"].min() - floor
claim("the healthy one does not", above, "<", -0.1, name="distance")


def outside(gan):
    answers = torch.cat([gan.history["real"], gan.history["generated"]])
    return ((answers < 0) | (answers > 1)).sum()


claim("mean answers of patient 1 outside [0, 1]", outside(first), "==", 0)
claim("and of the healthy run", outside(healthy), ">", 60, name="number")
signal = late(first, "gradient") / late(healthy, "gradient")
claim("hardly any gradient reaches its G", signal, "<", 0.1, name="share of healthy")
drawn = first.draw(first, torch.randn(4_000, 64, device=device))
claim("a fresh examiner sees through it", examine(drawn)[-1], "<", 0.2, name="loss")

# %% [markdown] tags=["exercise"]
# ### Exercise 4 · Floors and ceilings
#
# Patient 1 is one of a family. Some end $D$ in tanh; some clip its logits, to $[-5, 5]$
# for instance, against overflow. Let all that the loss of our `step` is given lie
# between `low` and `high`. What are the least $L_D$ that readings can ever show, the
# largest, and the height of the calm line when $D$ is stuck at `high`? For patient 1
# you have just read two of the three.


# %% tags=["stub"]
def possible_losses(low, high):
    def softplus(t):
        return math.log1p(math.exp(t))

    least = ...
    largest = ...
    stuck = ...
    return least, largest, stuck


# %% tags=["solution"]
def possible_losses(low, high):
    def softplus(t):
        return math.log1p(math.exp(t))

    least = softplus(-high) + softplus(low)
    largest = softplus(-low) + softplus(high)
    stuck = softplus(-high) + softplus(high)
    return least, largest, stuck


# %% tags=["check"]
check.check_possible_losses(possible_losses)

# %% [markdown] tags=["exercise"]
# **Think:** a $D$ that ends in a sigmoid is trained with the least-squares loss. Is
# that a fault as well?

# %% [markdown] tags=["solution"]
# No floor gives it away: $\frac12(s - 1)^2 + \frac12 s^2$ with $s = 1$ on real and $s =
# 0$ on generated pictures is 0, since the labels lie within reach. But the slope $s(1 -
# s)$ still fades where $D$ is sure. Such a fault must be found by another reading,
# $G$'s gradient.

# %% [markdown]
# **Patient 2: two ranges.** Real pixels lie in [0, 1] and black is 0, which tanh only
# meets in the middle, at its steepest: grey with noise. Any pixel below 0 gives a
# picture away, so $L_G$ takes long to come down. Two histograms, drawn *before*
# training, would have shown it.
#
# **Patient 3: detach missing, and gradients never cleared.** `backward` adds to what
# `.grad` holds. $G$ moves along a sum: all gradients since the first step, of $L_G$
# and, as `detach` is missing, of $L_D$ as well. The sum grows to many times a healthy
# gradient. Adam divides by the size; what hurts is that so long a sum hardly turns any
# more. $G$ follows the past. Which of the two faults does the harm? Section 5 takes
# them apart.

# %%
print_cause(2, HEALTHY)


def below_real(gan):
    pictures = gan.draw(gan, gan.latents)
    return (pictures < gan.prepare(images).min()).float().mean()


share = below_real(second)
claim("patient 2, pixels darker than any real one", share, ">", 0.1, name="share")
claim("the healthy run draws none", below_real(healthy), "==", 0, name="share")
print_cause(3, HEALTHY)


def growth(gan):
    return late(gan, "gradient") / gan.history["gradient"][:10].mean()


claim("patient 3, G's gradient grows", growth(third), ">", 3, name="factor")
claim("in the healthy run it does not", growth(healthy), "<", 1, name="factor")

# %% [markdown]
# **Patient 4: one optimiser over both networks.** When it is $G$'s turn, `backward`
# fills the gradients of $D$ as well, and `step` uses them: $D$ is moved to call
# generated pictures *real*. On a generated picture of logit $\ell$, $D$'s half has the
# slope $\sigma(\ell)$ and $G$'s half $\sigma(\ell) - 1$: at $\ell = 0$ they cancel, and
# nothing asks for a negative answer. Real pictures pull upwards all the while, and $D$
# answers above 0 to both kinds. (If it answered one $c$ to all, the three slopes would
# cancel at $2(\sigma(c) - 1) + \sigma(c) = 0$, so $\sigma(c) = \frac23$ and $c = \log
# 2$.) So $L_G$ settles below $\log 2 \approx 0.693$, and $G$ did not earn it. Meanwhile
# $L_D$ ends near the dotted line, although this $D$ does tell real from generated: here
# is the other kind of $D$ that pays the level.
#
# **Patient 5: a penalty that is computed, recorded, and not added.** The curve of the
# penalty exists, and it even tells us: nothing holds the slope of $D$ down. At first it
# falls all the same; then it rises far above the healthy one.
#
# **Patient 6: left in evaluation mode.** `draw` is called before the first step,
# switches to `eval()` and never back. From then on batch normalisation subtracts its
# running mean and divides by the root of its running variance, and these are never
# updated: 0 and 1, as on the first day. It normalises nothing. Training runs on; but
# whoever switches to training mode gets other pictures.

# %%
print_cause(4, HEALTHY)
answer = late(fourth, "generated")
claim("patient 4 calls generated pictures real", answer, ">", 0.15, name="answer")
claim("without earning it", late(fourth, "L_G"), "<", 0.65, name="L_G")
error = abs(late(fourth, "L_D") - 2 * log_2)
claim("its L_D ends near the dotted line", error, "<", 0.1, name="distance")
gap = late(fourth, "real") - late(fourth, "generated")
claim("though it answers higher to real pictures", gap, ">", 0.15, name="by")
claim("the healthy G pays more", late(healthy, "L_G"), ">", 0.7, name="L_G")
claim("the healthy D does not", late(healthy, "generated"), "<", 0.0, name="answer")
print_cause(5, HEALTHY)
growing = late(fifth, "penalty") / late(healthy, "penalty")
claim("patient 5, the penalty grows", growing, ">", 4, name="times the healthy one")
print_cause(6, HEALTHY)


def between_modes(gan):
    evaluated = gan.draw(gan, gan.latents)
    with torch.no_grad():
        in_training = copy.deepcopy(gan.generator).train()(gan.latents)
    return (evaluated - in_training).abs().mean()


claim("patient 6, modes differ", between_modes(sixth), ">", 0.1, name="difference")
claim("in the healthy run hardly", between_modes(healthy), "<", 0.05, name="difference")
counted = [gan.generator[1].num_batches_tracked for gan in (sixth, healthy)]
claim("batches that entered the averages of patient 6", counted[0], "==", 0)
claim("those of the healthy run", counted[1], ">", 0)

# %% [markdown]
# ## 5 · Tests without training
#
# Curves raise a suspicion, after hundreds of steps. A **test** settles it, in one or
# two. All six faults can be found before training starts. For some we must look at the
# right moment, just before an optimiser moves its weights; PyTorch calls us there if we
# ask it to, with `register_step_pre_hook`. Others need a step to compare with: one
# without the penalty, and one that begins with old gradients in $G$.


# %%
def flat(tensors):
    return torch.cat([tensor.detach().flatten() for tensor in tensors])


def gradient_of(network):
    return flat(
        torch.zeros_like(p) if p.grad is None else p.grad for p in network.parameters()
    )


def ledger(gan, gamma=5.0, old=0.0):
    """Gradients and D's weights at the start, before each update, and at the end."""
    gan, pages = copy.deepcopy(gan), []
    gan.gamma = gamma
    for weights in gan.generator.parameters():
        weights.grad = torch.full_like(weights, old)

    def note(*_):
        g, d = gradient_of(gan.generator), gradient_of(gan.discriminator)
        weights = flat(gan.discriminator.parameters())
        pages.append(SimpleNamespace(g_gradient=g, d_gradient=d, d_weights=weights))

    for optimiser in set(gan.optimisers):
        optimiser.register_step_pre_hook(note)
    seed_everything(8)
    note()
    gan.step(gan, gan.prepare(images[:64]))
    note()
    return pages


# %% [markdown]
# The ledger has four pages: the start, before $D$'s update, before $G$'s, and the end.
# In the order in which to ask:


# %%
def tests(gan):
    """Fault → whether its test finds it, on a run before its first step."""
    start, *turns, end = ledger(gan)
    # Does each optimiser make its step, and does D move?
    if len(turns) != 2 or torch.equal(start.d_weights, end.d_weights):
        return {"frozen": True}  # mend this first, then ask again
    (d_turn, g_turn), with_old = turns, ledger(gan, old=1.0)[2]
    without_penalty = ledger(gan, gamma=0.0)[1]
    drawn = copy.deepcopy(gan)
    pictures = gan.draw(drawn, gan.latents)
    with torch.no_grad():
        answers = gan.discriminator(10 * torch.randn_like(pictures))
    return {
        # Do real pixels reach from -1 to 1, as those of tanh do?
        "range": [pixel.item() for pixel in gan.prepare(images).aminmax()] != [-1, 1],
        # Starting from cleared gradients, does D's half leave G without one?
        "detach": bool(d_turn.g_gradient.any()),
        # Are G's old gradients gone when it is updated?
        "clear": (with_old.g_gradient - g_turn.g_gradient).max().item() > 0.5,
        # Does D stand still when it is G's turn?
        "one optimiser": not torch.equal(g_turn.d_weights, end.d_weights),
        # Do huge inputs lead to answers outside [0, 1]?
        "sigmoid": answers.min().item() >= 0 and answers.max().item() <= 1,
        # Does D's gradient change when the penalty is switched off?
        "penalty": torch.allclose(d_turn.d_gradient, without_penalty.d_gradient),
        # Is G in training mode again after a look at its pictures?
        "mode": not drawn.generator.training,
    }


# %%
def found(changes):
    return [fault for fault, yes in tests(admit(changes)).items() if yes]


names = dict(zip(PATIENTS, (["sigmoid"], ["range"], ["detach", "clear"])))
names |= dict(zip((4, 5, 6), (["one optimiser"], ["penalty"], ["mode"])))
right = sum(found(PATIENTS[patient]) == faults for patient, faults in names.items())
claim("patients whose fault, and no other, is found", right, "==", 6)
claim("faults found in the healthy run", len(found({})), "==", 0)


def with_tanh():
    return nn.Sequential(new_discriminator(), nn.Tanh())


missed = found({"new_discriminator": with_tanh})
claim("faults found if D ends in tanh", len(missed), "==", 0)

# %% [markdown]
# Read the last line twice. A $D$ that ends in tanh has a floor too (exercise 4: 0.627),
# and no test sees it: a clean sheet only says *none of these*. Two faults of the table
# of section 3 need no test, only a look at the first readings: with `"saturated"`,
# $L_G$ is negative; with `"swapped"`, $D$ rates generated pictures above real ones. And
# the tests are made for a step like ours. A sound one in which $D$ moves twice, they
# would call `"frozen"`.
#
# **What if** a run has two faults? Readings can hide one behind the other: give patient
# 1 the step of patient 5, and where hardly any gradient gets through, the penalty that
# nobody adds stays small all the same. The tests tell the two apart.
#
# And a suspicion proved can be turned round: repair, and see whether the patient is
# well. Patient 3 has two faults, and both are found. First repair only the clearing, by
# a hook that clears $G$ after $D$'s half. Then repair only `detach`: what $D$'s half
# leaves in $G$ is thrown away, and what $G$ held before is put back.

# %%
doubly_ill = train(admit(PATIENTS[1] | PATIENTS[5]), steps=200)
hidden = doubly_ill.history["penalty"][-100:].mean() / late(healthy, "penalty")
claim("two faults, the penalty looks small", hidden, "<", 0.4, name="share of healthy")
wrong = set(found(PATIENTS[1] | PATIENTS[5])) ^ {"sigmoid", "penalty"}
claim("two faults at once: missed or made up", len(wrong), "==", 0)

reference, cured = train(admit({}), steps=10), admit(PATIENTS[3])
cured.d_optimiser.register_step_post_hook(lambda *_: cured.generator.zero_grad())
train(cured, steps=10)
weights = [flat(gan.generator.parameters()) for gan in (cured, reference)]
difference = (weights[0] - weights[1]).abs().max()
claim("cleared, patient 3 trains like the healthy run", difference, "<", 1e-3)

half_cured, kept = admit(PATIENTS[3]), {}
own = list(half_cured.generator.parameters())


def put_back(*_):
    for weights in own:
        weights.grad = kept.get(weights)


half_cured.d_optimiser.register_step_post_hook(put_back)
half_cured.g_optimiser.register_step_post_hook(
    lambda *_: kept.update({weights: weights.grad.clone() for weights in own})
)
sizes = train(half_cured, steps=100).history["gradient"]
rise = sizes[-20:].mean() / sizes[:10].mean()
claim("with detach alone, G's gradient still grows", rise, ">", 2, name="factor")

# %% [markdown]
# So the harm is in the clearing. A missing `detach` alone only costs work, as long as
# $G$ is cleared between $D$'s `backward` and its own; that is why it goes unnoticed. In
# a step that clears both networks at its top, $G$ would also follow the slope of $L_D$.

# %% [markdown]
# ## 6 · A decision tree to take home

# %%
QUESTIONS = (
    ("Do both networks move?", "a step for each optimiser"),
    ("Do real and generated pixels\nhave one range?", "scale the pictures to [−1, 1]"),
    ("From cleared gradients: does\nD's half leave G without one?", "detach the fakes"),
    ("Are G's old gradients gone\nwhen it is updated?", "zero_grad before backward"),
    ("Does D stand still\nwhen G is updated?", "one optimiser for each network"),
    (
        "On huge inputs, do D's\nanswers leave [0, 1]?",
        "no sigmoid before a logits loss",
    ),
    ("Does every term of the loss\nchange the gradient?", "add it before backward"),
    ("Is G in training mode\nafter a look?", "call train() again"),
    ("Do pictures from different\nlatents differ?", "collapse: notebook 07"),
    ("Does a fresh examiner\npay nearly 1.386?", "notebooks 06 and 07, or train on"),
)

# %%
figure, ((axis,),) = panels(height=930, width=760)
box = {"boxstyle": "round,pad=0.5", "facecolor": "white", "edgecolor": "#0072B2"}
remedy_box = box | {"edgecolor": "#D55E00"}
for row, (question, remedy) in enumerate(QUESTIONS):
    middle = {"ha": "center", "va": "center"}
    axis.text(0.25, -row, question, bbox=box, **middle)
    axis.text(0.75, -row, remedy, bbox=remedy_box, **middle)
    arrow = {"arrowstyle": "->", "color": "#333333", "lw": 1.5}
    axis.annotate("", (0.55, -row), (0.43, -row), arrowprops=arrow)
    axis.text(0.49, -row + 0.12, "no", ha="center")
    axis.annotate("", (0.25, -row - 0.68), (0.25, -row - 0.32), arrowprops=arrow)
    axis.text(0.26, -row - 0.55, "yes")
axis.text(
    0.25, -len(QUESTIONS), "No fault found. Keep the readings.", bbox=box, **middle
)
axis.set(xlim=(0, 1), ylim=(-len(QUESTIONS) - 0.4, 0.5), title="Where is the fault?")
axis.set_axis_off()
show(
    figure,
    alt="Ten questions below each other. Each yes leads down to the next, each no "
    "to the right, to a remedy; the last yes leads to: no fault found.",
)

# %% tags=["main-picture"]
everyone = [healthy, first, second, third, fourth, fifth, sixth]
rows = torch.cat([gan.draw(gan, gan.latents[:8]) for gan in everyone])
title = "The healthy run, and patients 1 to 6"
names = ["healthy", *(f"patient {number}" for number in PATIENTS)]
labels = [text for name in names for text in (name, *[""] * 7)]
figure = image_grid(rows, columns=8, labels=labels, title=title, zoom=2)
show(
    figure,
    alt="Seven rows of pictures: digits; noise; grey digits on grey; one ragged shape "
    "again and again; and three rows of digits that look nearly healthy.",
)

# %% [markdown]
# The first eight questions are about code: ask them before you train. The last two are
# about the game: ask them of a run that is sound. Our healthy run answers *no* to the
# very last one, since 600 steps are few. Three rows of the last picture look nearly
# healthy; eyes alone would not have found what is wrong with them.
#
# ## Recap
#
# - An untrained $D$ of small logits and a perfect equilibrium show nearly the same
#   $L_D$; know this number for your loss, and do not trust it.
# - A fresh examiner, trained against frozen pictures, tells the two apart.
# - Six readings are worth keeping: both losses, both mean logits, the penalty, and the
#   size of $G$'s gradient. They raise a suspicion when next to a healthy run.
# - A test of a step or two settles it: who has gradients, who moves, what a term
#   changes. A clean sheet says only that it is none of the faults you asked for.
#
# ## In practice
#
# Before a long run ask the first eight questions; they cost three steps at most. While
# you look for a fault, keep the seed and change one thing at a time, so that two runs
# differ by it alone. When a run surprises you, look for a fault in the code before you
# touch the learning rate. And write down what it was: the next one may well be of the
# same kind.
#
# ## Further reading
#
# - S. Chintala and others, *How to Train a GAN? Tips and tricks to make GANs work*,
#   2016, [github.com/soumith/ganhacks](https://github.com/soumith/ganhacks): what to
#   watch, by people who had seen many fail.
# - D. Lopez-Paz and M. Oquab, *Revisiting Classifier Two-Sample Tests*, ICLR 2017,
#   [arXiv:1610.06545](https://arxiv.org/abs/1610.06545): the examiner, with its theory.
# - S. Ioffe and C. Szegedy, *Batch Normalization*, ICML 2015,
#   [arXiv:1502.03167](https://arxiv.org/abs/1502.03167).
# - M. Lucic and others, *Are GANs Created Equal? A Large-Scale Study*, NeurIPS 2018,
#   [arXiv:1711.10337](https://arxiv.org/abs/1711.10337): why one run proves little.
# - A. Karpathy, *A Recipe for Training Neural Networks*, 2019,
#   [karpathy.github.io/2019/04/25/recipe](https://karpathy.github.io/2019/04/25/recipe/).
