"""The screen of a map, with real keys: it fills, is read out, adopted, zoomed, cut into rows, and left."""

import contextlib
import csv
import re
import time
from pathlib import Path
from typing import Any

import psutil
import pytest
from textual.pilot import Pilot
from textual.widgets import Input

import monkeys
from gradsim.sim.scenario.scenario import Scenario, parse_scenario
from gradsim.sim.sweeps.executors import Resources
from gradsim.sim.sweeps.point import Point
from gradsim.sim.sweeps.results import Results
from gradsim.sim.sweeps.sweep import own_sweep
from gradsim.sim.sweeps.sweeping import advance
from gradsim.tui.app import GradsimApp
from gradsim.tui.screens.mapping.points import GROUP
from gradsim.tui.screens.mapping.screen import MapScreen
from gradsim.tui.state.pace import Pace
from gradsim.tui.state.session import begin
from gradsim.tui.terminal import partial_paint
from gradsim.tui.terminal.glyphs import PLAIN
from gradsim.tui.terminal.textual_private import exactly
from gradsim.tui.widgets import plot as plots
from gradsim.tui.widgets.footer import KeyLine, StatusLine
from gradsim.tui.widgets.map_text import MapText
from gradsim.tui.widgets.plot import PlotWidget
from gradsim.tui.widgets.text_rows import TextRows
from gradsim.tui.workers import maps
from gradsim.tui.workers.child import Child
from pilot import painted, quiet, until

STEP = 2000  # bytes of a cursor step, at most
NET = {"depth": 3, "width": 6, "activation": "tanh", "init": {"name": "normal", "std": 0.4}}
SWEEP = {"x": "network.init.std=0.1..2*5", "y": "network.depth=1..4"}


def net(sweep: dict[str, Any] | None = None, **more: Any) -> Scenario:
    table = {"title": "A small net", "network": NET, "data": {"batch": 4}, **more}
    return parse_scenario(table | ({"sweep": sweep} if sweep else {}))


async def opened(pilot: Pilot[int]) -> MapScreen:
    """The map, with all its points."""
    app: Any = pilot.app
    await quiet(app)
    await pilot.press("m")
    await until(lambda: isinstance(app.screen, MapScreen) and app.screen.is_mounted)
    await filled(pilot)
    return app.screen


def making(screen: MapScreen) -> bool:
    """Whether points of its map are being made."""
    return any(worker.group == GROUP and not worker.is_finished for worker in screen.app.workers)


async def filled(pilot: Pilot[int]) -> None:
    """Until all points are made and drawn."""
    screen: Any = pilot.app.screen
    await until(lambda: not making(screen))
    await quiet(pilot.app)
    await pilot.pause()
    await painted(pilot.app)


def text_below(screen: MapScreen) -> str:
    return screen.query_one(MapText).text()


def drawn(screen: MapScreen) -> str:
    drawing = screen.query_one("#map", PlotWidget).drawing
    assert drawing is not None
    return drawing.text()


@pytest.mark.usefixtures("_simulated_maps")
async def test_a_map_is_the_scenarios_own_sweep_and_a_point_of_it_is_adopted_and_left() -> None:
    app = GradsimApp(begin(net(SWEEP)))
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await opened(pilot)
        results = screen.view.results
        alone = Results(own_sweep(net(SWEEP)))
        list(advance(alone, Resources()))
        assert results.points == alone.points
        assert "network.init.std across, network.depth up" in drawn(screen)
        await pilot.press("home", "pageup", "pageup", "pageup", "pageup", "right")
        assert text_below(screen).startswith(" network.init.std=0.2114")
        assert "network.depth=4: " in text_below(screen)
        at = screen.view.x, screen.view.y
        await pilot.press("enter")
        await quiet(app)
        assert app.screen is app.main
        values = alone.sweep.values(alone.sweep.index_of(alone.sweep.number(*at)))
        assert app.main.now.scenario == net(SWEEP).edit(values)
        assert "Escape goes back" in app.main.query_one(StatusLine).text()
        await pilot.press("escape")
        again: Any = app.screen
        assert isinstance(again, MapScreen)
        assert (again.view.x, again.view.y, again.view.results) == (*at, results)
        assert app.main.now.scenario == net(SWEEP)
        await pilot.press("escape")
        assert app.screen is app.main
        await pilot.press("escape")
        assert app.screen is app.main
        await pilot.press("m")
        assert app.screen.view.results is results


