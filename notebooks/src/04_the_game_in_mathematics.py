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
#   title: Put the game into mathematics
#   part: "Part II: the adversarial game"
#   question: What do G(z; θ) and D(x; φ) optimise?
#   learning_minutes: 90
#   picture: pictures/04_the_game_in_mathematics.png
#   picture_alt: "Left, two densities over a line: real numbers in two humps, generated ones in one. Right, the share of real numbers at each place as dots, the formula on them, an untrained network far from them, and a trained one that leaves them only at the ends."
#   picture_caption: A network that was only ever told "real" or "generated" has learnt a formula, p / (p + q). Section 2 shows why.
# ---

# %% [markdown]
# **You will build** the game of a generative adversarial network on worlds so small that
# every answer is known, and play it by hand, one slope at a time.
#
# **You will learn** what the two players optimise, what the discriminator's number
# means, which divergence of two distributions the game measures, why there are two
# losses and not one, and when a generator stops learning.
#
# **You need** notebook 03: densities, cross-entropy, gradients, a small network and its
# training loop. No knowledge of GANs; and there are no images to learn from yet.

# %% tags=["setup"]
import math

import torch
from matplotlib.figure import Figure
from torch import nn
from torch.distributions import Categorical, Independent, MixtureSameFamily, Normal
from torch.nn.functional import logsigmoid

from gan_course.checks import game_in_mathematics as check
from gan_course.checks.claims import claim
from gan_course.plots import curves, panels, show
from gan_course.runtime import seed_everything
from gan_course.widgets.redrawn import Redrawn

seed = seed_everything(4)

# %% [markdown]
# ## 1 · Two players, one number
#
# Real things $x$, here numbers or points, later pictures, come from a distribution
# whose density $p(x)$ says how thickly they lie. Nobody gives us $p$, only samples.
#
# - The **generator** $G(z;\,\theta)$ makes things. It is fed with random numbers $z$,
#   the *latents*; its parameters $\theta$ decide what becomes of them. We assume that
#   what it makes has a density too, $q(x)$, which changes with $\theta$.
# - The **discriminator** $D(x;\,\varphi)$ is shown one thing and answers with a number
#   between 0 and 1, near 1 for "this is real". Its parameters are $\varphi$.
#
# Write $\mathbb{E}_p$ for the *expectation*, the mean over infinitely many samples of
# $p$: the integral $\int p(x)\,(\dots)\,dx$. The whole game is one number, its *value*:
#
# $$V(\theta, \varphi) = \mathbb{E}_{x \sim p}\,\log D(x;\,\varphi)
# + \mathbb{E}_{z}\,\log\bigl(1 - D(G(z;\,\theta);\,\varphi)\bigr).$$
#
# **$D$ wants $V$ large, $G$ wants it small.** You know $-V$ from notebook 03: it is a
# sum of two mean cross-entropies, one over the class *real* and one over the class
# *generated*. So it is twice the cross-entropy of a batch with as many of each. With
# two classes, softmax needs one logit $\ell$ only, that of *real* (the other one may be 0,
# since only their difference counts):
#
# $$D = \frac{e^{\ell}}{e^{\ell} + 1} = \sigma(\ell), \qquad 1 - D = \sigma(-\ell).$$
#
# $\sigma$ is called the *sigmoid*. PyTorch's `logsigmoid` is its logarithm, so our
# discriminators return $\ell$. Here are two worlds and the value of the game, estimated
# from samples.


# %% tags=["setup"]
def clouds(centres, width):
    """Equally likely normal clouds around centres (K, d): `sample` and `log_prob`."""
    centres = torch.tensor(centres)
    widths = torch.as_tensor(width).expand_as(centres)
    kinds = Categorical(torch.ones(len(centres)))
    return MixtureSameFamily(kinds, Independent(Normal(centres, widths), 1))


def value(real_logits, fake_logits):
    return logsigmoid(real_logits).mean() + logsigmoid(-fake_logits).mean()


real = clouds([[-2.0], [2.0]], 0.7)
# What G(z; θ) = θ z makes of standard normal z, with θ = 2:
generated = clouds([[0.0]], 2.0)

# %% [markdown]
# ## 2 · The best discriminator
#
# $D$ may answer differently at every place, so look at one place $x$ only. There $V$
# collects $p \log D + q \log(1 - D)$. Its slope with respect to $D$ is
# $p/D - q/(1 - D)$. Where $p$ and $q$ are positive, this is positive for small $D$,
# negative for large $D$, and 0 at
#
# $$D^*(x) = \frac{p(x)}{p(x) + q(x)}.$$
#
# Turned round, the *odds* are $\frac{D^*}{1 - D^*} = \frac{p}{q}$, and the best logit
# is their logarithm, $\ell^*(x) = \log p(x) - \log q(x)$. Does a plain search agree?


# %%
def best_logits(real, generated, x):
    return (real.log_prob(x) - generated.log_prob(x)).unsqueeze(1)


line = torch.linspace(-7, 7, 281).unsqueeze(1)
p, q = real.log_prob(line).exp(), generated.log_prob(line).exp()
formula = p / (p + q)

candidates = torch.linspace(0.001, 0.999, 999)
at_each_place = p[:, None] * candidates.log() + q[:, None] * (1 - candidates).log()
found = candidates[at_each_place.argmax(dim=1)]
inside = (formula > 0.001) & (formula < 0.999)
error = (found - formula)[inside].abs().max()
claim("the best answer is p / (p + q)", error, "<", 0.002, name="error")
error = (torch.sigmoid(best_logits(real, generated, line))[:, 0] - formula).abs().max()
claim("and its logit is log p - log q", error, "<", 1e-5, name="error")

# %% [markdown]
# ### D(x; φ) is a probability
#
# There is a second way to the same formula. Mix as many real as generated things, and
# draw one. Given that it lies at $x$, how probable is it that it is real? Among all
# things near $x$, the real ones are $p$ parts and the generated ones $q$, so
#
# $$D^*(x) = P(\text{real} \mid x) = \frac{p(x)}{p(x) + q(x)}.$$
#
# So the best discriminator simply *counts*. And a network that never sees $p$ or $q$,
# only samples with their labels, should end up there. We train one, with the step that
# you know from notebook 03, and compare it with the formula and with a count. Its error
# is the mean of $|D - p/(p+q)|$ over the mixture, $(p+q)/2$.


