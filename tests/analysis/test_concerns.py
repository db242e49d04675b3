"""Concerns of a pass: their numbers are those of their definitions on the arrays of the pass."""

import importlib
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from gradsim.sim import apply_fixes, load, registry, simulate, train
from gradsim.sim.analysis import concerns as folder
from gradsim.sim.analysis.concerns import margin
from gradsim.sim.engine.build import build
from gradsim.sim.engine.facts import batch_facts
from gradsim.sim.numerics.number_format import number_format
from gradsim.sim.results.trace import Concern, Verdict
from gradsim.sim.scenario.fixing import remedies
from gradsim.sim.scenario.scenario import Scenario, parse_scenario
from gradsim.sim.scenario.verdict_words import Kind
from gradsim.sim.training.symptoms import pass_symptoms
from gradsim.sim.training.trainer import Trainer

NET: dict[str, Any] = {
    "network": {"depth": 6, "width": 16, "activation": "relu", "init": "he_normal"},
    "data": {"task": "digits"}, "loss": {"name": "cross_entropy"},
}  # fmt: skip


def concerns(scenario: Scenario) -> dict[str, Concern]:
    return {concern.name: concern for concern in simulate(scenario).verdict.concerns}


def changed(**network: Any) -> Scenario:
    return parse_scenario(NET | {"network": NET["network"] | network})


def test_scatter_is_of_each_sample_s_gradient_at_the_first_and_the_last_layer() -> None:
    for seed in range(3):
        scenario = changed(depth=24, width=8).edit({"seed": seed})
        arrays = simulate(scenario, keep_arrays=True).arrays
        assert arrays is not None
        first, last = (np.linalg.norm(arrays[f"layers.{n}.grad_activation"].astype(float), axis=1) for n in (1, 24))
        good = (first > 0) & (last > 0)
        expected = float(np.log10(first[good] / last[good]).std())
        raised = concerns(scenario).get("scatter")
        assert (raised is not None) == (expected > 0.35)
        assert raised is None or raised.value == pytest.approx(expected, rel=1e-4)


def test_frozen_is_of_what_adam_can_t_make_up_for() -> None:
    fades = changed(depth=30, activation="sigmoid", init="xavier_normal")
    raised, trace = concerns(fades), simulate(fades)
    assert trace.verdict.outlook == "doubtful"
    assert raised["frozen"].value == pytest.approx(trace.weights["gradient_rms"][0])
    assert raised["frozen"].value < 1e-9
    slow = simulate(changed(depth=6, activation="sigmoid", init="xavier_normal", width=64))
    assert slow.weights["gradient_rms"][0] > 1e-7
    assert slow.verdict.outlook == "trains", "Adam divides by the size of the gradient"


def test_a_last_layer_that_tells_no_input_from_another_is_frozen_unless_one_batch_is_repeated() -> None:
    """As seeds 51420 and 51463 of benchmarks/outlook.py, which PyTorch trains with no batches and no weights."""
    for seed in range(3):
        lost = changed(depth=12, width=64, activation="sigmoid", init={"name": "lecun_normal", "gain": 1.05})
        lost = lost.edit({"seed": seed, "data.batch": 8})
        trace, raised = simulate(lost, keep_arrays=True), concerns(lost)
        assert trace.weights["gradient_rms"][0] > 1e-9, "Adam could use the gradient"
        assert trace.arrays is not None
        h = trace.arrays["layers.12.activation"].astype(float)
        assert raised["frozen"].value == pytest.approx((h - h.mean(0)).std() / np.sqrt(np.square(h).mean()), rel=1e-6)
        assert raised["frozen"].value < 2.0**-23
        for repeated in ({"data.batch": 1797}, {"data.task": "gaussian"}):
            other = concerns(lost.edit(repeated)).get("frozen")
            assert other is None or "rounding" not in other.text


def test_a_branch_that_is_switched_off_is_not_frozen() -> None:
    for loss, task in (("cross_entropy", "gaussian"), ("mse", "gaussian")):
        scenario = changed(skip="rezero").edit({"loss.name": loss, "data.task": task})
        trace = simulate(scenario)
        assert not trace.weights["gradient_rms"].any()
        assert trace.verdict.outlook == "trains"


