"""A sweep as a picture: over one axis curves or bars of shares, over two a map with a mark at each place."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from ....sim.numerics.arrays import Floats
from ....sim.scenario.axis_spec import Axis
from ....sim.sweeps.cell import FAILED, GOOD, Cell
from ....sim.sweeps.results import Results
from ....sim.text import format_number
from . import axis as scale
from .area import HeatmapPlot, Plot, shown
from .colour_scale import Ladder, ladder_of
from .curves import Curve, draw_curves, scale_of
from .grid import Axes, Drawing, Grid, Span
from .legend import GUTTER, legend

MORE = {
    True: {"trains": "●", "doubtful": "○", "sick": "▼", "none": "-", FAILED: "E"},
    False: {"trains": "+", "doubtful": "?", "sick": "v", "none": "-", FAILED: "E"},
}
SPLIT = {True: "◐", False: "~"}  # the better word has most seeds, and not all
THEORY = {"edge": {True: "┃", False: "|"}, "depth": {True: "◇", False: "*"}}
BARS = {True: " ▁▂▃▄▅▆▇█", False: " .:-=+*#@"}
WIDEST = 3  # columns of a place of a map
NAMED = 12  # of one that has a name
TALLEST = 2  # rows
NARROWEST = 24  # columns of a picture
NAME = 9  # columns of the names beside a map
Line = Sequence[tuple[float, float]]  # indices along x and y, between places too


@dataclass(frozen=True)
class SweepPicture:
    """What a sweep has found so far; `signs` are the marks of verdicts, `lines` are theory's, by what they are."""

    results: Results
    signs: Mapping[str, str]
    lines: Mapping[str, Line] = field(default_factory=dict)

    def draw(self, width: int, height: int, *, axes: Axes | None = None, braille: bool = True) -> Drawing:
        """The drawing at this size."""
        sweep, grid = self.results.sweep, Grid(max(width, NARROWEST), height)
        if sweep.y is not None:
            plot: Plot = self._map(grid, braille)
        elif sweep.quantity.words:
            plot = self._shares(grid, braille)
        else:
            axes, plot = self._curves(grid, axes, braille)
        fits = plot.top + plot.height <= grid.height
        return Drawing(grid.rows(), grid.width, grid.height, axes, plot if fits else None, braille)

    def _sign(self, word: str, rich: bool) -> str:
        return self.signs.get(word) or MORE[rich].get(word, "?")

    # one axis

    def _curves(self, grid: Grid, axes: Axes | None, rich: bool) -> tuple[Axes, Plot]:
        """Median and quartiles of a number over the values of an axis."""
        sweep = self.results.sweep
        table = np.array([cell.quartiles for cell in self.results.cells()[0]])
        several = sweep.seeds > 1
        curves = [Curve("baseline", table[:, 0]), Curve("baseline", table[:, 2])] * several
        curves.append(Curve("fixed", table[:, 1]))
        values = [curve.values for curve in curves]
        axes = scale.fit_all(sweep.quantity.name, sweep.quantity.log, values, sweep.quantity.range, axes)
        plot = Plot(GUTTER, 1, grid.width - GUTTER, max(grid.height - 3, 1), len(sweep.x))
        draw_curves(grid, plot, scale_of(plot, axes, values), curves, braille=rich)
        words = [(f"median and (dashed) quartiles of {sweep.seeds} seeds", "label")] if several else []
        legend(grid, [(f"{sweep.quantity.name} over {sweep.x.key}", words)], rich)
        self._names_below(grid, plot.left, plot.width, plot.top + plot.height + 1, blocks=False)
        return axes, plot

    def _shares(self, grid: Grid, rich: bool) -> Plot:
        """A row for each word, and in it the share of the seeds as the height of a bar."""
        sweep, cells = self.results.sweep, self.results.cells()[0]
        words = sorted({word for cell in cells for word in cell.words}, key=lambda word: (word not in GOOD, word))
        left = max((len(word) for word in words), default=0) + 5
        width = _used(grid.width - left, sweep.x)
        of = f"share of {sweep.seeds} seeds with each {sweep.quantity.name}" if sweep.seeds > 1 else sweep.quantity.name
        legend(grid, [(f"{of} over {sweep.x.key}", [])], rich)
        for y, word in enumerate(words, 2):
            grid.put(1, y, f"{self._sign(word, rich)} {word}", word)
            for column in range(width):
                cell = cells[shown(column, len(cells), width) - 1]
                share = cell.share([word]) if cell.words else 0.0
                grid.put(left + column, y, BARS[rich][math.ceil(share * 8)], word)
        tall = max(len(words), 1)
        grid.put(left - 1, 2 + tall, ("└" if rich else "+") + ("─" if rich else "-") * width, "axis")
        self._names_below(grid, left, width, 3 + tall)
        return HeatmapPlot(left, 2, width, tall, len(cells), foot=1)

    def _names_below(self, grid: Grid, left: int, width: int, y: int, blocks: bool = True) -> None:
        """Values of the x axis where there is room for them; in the middle of `blocks`, or from edge to edge."""
        axis = self.results.sweep.x
        count = len(axis)
        grid.put(0, y, " " * grid.width, "")
        blocks = blocks and count < width
        shares = [(i + 0.5) / count if blocks else i / max(count - 1, 1) for i in range(count)]
        middle = [left + (int(share * width) if blocks else round(share * (width - 1))) for share in shares]
        last = axis.label(count - 1)
        end = min(middle[-1] - len(last) // 2, grid.width - len(last))
        free = left - 1
        for i in range(count - 1):
            text = axis.label(i)
            x = max(middle[i] - len(text) // 2, 0)
            if x > free and x + len(text) < end:
                grid.put(x, y, text, "label")
                free = x + len(text) + 1
        grid.put(end, y, last, "label")

    # two axes

    def _map(self, grid: Grid, rich: bool) -> Plot:
        sweep, cells = self.results.sweep, self.results.cells()
        assert sweep.y is not None
        labels = [sweep.y.label(i) for i in range(len(sweep.y))]
        left = min(max(map(len, labels)), NAME) + 3
        rows = max(grid.height - 4 - bool(self.lines), 1)
        tall = min(TALLEST, rows // len(labels)) * len(labels) if rows >= len(labels) else rows
        width = _used(grid.width - left, sweep.x)
        ladder, axes = self._ladder(cells)
        legend(grid, [(f"{sweep.quantity.name}: {sweep.x.key} across, {sweep.y.key} up", [])], rich)
        before = -1
        for i in range(tall):
            y = 1 + tall - 1 - i
            row = shown(i, len(labels), tall) - 1
            grid.put(left - 1, y, "│" if rich else "|", "axis")
            if row != before:
                grid.put(1, y, labels[row][:NAME].rjust(left - 3), "label")
            before = row
            for column in range(width):
                cell = cells[row][shown(column, len(sweep.x), width) - 1]
                text, name = self._mark(cell, ladder, axes, rich)
                grid.put(left + column, y, text, name)
        for name, line in self.lines.items():
            for across, up in line:
                column = round((across + 0.5) * width / len(sweep.x) - 0.5)
                row = round((up + 0.5) * tall / len(labels) - 0.5)
                if 0 <= column < width and 0 <= row < tall:
                    grid.put(left + column, tall - row, THEORY[name][rich], "title")
        grid.put(left - 1, tall + 1, ("└" if rich else "+") + ("─" if rich else "-") * width, "axis")
        self._names_below(grid, left, width, tall + 2)
        self._legend(grid, tall + 3, cells, ladder, rich)
        return HeatmapPlot(left, 1, width, tall, len(sweep.x), layers=len(labels))

    def _ladder(self, cells: Sequence[Sequence[Cell]]) -> tuple[Ladder | None, Axes | None]:
        quantity = self.results.sweep.quantity
        if quantity.words:
            return None, None
        medians = np.array([[cell.quartiles[1] for cell in row] for row in cells])
        axes = scale.fit_all(quantity.name, quantity.log, [medians], quantity.range, None)
        return ladder_of(axes), axes

    def _legend(self, grid: Grid, y: int, cells: Sequence[Sequence[Cell]], ladder: Ladder | None, rich: bool) -> None:
        x = 1
        for text, name in self._explained(cells, ladder, rich):
            if x + len(text) > grid.width:
                x, y = 1, y + 1
            grid.put(x, y, text, name)
            x += len(text) + 2
        if self.lines:
            theory_words = {"edge": "edge of chaos", "depth": "6 xi, the depth that trains"}
            words = "theory: " + ", ".join(f"{THEORY[name][rich]} {theory_words[name]}" for name in self.lines)
            grid.put(1, y + 1, words, "title")

    def _mark(self, cell: Cell, ladder: Ladder | None, axes: Axes | None, rich: bool) -> Span:
        """The character of a place and its role."""
        if not cell.points:
            return " ", ""
        if ladder is None or axes is None:
            split = cell.word in GOOD and cell.share([cell.word]) < 1
            return (SPLIT[rich] if split else self._sign(cell.word, rich)), cell.word
        median = cell.quartiles[1]
        if cell.share([FAILED]) == 1:
            return self._sign(FAILED, rich), "label"
        if math.isnan(median):
            return "x", "label"
        code = _code(median, ladder, axes)
        return ladder.characters(rich)[code], f"heat{ladder.colour(code)}"

    def _explained(self, cells: Sequence[Sequence[Cell]], ladder: Ladder | None, rich: bool) -> list[Span]:
        every = [cell for row in cells for cell in row if cell.points]
        if ladder is None:
            words = sorted({cell.word for cell in every}, key=lambda word: (word not in GOOD, word))
            spans = [(f"{self._sign(word, rich)} {word}", word) for word in words]
            split = any(cell.word in GOOD and cell.share([cell.word]) < 1 for cell in every)
            return [*spans, *([(f"{SPLIT[rich]} not with every seed", "label")] if split else [])]
        low, high = ladder.ends
        medians = [cell.quartiles[1] for cell in every]
        spans = [(f"{low} {ladder.characters(rich)} {high}", "label"), (ladder.words(rich), "label")]
        spans += [("x NaN", "label")] if any(map(math.isnan, medians)) else []
        spans += (
            [(f"{self._sign(FAILED, rich)} {FAILED}", "label")]
            if any(cell.share([FAILED]) == 1 for cell in every)
            else []
        )
        return spans


def _used(width: int, axis: Axis) -> int:
    """The columns that a map uses: equally many for each place, if there is one for each, and enough for its name."""
    count = len(axis)
    widest = WIDEST if axis.ordered else min(max(len(axis.label(i)) for i in range(count)) + 1, NAMED)
    return min(max(WIDEST, widest), width // count) * count if width >= count else max(width, 1)


def _code(value: float, ladder: Ladder, axes: Axes) -> int:
    """The level of a number: the lowest for what is below all, the highest for what is above."""
    fraction: Floats = scale.fractions(axes, np.array([value]))
    if np.isnan(fraction[0]):
        return ladder.count - 1 if value > 0 and math.isinf(value) else 0
    return int(min(max(fraction[0] * ladder.count, 0), ladder.count - 1))


def cell_text(cell: Cell, words: bool) -> str:
    """A place of a table: its word, or its median."""
    if not cell.points:
        return ""
    if words or cell.share([FAILED]) == 1:
        count = cell.words[cell.word]
        return cell.word if count == len(cell.points) else f"{cell.word} {count}/{len(cell.points)}"
    return format_number(cell.quartiles[1])