# %%
def new_discriminator(inputs):
    return nn.Sequential(
        nn.Linear(inputs, 64), nn.Tanh(), nn.Linear(64, 64), nn.Tanh(), nn.Linear(64, 1)
    )


def train(discriminator, real, generated, steps=400, watch=None):
    optimiser = torch.optim.Adam(discriminator.parameters())
    for step in range(steps + 1):
        if watch:
            watch(step)
        optimiser.param_groups[0]["lr"] = 0.01 * (1 - step / steps)
        real_logits = discriminator(real.sample((256,)))
        fake_logits = discriminator(generated.sample((256,)))
        loss = -value(real_logits, fake_logits)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()


# %%
real_100k, fake_100k = real.sample((100_000,)), generated.sample((100_000,))
mixed = torch.cat([real_100k, fake_100k])
discriminator = new_discriminator(1)


@torch.no_grad()
def error_of(discriminator):
    best = torch.sigmoid(best_logits(real, generated, mixed))
    return (torch.sigmoid(discriminator(mixed)) - best).abs().mean()


error_before = error_of(discriminator)
with torch.no_grad():
    answer_before = torch.sigmoid(discriminator(line))
train(discriminator, real, generated)
claim("before training, the error of D", error_before, ">", 0.15, name="mean error")
error = error_of(discriminator)
claim("the trained D is near p / (p + q)", error, "<", 0.04, name="mean error")

# %% tags=["main-picture"]
edges = torch.linspace(-7, 7, 57)
real_counts = torch.histogram(real_100k, edges).hist
fake_counts = torch.histogram(fake_100k, edges).hist
shares = real_counts / (real_counts + fake_counts)
middles, enough = (edges[1:] + edges[:-1]) / 2, real_counts + fake_counts > 200

figure, ((left, right),) = panels(1, 2, height=380)
left.plot(line, p, label="p, real")
left.plot(line, q, label="q, generated")
left.set(title="Two densities", xlabel="x", ylabel="density", ylim=(0, 0.36))
left.legend(loc="upper center", ncols=2)
with torch.no_grad():
    right.plot(line, torch.sigmoid(discriminator(line)), label="D after training")
right.plot(line, answer_before, label="D before training")
right.plot(line, formula, label="p / (p + q)", color="black", ls=":")
right.plot(middles[enough], shares[enough], "ko", ms=4, label="counted share of real")
right.set(title="The discriminator's answer", xlabel="x", ylabel="D(x)", ylim=(0, 1.5))
right.set_yticks([0, 0.25, 0.5, 0.75, 1])
right.legend(loc="upper center", ncols=1)
show(
    figure,
    alt="Left, two humps of real numbers and one wide hump of generated ones. Right, "
    "dots and a dotted curve with two peaks, followed by the trained D except at the "
    "ends; the untrained D has no peaks.",
)

at_middle = torch.sigmoid(best_logits(real, generated, middles[:, None]))[:, 0]
error = (shares - at_middle)[enough].abs().max()
claim("counting finds the same curve", error, "<", 0.08, name="largest error")

# %% [markdown]
# Start with the dots: each is a count among 200,000 samples and lies close to the
# dotted formula. The network's curve follows them between about $-3.7$ and $3.7$.
# Farther out the formula goes on to 0 and the network does not: only one number in
# thirty lies there, so an error costs it little. **Trust $D$ only where it has seen
# many samples.** Look at the peaks, too: even there the best answer is not 1 but about
# 0.7, for among the numbers near 2 many *are* generated.
#
# If $D$ is a probability, we can hold it to its word. Collect everything that got an
# answer near 0.6: about 60 % should be real. A network with this property is
# *calibrated*. (That alone makes no good discriminator: a coin, which always says ½,
# keeps its promise too.) What if we double all logits? Every answer stays on the same
# side of ½, so no more mistakes are made. But the answers are probabilities no longer:
# they are too far from ½, on both sides.


# %%
def kept_promises(logits):
    """Mean answer, and share of real ones, in ten equal groups sorted by answer."""
    answers, order = torch.sigmoid(logits[:, 0]).sort()
    is_real = (order < len(real_100k)).float()
    return answers.view(10, -1).mean(dim=1), is_real.view(10, -1).mean(dim=1)


with torch.no_grad():
    logits = discriminator(mixed)
said, true = kept_promises(logits)
said_doubled, true_doubled = kept_promises(2 * logits)

figure, ((axis,),) = panels(height=380, width=560)
axis.plot([0, 1], [0, 1], color="black", ls=":", label="kept promises")
axis.plot(said, true, "o-", label="D")
axis.plot(said_doubled, true_doubled, "s--", label="D with doubled logits")
axis.set(title="What D says, and what is true", xlabel="mean answer of the group")
axis.set(ylabel="share of real ones in it")
axis.legend()
show(
    figure,
    alt="Ten dots on the diagonal for D. With doubled logits they form an S: answers "
    "below one half are too low and answers above are too high.",
)
claim("D keeps its promises", (said - true).abs().max(), "<", 0.05, name="error")
error = (said_doubled - true_doubled).abs().max()
claim("with doubled logits, D breaks them", error, ">", 0.06, name="error")

# %% [markdown] tags=["exercise"]
# ### Exercise 1 · One real among many
#
# A probability depends on the mixture. On the web, $D$ meets a stream in which $k$
# generated things come *for every real one*. It was trained as in this section, is the
# best there, and is not trained again. You get its `logits`, a tensor of any shape.
# What is the probability, in the stream, that a thing with such a logit is real?
#
# Fill in two weights that stand to each other as, in the stream, the real ones near $x$
# stand to the generated ones. Logits may be as large as ±200, and the result must still
# be a number.


# %% tags=["stub"]
def in_the_stream(logits, k):
    weight_real = ...
    weight_fake = ...
    return weight_real / (weight_real + weight_fake)


# %% tags=["solution"]
def in_the_stream(logits, k):
    weight_real = torch.sigmoid(logits)
    weight_fake = k * torch.sigmoid(-logits)
    return weight_real / (weight_real + weight_fake)