async def test_keys_and_values_are_chosen_in_the_form() -> None:
    app = GradsimApp(begin(net()))
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await opened(pilot)
        axes = [axis.key for axis in screen.view.sweep.axes]
        assert axes == ["network.init.std", "network.depth"]  # what the init has, and how far it goes
        await pilot.press("e")
        fields: list[Any] = [row.value for row in screen.edit_form.form._rows()]
        assert isinstance(fields[0], Input)
        fields[0].value = "network.ac"
        await pilot.press("end", "t")
        await until(lambda: fields[0]._suggestion == "network.activation")
        await pilot.press("right")
        assert fields[0].value == "network.activation"
        assert "relu" in fields[1].value
        fields[1].value = "relu,tahn"
        await pilot.press("tab", "enter")
        assert "did you mean tanh?" in str(screen.edit_form.form._rows()[1]._problem.render())
        assert screen.editing
        for field, value in zip(fields[1:], ("relu,tanh", "fix", "none,residual", "ratio"), strict=False):
            field.value = value
            await pilot.pause()
        await pilot.press("enter")
        await filled(pilot)
        assert [(axis.key, axis.values) for axis in screen.view.sweep.axes] == [
            ("network.activation", ("relu", "tanh")), ("fix", ("none", "residual"))
        ]  # fmt: skip
        assert "ratio" in drawn(screen)
        await pilot.press("up", "right", "enter")
        await quiet(app)
        assert app.main.now.fixes == ("residual",)
        assert app.main.now.scenario.network.activation.name == "tanh"
        await pilot.press("escape", "e", "x", "y", "escape")
        assert not app.screen.editing
        assert app.screen.edit_form.asked.x == "network.activation"
        await pilot.press("escape")
        assert app.main.now.fixes == ()


async def test_zoom_and_back_and_rows_and_columns(tmp_path: Path) -> None:
    app = GradsimApp(begin(net({"x": "network.init.std=0.1..2*9", "y": "network.depth=1..9"})))
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await opened(pilot)
        before = screen.view
        await pilot.press("right", "plus")
        await filled(pilot)
        view = screen.view
        assert before.sweep.x.values[0] < view.sweep.x.values[0] < view.sweep.x.values[-1] < before.sweep.x.values[-1]
        assert len(view.sweep.x) >= len(before.sweep.x)
        assert view.sweep.y.values == (3, 4, 5, 6, 7)
        assert view.sweep.y.values[view.y] == before.sweep.y.values[before.y]
        await pilot.press("minus")
        assert screen.view.results is before.results
        await pilot.press("minus")
        await filled(pilot)
        assert screen.view.sweep.x.values[0] < 0.1
        assert screen.view.sweep.y.values[0] == 1
        await pilot.press("c")
        await quiet(app)
        assert "verdict over network.init.std" in drawn(screen)
        await pilot.press("c", "right")
        await quiet(app)
        assert "verdict over network.depth" in drawn(screen)
        await pilot.press("c")
        await quiet(app)
        assert "across" in drawn(screen)
        for name in ("map.txt", "map.csv"):
            await pilot.press("E")
            app.screen.query_one("#text", Input).value = name
            await pilot.press("enter")
            assert name in screen.query_one(StatusLine).text()
        assert "network.init.std across" in (tmp_path / "map.txt").read_text()
        head, *rows = csv.reader((tmp_path / "map.csv").read_text().splitlines())
        assert head == ["network.init.std", "network.depth", "seed", "verdict", "verdict", "error"]
        sweep = screen.view.sweep
        assert [tuple(map(float, row[:2])) for row in rows] == [(x, y) for y in sweep.y.values for x in sweep.x.values]


@pytest.mark.usefixtures("_simulated_maps")
async def test_a_point_that_cannot_be_says_why_and_is_not_adopted() -> None:
    app = GradsimApp(begin(net({"x": "data.batch=1,4", "y": "fix=none,batch_norm"})))
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await opened(pilot)
        await pilot.press("home", "up")
        assert "failed: " in text_below(screen)
        assert "batch" in text_below(screen)
        assert "E" in drawn(screen).split("\n")[1]
        await pilot.press("enter")
        await quiet(app)
        failed = isinstance(app.screen, MapScreen)
        assert failed or app.main.failure or "does not apply" in app.main.query_one(StatusLine).text()


