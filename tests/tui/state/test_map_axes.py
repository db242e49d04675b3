"""Ranges of a map's axes: sensible, allowed, closer and farther."""

from dataclasses import replace

import pytest

from gradsim.sim import load
from gradsim.sim.scenario.axis import fit_axis
from gradsim.sim.scenario.axis_spec import Axis, parse_axis
from gradsim.sim.scenario.file import load_scenario
from gradsim.sim.scenario.presets import locate
from gradsim.sim.scenario.scenario import Scenario
from gradsim.tui.state.map_axes import axis_keys, closer, farther, usual_axes, values_for
from gradsim.tui.state.map_fields import Asked, first_asked, retyped, to_sweep
from gradsim.tui.state.map_view import Shape, begin_map, picked
from gradsim.tui.state.session import begin

NAMES = ("sigmoid_20", "rnn_exploding", "learning_rate_too_high", "float16_underflow", "lstm_bias_5")
NET = load({"network": {"depth": 8, "width": 8, "init": {"name": "normal", "std": 0.5}}})


def scenario(name: str) -> Scenario:
    return load_scenario(locate(name))


def axis(key: str, spec: str) -> Axis:
    return fit_axis(parse_axis(f"{key}={spec}"), NET)


@pytest.mark.parametrize("name", NAMES)
def test_every_key_has_a_range_that_it_takes(name: str) -> None:
    chosen = scenario(name)
    keys = axis_keys(chosen)
    assert {"fix", "seed", "network.activation", "training.optimizer.learning_rate"} <= set(keys)
    for key in keys:
        axis = fit_axis(parse_axis(f"{key}={values_for(chosen, key)}"), chosen)
        assert 1 <= len(axis) <= 30, key
    assert values_for(chosen, "title") == values_for(chosen, "no.key") == ""


@pytest.mark.parametrize("name", NAMES)
def test_what_a_map_begins_with_can_be_swept(name: str) -> None:
    session = begin(scenario(name))
    sweep = to_sweep(first_asked(session), session)
    assert sweep.y is not None
    assert len(sweep) <= 400
    assert {sweep.x.key, sweep.y.key} == set(usual_axes(session.scenario, session.scene == "training")) or (
        session.scenario.sweep is not None
    )


def test_another_key_brings_its_range() -> None:
    asked = retyped(first_asked(begin(NET)), "y", "network.activation", NET)
    assert "relu" in asked.y_values
    assert retyped(asked, "y", "network.act", NET).y_values == asked.y_values
    assert retyped(asked, "y", "", NET).y_values == ""


@pytest.mark.parametrize("spec", ["0.1..10*21", "0:2:21", "1.5..1.6*5"])
def test_closer_is_half_around_the_place_and_farther_is_back(spec: str) -> None:
    before = axis("network.init.std", spec)
    for index in (0, len(before) // 2, len(before) - 1):
        after = axis("network.init.std", closer(before, index))
        assert after.values[0] <= before.values[index] <= after.values[-1]
        assert after.values[-1] - after.values[0] < before.values[-1] - before.values[0]
        wider = axis("network.init.std", farther(after, NET))
        assert wider.values[0] <= after.values[0]
        assert wider.values[-1] > after.values[-1]


def test_whole_numbers_are_not_cut_between_and_names_not_at_all() -> None:
    assert closer(axis("network.depth", "1..9"), 4) == "3..7"
    assert closer(axis("network.depth", "4..5"), 0) == ""
    assert closer(axis("network.activation", "relu,tanh,gelu"), 1) == ""
    assert farther(axis("network.activation", "relu,tanh,gelu"), NET) == ""
    assert parse_axis(f"network.depth={farther(axis('network.depth', '1..9'), NET)}").values[0] == 1


@pytest.mark.parametrize("spec", ["time.steps=2..6", "network.kernel=3..5", "network.depth=2..6"])
def test_keys_of_other_kinds_zoom_as_those_that_the_scenario_has(spec: str) -> None:
    wider = farther(parse_axis(spec), NET)
    assert not wider or len(parse_axis(f"{spec.partition('=')[0]}={wider}")) > len(parse_axis(spec))


@pytest.mark.parametrize(("shape", "across", "up", "at"), [
    ("map", 3, 2, (2, 1)), ("map", 3, None, (2, 0)), ("map", None, None, (0, 0)), ("map", 99, 99, (3, 2)),
    ("row", 4, None, (3, 0)), ("row", None, 4, (3, 0)), ("column", None, 3, (0, 2)), ("column", 2, None, (0, 1)),
])  # fmt: skip
def test_a_click_moves_the_cursor(shape: Shape, across: int | None, up: int | None, at: tuple[int, int]) -> None:
    asked = Asked("network.depth", "1,2,3,4", "network.width", "2,3,4")
    view = replace(begin_map(begin(NET), asked), x=0, y=0, shape=shape)
    after = picked(view, across, up)
    assert (after.x, after.y) == at


def test_a_click_on_a_chart_of_one_key_moves_along_it() -> None:
    view = begin_map(begin(NET), Asked("network.depth", "1,2,3,4"))
    assert picked(view, 4, None).x == 3
