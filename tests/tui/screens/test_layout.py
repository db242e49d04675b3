"""How the screen is shared out: the main chart has its part at every size, whatever else is shown."""

import math
import re
from typing import Any

import pytest

from gradsim.sim.scenario.scenario import parse_scenario
from gradsim.tui.app import GradsimApp
from gradsim.tui.state.signal_walk import TICK
from gradsim.tui.terminal import partial_paint
from gradsim.tui.terminal.textual_private import exactly
from gradsim.tui.widgets.cells import fitting, merge, product
from gradsim.tui.widgets.footer import KeyLine, LessonStrip
from gradsim.tui.widgets.histograms import Histograms
from gradsim.tui.widgets.plot import PlotWidget
from gradsim.tui.widgets.text_rows import TextRows
from pilot import LESSON, press_digit_of, quiet, settled, started

LEAST = 0.45  # of the height
LONG = "The gradient fades, layer by layer, since no slope of a sigmoid is above a quarter. " * 3
STEP, CHANGE, A_SECOND = 1_500, 12_000, 6_000  # bytes of a cursor step, of a full change, of a walk in a second
SIZES = [(80, 24), (100, 30), (120, 40), (200, 50)]


async def test_the_main_chart_has_its_part_of_the_height() -> None:
    network = {"depth": 6, "width": 8, "activation": "sigmoid"}
    app = started(parse_scenario({"network": network, "lesson": [*LESSON[:1], {"text": LONG, "fixes": ["relu"]}]}))
    async with app.run_test(size=SIZES[0]) as pilot:
        await settled(pilot, 1)
        for keys in ((), (press_digit_of(app, "residual"),), ("n", "n")):
            await pilot.press(*keys)
            await quiet(app)
            for size in SIZES if "n" in keys else SIZES[:1]:  # a long lesson with a fix leaves the least
                if tuple(app.size) != size:
                    await pilot.resize_terminal(*size)
                await pilot.pause()
                plot = app.main.query_one("#chart", PlotWidget)
                assert plot.size.height >= math.floor(LEAST * size[1]), (keys, size)
                assert app.main.query_one(KeyLine).region.bottom == size[1], (keys, size)
                assert app.main.query_one(Histograms).is_on_screen == (size[1] >= 45), size
                for widget in app.main.query(TextRows):
                    if widget.display and widget.region.height:
                        lines = widget.text().split("\n")
                        assert max(map(len, lines)) <= widget.size.width, (widget, size)
                        assert len(lines) <= widget.region.height, (widget, size)
        assert app.main.query_one(LessonStrip).text().split("a quarter.")[-1].split() == ["n", "ends", "it"]


@pytest.mark.usefixtures("by_hand")
async def test_keys_and_the_walk_send_little(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[int] = []
    show, painter = GradsimApp._display, partial_paint.Painter()

    def record(app: GradsimApp, screen: Any, renderable: Any) -> None:
        if renderable is not None:
            sent.append(len(exactly(painter, renderable).render_segments(app.console).encode()))
        show(app, screen, renderable)

    app = started()
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        monkeypatch.setattr(GradsimApp, "_display", record)
        app.action_repaint()
        await settled(pilot, 1)
        for key, most in (("right", STEP), ("left", STEP), (press_digit_of(app, "residual"), CHANGE), ("v", CHANGE)):
            sent.clear()
            await pilot.press(key)
            await settled(pilot, 1)
            assert 0 < sum(sent) <= most, key
        await pilot.press("space")
        sent.clear()
        ticks = 0
        while app.main.now.walk is not None and not app.main.now.walk.finished:
            app.main.navigation.tick()
            ticks += 1
            await pilot.pause()
        assert 0 < sum(sent) / (ticks * TICK) <= A_SECOND


@pytest.mark.parametrize("size", SIZES)
def test_the_drawing_of_the_main_chart_is_the_same_width_as_the_one_below(size: tuple[int, int]) -> None:
    """Stacked charts have the same columns, so that a layer is below itself: the gutter is one for all."""
    from gradsim.tui.charts.plot import legend
    from gradsim.tui.charts.plot.curves import place_plot

    plots = [place_plot(size[0], rows, 20, "layer") for rows in (12, 20)]
    assert {plot.column(n) for plot in plots if plot for n in (1, 20)} == {legend.GUTTER, size[0] - 1}


@pytest.mark.parametrize(("arrives", "factors", "whole"), [
    (6.149e-07, (0.2344, 0.9853), 1.42e-07), (0.0999, (0.5, 0.4999), 0.02497), (1.0, (0.3349, 2.985, 1.0051), 1.00484),
    (3.7e-9, (0.8349, 0.8651), 2.6724e-9), (1.048, (0.102, 0.969, 10.1862), 1.05514),
])  # fmt: skip
def test_a_product_is_right_as_it_is_printed(arrives: float, factors: tuple[float, ...], whole: float) -> None:
    from gradsim.sim.text import format_number

    named = [(f"factor {i}", value) for i, value in enumerate(factors)]
    whole = arrives * math.prod(factors)
    cells = product(arrives, named, whole, ("arrives", "passes on"), format_number)
    *parts, end = (float(text) for _, text in cells.values())
    assert format_number(math.prod(parts)) == format_number(end) == format_number(whole)
    assert [before.strip() for before, _ in cells.values()] == ["", *"×" * len(factors), "="]
    assert all(re.fullmatch(r" *[0-9.e-]+", text) for _, text in cells.values())


def test_a_product_goes_as_a_whole_where_it_does_not_fit() -> None:
    columns = merge({"arrives": (" ", "1"), "slope": ("×", "1"), "passes on": ("=", "1"), "more": (" ", "1")}, {})
    whole = sum(column.width + 1 for column in columns[:3])
    assert [fitting(columns, room) for room in (whole - 1, whole, whole + 3, 99)] == [0, 3, 3, 4]