# %% tags=["check"]
check.check_in_the_stream(in_the_stream)

# %% [markdown] tags=["exercise"]
# **Think:** $D$ answers 0.9. In a stream with 99 generated things for every real one,
# is this one more likely real or generated? And what happens to the logit?

# %% [markdown] tags=["solution"]
# The odds were 9 to 1 and are now 9 to 99, so it is real with probability 1/12,
# about 8 %: most likely generated, although $D$ seemed sure. Dividing the odds by $k$
# subtracts $\log k$ from the logit, the same number at every $x$. A discriminator that
# works in training can mislead in use because the mixture is another one.

# %% [markdown]
# ## 3 · What the game measures
#
# Suppose that $D$ is the best one. What is $V$ then? Put $D^*$ in, and write
# $m = (p + q)/2$ for the density of the mixture, so that $D^* = \frac{p}{2m}$ and
# $1 - D^* = \frac{q}{2m}$:
#
# $$V^* = \mathbb{E}_p \log\frac{p}{2m} + \mathbb{E}_q \log\frac{q}{2m}
# = \mathrm{KL}(p\,\|\,m) + \mathrm{KL}(q\,\|\,m) - 2 \log 2.$$
#
# Here $\mathrm{KL}(p\,\|\,m) = \mathbb{E}_p \log\frac{p}{m}$ is the *Kullback–Leibler
# divergence*: 0 if both densities are the same and positive otherwise. The mean of the
# two is the *Jensen–Shannon divergence*, $\mathrm{JSD}$. So
#
# $$V^* = 2\,\mathrm{JSD}(p, q) - \log 4 .$$
#
# All logarithms are natural. A generator that makes this $V^*$ small makes JSD small,
# whether it wants to or not. We integrate both sides on a grid of points. On the axis
# is the mean $\theta$ of a generator $G(z;\,\theta) = z + \theta$ that should imitate a
# standard normal $p$.


# %%
def best_value_and_jsd(real, generated):
    dimensions = real.event_shape[0]
    points = 2_401 if dimensions == 1 else 481
    ticks = torch.linspace(-12, 12, points, dtype=torch.float64)
    x = torch.cartesian_prod(*[ticks] * dimensions).view(-1, dimensions)
    cell = (ticks[1] - ticks[0]) ** dimensions
    log_p, log_q = real.log_prob(x), generated.log_prob(x)
    log_m = torch.logaddexp(log_p, log_q) - math.log(2)
    kl_p = (log_p.exp() * (log_p - log_m)).sum() * cell
    kl_q = (log_q.exp() * (log_q - log_m)).sum() * cell

    logits = log_p - log_q
    on_real = (log_p.exp() * logsigmoid(logits)).sum() * cell
    on_fake = (log_q.exp() * logsigmoid(-logits)).sum() * cell
    return on_real + on_fake, (kl_p + kl_q) / 2


# %%
standard = clouds([[0.0]], 1.0)
thetas = torch.linspace(-7, 7, 57)
scores = [best_value_and_jsd(standard, clouds([[t]], 1.0)) for t in thetas.tolist()]
best_values, jsds = torch.tensor(scores).T
title = "The value of the game against the best D"
names = {"V*": best_values, "JSD": jsds}
figure = curves(names, thetas, xlabel="θ, mean of the generator", title=title)
axis = figure.axes[0]
axis.set(ylabel="V* and JSD")
axis.axhline(-math.log(4), color="black", ls=":", lw=1)
axis.axhline(math.log(2), color="black", ls=":", lw=1)
axis.text(-7, -math.log(4) + 0.04, "−log 4")
axis.text(-7, math.log(2) - 0.14, "log 2")
show(
    figure,
    alt="Two valleys with their lowest point at 0: V* from minus log 4 up to nearly 0, "
    "and JSD from 0 up to nearly log 2. Both are flat at the sides.",
)
error = (best_values - (2 * jsds - math.log(4))).abs().max()
claim("V* is 2 JSD - log 4", error, "<", 1e-5, name="error")
error = (best_values[28] + math.log(4)).abs()
claim("at equilibrium V* is -log 4", error, "<", 1e-5, name="error")
claim("JSD is at most log 2", jsds.max() - math.log(2), "<", 0, name="excess")

# %% [markdown]
# The lowest point of $V^*$ is at $p = q$. There $D^* = ½$ everywhere, and
# $V = 2 \log ½ = -\log 4 \approx -1.386$. Neither player can gain by moving alone: an
# *equilibrium*. Look at the sides, too. When $p$ and $q$ hardly overlap,
# JSD is nearly $\log 2$, and *stays* there however far they are apart: the valley is
# flat. Section 4 meets this again.
#
# ### From below
#
# A trained network is never quite the best. By the definition of $D^*$, *any* $D$ has
# $V \leq V^*$. So a discriminator's value is a lower bound of $2\,\mathrm{JSD} - \log
# 4$, and training pushes it up. Does this hold on samples? We train on five pairs of
# densities, three on a line and two in the plane, and measure $V$ on 100,000 **fresh**
# samples of each kind. These samples scatter: another draw of them would give another
# $V$. It moves the value of $D^*$ by nearly as much as that of $D$, so we compare the
# two on the *same* samples, and the luck of the draw mostly cancels.

# %%
eighths = [k * math.pi / 4 for k in range(8)]
ring = [[2 * math.cos(angle), 2 * math.sin(angle)] for angle in eighths]
plane, long = [[0.0, 0.0]], torch.tensor([2.5, 0.5])
pairs = {
    "far apart": (clouds([[2.0]], 1.0), clouds([[-2.0]], 2.0)),
    "narrow, wide": (clouds([[0.0]], 1.0), clouds([[0.0]], 3.5)),
    "two humps, one": (real, generated),
    "round, long": (clouds(plane, 1.0), clouds(plane, long)),
    "ring, blob": (clouds(ring, 0.4), clouds(plane, 1.5)),
}
looks = (0, 10, 20, 50, 100, 200, 400)