def test_a_norm_of_single_units_lets_nothing_of_the_input_through() -> None:
    """One unit less its own mean is 0, whatever the input: the skip hands on a gradient, and no weight gets any."""
    for skip in ("rezero", "identity"):
        trace = simulate(changed(norm={"name": "group", "groups": 16}, skip=skip, activation="softplus"))
        assert trace.verdict.ratio == pytest.approx(1)
        assert trace.verdict.outlook == "doubtful"
        assert "frozen" in {concern.name for concern in trace.verdict.concerns}


def test_what_is_not_finite_is_frozen() -> None:
    breaks = changed(depth=40, init={"name": "normal", "std": 1e6})
    assert simulate(breaks).verdict.kind == "nonfinite"
    assert "not finite" in concerns(breaks)["frozen"].text
    assert simulate(breaks).verdict.outlook == "doubtful"


def test_a_probe_has_no_outlook_and_is_not_frozen() -> None:
    trace = simulate({"network": {"depth": 40, "activation": "sigmoid"}})
    assert trace.verdict.outlook is None
    assert "frozen" not in {concern.name for concern in trace.verdict.concerns}


@pytest.fixture
def tall(tmp_path: Path) -> Scenario:
    """Inputs up to 199 and targets twice as large."""
    x = np.arange(200.0)
    path = tmp_path / "tall.npz"
    np.savez(path, input=x[:, None], target=2 * x[:, None])
    net = {"network": {"depth": 1, "width": 1, "activation": "linear"}, "loss": {"name": "mse"},
           "data": {"file": str(path), "batch": 200}}  # fmt: skip
    return load(net)


def test_the_data_s_size_is_said_with_the_rate_that_it_bounds(tall: Scenario) -> None:
    raised = concerns(tall)["data"]
    square = float(np.mean(np.arange(200.0) ** 2))
    assert f"{1 / square:.1e}" in raised.text
    assert "SGD is stable up to a learning rate of about" in raised.text
    assert "the targets are" in raised.text
    for name in registry.names("optimizers"):
        bounds = registry.entry("optimizers", name).metadata.get("CURVATURE_BOUNDS_RATE", False)
        text = concerns(tall.edit({"training.optimizer": {"name": name}}))["data"].text
        assert ("is stable up to" in text) == bounds
    assert "data" not in concerns(tall.edit({"data.standardize": "both"}))


def arrays_of(scenario: Scenario) -> dict[str, Any]:
    arrays = simulate(scenario, keep_arrays=True).arrays
    assert arrays is not None
    return {name: np.asarray(array, float) for name, array in arrays.items()}


def test_collapse_and_signal_are_of_what_depends_on_the_input() -> None:
    scenario = changed(depth=7, activation="sigmoid", init="xavier_normal")
    arrays, raised = arrays_of(scenario), concerns(scenario)
    varying = {n: arrays[n] - arrays[n].mean(0) for n in ("input", "layers.7.activation")}
    share = (varying["layers.7.activation"] ** 2).sum() / (arrays["layers.7.activation"] ** 2).sum()
    assert raised["collapse"].value == pytest.approx(share, rel=1e-2)
    faded = np.sqrt((varying["layers.7.activation"] ** 2).mean() / (varying["input"] ** 2).mean())
    assert raised["signal"].value == pytest.approx(faded, rel=1e-2)
    assert "collapse" not in concerns(changed())


def test_signal_tells_of_a_spread_that_grows() -> None:
    scenario = changed(activation="linear", init={"name": "normal", "std": 4.0}, depth=3)
    arrays, raised = arrays_of(scenario), concerns(scenario)["signal"]
    assert raised.value == pytest.approx(
        arrays["layers.3.activation"].std() / arrays["layers.1.activation"].std(), rel=1e-4
    )
    assert "times what it was" in raised.text


def test_the_initial_loss_is_compared_with_that_of_the_best_constant_output() -> None:
    scenario = changed(activation="linear", init={"name": "normal", "std": 30.0}, depth=2)
    arrays = arrays_of(scenario)
    shares = np.unique(arrays["target"], return_counts=True)[1] / len(arrays["target"])
    raised = concerns(scenario)["loss"]
    assert raised.value == pytest.approx(arrays["loss"] / -(shares * np.log(shares)).sum(), rel=1e-4)
    assert simulate(scenario).verdict.outlook == "doubtful"
    assert "loss" not in concerns(changed())


