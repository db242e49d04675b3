"""A number by update of a training run: the run as it is, and over it the run with fixes."""

from dataclasses import dataclass

from . import scale
from .drawing import Axes, Drawing, Grid
from .frame import NAMES, legend
from .profile import draw_curves, entries, place_plot
from .scale import Floats


@dataclass(frozen=True)
class UpdatesPicture:
    """A chart of one or two columns of a history, an entry an update; `updates` are the places of its axis if more."""

    title: str
    baseline: Floats
    fixed: Floats | None = None
    log: bool = True
    updates: int = 0

    def draw(self, width: int, height: int, *, axes: Axes | None = None, braille: bool = True) -> Drawing:
        """The drawing at this size, keeping to the old axes where the data allow it."""
        curves = [("baseline", self.baseline), *([("fixed", self.fixed)] if self.fixed is not None else [])]
        axes = scale.fit_all(self.title, self.log, [values for _, values in curves], None, axes)
        plot = place_plot(width, height, max(self.updates, *(len(values) for _, values in curves), 1), "update")
        grid = Grid(width, height)
        found = draw_curves(grid, plot, axes, curves, braille=braille) if plot else []
        marks, two = list(dict.fromkeys(found)), len(curves) > 1
        titles = [f"{self.title} by update{', log scale' * self.log}", f"{self.title} by update", self.title]
        legend(grid, [(title, entries(names, two, marks, braille)) for names in NAMES for title in titles])
        return Drawing(grid.rows(), grid.width, grid.height, axes, plot, braille)
