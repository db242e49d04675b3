"""A sweep as people read it: the answer in words, then a chart, a map or a table of at most 80 columns."""

import textwrap
from collections.abc import Sequence

import numpy as np

from ....sim.errors import printable
from ....sim.sweeps.answer import key_word
from ....sim.sweeps.boundary import lines, summary
from ....sim.sweeps.cell import FAILED, GOOD, Cell
from ....sim.sweeps.results import Results
from ....sim.text import format_number, percent
from ...charts.plot.ansi import to_text
from ...charts.plot.sweep_map import NARROWEST, SweepPicture, cell_text
from ...terminal.glyphs import glyphs, has_braille
from ..process.output import colourful
from .page import chart_size, columns
from .table import ROWS

TALLEST = 60  # of a picture
NONE = "-"  # in place of what was not made


def heading(results: Results, width: int) -> list[str]:
    """The answer in words, what theory says, and what was swept."""
    sweep = results.sweep
    text = results.answer
    lines_of_text = textwrap.wrap(printable(text[:1].upper() + text[1:]), width, subsequent_indent="  ")
    lines_of_text += textwrap.wrap(text, width, subsequent_indent="  ") if (text := summary(sweep)) else []
    axes = " x ".join(f"{len(axis)} of {axis.key}" for axis in sweep.axes)
    seeds = f", {sweep.seeds} seeds each" if sweep.seeds > 1 else f", seed {sweep.scenario.seed}"
    after = f", after {sweep.updates} updates" if sweep.updates else ""
    known = "" if results.whole else f" ({results.done} of {len(results.points)} points)"
    title = f"{' '.join(sweep.title.split())}: " if sweep.title else ""
    return [*lines_of_text, *textwrap.wrap(printable(f"{title}{axes}{seeds}{after}{known}"), width)]


def to_plot(results: Results) -> str:
    """The answer, and a chart or a map at the size of the terminal."""
    width, rows = chart_size()
    above = heading(results, width)
    width, height = max(NARROWEST, width), max(8, min(rows - len(above) - 2, TALLEST))
    drawing = SweepPicture(results, glyphs().kinds, lines(results.sweep)).draw(width, height, braille=has_braille())
    return "\n".join([*above, "", *_without_blank_end(to_text(drawing, colourful()))]) + "\n"


def to_table(results: Results) -> str:
    """The answer, and a row a value of one axis; of two the medians, or the words, in columns."""
    rows = _one(results) if results.sweep.y is None else _two(results)
    return "\n".join([*heading(results, columns()), "", *rows]) + "\n"


def _without_blank_end(text: str) -> list[str]:
    rows = text.split("\n")
    while rows and not rows[-1].strip():
        rows.pop()
    return rows


def _one(results: Results) -> list[str]:
    """Shares of each word, and of a number the median and quartiles."""
    sweep, cells = results.sweep, results.cells()[0]
    words = sorted({word for cell in cells for word in cell.words}, key=lambda word: (word not in GOOD, word))
    numbers = [] if sweep.quantity.words else ["median", "quartile 1", "quartile 3"][: 3 if sweep.seeds > 1 else 1]
    table = [[key_word(sweep.x), *words, *numbers]]
    for i in _spaced(len(cells), ROWS):
        low, middle, high = _numbers(cells[i])
        shares = [percent(cells[i].share([word])) if cells[i].points else NONE for word in words]
        table.append([sweep.x.label(i), *shares, *(middle, low, high)[: len(numbers)]])
    return [*_aligned(table), *_legend(table), *_left_out(len(cells), ROWS, sweep.x.key)]


def _numbers(cell: Cell) -> list[str]:
    """The quartiles of a place, if any of its points could be made."""
    made = cell.points and cell.share([FAILED]) < 1
    return [format_number(value) if made else NONE for value in cell.quartiles]


def _legend(table: Sequence[Sequence[str]]) -> list[str]:
    """What the dash means, where there is one."""
    return [f"{NONE} was not made"] if any(NONE in row for row in table) else []


def _two(results: Results) -> list[str]:
    """A row a value of y, the last first, as the map has them."""
    sweep, cells = results.sweep, results.cells()
    assert sweep.y is not None
    texts = [[cell_text(cell, sweep.quantity.words) or NONE for cell in row] for row in cells]
    wide = max(len(text) for row in [map(sweep.x.label, range(len(sweep.x))), *texts] for text in row)
    left = max(len(sweep.y.label(i)) for i in range(len(sweep.y)))
    most = max((columns() - left) // (wide + 1), 1)
    across, rows = _spaced(len(sweep.x), most), _spaced(len(sweep.y), ROWS)
    table = [["", *(sweep.x.label(i) for i in across)]]
    table += [[sweep.y.label(j), *(texts[j][i] for i in across)] for j in reversed(rows)]
    heads = [f"{sweep.x.key} across, {sweep.y.key} up"]
    return [*heads, *_aligned(table), *_legend(table), *_left_out(len(sweep.x), most, sweep.x.key),
            *_left_out(len(sweep.y), ROWS, sweep.y.key)]  # fmt: skip


def _spaced(count: int, most: int) -> list[int]:
    """All indices, or evenly spaced ones with the first and the last."""
    return sorted({round(index) for index in np.linspace(0, count - 1, min(count, most))})


def _left_out(count: int, most: int, key: str) -> list[str]:
    left_out = count - len(_spaced(count, most))
    return [f"{left_out} of {count} values of {key} are left out; --format csv has them all"] if left_out else []


def _aligned(table: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(len(row[i]) for row in table) for i in range(len(table[0]))]
    return [" ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in table]