# %%
def values_while_training(real, generated):
    fresh_real, fresh_fake = real.sample((100_000,)), generated.sample((100_000,))
    discriminator, values = new_discriminator(fresh_real.shape[1]), []

    @torch.no_grad()
    def watch(step):
        if step in looks:
            values.append(value(discriminator(fresh_real), discriminator(fresh_fake)))

    train(discriminator, real, generated, watch=watch)
    best = [best_logits(real, generated, x) for x in (fresh_real, fresh_fake)]
    return torch.stack(values), value(*best)


runs = {name: values_while_training(*pair) for name, pair in pairs.items()}
bounds = {name: best_value_and_jsd(*pair)[0] for name, pair in pairs.items()}

# %%
gaps = torch.stack([best - values for values, best in runs.values()])
figure, ((left, right),) = panels(1, 2, height=450)
places = range(len(looks))
for (name, (values, _)), gap, marker in zip(runs.items(), gaps, "os^Dv"):
    style = {"marker": marker, "ms": 5, "ls": "-", "lw": 1.5, "label": name}
    (drawn,) = left.plot(places, values, **style)
    left.axhline(bounds[name], ls=":", lw=1.5, color=drawn.get_color())
    right.plot(places, gap, **style)
left.axhline(-math.log(4), color="black", lw=1, ls="-")
left.text(3.4, -math.log(4) + 0.015, "−log 4: D says ½")
left.set(title="V of the trained D; dotted: 2 JSD − log 4", ylabel="V on fresh samples")
right.set(title="Gap to D* on the same samples", ylabel="gap", yscale="log")
for axis in (left, right):
    axis.set_xticks(places, looks)
    axis.set(xlabel="training steps (axis not to scale)")
handles, names = right.get_legend_handles_labels()
figure.legend(handles, names, loc="outside lower center", ncols=5)
show(
    figure,
    alt="Left, five curves rise, each to a dotted line of its colour that it nearly "
    "reaches. Right, the five gaps on a logarithmic axis, falling to a few hundredths "
    "or less.",
)
luck = max(abs(best - bounds[name]) for name, (_, best) in runs.items())
claim("D* on samples reaches 2 JSD - log 4", luck, "<", 0.02, name="largest error")
claim("every D stays below it", gaps.min(), ">", 0, name="smallest gap")
left_over = (gaps[:, -1] / gaps[:, 0]).max()
claim("the gap shrinks as D trains", left_over, "<", 0.25, name="largest share left")
claim("and ends small", gaps[:, -1].max(), "<", 0.1, name="largest gap")

# %% [markdown]
# Left: before training, $V$ lies wherever chance has put it, mostly near $-\log 4$.
# Then each curve rises, on the whole, to its own dotted line. That line is the bound
# for infinitely many samples, so the luck of a draw may lift a curve a hair above it.
# On the same samples, right, no $D$ beats $D^*$. The ring takes longest: $D$ soon finds
# the hole in the middle of it, and only slowly that beyond the ring nearly everything
# is generated. Until then, "the game says that $p$ and $q$ are alike" would only mean
# "$D$ has not noticed yet".

# %% [markdown] tags=["exercise"]
# ### Exercise 2 · A divergence in bits
#
# Turn this around: from a discriminator's logits on fresh samples, estimate the
# Jensen–Shannon divergence. Give it in *bits*, the unit in which it is exactly 1 for
# two densities that never meet. First the value of the game, then solve $V =
# 2\,\mathrm{JSD} - \log 4$ and change the unit.


# %% tags=["stub"]
def divergence(real_logits, fake_logits):
    V = ...
    return ...


# %% tags=["solution"]
def divergence(real_logits, fake_logits):
    V = value(real_logits, fake_logits)
    return (V + math.log(4)) / 2 / math.log(2)


# %% tags=["check"]
check.check_divergence(divergence)

# %% [markdown] tags=["exercise"]
# **Think:** your estimate comes from a trained $D$, not from $D^*$. Is it too large or
# too small? Why must the samples be fresh?

# %% [markdown] tags=["solution"]
# Too small on average, since $V \leq V^*$; it can even be negative, if $D$ is worse
# than a coin. On the samples that it was trained with, $D$ may know single points by
# heart and score *above* $V^*$: then two equal densities would seem to differ.

# %% [markdown]
# ## 4 · Two losses
#
# Players that descend need losses. $D$ minimises $L_D = -V$. For $G$ only the second
# part of $V$ counts, since $\theta$ does not occur in the first. Written as means over
# samples:
#
# $$L_D = -\operatorname{mean} \log D(x) - \operatorname{mean} \log(1 - D(G(z))),$$
#
# $$L_G^{\text{zero-sum}} = \operatorname{mean} \log(1 - D(G(z))), \qquad
# L_G^{\text{non-saturating}} = -\operatorname{mean} \log D(G(z)).$$
#
# The first form follows the rule of a *zero-sum* game: what one wins the other loses.
# The second turns "be called generated less" into "be called real more". Both fall as
# $D(G(z))$ rises; what differs is how steeply. Take one generated sample, and the
# slopes with respect to its logit:
#
# $$\frac{\partial}{\partial \ell} \log(1 - D) = -D, \qquad
# \frac{\partial}{\partial \ell} (-\log D) = -(1 - D).$$
#
# Each sample's slope in the second form is that of the first, times the *saturation
# ratio* $\frac{1 - D}{D} = e^{-\ell}$.


# %% tags=["setup"]
def zero_sum(fake_logits):
    return logsigmoid(-fake_logits).mean()


def non_saturating(fake_logits):
    return -logsigmoid(fake_logits).mean()


fake_logits = torch.linspace(-7, 7, 141).unsqueeze(1).requires_grad_()
(zero_sum_slopes,) = torch.autograd.grad(zero_sum(fake_logits), fake_logits)
(other_slopes,) = torch.autograd.grad(non_saturating(fake_logits), fake_logits)
answers = torch.sigmoid(fake_logits).detach()
ratios = (1 - answers) / answers
relative = other_slopes / (zero_sum_slopes * ratios) - 1
claim("the slopes differ by (1 - D) / D", relative.abs().max(), "<", 1e-3, name="error")

