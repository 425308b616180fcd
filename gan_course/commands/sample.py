"""`python -m gan_course sample RUN -o FILE`: what a run's generator makes."""

import argparse
import math
from pathlib import Path
from typing import TYPE_CHECKING

from gan_course.commands.command import Command
from gan_course.commands.options import seed, whole_number

if TYPE_CHECKING:
    from torch import Tensor

    from gan_course.recipes import Recipe

SIDE = 640  # pixels of a figure of points
POINTS = 10_000  # of the data, drawn behind the samples


def _options(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("run", type=Path, metavar="RUN", help="folder of a run, finished or not")
    add("-o", "--out", required=True, metavar="FILE", help="picture to write")
    add("--count", type=whole_number, default=100, help="how many (default 100)")
    add("--zoom", type=whole_number, default=1, help="pixels for a pixel (default 1)")
    add("--seed", type=seed, default=0, help="of the latents (default 0)")


def _run(options: argparse.Namespace) -> int:
    from gan_course.images import save_image
    from gan_course.recipes import load_run

    run = load_run(options.run)
    samples = run.sample(options.count, seed=options.seed)
    save_image(picture_of(samples, run.recipe, zoom=options.zoom), options.out)
    print(
        f"{options.out}: {options.count:,} samples of {options.run} after "
        f"{run.images_seen:,} images"
    )
    return 0


def picture_of(samples: "Tensor", recipe: "Recipe", *, zoom: int = 1) -> "Tensor":
    """Return one picture, uint8 (3, H, W), of images side by side or of points.

    A hundred images are ten rows of ten, with `zoom` pixels each way for a pixel of
    theirs. Points are drawn over those of the data.
    """
    from gan_course.images import tile, to_uint8

    if samples.ndim == 4:
        columns = math.isqrt(len(samples) - 1) + 1
        enlarged = to_uint8(samples).repeat_interleave(zoom, 2)
        return tile(enlarged.repeat_interleave(zoom, 3), columns, gap=zoom)
    return _scatter(samples, recipe)


def _scatter(samples: "Tensor", recipe: "Recipe") -> "Tensor":
    import torch
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    from gan_course.plots import panels
    from gan_course.plots.style import BLUE, VERMILLION
    from gan_course.recipes import load_images

    figure, ((axis,),) = panels(height=SIDE, width=SIDE)
    for points, colour, name in (
        (load_images(recipe)[:POINTS], BLUE, recipe.data),
        (samples, VERMILLION, "samples"),
    ):
        axis.scatter(*points.T, s=4, color=colour, label=name, linewidths=0)
    axis.set_aspect("equal")
    axis.legend(loc="upper right", markerscale=3)
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    levels = torch.frombuffer(bytearray(canvas.buffer_rgba()), dtype=torch.uint8)
    width, height = canvas.get_width_height()
    return levels.view(height, width, 4)[..., :3].permute(2, 0, 1).contiguous()


SAMPLE = Command("sample", "draw samples of a run into a picture", _options, _run)
