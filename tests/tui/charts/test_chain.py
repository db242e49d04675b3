"""Chains of different layers on the screen: names on the axis, and only the numbers that a layer has."""

import itertools
from dataclasses import replace

import pytest

from gradsim.sim.results.trace import Trace
from gradsim.sim.scenario.scenario import Scenario, parse_scenario
from gradsim.sim.simulation import simulate
from gradsim.sim.text import format_number
from gradsim.tui.charts.plot.area import ChartAxis
from gradsim.tui.charts.plot.heatmap import HeatmapPicture
from gradsim.tui.charts.plot.profile import ProfilePicture
from gradsim.tui.cli.report.table import to_table
from gradsim.tui.state.form_fields import fields
from gradsim.tui.state.session import begin
from gradsim.tui.widgets.header import summary
from gradsim.tui.widgets.inspector import FEW, Inspector
from gradsim.tui.widgets.layer_cells import chain_columns
from gradsim.tui.widgets.text_rows import plain
from gradsim.tui.widgets.time_cells import state

LAYERS = [
    {"kind": "lstm", "width": 6}, {"kind": "dropout"}, {"kind": "last_step", "name": "end"},
    {"kind": "dense", "width": 5, "repeat": 2}, {"kind": "dense", "name": "odd", "activation": "linear"},
]  # fmt: skip


@pytest.fixture(scope="module")
def chosen() -> Scenario:
    return parse_scenario({"network": {"layers": LAYERS}, "time": {"steps": 5}, "data": {"inputs": 3, "batch": 4}})


@pytest.fixture(scope="module")
def trace(chosen: Scenario) -> Trace:
    return simulate(chosen)


def test_the_axis_has_the_layers_names(trace: Trace) -> None:
    text = ProfilePicture("gradient_rms", trace).draw(100, 14).text()
    assert "1 lstm 1" in text
    assert "3 end" in text
    assert "4 dense 1" in text


def test_a_missing_number_is_no_quotient_of_zeros(trace: Trace) -> None:
    for picture in (ProfilePicture("gradient_rms", trace, at=1), HeatmapPicture("gradient_rms", trace)):
        text = picture.draw(90, 16).text()
        assert "x none" in text
        assert "0/0" not in text


def test_the_inspector_shows_what_a_layer_has(trace: Trace) -> None:
    assert {"gates", "passes on", "arrives"} <= set(chain_columns(trace, 1, 5))
    assert set(chain_columns(trace, 2, 5)) == {"arrives", "this layer", "passes on"}
    assert "gate f" in state(trace, 1, 5)
    assert not {name for name in state(trace, 2, 5) if name.startswith("gate")}
    assert state(trace, 4, 2) == {}  # one state has no step but the last


def test_the_table_is_by_layer_with_names_and_no_nan(trace: Trace) -> None:
    text = to_table(trace, None)
    assert "odd 6" in text
    assert "dense 2 5" in text
    assert "NaN" not in text


def test_a_session_begins_by_layer_at_the_last_step(chosen: Scenario) -> None:
    session = begin(chosen)
    assert (session.shown, session.step_cursor, session.depth) == ("layer", 5, 6)
    assert summary(chosen)[:3] == ["6 layers", "5 steps", "lstm, dropout, last_step, dense"]
    assert not {field.key for field in fields(chosen) if field.key.startswith("network.")}


@pytest.mark.parametrize(("kind", "gates"), [("lstm", ("i", "f", "o")), ("gru", ("r", "z"))])
@pytest.mark.parametrize("depth", [1, 2])
def test_gates_have_their_place_on_the_smallest_screen(kind: str, gates: tuple[str, ...], depth: int) -> None:
    trace = simulate(parse_scenario({"network": {"kind": kind, "depth": depth, "width": 8}, "time": {"steps": 12}}))
    inspector = Inspector()
    for two, step in itertools.product((False, True), range(2, 13)):
        inspector.show(trace, trace if two else None, 1, step, FEW)
        rows = [plain(row) for row in inspector.rows(80)]
        means = " ".join(format_number(float(trace.profile[f"gate_{gate}_mean"][0, step - 1])) for gate in gates)
        assert len(rows) == FEW
        assert max(map(len, rows)) <= 80
        assert rows[0].startswith(f"─ step {step}")
        assert f"gates {' '.join(gates)}" in "\n".join(rows)
        assert sum(means in row for row in rows) == 1 + two
        assert rows[1].count("=") == 1, "and the product stays whole"


@pytest.mark.parametrize("chart", ["forward_gradient_rms", "gate_f_mean"])
@pytest.mark.parametrize("axis", ["layer", "step"])
def test_a_run_that_has_no_such_quantity_gets_no_marks(chart: str, axis: ChartAxis) -> None:
    one, both = ({"kind": "rnn", "depth": 2, "width": 4}, {"kind": "lstm", "depth": 2, "width": 4, "direction": "both"})
    single, twice = (simulate(parse_scenario({"network": net, "time": {"steps": 4}})) for net in (one, both))
    for window in (None, (1, 2)):
        picture = ProfilePicture(chart, single, twice, axis=axis, at=1, window=window)
        assert "0/0" not in picture.draw(80, 12).text()
        assert "0/0" not in replace(picture, baseline=twice, with_fixes=single).draw(80, 12).text()
