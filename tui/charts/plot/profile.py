"""A quantity by layer or by time step: the network as it is, and over it the network with fixes."""

from dataclasses import dataclass

import numpy as np

from ....sim.analysis.verdict import EXPLODING, VANISHING
from ....sim.numerics.arrays import Floats
from ....sim.results.trace import Trace, step_word
from ..catalog import Chart, chart
from ..spread import Spread
from . import axis as scale
from .area import ChartAxis
from .bands import LEVEL, MEDIAN, SEEDS, draw_band, draw_line, draw_seeds
from .curves import Curve, Window, draw_curves, goes_log, place_plot, say_empty, scale_of, within
from .grid import Axes, Drawing, Grid, Span
from .legend import NAMES, entries, legend, names_of


@dataclass(frozen=True)
class ProfilePicture:
    """A chart of one or two traces over layers at one step, or over steps in one layer.

    `at` is that step or layer, from 1 (None: the last); `reached` (first, last) draws only these places, on the
    axes of all, and `window` only these, on axes of their own. `label` names the fixes, or the other scenario where
    `own` names the first. `relative` shows a quantity that the verdict is about as shares of its last place; `flipped`
    is linear what is logarithmic otherwise. `seeds` are of the two traces under other seeds.
    """

    chart: str
    baseline: Trace
    with_fixes: Trace | None = None
    reached: tuple[int, int] | None = None
    axis: ChartAxis = "layer"
    at: int | None = None
    label: str = NAMES[0][1]
    window: Window = None
    relative: bool = False
    flipped: bool = False
    own: str = NAMES[0][0]
    seeds: tuple[Spread, ...] = ()

    def draw(self, width: int, height: int, *, axes: Axes | None = None, braille: bool = True) -> Drawing:
        """The drawing at this size, keeping to the old axes where the data allow it."""
        kind = chart(self.chart)
        traces = [("baseline", self.baseline), *([("fixed", self.with_fixes)] if self.with_fixes else [])]
        tables = [kind.values(trace) for _, trace in traces]
        most, others = (max(table.shape[axis] for table in tables) for axis in self._axes)
        shares = [shares_of_last(table, self.axis) for table in tables] if self.relative and kind.relative else []
        relative = bool(shares) and all(share is not None for share in shares)
        tables = [share for share in shares if share is not None] if relative else tables
        log = goes_log(kind.log, self.flipped, tables)
        window = self.window or (1, most)
        curves = [self._curve(role, table, most, others) if kind.has(trace) else Curve(role, np.empty(0), 1)
                  for (role, trace), table in zip(traces, tables, strict=True)]  # fmt: skip
        drawn = [self._seeds(kind, spread, relative) if self.reached is None else [] for spread in self.seeds]
        bands = [[self._curve(curve.role, table, most, others) for table in tables_of]
                 for curve, tables_of in zip(curves, drawn, strict=False) if tables_of]  # fmt: skip
        seen = [*tables, *(table for tables_of in drawn for table in tables_of)]
        if self.window is not None:
            seen = [within(curve, window) for curve in (*curves, *(curve for band in bands for curve in band))]
        limits = [*seen, np.array([VANISHING, 1.0])] if relative and log else seen
        old = None if relative else axes  # the band holds it
        axes = scale.fit_all(f"{kind.name}{', relative' * relative}", log, limits, kind.full, old)
        plot = place_plot(width, height, window[1] - window[0] + 1, self.axis, window[0] - 1, self._word(self.axis))
        grid = Grid(width, height)
        marks: list[str] = []
        if plot is not None:
            rows = scale_of(plot, axes, seen)
            names = (self.own, self.label) if len(curves) > 1 and self.reached is None else None
            labels = [info.label for info in self.baseline.layers] if self.axis == "layer" else []
            marks = draw_curves(grid, plot, rows, curves, self.reached, braille=braille, names=names, labels=labels)
            marks = [nan_word(self.baseline, self.with_fixes) if kind == "NaN" else kind for kind in marks]
            if self.reached is None and not any(np.isfinite(curve.values).any() for curve in curves):
                say_empty(grid, plot, f"no finite number here{_why_none(self.baseline)}")
            for band in bands:
                draw_seeds(grid, plot, rows, band, braille)
            if relative:
                draw_line(grid, plot, rows, 1.0, LEVEL[braille])
                draw_band(grid, plot, rows, (VANISHING, EXPLODING), braille)
        where = self._where(others)
        of_last = f", relative to {self._word(self.axis)} {most}" if relative else ""
        runs = names_of(self.label, self.own) if len(curves) > 1 else ()
        seeds = max(map(len, bands), default=0)
        words = _words(
            kind, self._word(self.axis), where, of_last, log, runs, list(dict.fromkeys(marks)), seeds, braille
        )
        legend(grid, words, braille)
        return Drawing(grid.rows(), grid.width, grid.height, axes, plot, braille)

    def _curve(self, role: str, table: Floats, most: int, others: int) -> Curve:
        """The values of a table along the axis, at the place of the other; what is shorter ends where all end."""
        at = None if self.at is None else self.at - (others - table.shape[self._axes[1]])
        return Curve(role, along(table, self.axis, at), 1 + most - table.shape[self._axes[0]])

    def _seeds(self, kind: Chart, spread: Spread, relative: bool) -> list[Floats]:
        """The table of each seed that has the quantity."""
        tables = [kind.scaled(profile[kind.name]) for profile in spread.profiles if kind.name in profile]
        if not relative:
            return tables
        return [share for table in tables if (share := shares_of_last(table, self.axis)) is not None]

    @property
    def _axes(self) -> tuple[int, int]:
        """The axis of a table (layers, steps) that goes from left to right, and the other."""
        return (0, 1) if self.axis == "layer" else (1, 0)

    def _where(self, others: int) -> str:
        """Which layer or step it is, where there are several."""
        if others == 1:
            return ""
        return f", {self._word('layer' if self.axis == 'step' else 'step')} {self.at or others}"

    def _word(self, axis: ChartAxis) -> str:
        """What one place of an axis is called."""
        return axis if axis != "step" else step_word(self.baseline, self.with_fixes)


