"""The front door for programs: names, words and tables in, traces and runs out."""

import copy
import json
import pickle
from pathlib import Path

import numpy as np
import pytest

import gradsim.sim
from gradsim.sim import (
    Run,
    UserError,
    advise,
    apply_fixes,
    choices,
    fixes,
    load,
    presets,
    simulate,
    sweep,
    train,
    trial,
)
from gradsim.sim.registry import MENUS
from gradsim.tui.cli.main import run as command

NETS = [
    {},
    {"network": {"skip": "identity", "norm": "layer", "depth": 5}},
    {"network": {"kind": "rnn", "depth": 2, "skip": "identity"}, "time": {"steps": 6}},
    {"network": {"kind": "lstm", "depth": 2, "norm": "layer", "norm_at": "output"}, "time": {"steps": 6}},
    {"network": {"kind": "gru", "depth": 1, "norm": "layer"}, "time": {"steps": 6}},
]


def test_every_name_is_there() -> None:
    for name in gradsim.sim.__all__:
        assert getattr(gradsim.sim, name) is not None
    assert set(gradsim.sim.__all__) <= set(dir(gradsim.sim))
    with pytest.raises(AttributeError):
        gradsim.sim.nothing  # noqa: B018


def test_a_scenario_may_be_named_in_any_way(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text("[network]\ndepth = 7\n")
    wanted = load({"network": {"depth": 7}})
    assert load(path) == load(str(path)) == load(wanted) == load(**{"network.depth": 7}) == wanted
    assert load(wanted, seed=3).seed == 3
    assert load("relu_30", **{"network.depth": 40}).title.endswith("(edited)")
    assert load("relu_30").title == next(one.title for one in presets() if one.name == "relu_30")


def test_a_change_mends_a_file_that_can_not_be_used_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('title = "Mine"\nsummary = "Flat."\n[network]\ndepth = 0\n')
    mended = load(path, **{"network.depth": 5})
    assert (mended.network.depth, mended.title, mended.summary) == (5, "Mine (edited)", "")
    assert load(path, title="Five", **{"network.depth": 5}).title == "Five"
    with pytest.raises(UserError, match="0 is not allowed"):
        load(path, seed=1)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"network.depth": 0}, "changes: network.depth: 0 is not allowed"),
        ({"network.dept": 3}, "did you mean depth?"),
        ({"sed": 3}, "did you mean seed?"),
    ],
)
def test_a_wrong_change_is_told(given: dict[str, object], words: str) -> None:
    with pytest.raises(UserError) as raised:
        load("relu_30", **given)
    assert words in str(raised.value)


@pytest.mark.parametrize("net", NETS)
def test_a_trace_describes_itself(net: dict[str, object]) -> None:
    trace = simulate(net)
    assert [layer.number for layer in trace.layers] == list(range(1, trace.depth + 1))
    assert all(layer.kind == trace.scenario.network.kind for layer in trace.layers)
    assert [layer.fan_in for layer in trace.layers[1:]] == [layer.width for layer in trace.layers[:-1]]
    for name in trace.quantities:
        assert trace[name].shape[0] == trace.depth
        assert trace[name].ndim == (1 if name.startswith("weights.") else len(trace.axes))
    for layer in trace.layers:
        assert {quantity for _, quantity in (*layer.factors, *layer.time_factors)} <= set(trace.profile)
        chain = trace.factors(layer.number, axis="layers")
        assert np.prod([value for _, value in chain.factors]) == pytest.approx(chain.layer_factor, rel=1e-6)
    assert ("step" in trace.axes) == bool(trace.layers[0].time_factors)
    assert trace.verdict.kind in repr(trace)
    assert trace.verdict.kind.upper() in trace._repr_html_()
    with pytest.raises(UserError, match="gradient_rms"):
        trace["gradient_rsm"]
    with pytest.raises(UserError, match="from 1 to"):
        trace.factors(0)


