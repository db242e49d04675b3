"""The interface with real keys: what its tests share."""

from pathlib import Path

import pytest

from gradsim.sim.scenario.scenario import Scenario, parse_scenario
from gradsim.tui.app import GradsimApp
from gradsim.tui.state.session import begin
from gradsim.tui.widgets.fixes import FixPanel
from gradsim.tui.widgets.plot import PlotWidget
from gradsim.tui.widgets.text_rows import TextRows

SIZES = [(80, 24), (120, 40), (200, 50)]


LESSON = [
    {"text": "The gradient fades: look at layer 3.", "layer": 3},
    {"text": "ReLU's slope is 0 or 1.", "fixes": ["relu"], "quantity": "slope_factor", "layer": 2},
]


def scenario(**network: object) -> Scenario:
    table = {"depth": 12, "width": 16, "activation": "sigmoid", **network}
    return parse_scenario({"title": "Twelve sigmoid layers", "network": table, "lesson": LESSON})


@pytest.fixture(autouse=True)
def _state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.chdir(tmp_path)


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
