"""What stands around the data of a chart: the axis of layers or steps below, and the row of words above."""

from collections.abc import Sequence

from . import canvas
from .area import Plot
from .grid import Grid, Span
from .rule import MARGIN, ruled

LEAST = 4  # columns that a name needs, with the blank before it
GUTTER = 1 + len("gradient") + 1  # a margin, the widest word beside a row, and the axis
NAMES = (("as it is", "with fixes"), ("as is", "fixes"))  # in full, and where there is little room


def x_axis(grid: Grid, plot: Plot, braille: bool, names_at: int, labels: Sequence[str] = ()) -> None:
    """The line below a plot, if there is a row for it, and numbers in the row `names_at`.

    `labels` are names of the places, written behind their numbers as far as there is room.
    """
    corner, line, cross = "└─┬" if braille else "+-+"
    bottom = plot.top + plot.height
    has_line = bottom < names_at
    if has_line:
        grid.put(plot.left - 1, bottom, corner + line * plot.width, "axis")
    ticks = x_ticks(plot)
    for (place, x), (_, end) in zip(ticks, [*ticks[1:], (0, grid.width + 1)], strict=True):
        if has_line:
            grid.put(plot.column(place), bottom, cross, "axis")
        text = number(plot, place)
        name = labels[place - 1] if place <= len(labels) else ""
        room = end - 2 - x - len(text)
        grid.put(x, names_at, f"{text} {name[: room - 1]}" if name and room > LEAST else text, "label")
    if plot.left == GUTTER:
        grid.put(1, names_at, plot.word or plot.axis, "label")


def x_ticks(plot: Plot) -> list[tuple[int, int]]:
    """Places worth a number and the column where that number starts: the first, round ones, the last."""
    first, deepest = 1 + plot.offset, plot.depth + plot.offset
    end = number(plot, deepest)
    room = max(len(end) + 3, 8)
    most = max(1, plot.width // room)
    step = next(n for e in range(8) for n in (10**e, 2 * 10**e, 5 * 10**e) if n * most >= plot.depth)
    chosen: list[tuple[int, int]] = []
    last = (deepest, min(plot.column(deepest), plot.left + plot.width - len(end)))
    round_ones = (number + 1 - plot.first for number in range(-(-first // step) * step, deepest + 1, step))
    for place in [first, *(place for place in round_ones if place > first)]:
        x = plot.column(place)
        free = chosen[-1][1] + len(number(plot, chosen[-1][0])) + 1 if chosen else plot.left
        if x >= free and x + len(number(plot, place)) < last[1] and place < deepest:
            chosen.append((place, x))
    return [*chosen, last]


def number(plot: Plot, place: int) -> str:
    """What a place is called."""
    return str(place - 1 + plot.first)


def legend(grid: Grid, choices: list[tuple[str, list[Span]]], braille: bool = True) -> None:
    """A title and entries on a rule in the first row: the first choice that fits, else the last."""
    title, entries = next((choice for choice in choices if _length(*choice) <= grid.width), choices[-1])
    row: list[Span] = [(" " * MARGIN, ""), (title, "title")]
    for entry in entries:
        row += [("  ", ""), entry]
    x = 0
    for text, role in ruled(tuple(row), grid.width, braille):
        grid.put(x, 0, text, role)
        x += len(text)


def _length(title: str, entries: list[Span]) -> int:
    return MARGIN + len(title) + sum(len(text) + 2 for text, _ in entries)


def names_of(label: str, own: str = NAMES[0][0]) -> tuple[tuple[str, str], ...]:
    """What the two runs are called, the longest words first."""
    if own != NAMES[0][0]:
        return ((own, label),)
    return tuple(dict.fromkeys(((own, label), (NAMES[1][0], label), *NAMES)))


def entries(names: tuple[str, str] | None, marks: list[str], braille: bool) -> list[Span]:
    """The legend's entries: the two curves, if there are two, and the marks."""
    dashes, solid = ("⠒ ⠒", "⠒⠒⠒") if braille else ("...", "***")
    curves = [(f"{dashes} {names[0]}", "baseline"), (f"{solid} {names[1]}", "fixed")] if names else []
    return [*curves, *((f"{canvas.MARKS[name]} {name}", "label") for name in marks)]
