"""Troubles that people met in public, rebuilt small: the first remedy is the one that is right, and it heals."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gradsim.sim import apply_fixes, simulate, train
from gradsim.sim.results.trace import Concern
from gradsim.sim.scenario.scenario import Scenario, parse_scenario
from gradsim.sim.training.advice import advise
from gradsim.sim.training.failure import failure_of
from gradsim.sim.training.prevention import prevent
from gradsim.sim.training.run import Run
from gradsim.sim.training.tried import Tried, rank

pytestmark = pytest.mark.long
DIGITS: dict[str, Any] = {"data": {"task": "digits"}, "loss": {"name": "cross_entropy"}}
MSE: dict[str, Any] = {"loss": {"name": "mse"}}


def sgd(rate: float, **more: Any) -> dict[str, Any]:
    return {"optimizer": {"name": "sgd", "learning_rate": rate, **more}}


def net(depth: int, width: int, activation: str, init: Any, **more: Any) -> dict[str, Any]:
    return {"depth": depth, "width": width, "activation": activation, "init": init, **more}


WITH_TARGET: dict[str, tuple[dict[str, Any], set[tuple[str, ...]]]] = {
    "Adam's eps is 0 in float16": (
        DIGITS | {"network": net(5, 32, "relu", "torch_default"), "precision": {"format": "float16"},
                  "training": {"optimizer": {"name": "adam", "learning_rate": 0.001}}},
        {("larger_eps",), ("master_weights",)},
    ),
    "steps below half a spacing of bfloat16": (
        DIGITS | {"network": net(4, 32, "relu", "he_normal", norm="layer"), "precision": {"format": "bfloat16"},
                  "training": {"optimizer": {"name": "adam", "learning_rate": 6e-4}}},
        {("master_weights",)},
    ),
    "batch norm over pairs": (
        {"data": {"task": "digits", "batch": 2}, "loss": {"name": "cross_entropy"},
         "network": net(4, 48, "relu", "he_normal", norm="batch"), "training": sgd(0.01, momentum=0.9)},
        {("bigger_batch",)},
    ),
    "prices as targets": (
        MSE | {"network": net(2, 32, "relu", "xavier_uniform"), "data": {"file": "prices", "batch": 16},
               "training": sgd(0.1)},
        {("standardize",)},
    ),
    "a target up to 9,804": (
        MSE | {"network": net(1, 1, "linear", "xavier_uniform"), "data": {"file": "squares", "batch": 25},
               "training": sgd(0.01)},
        {("standardize",)},
    ),
    "inputs up to 199": (
        MSE | {"network": net(1, 1, "linear", "xavier_uniform"), "data": {"file": "doubles", "batch": 1},
               "training": sgd(0.001)},
        {("standardize",), ("standardize", "he_init"), ("lower_learning_rate", "lower_learning_rate")},
    ),
    "an LSTM on targets of 50,000": (
        MSE | {"network": {"kind": "lstm", "depth": 1, "width": 16, "recurrent_init": "orthogonal"},
               "data": {"file": "tall", "batch": 32}, "training": sgd(0.0008, momentum=0.9, nesterov=True)},
        {("standardize",)},
    ),
}  # fmt: skip
PROBES: dict[str, tuple[dict[str, Any], set[tuple[str, ...]]]] = {
    "layer norms of padding": (
        {"network": net(8, 16, "tanh", "xavier_normal", norm="layer"), "data": {"file": "padding", "batch": 32}},
        {("larger_norm_eps",)},
    ),
    "a residual sum beyond float16": (
        {"network": net(12, 64, "relu", {"name": "he_normal", "gain": 3.6}, skip="identity"), "data": {"batch": 16},
         "precision": {"format": "float16"}},
        {("bfloat16",), ("float32",), ("scaled_residual",), ("small_init",)},
    ),
    "a plain rnn over many steps": (
        {"network": {"kind": "rnn", "depth": 2, "width": 16, "activation": "relu", "init": "xavier_uniform",
                     "recurrent_init": {"name": "orthogonal", "gain": 0.9}}, "time": {"steps": 300},
         "data": {"inputs": 8}},
        {("identity_recurrent",), ("orthogonal_recurrent",)},
    ),
}  # fmt: skip
BREAKS = ("Adam's eps is 0 in float16", "prices as targets", "a target up to 9,804", "inputs up to 199")
OVERFLOWS = {"network": net(4, 16, "linear", {"name": "normal", "std": 1e6}), "data": {"inputs": 16, "batch": 8},
             "training": sgd(0.1) | {"clip": {"name": "norm", "threshold": 1.0}}}  # fmt: skip
HOLDS: dict[str, dict[str, Any]] = {
    "a gradient of norm 5,000 in float16": DIGITS | {
        "network": net(6, 64, "relu", {"name": "he_normal", "gain": 3.9}), "precision": {"format": "float16"},
        "training": sgd(0.01) | {"clip": {"name": "norm", "threshold": 1.0}}},
    "rms norms in float16": DIGITS | {
        "network": net(28, 64, "silu", {"name": "normal", "std": 0.02}, norm="rms", skip="identity"),
        "precision": {"format": "float16"}, "training": sgd(0.01)},
    "a deep net of skips and layer norms": DIGITS | {
        "network": net(24, 32, "relu", "xavier_uniform", norm="layer", skip="identity"), "training": sgd(0.01)},
}  # fmt: skip
STALLS = {
    "four sigmoid layers": DIGITS | {"network": net(4, 32, "sigmoid", "torch_default"),
                                     "training": sgd(0.01, momentum=0.9)},
    "seven sigmoid layers": DIGITS | {"network": net(7, 32, "sigmoid", {"name": "uniform", "bound": 0.1}),
                                      "training": sgd(0.1, momentum=0.9)},
}  # fmt: skip


def scenario_of(keys: dict[str, Any], folder: Path) -> Scenario:
    """The scenario, with the file that it names."""
    name = keys.get("data", {}).get("file")
    if name is None:
        return parse_scenario(keys)
    rng, x = np.random.default_rng(0), np.arange(200.0)[:, None]
    features = rng.standard_normal((200, 8))
    data: dict[str, tuple[Any, Any]] = {
        "prices": (features, 180_000 + 80_000 * features[:, :1] + 20_000 * rng.standard_normal((200, 1))),
        "squares": ((x[:100] - 49.5) / 28.9, x[:100] ** 2 + 3), "doubles": (x, 2 * x),
        "tall": (features[:, None].repeat(30, axis=1), 50_000 + 10_000 * features[:, :1]),
        "padding": (np.zeros((64, 16)), np.zeros((64, 1))),
    }  # fmt: skip
    path = folder / f"{name}.npz"
    np.savez(path, input=data[name][0], target=data[name][1])
    return parse_scenario(keys | {"data": keys["data"] | {"file": str(path)}})


def trained(scenario: Scenario, iterations: int = 200) -> Run:
    return train(scenario, iterations)


def first(scenario: Scenario, symptoms: tuple[str, ...] = ()) -> Tried:
    return rank(advise(scenario, 1e6, symptoms=symptoms))[0]


@pytest.mark.parametrize("trouble", WITH_TARGET)
def test_the_first_remedy_is_against_the_cause_and_heals(trouble: str, tmp_path: Path) -> None:
    keys, right = WITH_TARGET[trouble]
    scenario = scenario_of(keys, tmp_path)
    best = first(scenario, trained(scenario, 60).symptoms)
    assert best.fixes in right, best.text
    assert best.heals
    fixed = apply_fixes(scenario, best.fixes)
    assert trained(fixed).verdict.kind == "learning"


@pytest.mark.parametrize("trouble", BREAKS)
def test_what_would_have_helped_a_run_is_against_the_cause_too(trouble: str, tmp_path: Path) -> None:
    keys, right = WITH_TARGET[trouble]
    failure = failure_of(trained(scenario_of(keys, tmp_path), 60))
    assert failure is not None
    best = rank(prevent(failure, 1e6))[0]
    assert best.fixes in right, best.text
    assert best.heals


def test_a_gradient_that_clipping_makes_nothing_is_named_and_smaller_weights_help() -> None:
    scenario = parse_scenario(OVERFLOWS)
    assert "no threshold does" in next(one.text for one in simulate(scenario).verdict.concerns if one.name == "clip")
    ranked = rank(advise(scenario, 1e6))
    assert ranked[0].fixes[0].endswith("_init")
    assert not any(one.heals for one in ranked if one.fixes[0] in ("clip_value", "adaptive_clip"))


@pytest.mark.parametrize("trouble", HOLDS)
def test_what_holds_is_not_said_to_break(trouble: str) -> None:
    scenario = parse_scenario(HOLDS[trouble])
    assert simulate(scenario).verdict.kind == "healthy"
    run = trained(scenario, 20)
    assert run.first_nonfinite is None
    assert run.verdict.kind in ("learning", "undecided")


@pytest.mark.parametrize("trouble", PROBES)
def test_the_first_remedy_of_a_pass_is_against_the_cause(trouble: str, tmp_path: Path) -> None:
    keys, right = PROBES[trouble]
    scenario = scenario_of(keys, tmp_path)
    assert simulate(scenario).verdict.kind != "healthy"
    best = first(scenario)
    assert best.fixes in right, best.text
    assert simulate(apply_fixes(scenario, best.fixes)).verdict.kind == "healthy"


@pytest.mark.parametrize("trouble", STALLS)
def test_what_stalls_learns_with_the_first_remedy_and_its_own_optimizer(trouble: str) -> None:
    scenario = parse_scenario(STALLS[trouble])
    assert trained(scenario, 100).verdict.kind == "stalled"
    best = first(scenario)
    assert best.heals
    assert trained(apply_fixes(scenario, best.fixes)).verdict.kind == "learning", best.text


@pytest.mark.parametrize("file", ["prices", "squares", "doubles", "tall"])
def test_the_size_of_the_data_is_said(file: str, tmp_path: Path) -> None:
    keys = next(mapping for mapping, _ in WITH_TARGET.values() if mapping.get("data", {}).get("file") == file)
    (concern,) = [one for one in simulate(scenario_of(keys, tmp_path)).verdict.concerns if one.name == "data"]
    assert isinstance(concern, Concern)
    assert concern.counted
    assert ("inputs' rms" in concern.text) == (file == "doubles")
    assert "standardize the data" in concern.text