# %% [markdown]
# Now watch it on a whole generator, $G(z;\,\theta) = z + \theta$ against a standard
# normal $p$. For each $\theta$ we take the best $D$, with $\ell^*(x) =
# \frac{\theta^2}{2} - \theta x$, and *hold it fixed*, as one does in $G$'s turn. Then a
# small move of $\theta$ shifts every sample by as much, and every logit by $-\theta$
# times as much, the slope of $\ell^*$. So the slope of a loss with respect to $\theta$
# is the mean of its slopes with respect to the logits, times $-\theta$. How hard is $G$
# pulled towards $\theta = 0$?


# %%
means = torch.linspace(-7, -0.1, 70, dtype=torch.float64)
spots = torch.linspace(-16, 10, 2_601, dtype=torch.float64)
best_answers = torch.sigmoid(means[:, None] ** 2 / 2 - means[:, None] * spots)
shifted = torch.exp(-((spots - means[:, None]) ** 2) / 2) / math.sqrt(2 * math.pi)
mean_answer = (shifted * best_answers).sum(dim=1) * (spots[1] - spots[0])
zero_sum_pull = -means * mean_answer
non_saturating_pull = -means * (1 - mean_answer)

figure, ((left, right),) = panels(1, 2, height=380)
left.plot(answers, answers, label="zero-sum, D")
left.plot(answers, 1 - answers, label="non-saturating, 1 − D")
left.plot(answers, ratios, label="ratio (1 − D) / D", color="black", ls=":")
left.set(title="One sample: size of its slope", xlabel="D, what it got", yscale="log")
left.set(ylabel="size of the slope, ratio")
left.legend(loc="lower center")
right.plot(means, zero_sum_pull, label="zero-sum")
right.plot(means, non_saturating_pull, label="non-saturating")
right.set(title="The generator: pull on θ by the best D", yscale="log")
right.set(xlabel="θ, mean of the generator", ylabel="pull towards 0")
right.legend(loc="lower center")
show(
    figure,
    alt="Logarithmic axes. Left, the ratio falls from a thousand to a thousandth and "
    "is 1 where both slopes cross, at one half. Right, far from the data the zero-sum "
    "pull falls below one hundredth while the other one grows; near 0 they meet.",
)

# %%
times = non_saturating_pull / zero_sum_pull
claim("far out, non-saturating pulls harder", times[0], ">", 100, name="times")
claim("near the data both pull alike", times[-1], "<", 1.2, name="times")
around = [best_value_and_jsd(standard, clouds([[t]], 1.0))[0] for t in (-2.01, -1.99)]
error = ((around[0] - around[1]) / 0.02 - zero_sum_pull[50]).abs()  # θ = -2
claim("the zero-sum pull is the slope of V*", error, "<", 0.005, name="error")

# %% [markdown]
# On the left, one sample: where $D$ is near 0, it is sure that the sample is generated,
# and the ratio is huge. Now read the right panel from right to left. Near the data, $D
# \approx ½$, the ratio is about 1, and both forms pull alike. Beyond $\theta \approx
# -1.6$, the worse the generator is, the surer the discriminator, and the *weaker* the
# zero-sum pull: just where $G$ has most to learn, it learns little. Its loss is
# *saturated*. These are the flat sides of the valley in section 3: at its best, $D$
# gains nothing by a small change, so the slope of $V^*$ is that of $V$ with $D$ held
# fixed. The non-saturating form pulls harder the farther away $G$ is; notebook 05
# trains with it.
#
# ### Each sample alike, but not all together
#
# The ratio is positive: both forms pull *each sample* in the same direction. Is
# $\theta$ then pulled in the same direction, too? Back to the two humps of section 2,
# with $G(z;\,\theta) = \theta z$, $\theta = 2$, and the best $D$ for it, held fixed.


# %%
theta = torch.tensor(2.0, requires_grad=True)
latents = Normal(0, 1).icdf((torch.arange(100_000) + 0.5) / 100_000).unsqueeze(1)
fake_logits = best_logits(real, generated, theta * latents)
(slope_1,) = torch.autograd.grad(zero_sum(fake_logits), theta, retain_graph=True)
(slope_2,) = torch.autograd.grad(non_saturating(fake_logits), theta)
claim("zero-sum says: wider, larger θ", slope_1, "<", -0.01, name="slope")
claim("non-saturating says: narrower", slope_2, ">", 0.2, name="slope")

# %% [markdown]
# Opposite directions. Samples in the hole between the humps are sent outwards, those
# beyond the humps inwards, and $\theta$ cannot do both. The weights decide, and the
# outermost samples, which are hardly ever real, get the largest ratio. So only the
# zero-sum form goes down the valley of JSD. Against the best $D$, the other form has
# the slope of $\mathrm{KL}(q\,\|\,p) - 2\,\mathrm{JSD}(p, q)$ instead (Arjovsky and
# Bottou prove it). What both share is the equilibrium: at $p = q$, $D^* = ½$
# everywhere, and neither pulls.

# %% [markdown] tags=["exercise"]
# ### Exercise 3 · Give each sample its pull back
#
# You are handed `slopes`, of shape (N, 2): how $L_G$ *in its zero-sum form* changes
# with each of N generated points of the plane. Turn them into the slopes that the
# non-saturating form would have had. Use the logits, of shape (N, 1), of the same
# points. No autograd is needed.


# %% tags=["stub"]
def with_full_pull(slopes, fake_logits):
    ratio = ...
    return ...


# %% tags=["solution"]
def with_full_pull(slopes, fake_logits):
    ratio = torch.exp(-fake_logits)
    return ratio * slopes


# %% tags=["check"]
check.check_with_full_pull(with_full_pull)

# %% [markdown] tags=["exercise"]
# **Think:** somebody uses one ratio for all points, the mean of theirs. In which
# direction does $\theta$'s whole gradient point then: zero-sum, non-saturating, or
# neither?

# %% [markdown] tags=["solution"]
# In that of the zero-sum form. One positive factor for all samples makes the gradient
# longer and does not turn it. A generator far from the data would learn again, but at
# $\theta = 2$ above it would still be sent the other way than by the non-saturating
# form. To turn the gradient, the weights must differ *between* samples.

