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
from .bands import LEVEL, draw_dot, draw_line
from .curves import Curve, Window, draw_curves, goes_log, place_plot, scale_of, within
from .grid import Axes, Drawing, Grid, Span
from .legend import NAMES, entries, legend, names_of

WAY_UP = 1e3  # times the largest value of the other run, up to which a run that breaks is shown
FAINT = {True: "·", False: ","}


@dataclass(frozen=True)
class UpdatesPicture:
    """A chart of one or two columns of a history, an entry an update; `updates` are the places of its axis if more.

    `after` are faint curves of the two runs; `levels` are lines across; `limits` are all values that the y axis is to
    have room for, besides those drawn. Along the layers `where` says of which update.
    `window` and `flipped` are as in ProfilePicture.
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
    window: Window = None
    flipped: bool = False
    own: str = NAMES[0][0]

    def draw(self, width: int, height: int, *, axes: Axes | None = None, braille: bool = True) -> Drawing:
        """The drawing at this size, keeping to the old axes where the data allow it."""
        runs = [("baseline", self.baseline), *([("fixed", self.with_fixes)] if self.with_fixes is not None else [])]
        most = max(self.updates, *(len(values) for _, values in runs), 1)
        window = self.window or (1, most)
        curves = [Curve(role, values, 1 + (most - len(values)) * (self.axis == "layer")) for role, values in runs]
        faint = [(role, values) for (role, _), values in zip(runs, self.after, strict=False) if values is not None]
        lines = [within(Curve(role, values), window) for role, values in faint]
        tables = [*_in_view([within(curve, window) for curve in curves]), *lines, *self.limits]
        usual = self.log and spans_decades(tables) if self.axis == "update" else self.log
        log = goes_log(usual, self.flipped, tables)
        tables.append(np.array([level.value for level in self.levels]))
        axes = scale.fit_all(self.title, log, tables, self.full, axes)
        plot = place_plot(width, height, window[1] - window[0] + 1, self.axis, window[0] - 1)
        grid, marks = Grid(width, height), list[str]()
        if plot is not None:  # with room for marks of what is out of view, too
            rows = scale_of(plot, axes, [*tables, *(within(curve, window) for curve in curves)])
            cut = [curve._replace(values=_cut(curve.values, rows.axes)) for curve in curves]
            names = (self.own, self.label) if len(curves) > 1 else None
            marks = draw_curves(grid, plot, rows, cut, braille=braille, names=names)
            for (role, _), values in zip(faint, lines, strict=True):
                _dots(grid, plot, rows, values, FAINT[braille], role)
            for level in self.levels:
                draw_line(grid, plot, rows, level.value, LEVEL[braille])
        names_in_legend = names_of(self.label, self.own) if len(curves) > 1 else ()
        words = self._words(log, names_in_legend, list(dict.fromkeys(marks)), [role for role, _ in faint], braille)
        legend(grid, words, braille)
        return Drawing(grid.rows(), grid.width, grid.height, axes, plot, braille)

    def _words(self, log: bool, runs: tuple[tuple[str, str], ...], marks: list[str], faint: list[str],
               braille: bool) -> list[tuple[str, list[Span]]]:  # fmt: skip
        """Title, curves, lines and marks; on a narrow screen words give way, marks never."""
        by = f"{self.title} by {self.axis}{self.where}"
        more: list[Span] = [(f"{LEVEL[braille] * 2} {level.words} {scale.label(level.value)}", "label")
                           for level in self.levels]  # fmt: skip
        after: list[Span] = [(f"{FAINT[braille] * 2} after clipping", faint[-1])] if faint else []
        titles = list(dict.fromkeys([f"{by}{', log scale' * log}", by, self.title]))
        pairs = [(title, names) for names in runs or (None,) for title in titles]
        rich = [(title, [*entries(names, marks, braille), *after, *more]) for title, names in pairs]
        return [*rich, *((title, [*entries(names, marks, braille), *more]) for title, names in pairs),
                *((title, entries(names, marks, braille)) for title, names in pairs)]  # fmt: skip


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
        draw_dot(grid, plot, rows, column, float(total[column] / count[column]), character, role)