async def test_what_is_left_is_no_longer_made(monkeypatch: pytest.MonkeyPatch) -> None:
    left: list[bool] = []

    class Endless(Child):
        def __init__(self, _program: str, order: Any):
            super().__init__("", None)
            self.first = order.missing[0]

        def answers(self, stopped: Any) -> Any:
            yield [(self.first, Point("healthy", "healthy"))]
            while not stopped():
                time.sleep(0.001)
            left.append(True)

    monkeypatch.setattr(maps, "Child", Endless)
    app = GradsimApp(begin(net(SWEEP)))
    async with app.run_test(size=(80, 24)) as pilot:
        await quiet(app)
        await pilot.press("m")
        await until(lambda: isinstance(app.screen, MapScreen) and making(app.screen))
        screen: Any = app.screen
        status = screen.query_one(StatusLine)
        await until(lambda: "1 of 20 points" in status.text())
        screen._pace = Pace(20, 0, time.monotonic() - 10)
        screen._tell_progress(screen.view)
        assert re.search(r"1 of 20 points, 0\.\d+ a second, 3 min .* left", status.text())
        await pilot.press("plus")  # another map
        await until(lambda: len(left) == 1)
        await pilot.press("escape")
        await until(lambda: len(left) == 2)
        assert app.screen is app.main


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_it_fits_and_a_step_is_cheap(size: tuple[int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[int] = []
    show, painter = GradsimApp._display, partial_paint.Painter()

    def record(app: Any, screen: Any, renderable: Any) -> None:
        if renderable is not None:
            sent.append(len(exactly(painter, renderable).render_segments(app.console).encode()))
        show(app, screen, renderable)

    app = GradsimApp(begin(net({"x": "network.init.std=0.1..2*30", "y": "network.depth=1..12"})))
    async with app.run_test(size=size) as pilot:
        screen = await opened(pilot)
        plot = screen.query_one("#map", PlotWidget)
        assert plot.size.height >= size[1] * 0.6
        assert screen.query_one(KeyLine).region.bottom == size[1]
        for widget in screen.query(TextRows):
            if widget.display:
                assert all(len(line) <= widget.size.width for line in widget.text().split("\n"))
        monkeypatch.setattr(GradsimApp, "_display", record)
        for key in ("right", "up", "left", "home", "pagedown"):
            sent.clear()
            await pilot.press(key)
            await quiet(app)
            await pilot.pause()
            assert 0 < sum(sent) <= STEP, key


async def test_plain_letters_tell_as_much(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plots, "has_braille", lambda: False)
    monkeypatch.setattr("gradsim.tui.screens.mapping.pictures.glyphs", lambda: PLAIN)
    app = GradsimApp(begin(net(SWEEP)))
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await opened(pilot)
        assert drawn(screen).isascii()
        words = {point.kind for point in screen.view.results.points}
        assert all(f"{PLAIN.kinds[word]} {word}" in drawn(screen) for word in words)


async def test_training_has_its_own_map() -> None:
    learns = {"data": {"task": "spirals", "batch": 8}, "loss": {"name": "cross_entropy"},
              "training": {"iterations": 3}, "expect": {"trained": "stalled"}}  # fmt: skip
    app = GradsimApp(begin(net(**learns)))
    async with app.run_test(size=(80, 24)) as pilot:
        await until(lambda: app.training.is_mounted)
        await pilot.press("m")
        await until(lambda: isinstance(app.screen, MapScreen))
        sweep = app.screen.view.sweep
        assert (sweep.x.key, sweep.updates) == ("training.optimizer.learning_rate", 3)
        await pilot.press("escape")
        assert app.screen is app.training


def test_random_keys_reach_it() -> None:
    assert {"m", "plus", "minus", "c", "enter"} <= set(monkeys.BOUND) | set(monkeys.WINDOWS)


def niceness(recursive: bool = False) -> list[int]:
    """Of the processes that make points, of those that have not ended since they were listed."""
    found: list[int] = []
    for one in psutil.Process().children(recursive=recursive):
        with contextlib.suppress(psutil.NoSuchProcess):  # a zombie is such
            found += [one.nice()] if "sweep_map" in " ".join(one.cmdline()) else []
    return found


@pytest.mark.slow
async def test_processes_of_low_priority_make_the_points_and_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(maps, "Child", Child)
    seen: set[int] = set()
    app = GradsimApp(begin(net(SWEEP)))
    async with app.run_test(size=(80, 24)) as pilot:
        await quiet(app)
        await pilot.press("m")
        await until(lambda: isinstance(app.screen, MapScreen))
        screen: Any = app.screen

        def lowered() -> bool:
            seen.update(niceness(recursive=True))
            return bool(seen & {10, 19})

        await until(lowered)  # the screen is there before it begins to make points
        await until(lambda: not making(screen))
        alone = Results(own_sweep(net(SWEEP)))
        list(advance(alone, Resources()))
        assert screen.view.results.points == alone.points
    assert not niceness()
