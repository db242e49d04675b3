"""Errors that nobody expected in what a screen waits for: it says so, and waits no longer."""

from typing import Any

import pytest

from gradsim.sim.scenario.scenario import parse_scenario
from gradsim.tui.app import GradsimApp
from gradsim.tui.screens.common import curing
from gradsim.tui.screens.common.curing import Curing
from gradsim.tui.screens.mapping import points
from gradsim.tui.screens.mapping.screen import MapScreen
from gradsim.tui.screens.single_pass import seeds
from gradsim.tui.state.session import begin
from gradsim.tui.terminal.faults import reason
from gradsim.tui.widgets.footer import StatusLine
from pilot import quiet, until

ODD = "LookupError: nothing of the kind"
SMALL = {"depth": 4, "width": 8, "activation": "sigmoid"}
SWEEP = {"sweep": {"x": "network.depth=2..4"}}


def fail(*_: Any, **__: Any) -> Any:
    raise LookupError("nothing of the kind")


def status(app: GradsimApp) -> str:
    return app.screen.query_one(StatusLine).text()


def small(**tables: Any) -> GradsimApp:
    return GradsimApp(begin(parse_scenario({"network": SMALL, **tables})))


async def test_seeds_that_can_not_be_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seeds, "over_seeds", fail)
    app = small()
    async with app.run_test(size=(200, 50)) as pilot:
        await quiet(app)
        await pilot.press("R")
        await until(lambda: "no seed could be tried: gradsim made a mistake" in status(app))


async def test_fixes_that_can_not_be_tried_are_done_with(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Curing, "in_background", staticmethod(lambda: True))
    monkeypatch.setattr(curing, "try_fixes", fail)
    app = small()
    async with app.run_test(size=(80, 24)):
        await quiet(app)
        await until(lambda: any(one.done for one in app.curing._known))
        (known,) = app.curing._known
        assert ODD in known.summary
        assert app.curing._running is None


async def test_a_map_that_can_not_be_made_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(points, "ordered", fail)
    app = small(**SWEEP)
    async with app.run_test(size=(200, 50)) as pilot:
        await quiet(app)
        await pilot.press("m")
        await until(lambda: isinstance(app.screen, MapScreen) and "gradsim made a mistake" in status(app))
        assert isinstance(app.screen, MapScreen)
        await until(lambda: all(worker.is_finished for worker in app.workers if worker.group == points.GROUP))


@pytest.mark.parametrize(("error", "why"), [(MemoryError(), "too large"), (LookupError("x"), "LookupError: x")])
def test_a_reason_is_never_empty(error: Exception, why: str) -> None:
    assert why in reason(error, "too large")