# %% [markdown]
# ## 5 · Never add the two losses
#
# Other networks have one loss. Could we not add ours, $L_D + L_G$, and descend? Take
# the zero-sum form first. The sum is
#
# $$L_D + L_G^{\text{zero-sum}} = -\operatorname{mean} \log D(x):$$
#
# all that depends on $\theta$ has cancelled. Its slope with respect to $\theta$ is not
# small but exactly 0. In the non-saturating form, each generated sample contributes
# $-\log D - \log(1 - D)$, whose slope with respect to the logit is $2D - 1$. This
# contribution is least at $D = ½$, where it is $\log 4$.

# %%
theta = torch.tensor(-2.0, requires_grad=True)
fake_logits = discriminator(torch.randn(500, 1) + theta)
loss_D = -value(discriminator(torch.randn(500, 1)), fake_logits)
(slope_alone,) = torch.autograd.grad(zero_sum(fake_logits), theta, retain_graph=True)
(slope_of_sum,) = torch.autograd.grad(loss_D + zero_sum(fake_logits), theta)
claim("L_G alone has a slope by θ", slope_alone.abs(), ">", 0.001, name="size")
claim("the zero-sum sum has none", slope_of_sum, "==", 0, name="slope")

answers = torch.linspace(0.01, 0.99, 99, dtype=torch.float64)
both = -answers.log() - (1 - answers).log()
claim("the other sum is least at D", answers[both.argmin()], "==", 0.5, name="answer")
claim("and is log 4 there", (both.min() - math.log(4)).abs(), "<", 1e-9, name="error")


# %%
def play(together, steps=600):
    """A generator z + θ against a standard normal p, and what happens in each step."""
    D, theta = new_discriminator(1), torch.tensor(-2.0, requires_grad=True)
    d_optimiser = torch.optim.Adam(D.parameters(), lr=0.005)
    g_optimiser = torch.optim.SGD([theta], lr=0.1)  # a step is 0.1 times the slope
    history = []
    for _ in range(steps):
        real, z = torch.randn(2, 256, 1)
        fake_logits = D(z + theta)
        loss = -value(D(real), fake_logits)
        on_fakes = non_saturating(fake_logits) - logsigmoid(-fake_logits).mean()
        if together:
            loss = loss + non_saturating(fake_logits)
        d_optimiser.zero_grad()
        g_optimiser.zero_grad()
        loss.backward()
        d_optimiser.step()
        if not together:
            g_optimiser.zero_grad()
            non_saturating(D(z + theta)).backward()
        g_optimiser.step()
        history.append((theta.item(), theta.grad.item(), on_fakes.item()))
    return D, *torch.tensor(history).T


joint_D, joint_path, slopes, on_fakes = play(together=True)
_, game_path, *_ = play(together=False)

# %%
span = torch.linspace(-8, 4, 241).unsqueeze(1)
figure, ((left, right),) = panels(1, 2, height=380)
left.plot(joint_path, label="the sum, together")
left.plot(game_path, label="two losses, in turn")
left.axhline(0, color="black", ls=":", lw=1)
left.set(title="θ, the mean of the generator", xlabel="steps", ylabel="θ")
left.legend()
with torch.no_grad():
    right.plot(span, torch.sigmoid(joint_D(span)), label="D")
right.fill_between(
    span[:, 0], standard.log_prob(span).exp(), alpha=0.35, label="p, real"
)
made = clouds([[joint_path[-1]]], 1.0).log_prob(span).exp()
right.fill_between(span[:, 0], made, alpha=0.35, label="q, generated")
right.axhline(0.5, color="black", ls=":", lw=1)
right.set(title="Where descending the sum led", xlabel="x", ylim=(0, 1.25))
right.set(ylabel="density, D")
right.set_yticks([0, 0.25, 0.5, 0.75, 1])
right.legend(ncols=3, loc="upper center")
show(
    figure,
    alt="Left, descending the sum moves θ away from 0, ever more slowly; playing in "
    "turn moves it to 0. Right, real and generated numbers lie apart; D is 1 on the "
    "real ones and one half on the generated ones.",
)

# %%
pull = slopes.view(12, 50).mean(dim=1).abs()  # means over 50 steps each
above = on_fakes.view(12, 50).mean(dim=1) - math.log(4)
claim("on the way, fakes cost more than log 4", above.max(), ">", 0.04, name="by")
claim("at the end hardly more", above[-1] / above.max(), "<", 0.3, name="share of that")
claim("and θ's pull has faded", pull[-1] / pull.max(), "<", 0.4, name="share left")
with torch.no_grad():
    on_real = torch.sigmoid(joint_D(torch.randn(20_000, 1))).mean()
claim("D knows the real ones", on_real, ">", 0.95, name="mean D")
claim("yet θ is far from the data", joint_path[-1].abs(), ">", 4, name="|θ|")
claim("in turn, it ends at the data", game_path[-1].abs(), "<", 0.5, name="|θ|")

# %% [markdown]
# Look right. $D$ is nearly 1 on what is real and ½ on what is generated: nearly the
# best that the *sum* can be. Where both kinds lie, $D$ would have to be 1 and ½ at the
# same place. So, on the left, the two players worked together and moved the generator
# *away* from the data. Each step of $\theta$ is 0.1 times its slope, so the curve
# flattens because the pull itself fades, as $D$ becomes ½, and flat, on what is
# generated. Unlike in the zero-sum form, it is not exactly 0: $\theta$ creeps on, the
# wrong way. That ½ looks like equilibrium and is none. $L_D + L_G$ is nobody's goal. A
# GAN has **two losses, and each player follows its own with its own parameters**.

# %% [markdown]
# ## 6 · Play it by hand
#
# Now the smallest game in which everything moves, with nothing hidden: no network, no
# autograd, no samples. Real numbers are standard normal. $G(z;\,\theta) = z + \theta$
# has one parameter, and the discriminator two, $D(x;\,w, b) = \sigma(wx + b)$. The best
# logit is a straight line too, so these two can reach it: $w^* = -\theta$, $b^* =
# \theta^2/2$. The means are integrals on a grid of points. And a slope is what it was
# in your first lesson on derivatives, the quotient of two small differences:
#
# $$\text{slope} \approx \frac{L(\dots + h) - L(\dots - h)}{2h}.$$


