"""The picture of a sweep: it fits at any size, its cursor is over its point, and a row of a map is that row."""

from itertools import product

import pytest

from gradsim.sim import load
from gradsim.sim.sweeps.point import Point, failed
from gradsim.sim.sweeps.results import Results
from gradsim.sim.sweeps.sweep import Sweep, make_sweep
from gradsim.tui.charts.plot.area import HeatmapPlot
from gradsim.tui.charts.plot.sweep_map import SweepPicture
from gradsim.tui.terminal.glyphs import PLAIN, RICH

NET = load({"network": {"depth": 3, "width": 8}})
AXES = [("network.depth=1..7", None), ("network.depth=1..40", "network.width=2..9"), ("network.activation=relu,tanh",
        "fix=none,he_init,residual")]  # fmt: skip


def filled(sweep: Sweep, every: int = 1) -> Results:
    """Words that differ from place to place, some failed, and only each so-many-th known."""
    results, kinds = Results(sweep), ("healthy", "vanishing", "exploding")
    points = ((n, Point(kinds[n % 3], kinds[n % 3] if sweep.quantity.words else float(n))) for n in range(len(sweep)))
    results.add((n, failed("why") if n % 11 == 5 else point) for n, point in points if n % every == 0)
    return results


@pytest.mark.parametrize("quantity", ["verdict", "ratio"])
@pytest.mark.parametrize(("x", "y"), AXES)
def test_it_is_drawn_at_any_size(x: str, y: str | None, quantity: str) -> None:
    results = filled(make_sweep(NET, x, y, quantity=quantity), every=2)
    for width, height, rich in product((1, 33, 80), (1, 3, 5, 9), (True, False)):
        picture = SweepPicture(results, (RICH if rich else PLAIN).kinds, {"edge": [(0.5, 0.0)]} if y else {})
        drawing = picture.draw(width, height, braille=rich)
        cursors = [(1, 1), (results.sweep.rows, len(results.sweep.x))] if y else [1, len(results.sweep.x)]
        for cursor in cursors:
            rows = drawing.with_cursor(cursor)  # type: ignore[arg-type]
            assert len(rows) == drawing.height
            assert {sum(len(text) for text, _ in row) for row in rows} == {drawing.width}
        assert rich or drawing.text().isascii()


def test_the_cursor_is_over_its_point() -> None:
    sweep = make_sweep(NET, *AXES[2])
    results = filled(sweep)
    drawing = SweepPicture(results, RICH.kinds).draw(80, 12)
    assert isinstance(drawing.plot, HeatmapPlot)
    for x, y in product(range(len(sweep.x)), range(sweep.rows)):
        word = results.cell(x, y).word
        row = drawing.rows[drawing.plot.row(y + 1)]
        character = "".join(text for text, _ in row)[drawing.plot.column(x + 1)]
        assert character == RICH.kinds.get(word, "E")
        assert drawing.at(drawing.plot.column(x + 1), drawing.plot.row(y + 1)) == (y + 1, x + 1)


@pytest.mark.parametrize("known", [False, True])
@pytest.mark.parametrize(("x", "y"), AXES)
def test_it_has_the_margin_and_the_rule_of_other_charts(x: str, y: str | None, known: bool) -> None:
    """And its cursor never stands on a value of the axis, not even before anything is known."""
    sweep = make_sweep(NET, x, y)
    drawing = SweepPicture(filled(sweep) if known else Results(sweep), RICH.kinds).draw(80, 12)
    head, *rows = drawing.text().splitlines()
    assert head.startswith("─ verdict")
    assert head.endswith("──")
    assert all(row.startswith(" ") for row in rows if row)
    numbers = [row for row in rows if sweep.x.label(0) in row and sweep.x.label(len(sweep.x) - 1) in row][-1]
    for column in range(1, len(sweep.x) + 1):
        seen = drawing.with_cursor((1, column) if y else column)  # type: ignore[arg-type]
        assert numbers in ["".join(text for text, _ in row).rstrip() for row in seen]


@pytest.mark.parametrize("axis", [0, 1])
def test_a_line_of_a_map_is_its_points(axis: int) -> None:
    sweep = make_sweep(NET, "network.depth=1..4", "fix=none,relu,he_init", seeds=2)
    results = filled(sweep, every=3)
    for index in range(len(sweep.axes[1 - axis])):
        line = results.along(axis, index)
        for i in range(len(line.sweep.x)):
            assert line.cell(i) == results.cell(*((i, index) if axis == 0 else (index, i)))
        for number in range(len(line.sweep)):
            at = line.sweep.index_of(number)
            here = sweep.number(*((at.x, index) if axis == 0 else (index, at.x)), at.seed)
            assert line.sweep.scenario_at(number) == sweep.scenario_at(here)


def test_points_at_the_same_values_are_taken_over() -> None:
    results = filled(make_sweep(NET, "network.depth=1..9", "network.width=4,8"))
    finer = Results(make_sweep(NET, "network.width=4,6,8", "network.depth=5..12"))  # the axes may change places
    finer.take_over(results)
    assert finer.done == 5 * 2
    assert finer.cell(0, 0) == results.cell(4, 0)
    for other in (
        make_sweep(NET, "network.depth=1..9", "network.width=4,8", quantity="ratio"),
        make_sweep(NET.edit({"seed": 1}), "network.depth=1..9", "network.width=4,8"),
        make_sweep(NET, "network.depth=1..9"),
    ):
        nothing = Results(other)
        nothing.take_over(results)
        assert nothing.done == 0
