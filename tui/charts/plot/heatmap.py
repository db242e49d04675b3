"""A quantity by layer and time step: one mark a cell, denser for larger values, both runs where there is room."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple, Protocol

import numpy as np

from ....sim.numerics.arrays import Floats
from ....sim.results.trace import Trace, step_word
from ..catalog import chart
from . import axis as scale
from . import canvas
from .area import ChartAxis, HeatmapPlot, shown
from .colour_scale import Ladder, ladder_of
from .curves import Window
from .downsample import MARKS, cell_levels, downsample
from .grid import Axes, Drawing, Grid, Span
from .legend import GUTTER, NAMES, legend, x_axis
from .profile import nan_word

BAND = 4  # rows of a layer at most
SIDE = 34  # columns of steps from which two panels stand beside each other
NAMED = 18  # columns of "with fixes" and the least value, before the marks of its ladder
FIRST = "X"  # where numbers first stopped being finite


class Drawn(Protocol):
    """The words of what is drawn, and its axis."""

    @property
    def name(self) -> str: ...  # noqa: D102
    @property
    def title(self) -> str: ...  # noqa: D102
    @property
    def unit(self) -> str: ...  # noqa: D102
    @property
    def log(self) -> bool: ...  # noqa: D102
    @property
    def full(self) -> tuple[float, float] | None: ...  # noqa: D102


@dataclass(frozen=True)
class HeatmapPicture:
    """A chart of one or two traces over steps (columns) and layers (rows, the first at the bottom).

    `reached` (first, last) draws only these steps. Where there is room for one run only, `fixed_first` chooses.
    """

    chart: str
    baseline: Trace
    with_fixes: Trace | None = None
    reached: tuple[int, int] | None = None
    fixed_first: bool = True
    window: Window = None
    shared: bool = False
    names: tuple[str, str] = NAMES[0]

    def draw(self, width: int, height: int, *, axes: Axes | None = None, braille: bool = True) -> Drawing:
        """The drawing at this size, keeping to the old axes where the data allow it."""
        kind = chart(self.chart)
        runs = [("baseline", kind.values(self.baseline))]
        if self.with_fixes is not None:
            runs.append(("fixed", kind.values(self.with_fixes)))
        steps = max(table.shape[1] for _, table in runs)
        return draw_map(
            kind,
            runs,
            (width, height),
            Across("step", steps, self.reached, self.window, self.shared, step_word(self.baseline, self.with_fixes)),
            self.fixed_first,
            axes,
            braille,
            nan=nan_word(self.baseline, self.with_fixes),
            names=self.names,
        )


class Across(NamedTuple):
    """What goes from left to right: steps or updates, how many, which are drawn, and which part of them is shown.

    `reached` and `window` are (first, last), None of all; `shared` is one scale for both runs, else each has its own;
    `word` is what a place is called, if not as the axis.
    """

    axis: ChartAxis
    places: int
    reached: tuple[int, int] | None = None
    window: Window = None
    shared: bool = False
    word: str = ""


def draw_map(kind: Drawn, runs: list[tuple[str, Floats]], size: tuple[int, int], across: Across,
             fixed_first: bool = True, axes: Axes | None = None, braille: bool = True,
             first: Mapping[str, tuple[int, int]] | None = None, nan: str = "NaN",
             names: tuple[str, str] = NAMES[0]) -> Drawing:  # fmt: skip
    """The heatmap of tables (layers, places) by role, at a size (width, height).

    `first` has the (layer, place) of the first number that was not finite, by role; `nan` says what NaN is.
    """
    grid, firsts = Grid(*size), dict(first or {})
    layers = max(table.shape[0] for _, table in runs)
    before, last = (across.window[0] - 1, across.window[1]) if across.window else (0, across.places)
    starts = [(across.places - table.shape[1]) * (across.axis == "step") for _, table in runs]
    seen = [table[:, max(before - start, 0) : max(last - start, 0)]
            for (_, table), start in zip(runs, starts, strict=True)]  # fmt: skip
    axes = scale.fit_all(kind.name, kind.log, seen, kind.full, axes)
    fields = places(*size, layers, last - before, len(runs), across.axis, before)
    fields = [replace(field, word=across.word) for field in fields]
    name = ""
    if len(runs) > 1 and len(fields) < 2:
        only = slice(fixed_first, fixed_first + 1)
        runs, starts, seen = runs[only], starts[only], seen[only]
        name = f", {names[fixed_first]} (b: {names[not fixed_first]})"
    codes: set[int] = set()
    named = NAMED - len(NAMES[0][1]) + max(map(len, names))
    for (role, table), start, part, field in zip(runs, starts, seen, fields, strict=False):
        own = axes if across.shared else scale.fit_all(kind.name, kind.log, [part], kind.full, None)
        ladder = ladder_of(own)
        if len(fields) > 1:
            grid.put(field.left - 1, field.top - 1, names[role == "fixed"], role)
            _explain(grid, field.left + named, field.top - 1, field.left + field.width, ladder, braille)
        _frame(grid, field, braille)
        codes |= _cells(grid, field, ladder, own, table, start, across.reached, braille)
        if role in firsts and field.has(firsts[role][1]):
            layer, place = firsts[role]
            grid.put(field.column(place), field.row(layer), FIRST, "cell")
    words = [nan if mark == "NaN" else mark for code, mark in MARKS.items() if code in codes]
    marks = [(f"{canvas.MARKS[word]} {word}", "label") for word in words]
    marks += [(f"{FIRST} first", "label")] if any(role in firsts for role, _ in runs) else []
    shared = ", one scale" * (across.shared and len(fields) > 1)
    legend(grid, _words(kind, across.word or across.axis, f"{name}{shared}", marks), braille)
    if len(fields) == 1:
        y = fields[0].top + fields[0].height + fields[0].foot
        _explain(grid, GUTTER, y, grid.width, ladder, braille)
    both = [*fields, None, None]
    return Drawing(grid.rows(), grid.width, grid.height, axes, both[0], braille, both[1])


def places(width: int, height: int, layers: int, steps: int, runs: int, axis: ChartAxis = "step",
           offset: int = 0) -> list[HeatmapPlot]:  # fmt: skip
    """Where the runs go: below each other, else beside each other, else only one of them, or nothing at all."""
    foot = 2 if height >= 8 else 1
    rows, columns = height - 2 - foot, width - GUTTER  # without the words above and a ladder
    if rows < 1 or columns < 2:
        return []
    least = min(layers, BAND)
    each, tall = (rows - 2) // 2, _whole(rows, layers)
    if runs > 1 and each >= least and (each >= layers or columns < 2 * SIDE + GUTTER):
        tall = _whole(each, layers)
        return [HeatmapPlot(GUTTER, 2, columns, tall, steps, axis, offset, layers, 0),
                HeatmapPlot(GUTTER, 3 + tall, columns, tall, steps, axis, offset, layers, foot)]  # fmt: skip
    if runs > 1 and columns >= 2 * SIDE + GUTTER and rows > 1:
        half, tall = (columns - GUTTER) // 2, _whole(rows - 1, layers)
        return [HeatmapPlot(x, 2, half, tall, steps, axis, offset, layers, foot) for x in (GUTTER, 2 * GUTTER + half)]
    return [HeatmapPlot(GUTTER, 1, columns, tall, steps, axis, offset, layers, foot)]


def _whole(rows: int, layers: int) -> int:
    """The rows that are used: equally many for each layer, if there is one for each at all."""
    return min(rows // layers, BAND) * layers if rows >= layers else rows


def _cells(grid: Grid, field: HeatmapPlot, ladder: Ladder, axes: Axes, table: Floats, start: int,
           reached: tuple[int, int] | None, braille: bool) -> set[int]:  # fmt: skip
    """Draw the cells of a run, the first after `start` others; the codes that occur in it.

    A layer or step that it does not have stays blank: fewer layers end where more of them do, at the loss.
    """
    layers, steps = table.shape
    below, most = field.layers - layers, field.offset + field.depth
    whole = np.zeros((field.layers, max(start + steps, most)))
    whole[below:, start : start + steps] = table
    level = cell_levels(downsample(whole[:, field.offset : most], axes.log, field.height, field.width), ladder, axes)
    first, last = reached or (1, most)
    across = [(j, field.offset + shown(j, field.depth, field.width)) for j in range(field.width)]
    codes: set[int] = set()
    for i in range(field.height):
        if shown(i, field.layers, field.height) <= below:
            continue
        row = level[_index(i, field.layers, field.height)].tolist()
        for j, step in across:
            if not start < step <= start + steps:
                continue
            code = row[_index(j, field.depth, field.width)]
            codes.add(code)
            if first <= step <= last:
                text = canvas.MARKS[MARKS[code]] if code < 0 else ladder.characters(braille)[code]
                role = "mark" if code < 0 else f"heat{ladder.colour(code)}"
                grid.put(field.left + j, field.top + field.height - 1 - i, text, role)
    return codes


def _index(cell: int, places: int, cells: int) -> int:
    """Where a cell finds its value: in its own place, or in what was condensed for it."""
    return cell if places > cells else shown(cell, places, cells) - 1


def _frame(grid: Grid, field: HeatmapPlot, braille: bool) -> None:
    """The layers' numbers on the left, the steps below."""
    before = ""
    for y in range(field.top, field.top + field.height):
        position = field.at(field.left, y)
        layer = str(position[0]) if position else ""
        central = position is not None and position[0] is not None and field.row(position[0]) == y
        number = layer if central and layer != before else ""
        if field.height == 1 and field.layers > 1:
            number = f"1-{field.layers}"
        before = layer if number else before
        grid.put(field.left - GUTTER, y, number.rjust(GUTTER - 1), "label")
        grid.put(field.left - 1, y, "│" if braille else "|", "axis")
    if field.foot:
        x_axis(grid, field, braille, field.top + field.height + field.foot - 1)


def _words(kind: Drawn, axis: str, name: str, marks: list[Span]) -> list[tuple[str, list[Span]]]:
    """Title, the run if it is only one of two, and marks; words give way, marks never."""
    unit = f", {kind.unit}" if kind.unit else ""
    titles = (f"{kind.title}, layers over {axis}s{unit}{name}", f"{kind.title}, layers over {axis}s{name}",
              f"{kind.title}{name}", kind.title)  # fmt: skip
    return [(title, marks) for title in titles]


def _explain(grid: Grid, x: int, y: int, end: int, ladder: Ladder, braille: bool) -> None:
    """The ladder in words: the least value, its marks from small to large, the largest, and how far they are apart."""
    low, high = ladder.ends
    grid.put(x - len(low) - 1, y, low, "label")
    for code, character in enumerate(ladder.characters(braille)):
        grid.put(x, y, character * 2, f"heat{ladder.colour(code)}")
        x += 2
    grid.put(x + 1, y, high, "label")
    words = ladder.words(braille)
    if x + len(high) + 3 + len(words) <= end:
        grid.put(x + len(high) + 3, y, words, "label")