# %% tags=["setup"]
grid = torch.linspace(-10, 10, 1_001, dtype=torch.float64)


def normal(mean):
    return torch.exp(-((grid - mean) ** 2) / 2) / math.sqrt(2 * math.pi)


def average(density, quantity):
    return ((density * quantity).sum() * (grid[1] - grid[0])).item()


def L_D(state):
    logits = state["w"] * grid + state["b"]
    on_real = average(normal(0), logsigmoid(logits))
    return -on_real - average(normal(state["theta"]), logsigmoid(-logits))


def L_G(state):
    logits = state["w"] * grid + state["b"]
    return -average(normal(state["theta"]), logsigmoid(logits))


def slope(loss, state, name, h=1e-4):
    up, down = dict(state), dict(state)
    up[name], down[name] = state[name] + h, state[name] - h
    return (loss(up) - loss(down)) / (2 * h)


# %%
state = {"theta": -4.0, "w": 0.5, "b": 0.3}
answers = torch.sigmoid(state["w"] * grid + state["b"])
by_formula = -state["w"] * average(normal(state["theta"]), 1 - answers)
error = abs(slope(L_G, state, "theta") - by_formula)
claim("the slope by hand is that of section 4", error, "<", 1e-6, name="error")

# %% [markdown]
# A move of $D$ changes $w$ and $b$ against the slopes of $L_D$; a move of $G$ changes
# $\theta$ against the slope of $L_G$, in its non-saturating form. They take turns. A
# plan says who moves: `"DG" * 30` are sixty moves. After each, everything is drawn
# again on one axis: both densities, $D$, the best $D^*$ for this $\theta$, and an arrow
# four times as long as $G$'s next move, if it moved now (none, where that is next to
# nothing). Below, the history: $V$ and $V^*$, then $L_G$, and the three parameters.


# %%
def move(state, player, rate=0.5):
    after = dict(state)
    loss, names = (L_D, ("w", "b")) if player == "D" else (L_G, ("theta",))
    for name in names:
        after[name] = state[name] - rate * slope(loss, state, name)
    return after


def best_value(theta):
    best = {"theta": theta, "w": -theta, "b": theta**2 / 2}
    return -L_D(best)


def measured(state):
    values = {"V": -L_D(state), "L_G": L_G(state), "V*": best_value(state["theta"])}
    return {**state, **values}


# %%
def draw(figure, history):
    figure.clear()
    edges = {"left": 0.07, "right": 0.98, "top": 0.95, "bottom": 0.08}
    figure.subplots_adjust(**edges, hspace=0.45, wspace=0.22)
    axes = figure.subplot_mosaic("xxx;VLθ", height_ratios=(3, 2))
    draw_players(axes["x"], history[-1])
    axes["x"].set(title="Densities and D; arrow: four times G's next move")
    axes["x"].legend(loc="upper left")
    parameters = {"theta": "θ", "w": "w", "b": "b"}
    drawn = {"V": {"V": "V", "V*": "V*"}, "L": {"L_G": "L_G"}, "θ": parameters}
    for place, names in drawn.items():
        for name, label in names.items():
            axes[place].plot([state[name] for state in history], label=label)
        axes[place].set(xlim=(0, max(60, len(history) - 1)), xlabel="moves")
    lowest = min(state["V"] for state in history)
    axes["V"].axhline(-math.log(4), color="black", lw=1, ls=":")
    axes["V"].set(title="V and V*; dotted: −log 4", ylim=(min(-2, lowest - 0.1), 0))
    axes["L"].axhline(math.log(2), color="black", lw=1, ls=":")
    axes["L"].set(title="L_G; dotted: log 2", ylim=(0, 4.2))
    axes["θ"].set(title="The parameters", ylim=(-4.2, 2))
    axes["V"].legend(loc="upper right")
    axes["θ"].legend(loc="lower right")


# %%
def draw_players(axis, state):
    theta = state["theta"]
    axis.fill_between(grid, normal(0), alpha=0.35, label="p, real")
    axis.fill_between(grid, normal(theta), alpha=0.35, label="q, generated")
    answers = torch.sigmoid(state["w"] * grid + state["b"])
    axis.plot(grid, answers, color="black", ls="-", label="D")
    best = torch.sigmoid(theta**2 / 2 - theta * grid)
    axis.plot(grid, best, color="black", ls=":", label="best D for this θ")
    step = move(state, "G")["theta"] - theta
    if abs(step) > 0.03:
        to_scale = {"angles": "xy", "scale_units": "xy", "scale": 1, "zorder": 3}
        axis.quiver(theta, 0.5, 4 * step, 0, color="#D55E00", width=0.006, **to_scale)
    axis.set(xlim=(-7, 5), ylim=(0, 1.02), xlabel="x", ylabel="density, D")


def play_by_hand(plan, state, alt):
    history, figure = [measured(state)], Figure(figsize=(9, 6.4))
    with Redrawn(alt=alt) as view:
        for player in plan:
            history.append(measured(move(history[-1], player)))
            draw(figure, history)
            view.show(figure)
    return history


# %%
start = {"theta": -4.0, "w": 0.0, "b": 0.0}
alt = "Two hills that end on top of each other, D flat at one half, V at minus log 4."
history = play_by_hand("DG" * 30, start, alt)

claim("θ ends at the truth", abs(history[-1]["theta"]), "<", 0.1, name="|θ|")
flat = abs(history[-1]["w"]) + abs(history[-1]["b"])
claim("D says ½ everywhere", flat, "<", 0.1, name="|w| + |b|")
error = abs(history[-1]["V"] + math.log(4))
claim("V ends at -log 4", error, "<", 0.01, name="error")
overshoot = max(s["theta"] for s in history)
claim("on the way, G ran past the data", overshoot, ">", 0.2, name="θ")
lowest = min(history, key=lambda state: state["V"])
claim("D was worse than a coin", lowest["V"] + math.log(4), "<", -0.1, name="V + log 4")
claim("most of all when G arrived", abs(lowest["theta"]), "<", 0.1, name="|θ|")

figure, axes = panels(2, 2, height=560)
for axis, moves in zip(axes.flat, (0, 6, 22, 60)):
    draw_players(axis, history[moves])
    axis.set(title=f"After {moves} moves")