def _why_none(trace: Trace) -> str:
    """Why a chart of a pass that broke has nothing to show."""
    broke = "activation_std" in trace.profile and not np.isfinite(trace.profile["activation_std"]).all()
    return f": the forward pass broke, see {chart('activation_std').title}" if broke else ""


def shares_of_last(table: Floats, axis: ChartAxis) -> Floats | None:
    """The values as shares of those at the last layer or step; None if any of these is no size to compare with."""
    last = table[-1:] if axis == "layer" else table[:, -1:]
    if not ((last > 0) & np.isfinite(last)).all():
        return None
    with np.errstate(over="ignore"):
        return np.asarray(table / last)


def along(table: Floats, axis: ChartAxis, at: int | None) -> Floats:
    """The values along an axis at a place (from 1) of the other; nothing if there is no such place."""
    lines: Floats = table.T if axis == "layer" else table
    if at is not None and not 1 <= at <= len(lines):
        return np.empty(0)
    line: Floats = lines[(at or 0) - 1]
    return line


def nan_word(*traces: Trace | None) -> str:
    """What NaN is in these traces: a factor of a layer that no gradient reaches, where no number of a pass is one."""
    if any(trace is not None and trace.layers[0].label for trace in traces):
        return "none"  # not every layer of a chain has every number, at every step
    return "0/0" if all(trace is None or trace.verdict.kind != "nonfinite" for trace in traces) else "NaN"


def _words(kind: Chart, axis: str, where: str, of_last: str, log: bool, runs: tuple[tuple[str, str], ...],
           marks: list[str], seeds: int, braille: bool) -> list[tuple[str, list[Span]]]:  # fmt: skip
    """Title, curves, marks and the band of seeds; on a narrow screen words give way, marks never."""
    unit = f", {kind.unit}" if kind.unit else ""
    scale_name = ", log scale" if log else ", linear scale" if kind.log else ""
    by = f"{kind.title} by {axis}{where}"
    titles = list(dict.fromkeys([f"{by}{of_last}{unit}{scale_name}", f"{by}{of_last}{unit}", by,
                                 f"{kind.title} by {axis}", kind.title]))  # fmt: skip
    pairs = [(title, names) for names in runs or (None,) for title in titles]
    if where:  # which layer or step it is matters more than the runs' full names
        pairs.sort(key=lambda pair: titles.index(pair[0]))
    band = [(f"{SEEDS[braille] * 2} {seeds} seeds", "label"), (f"{MEDIAN[braille]} median", "label")] if seeds else []
    return [(title, [*entries(names, marks, braille), *band]) for title, names in pairs]