def test_a_factor_per_layer_that_few_layers_hide_is_said_but_not_counted() -> None:
    trace = simulate(changed(depth=4, activation="sigmoid", init="xavier_normal"))
    raised = concerns(changed(depth=4, activation="sigmoid", init="xavier_normal"))
    assert trace.verdict.kind == "healthy"
    assert raised["rate"].value == trace.verdict.factor_per_layer
    assert f"{trace.verdict.factor_per_layer:.2g}" in raised["rate"].text
    assert not raised["rate"].counted


@pytest.mark.parametrize(("groups", "units"), [(16, 1), (8, 2), (5, 3), (4, 4), (2, 8)])
def test_groups_of_fewer_than_four_units_are_said(groups: int, units: int) -> None:
    width = groups * units
    raised = concerns(changed(norm={"name": "group", "groups": groups}, width=width, depth=2)).get("groups")
    assert (raised is not None) == (units < 4)
    assert raised is None or (raised.value == units and f"only {units} unit" in raised.text)


ADAM = {"optimizer": {"name": "adam", "learning_rate": 6e-4}}


@pytest.mark.parametrize(("more", "said"), [
    ({"precision": {"format": "float16"}, "training": ADAM}, True), ({"training": ADAM}, False),
    ({"precision": {"format": "bfloat16"}, "training": ADAM}, False), ({"precision": {"format": "float16"}}, False),
    ({"precision": {"format": "float16", "master_weights": True}, "training": ADAM}, False),
])  # fmt: skip
def test_an_eps_that_the_format_makes_0_is_said_and_breaks_the_first_update(more: dict[str, Any], said: bool) -> None:
    scenario = parse_scenario(NET | more)
    raised = concerns(scenario).get("eps")
    assert (raised is not None) == said
    if said:
        assert simulate(scenario).verdict.outlook == "doubtful"
        assert train(scenario, 2).verdict.kind == "nonfinite"
        assert "eps" not in concerns(apply_fixes(scenario, ["larger_eps"]))


@pytest.mark.parametrize(("std", "clip", "said"), [
    (1e6, "norm", True), (1e3, "norm", False), (1e6, {"name": "value", "threshold": 1e-9}, False),
])  # fmt: skip
def test_a_gradient_that_clipping_by_norm_makes_0_is_said(std: float, clip: Any, said: bool) -> None:
    net = {"depth": 4, "width": 16, "activation": "linear", "init": {"name": "normal", "std": std}}
    scenario = parse_scenario(NET | {"network": net, "training": {"clip": clip}})
    raised = concerns(scenario).get("clip")
    assert (raised is not None) == said
    trainer = Trainer(scenario)
    before = trainer.optimizer.parameters.copy()
    trainer.update()
    assert np.array_equal(before, trainer.optimizer.parameters) == said
    probe = scenario.edit({"loss.name": "probe"})
    assert ("clip" in concerns(probe)) == said, "a probe's gradient is smaller, and still too large"


def test_steps_that_a_narrow_format_loses_are_said() -> None:
    """Half a spacing of bfloat16, 8 bits, is 2^-9 from 1/2 on and 2^-11 from 1/8 to 1/4."""
    scenario = parse_scenario(NET | {"precision": {"format": "bfloat16"}, "training": ADAM})
    raised = concerns(scenario)["rounding"]
    assert "where a parameter is 0.25 or more" in raised.text
    form = number_format("bfloat16")
    assert form.number(0.25 + 6e-4) == 0.25
    below = form.number(0.24)
    assert form.number(below + 6e-4) > below
    assert "rounding" not in concerns(apply_fixes(scenario, ["master_weights"]))
    assert "rounding" not in concerns(parse_scenario(NET | {"training": ADAM}))


def test_a_norm_over_a_few_samples_is_said() -> None:
    pairs = changed(norm="batch").edit({"data.batch": 2})
    assert "only which is larger" in concerns(pairs)["samples"].text
    assert "samples" in concerns(pairs.edit({"data.batch": 4}))
    assert "samples" not in concerns(pairs.edit({"data.batch": 5}))
    assert "samples" not in concerns(pairs.edit({"network.norm": "layer"}))


