"""A trace without a scenario, built from arrays by hand: every chart, table and text can be drawn of it."""

import json

import numpy as np
import pytest

from gradsim.sim.results.factors import LayerInfo
from gradsim.sim.results.nonfinite import Nonfinite
from gradsim.sim.results.trace import Trace, Verdict
from gradsim.sim.scenario.quantities import quantities
from gradsim.tui.charts.catalog import charts
from gradsim.tui.charts.plot.heatmap import HeatmapPicture
from gradsim.tui.charts.plot.profile import ProfilePicture
from gradsim.tui.cli.report.records import to_csv, to_json
from gradsim.tui.cli.report.table import to_plot, to_table
from gradsim.tui.screens.single_pass.texts import verdict_section
from gradsim.tui.widgets.layer_cells import chain_columns, state_columns
from gradsim.tui.widgets.time_cells import state, through_time

PLAIN = (("slope", "slope_factor"), ("weight", "weight_factor"))
ATTENTION = (("attention", "attention_factor"), ("weight", "weight_factor"))
FIRST = Nonfinite("backward", 2, 1, "attention", "blocks.2.attention")


def watched(steps: int = 1, *, measured: bool = True, first: Nonfinite | None = None) -> Trace:
    """Three layers of other kinds and widths, as a run that was watched would have them; or nothing but gradients."""
    rng, depth = np.random.default_rng(steps), 3
    names = [*quantities(), "attention_factor"] if measured else ["gradient_rms", "gradient_norm"]
    profile = {name: rng.uniform(0.5, 2, (depth, steps)) for name in names}
    weights = {name: rng.uniform(0.5, 2, depth) for name in ("weight_norm", "spectral_norm", "spectral_radius")}
    factors, time_factors = ((PLAIN, ATTENTION, PLAIN), PLAIN) if measured else (((), (), ()), ())
    layers = [LayerInfo(i + 1, f"blocks.{i}", ("dense", "attention", "dense")[i], 4 + i, 5 + i, 20 * i, factors[i],
                        time_factors if steps > 1 else (), largest_slope=1.0 if steps > 1 else None)
              for i in range(depth)]  # fmt: skip
    verdict = Verdict("healthy", 1.0, 1.0, "as it was measured", first, axis="time" if steps > 1 else "layers")
    axes = ("layer", "step") if steps > 1 else ("layer",)
    return Trace(tuple(layers), axes, verdict, 0.5, profile, weights if measured else {}, np.ones(steps))


TRACES = [watched(), watched(7), watched(measured=False), watched(7, measured=False), watched(7, first=FIRST)]


@pytest.mark.long
@pytest.mark.parametrize("trace", TRACES, ids=str)
@pytest.mark.parametrize("fixed", [None, *TRACES[:2]], ids=str)
def test_every_chart_is_drawn_of_it(trace: Trace, fixed: Trace | None) -> None:
    for chart in charts():
        for axis, at in (("layer", None), ("layer", 1), ("step", 2)):
            assert chart.title in ProfilePicture(chart.name, trace, fixed, axis=axis, at=at).draw(80, 20).text()
        assert chart.title in HeatmapPicture(chart.name, trace, fixed).draw(80, 20).text()


@pytest.mark.parametrize("trace", TRACES, ids=str)
@pytest.mark.parametrize("baseline", [None, *TRACES[:2]], ids=str)
def test_tables_and_records_need_no_scenario(trace: Trace, baseline: Trace | None) -> None:
    for text in (to_table(trace, baseline), to_plot(trace, baseline)):
        assert "HEALTHY: as it was measured" in text
        assert (baseline or trace).size in text
        assert max(map(len, text.splitlines())) <= 80
    assert json.loads(to_json(trace))["scenario"] is None
    assert len(to_csv(trace).splitlines()) == 1 + trace.depth * trace.steps


@pytest.mark.parametrize("trace", TRACES, ids=str)
def test_the_inspector_and_the_verdict_s_text_need_no_scenario(trace: Trace) -> None:
    for layer in range(1, trace.depth + 1):
        assert chain_columns(trace, layer)
        assert state_columns(trace, layer)
        for step in range(1, trace.steps + 1):
            assert through_time(trace, layer, step)
            assert state(trace, layer, step)
    assert "as it was measured" in verdict_section("watched", trace)[1]
    assert trace.size in repr(trace)
    assert "dense" in trace._repr_html_()


def test_its_chain_has_the_words_of_its_own_layers() -> None:
    assert [word for word, _ in watched().factors(2).factors][:2] == ["attention", "weight"]
    assert set(chain_columns(watched(), 2)) >= {"attention", "weight"}


def test_what_was_not_measured_is_nan() -> None:
    trace = watched(measured=False)
    assert np.isnan(trace["slope_factor"]).all()
    assert np.isnan(trace["weights.weight_norm"]).all()