@pytest.mark.parametrize("net", NETS)
def test_parameters_are_counted(net: dict[str, object]) -> None:
    trace = simulate(net, keep_arrays=True)
    assert trace.arrays is not None
    for layer in trace.layers:
        own = {name: value for name, value in trace.arrays.items() if name.startswith(f"{layer.name}.")}
        learned = [value.size for name, value in own.items() if name.replace("grad_", "") in own and "grad_" in name
                   and name.rpartition("grad_")[2].startswith(("weight", "bias"))]  # fmt: skip
        assert layer.parameters == sum(learned)


def test_the_command_line_prints_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    assert command(["run", "relu_30", "--format", "json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    result = simulate("relu_30").to_dict()
    assert printed["verdict"]["why"] == result["verdict"]["why"]
    assert printed["profile"] == result["profile"]
    assert [layer["width"] for layer in printed["layers"]] == [layer["width"] for layer in result["layers"]]


def test_fixes_and_menus() -> None:
    names = {fix.name for fix in fixes("relu_30")}
    assert names < {fix.name for fix in fixes()}
    for name in names:
        assert apply_fixes("relu_30", [name]) != load("relu_30")
    for menu in MENUS:
        assert choices(menu)
    with pytest.raises(UserError, match="activations"):
        choices("activation")


@pytest.mark.parametrize("name", ["sigmoid_20", "digits_20", "lstm_bias_0", "lenet_sigmoid"])
def test_equal_scenarios_are_one_key(name: str) -> None:
    one, other = load(name), load(name)
    assert hash(one) == hash(other)
    assert {one: "seen"}[pickle.loads(pickle.dumps(other))] == "seen"
    assert load(name, seed=one.seed + 1) not in {one}


@pytest.fixture(scope="module")
def run() -> Run:
    return train("digits_20", iterations=3)


def test_a_run_is_pickled_as_it_is_saved(run: Run) -> None:
    again = pickle.loads(pickle.dumps(run))
    assert (again.scenario, len(again)) == (run.scenario, 3)
    assert again.verdict == run.verdict
    for name in again.history.numbers:
        np.testing.assert_array_equal(again.history[name], run.history[name])
    assert again.advance().numbers == copy.deepcopy(run).advance().numbers
    assert len(run) == 3
    begun = pickle.loads(pickle.dumps(Run(run.scenario)))
    assert (len(begun), begun.scenario) == (0, run.scenario)


def test_a_run_is_told_in_a_line(run: Run) -> None:
    assert len(run) == 3
    assert run.history["loss"].shape == (3,)
    assert run.history["update_ratio"].shape == (3, run.scenario.network.depth)
    assert repr(run).startswith("<Run of 3 updates: ")
    assert repr(run.visit(1)).startswith("<Update 1: loss ")
    with pytest.raises(UserError, match="loss"):
        run.history["los"]


@pytest.mark.parametrize("source", [None, 3, [1], b"relu_30"])
def test_what_names_no_network_is_said_in_one_line(source: object) -> None:
    with pytest.raises(UserError, match="is no network; give a preset's name"):
        load(source)  # type: ignore[arg-type]


def test_numbers_may_be_numpys_and_one_fix_may_stand_alone() -> None:
    scenario = load({"network": {"depth": np.int64(4)}}, fixes="relu", **{"training.weight_decay": np.float32(0.5)})
    assert (scenario.network.depth, scenario.training.weight_decay) == (4, 0.5)
    assert scenario.network.activation.name == "relu"
    assert apply_fixes("sigmoid_20", "relu") == apply_fixes("sigmoid_20", ["relu"])


def test_too_few_of_something_are_refused_in_words() -> None:
    with pytest.raises(UserError, match="updates = 0: give at least 1"):
        trial("digits_20", updates=0)
    with pytest.raises(UserError, match="jobs = 0: give at least 1"):
        sweep("sigmoid_20", "network.depth=1,2", jobs=0)
    for seconds in (-1.0, 0, float("nan")):
        with pytest.raises(UserError, match=f"seconds = {seconds}: give more than 0"):
            advise("sigmoid_20", seconds=seconds)


def test_traces_are_compared_as_objects() -> None:
    one, other = (simulate({"network": {"depth": 2, "width": 4}}) for _ in range(2))
    assert one != other
    assert len({one, other, one}) == 2