axes[0, 0].legend(loc="upper left", fontsize=9)
show(
    figure,
    alt="Four moments. D is flat and the hills are apart; D rises and an arrow sends "
    "the generated hill right; the hills coincide, D still rises and an arrow still "
    "points right; the hills coincide and D is flat.",
)

# %% [markdown]
# Run the cell and watch, or look at the four moments. At the start $D$ is flat, and $G$
# feels nothing: no arrow. Then $D$ tilts, and $G$ climbs: it feels how $\log D$ rises
# at its own samples, which is $w$, weighted by $1 - D$. After 22 moves $G$ has arrived,
# and $D$, still tilted, sends it on *past* the data. $V$ has sunk below $-\log 4$, the
# value of a coin, already before that, and is now lowest: $D$ is still playing against
# the generator of some moves ago. Each player chases an opponent who has moved already;
# here the swings shrink until both nearly stand still. At the lower left of the first
# picture, $V$ never passes $V^*$, and when all is over both are near $-\log 4$ and
# $L_G$ near $\log 2$.
#
# **What if $D$ stops learning?** Give it ten moves alone; then only $G$ moves.

# %%
alt = "The generated hill has run past the real one, up the slope of a fixed D."
stubborn = play_by_hand("D" * 10 + "G" * 30, start, alt)
claim("θ runs past the data", stubborn[-1]["theta"], ">", 1, name="θ")
claim("while L_G is far below log 2", stubborn[-1]["L_G"], "<", 0.2, name="loss")

# %% [markdown]
# $G$'s loss has sunk far below the $\log 2$ of equilibrium, and the mean of its samples
# has passed that of the data. More moves would only take them farther, for this $D$
# always answers more to larger numbers. A generator does not look for the data. It
# looks for wherever $D$ says *real*, and only a discriminator that keeps learning
# brings it back. Change the plan and see: `"DDDG" * 15`, `"DGG" * 20`, or one of your
# own.

# %% [markdown] tags=["exercise"]
# ### Exercise 4 · Both at once
#
# Above, the players took turns: when $G$ moved, $D$ had already. Let them move *at the
# same moment*. Each follows its own loss of section 6, and all slopes are taken in the
# state before anyone has moved. Use the functions of this section. Notebook 07 shows
# that this small change can make a game fly apart; this one stands it.


# %% tags=["stub"]
def both_at_once(state, rate):
    after = dict(state)
    for name in ("w", "b"):
        after[name] = ...
    after["theta"] = ...
    return after


# %% tags=["solution"]
def both_at_once(state, rate):
    after = dict(state)
    for name in ("w", "b"):
        after[name] = state[name] - rate * slope(L_D, state, name)
    after["theta"] = state["theta"] - rate * slope(L_G, state, "theta")
    return after


# %% tags=["check"]
check.check_both_at_once(both_at_once)

# %% [markdown] tags=["exercise"]
# **Think:** start at $w = b = 0$, where $D$ says ½ everywhere, with $\theta = -4$. Who
# moves in the first round when both move at once, and who when $D$ goes first?

# %% [markdown] tags=["solution"]
# At $w = 0$ a change of $\theta$ changes no answer of $D$, so the slope of $L_G$ is 0:
# moving at once, only $D$ moves in the first round. When $D$ goes first, $w$ is already
# positive when $G$ looks, and both move. A generator without a tilted discriminator
# feels nothing.

# %% [markdown]
# ## Recap
#
# - One number, $V$: $D$ pushes it up, $G$ pulls it down. The best $D$ is $p/(p+q)$, the
#   probability that $x$ is real in an even mixture.
# - Against the best $D$, $V = 2\,\mathrm{JSD} - \log 4$. A trained $D$ stays below
#   (but for the luck of a draw); at
#   equilibrium $D = ½$ and $V = -\log 4$.
# - Zero-sum and non-saturating losses pull each sample in the same direction, with
#   strengths that differ by $(1 - D)/D$. So $\theta$'s gradient may turn, and a bad
#   generator learns with the second where it hardly does with the first.
# - $L_D + L_G$ is no loss: in one form $\theta$ drops out, in the other the players
#   keep $p$ and $q$ apart until next to nothing pulls.
# - $G$ feels only how $\log D$ rises at its samples, so $D$ must keep learning.
#
# ## In practice
#
# Read $L_D$ against $\log 4 \approx 1.386$ and $L_G$ against $\log 2 \approx 0.693$.
# $L_D$ near 0 means that $D$ tells everything apart: in the zero-sum form your
# generator would hardly learn. $L_D$ *above* $\log 4$ means that $D$ does worse on
# these samples than a coin: it may be behind its opponent, too sure of itself, or
# hardly trained, or the batch was unlucky. $L_D = \log 4$ can be the equilibrium, and
# just as well a $D$ that has learnt nothing. And never let both networks descend the
# sum of the losses.
#
# ## Further reading
#
# - I. Goodfellow and others, *Generative Adversarial Nets*, NeurIPS 2014,
#   [arXiv:1406.2661](https://arxiv.org/abs/1406.2661): the value, the best
#   discriminator, the divergence, and the non-saturating form.
# - M. Arjovsky and L. Bottou, *Towards Principled Methods for Training Generative
#   Adversarial Networks*, ICLR 2017,
#   [arXiv:1701.04862](https://arxiv.org/abs/1701.04862): what happens when $p$ and $q$
#   do not overlap.
# - W. Fedus and others, *Many Paths to Equilibrium: GANs Do Not Need to Decrease a
#   Divergence at Every Step*, ICLR 2018,
#   [arXiv:1710.08446](https://arxiv.org/abs/1710.08446): why practice does better than
#   this theory.
# - S. Nowozin, B. Cseke and R. Tomioka, *f-GAN*, NeurIPS 2016,
#   [arXiv:1606.00709](https://arxiv.org/abs/1606.00709): other divergences, by the same
#   bound from below.
# - M. Kahng and others, *GAN Lab: Understanding Complex Deep Generative Models using
#   Interactive Visual Experimentation*, IEEE TVCG 25(1), 2019,
#   [arXiv:1809.01587](https://arxiv.org/abs/1809.01587): the game to play with in a
#   browser.
