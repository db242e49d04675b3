"""A number by update of a training run, or by layer at one: the run as it is, and over it the run with fixes."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ....sim.numerics.arrays import Floats
from ....sim.training.run_snapshot import Level
from . import axis as scale
from . import canvas
from .area import ChartAxis, Plot
from .axis import Scale
from .curves import draw_curves, entries, names_of, place_plot, row_of, scale_of
from .grid import Axes, Drawing, Grid, Span
from .legend import NAMES, legend

WAY_UP = 1e3  # times the largest value of the other run, up to which a run that breaks is shown
FAINT = {True: "·", False: ","}
LEVEL = {True: "╌", False: "-"}


@dataclass(frozen=True)
class UpdatesPicture:
    """A chart of one or two columns of a history, an entry an update; `updates` are the places of its axis if more.

    `after` are faint curves of the two runs; `levels` are lines across; `limits` are all values that the y axis is to
    have room for, besides those drawn. Along the layers `where` says of which update.
    """

    title: str
    baseline: Floats
    with_fixes: Floats | None = None
    log: bool = True
    updates: int = 0
    full: tuple[float, float] | None = None
    after: tuple[Floats | None, Floats | None] = (None, None)
    levels: tuple[Level, ...] = ()
    limits: tuple[Floats, ...] = ()
    axis: ChartAxis = "update"
    where: str = ""
    label: str = NAMES[0][1]

    def draw(self, width: int, height: int, *, axes: Axes | None = None, braille: bool = True) -> Drawing:
        """The drawing at this size, keeping to the old axes where the data allow it."""
        curves = [("baseline", self.baseline), *([("fixed", self.with_fixes)] if self.with_fixes is not None else [])]
        faint = [(role, values) for (role, _), values in zip(curves, self.after, strict=False) if values is not None]
        tables = [*_in_view([values for _, values in curves]), *(values for _, values in faint), *self.limits]
        log = self.log and spans_decades(tables) if self.axis == "update" else self.log
        tables.append(np.array([level.value for level in self.levels]))
        axes = scale.fit_all(self.title, log, tables, self.full, axes)
        plot = place_plot(width, height, max(self.updates, *(len(values) for _, values in curves), 1), self.axis)
        grid, found = Grid(width, height), list[str]()
        if plot is not None:
            rows = scale_of(
                plot, axes, [*tables, *(values for _, values in curves)]
            )  # marks of what is out of view, too
            cut = [(role, _cut(values, rows.axes)) for role, values in curves]
            names = (NAMES[0][0], self.label) if len(curves) > 1 else None
            found = draw_curves(grid, plot, rows, cut, braille=braille, names=names)
            for role, values in faint:
                _dots(grid, plot, rows, values, FAINT[braille], role)
            for level in self.levels:
                _line(grid, plot, rows, level.value, LEVEL[braille])
        legend(
            grid,
            self._words(
                log,
                names_of(self.label) if len(curves) > 1 else (),
                list(dict.fromkeys(found)),
                [role for role, _ in faint],
                braille,
            ),
            braille,
        )
        return Drawing(grid.rows(), grid.width, grid.height, axes, plot, braille)

    def _words(self, log: bool, runs: tuple[tuple[str, str], ...], found: list[str], faint: list[str],
               braille: bool) -> list[tuple[str, list[Span]]]:  # fmt: skip
        """Title, curves, lines and marks; on a narrow screen words give way, marks never."""
        by = f"{self.title} by {self.axis}{self.where}"
        more: list[Span] = [(f"{LEVEL[braille] * 2} {level.words} {scale.label(level.value)}", "label")
                           for level in self.levels]  # fmt: skip
        after: list[Span] = [(f"{FAINT[braille] * 2} after clipping", faint[-1])] if faint else []
        titles = list(dict.fromkeys([f"{by}{', log scale' * log}", by, self.title]))
        pairs = [(title, names) for names in runs or (None,) for title in titles]
        rich = [(title, [*entries(names, found, braille), *after, *more]) for title, names in pairs]
        return [*rich, *((title, [*entries(names, found, braille), *more]) for title, names in pairs),
                *((title, entries(names, found, braille)) for title, names in pairs)]  # fmt: skip


def _in_view(curves: list[Floats]) -> list[Floats]:
    """What the y axis is to have room for: of a run that broke beside one that did not, only its way up."""
    whole = [bool(np.isfinite(values).all()) for values in curves]
    if all(whole) or not any(whole):
        return curves
    top = WAY_UP * max(float(values.max()) for values, fine in zip(curves, whole, strict=True) if fine and values.size)
    return [values if fine else values[values <= top] for values, fine in zip(curves, whole, strict=True)]


def _cut(values: Floats, axes: Axes) -> Floats:
    """Finite values above the axis at its upper end, along which the curve then runs."""
    with np.errstate(all="ignore"):
        top = np.power(10.0, axes.high) if axes.log else axes.high  # inf beyond the largest number
        return np.where(np.isfinite(values) & (values > top), top, values)


def spans_decades(tables: Sequence[Floats]) -> bool:
    """Whether a logarithmic axis shows values better: none is below 0, and they differ by a factor of ten."""
    values = np.concatenate([table[np.isfinite(table)].ravel() for table in tables])
    good = values[values > 0]
    return not (values < 0).any() and (not good.size or float(good.max()) / 10 >= float(good.min()))


def _dots(grid: Grid, plot: Plot, rows: Scale, values: Floats, character: str, role: str) -> None:
    """One character a column at the mean height of its values, wherever nothing else stands."""
    heights = scale.fractions(rows.axes, values)
    columns = canvas.dots(len(values), plot.depth, plot.width) // 2
    good = (heights >= 0) & (heights <= 1)
    total = np.bincount(columns[good], heights[good], plot.width)
    count = np.bincount(columns[good], minlength=plot.width)
    for column in np.flatnonzero(count).tolist():
        _dot(grid, plot, rows, column, float(total[column] / count[column]), character, role)


def _line(grid: Grid, plot: Plot, rows: Scale, value: float, character: str) -> None:
    """A line across the whole plot, behind everything."""
    height = float(scale.fractions(rows.axes, np.array([value]))[0])
    for column in range(plot.width if 0 <= height <= 1 else 0):
        _dot(grid, plot, rows, column, height, character, "label")


def _dot(grid: Grid, plot: Plot, rows: Scale, column: int, height: float, character: str, role: str) -> None:
    x, y = plot.left + column, row_of(plot, rows, height)
    if not grid.role(x, y):
        grid.put(x, y, character, role)
