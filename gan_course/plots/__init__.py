"""Figures in one readable style, each shown with the sentence that describes it."""

from gan_course.plots.charts import bars, curves
from gan_course.plots.cleaning import cleaning_figure
from gan_course.plots.display import show
from gan_course.plots.grids import image_grid
from gan_course.plots.style import panels

__all__ = ["bars", "cleaning_figure", "curves", "image_grid", "panels", "show"]
