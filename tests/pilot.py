"""The interface with real keys: what its tests share, wait for and type."""

import asyncio
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from textual import events
from textual.pilot import Pilot
from textual.worker import WorkerCancelled

from gradsim.sim.scenario.scenario import Scenario, parse_scenario
from gradsim.tui.app import GradsimApp
from gradsim.tui.state.session import begin
from gradsim.tui.widgets.fixes import FixPanel
from gradsim.tui.widgets.plot import PlotWidget
from gradsim.tui.widgets.text_rows import TextRows

OWED = (
    "layout_required",
    "scroll_required",
    "repaint_required",
    "recompose_required",
    "dirty_widgets",
)  # Textual's own
SIZES = [(80, 24), (120, 40), (200, 50)]


LESSON = [
    {"text": "The gradient fades: look at layer 3.", "layer": 3},
    {"text": "ReLU's slope is 0 or 1.", "fixes": ["relu"], "quantity": "slope_factor", "layer": 2},
]


def scenario(**network: object) -> Scenario:
    table = {"depth": 12, "width": 16, "activation": "sigmoid", **network}
    return parse_scenario({"title": "Twelve sigmoid layers", "network": table, "lesson": LESSON})


def started(chosen: Scenario | None = None, path: Path | None = None) -> GradsimApp:
    return GradsimApp(begin(chosen or scenario(), path))


def text(app: GradsimApp, widget: type[TextRows]) -> str:
    return app.main.query_one(widget).text()


def chart(app: GradsimApp) -> str:
    drawing = app.main.query_one("#chart", PlotWidget).drawing
    assert drawing is not None
    return drawing.text()


def press_digit_of(app: GradsimApp, name: str) -> str:
    """The digit of a fix on the page that is shown."""
    return str([fix.name for fix in app.main.query_one(FixPanel).page].index(name) + 1)


async def quiet(app: Any) -> None:
    """Until no worker is left; one that a newer one has replaced is left, too."""
    while True:
        try:
            await app.workers.wait_for_complete()
        except WorkerCancelled:
            await asyncio.sleep(0)
        else:
            return


async def settled(pilot: Pilot[int], rounds: int = 4) -> None:
    """Until nothing is simulated, built or painted any more."""
    for _ in range(rounds):
        await quiet(pilot.app)
        await pilot.pause()
    await painted(pilot.app)


async def painted(app: Any) -> None:
    """Until the screen owes the terminal no frame: they are paced, and a quick machine is keys further by then."""
    await until(lambda: not any(getattr(app.screen, f"_{what}") for what in OWED))


async def until(condition: Callable[[], bool]) -> None:
    """Wait for something that happens soon; fails if it does not."""
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        await asyncio.sleep(0.01)


def type_fast(app: Any, *keys: str) -> None:
    """Keys that arrive together, as on a slow line or from a quick hand."""
    for key in keys:
        app.post_message(events.Key(key, key if len(key) == 1 else None))