def test_a_norm_of_rows_without_spread_is_the_cause(tmp_path: Path) -> None:
    path = tmp_path / "padding.npz"
    np.savez(path, input=np.zeros((64, 16)), target=np.zeros((64, 1)))
    net = {"depth": 8, "width": 16, "activation": "tanh", "init": "xavier_normal", "norm": "layer"}
    scenario = load({"network": net, "data": {"file": str(path), "batch": 32}})
    trace, raised = simulate(scenario), concerns(scenario)["flat_rows"]
    assert trace.verdict.kind == "exploding"
    assert raised.value == pytest.approx(np.nanmax(trace.profile["norm_factor"]))
    assert "316" in raised.text
    assert remedies(scenario, pass_symptoms(scenario, trace.verdict))[0] == "larger_norm_eps"
    assert "flat_rows" not in concerns(changed(depth=40, init={"name": "normal", "std": 1e6})), "without a norm"
    assert "flat_rows" not in concerns(
        changed(depth=8, norm="layer", activation="tanh", init={"name": "normal", "std": 9.0})
    )


def test_every_concern_has_a_number_and_a_sentence() -> None:
    sick = (changed(depth=12, activation="sigmoid"), changed(norm={"name": "group", "groups": 8}),
            changed(init={"name": "normal", "std": 30.0}), changed(depth=24, width=8),
            changed(depth=5, activation="sigmoid", init="xavier_normal"), changed(norm="batch").edit({"data.batch": 2}),
            parse_scenario(NET | {"precision": {"format": "float16"}, "training": ADAM}),
            parse_scenario(NET | {"precision": {"format": "bfloat16"}, "training": ADAM}),
            changed(depth=4, activation="linear", init={"name": "normal", "std": 1e6}).edit({"training.clip": "norm"})
            )  # fmt: skip
    names = set[str]()
    for scenario in sick:
        for name, concern in concerns(scenario).items():
            names.add(name)
            assert np.isfinite(concern.value)
            assert concern.text
            assert concern.text[0].islower() or concern.text[0].isdigit()
            assert len(concern.text) <= 250
    assert names | {"data", "flat_rows"} == set(registry.names("concerns")), "add a scenario that raises it"


@pytest.mark.parametrize(("kind", "ratio", "words"), [
    ("healthy", 1.0, None), ("healthy", 0.01, None), ("healthy", 100.0, None),
    ("healthy", 0.0099, "9.9e-03 is close to vanishing (below 0.001)"),
    ("healthy", 101.0, "101 is close to exploding (above 1000)"),
    ("vanishing", 1e-4, None), ("exploding", 1e4, None), ("dead", 0.0, None), ("nonfinite", float("nan"), None),
])  # fmt: skip
def test_a_healthy_ratio_near_a_bound_is_said_but_not_counted(kind: Kind, ratio: float, words: str | None) -> None:
    facts: Any = SimpleNamespace(verdict=Verdict(kind, ratio, 1.0, "so"))
    raised = margin.concern(facts)
    assert (raised and raised[1]) == words
    assert raised is None or raised[0] == ratio
    assert not margin.COUNTED


@pytest.mark.parametrize("name", registry.names("concerns"))
def test_what_a_concern_needs_is_a_fact_of_the_batch(name: str) -> None:
    facts = batch_facts(build(changed()))
    assert all(
        isinstance(getattr(facts, need), bool) for need in registry.entry("concerns", name).metadata.get("NEEDS", ())
    )


def test_a_concern_is_not_called_without_what_it_needs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = 'ORDER = 1\nCOUNTED = False\nNEEDS = ("learns",)\ndef concern(facts):\n    return 1.0, "called"\n'
    (tmp_path / "of_learning.py").write_text(f'"""Always."""\n{text}')
    monkeypatch.setattr(folder, "__path__", [*folder.__path__, str(tmp_path)])
    importlib.invalidate_caches()
    assert "of_learning" in concerns(changed())
    assert "of_learning" not in concerns(changed().edit({"loss.name": "probe"}))
