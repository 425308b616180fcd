"""Draw what is known of a training run on one page."""

import math

from matplotlib.figure import Figure
from torch import Tensor

from gan_course.images.tiling import tile
from gan_course.plots.grids import checked_images
from gan_course.plots.style import DPI, WIDTH

COLUMNS, GAP, SHOWN = 10, 1, 10
COARSE = 17  # grey levels that are shown as one, for a small file
STEPS = 5  # that a point of a curve is the mean of
LEGEND = {"loc": "upper right", "ncols": 2, "fontsize": 10, "columnspacing": 1}
UNDECIDED = 2 * math.log(2)
LOWEST = 1e-4  # of the sizes; what is smaller is drawn there, on the lower edge
LABELS = {"gradient": "G's gradient", "penalty": "penalty"}


def case_file(
    history: dict[str, Tensor],
    evaluated: Tensor,
    in_training: Tensor,
    real: Tensor,
    *,
    title: str,
) -> Figure:
    """Draw losses, logits, sizes, pictures and pixel values of a run.

    Args:
        history: name → one number a step, of "L_D", "L_G", "real", "generated" (mean
            logits), "penalty" and "gradient"; a point of a curve is the mean of five.
            Of the last two, less than 1e-4 is drawn on the lower edge.
        evaluated: (N, 1, H, W) in [-1, 1], pictures drawn in evaluation mode; the first
            ten are shown, and the values of all.
        in_training: pictures from the same latents, drawn in training mode.
        real: (N, 1, H, W), the real pictures as the discriminator sees them.
        title: whose run it is.
    """
    figure = Figure(figsize=(WIDTH / DPI, 5.0), layout="constrained")
    layout = [["losses", "logits", "sizes"], ["pictures", "pictures", "pixels"]]
    axes = figure.subplot_mosaic(layout, height_ratios=[1.25, 1])
    figure.suptitle(title, x=0.01, ha="left", fontsize=13, fontweight="bold")

    for panel, names, label, least in (
        ("losses", ("L_D", "L_G"), "Losses", None),
        ("logits", ("real", "generated"), "D's mean answer", None),
        ("sizes", ("gradient", "penalty"), "Sizes", LOWEST),
    ):
        for name in names:
            every = history[name].view(-1, STEPS).mean(dim=1)
            every = every if least is None else every.clamp(min=least)
            steps = range(STEPS, len(history[name]) + 1, STEPS)
            axes[panel].plot(steps, every, label=LABELS.get(name, name), lw=1.5)
        axes[panel].set(title=label, xlabel="step")
        axes[panel].legend(**LEGEND)
    axes["losses"].set_ylim(0, 4)
    axes["losses"].axhline(UNDECIDED, color="black", ls=":", lw=1)
    axes["logits"].set_ylim(-4, 6)
    axes["sizes"].set(yscale="log", ylim=(LOWEST * 0.8, 1e4))

    pictures = [checked_images(kind[:SHOWN]) for kind in (evaluated, in_training)]
    for row, (images, name) in enumerate(zip(pictures, ("eval()", "train()"))):
        canvas = tile(images, COLUMNS, gap=GAP) // COARSE * COARSE
        height, width = canvas.shape[1:]
        top = row * (height + 8)
        place = (0, width, top + height, top)
        axes["pictures"].imshow(
            canvas.permute(1, 2, 0).numpy(), extent=place, interpolation="nearest"
        )
        axes["pictures"].text(-4, top + height / 2, name, rotation=90, va="center",
                              ha="right")  # fmt: skip
    axes["pictures"].set(xlim=(0, width), ylim=(2 * height + 8, 0))
    axes["pictures"].set_title("Pictures from the same latents, in both modes")
    axes["pictures"].set_xticks([])
    axes["pictures"].set_yticks([])
    axes["pictures"].grid(visible=False)
    for side in axes["pictures"].spines.values():
        side.set_visible(False)

    edges = [-1.05 + 0.1 * k for k in range(22)]
    for images, name in ((real, "real"), (evaluated, "generated")):
        values = images.detach().cpu().flatten()
        axes["pixels"].hist(
            values, edges, histtype="step", lw=1.5, density=True, label=name
        )
    axes["pixels"].set(title="Pixel values", xlabel="value", yscale="log")
    axes["pixels"].set(ylim=(1e-3, 500), ylabel="density")
    axes["pixels"].legend(**LEGEND)
    return figure
