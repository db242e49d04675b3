"""What a verdict blames points in the direction in which the gradient went."""

import re
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from gradsim.sim.scenario.scenario import Scenario, parse_scenario
from gradsim.sim.simulation import simulate

NUMBER = r"(\d[\d.]*(?:e[+-]\d+)?)"
BLAMED = [  # how a factor is blamed; the number is what it does to the gradient
    re.compile(pattern.replace("#", NUMBER))
    for pattern in (
        r"spectral radius is #", r"multiply it by #", r"multiplies it by #", r"slope is # on average",
        r"forget gates let through, #", r"update gates hand # of it on directly", r"here # on average",
        r"the slopes keep # of it", r"each step passes # of it on",
    )
]  # fmt: skip
ACTIVATIONS = ("relu", "tanh", "sigmoid", "linear", "gelu", "leaky_relu", "softplus")
ADDED = ("each branch returns", "gates and recurrent weights return", "adds its own at every step", "the steps add")


def blamed(why: str) -> float:
    """The first factor that a sentence blames."""
    matches = [match for pattern in BLAMED if (match := pattern.search(why))]
    assert matches, why
    return float(min(matches, key=lambda match: match.start())[1])


def assert_points(scenario: Scenario) -> None:
    """A sentence that blames a factor of more than 1 for growth, and of less for fading, or says what adds up."""
    verdict = simulate(scenario).verdict
    assume(verdict.kind in ("vanishing", "exploding") and verdict.ratio > 0)
    why = verdict.why
    assume("factors scatter" not in why and "could be measured" not in why)
    if verdict.axis == "layers" and scenario.has_state:
        return  # it names all factors, and blames none
    if any(word in why for word in ADDED):
        assert verdict.kind == "exploding", why
        return
    assert (blamed(why) >= 1) if verdict.kind == "exploding" else (blamed(why) <= 1), why


@st.composite
def in_time(draw: st.DrawFn) -> Scenario:
    """Recurrent nets of every kind, most of them with a gradient that fades or grows."""
    kind = draw(st.sampled_from(["rnn", "lstm", "gru"]))
    radius = draw(st.sampled_from([0.3, 0.9, 1.1, 2.0, 5.0, 20.0]))
    inits: list[Any] = [
        {"name": "spectral_radius", "radius": radius}, {"name": "orthogonal", "gain": radius},
        {"name": "normal", "std": radius / 4}, {"name": "delay_line", "radius": min(radius, 2.0)}, "torch_default",
    ]  # fmt: skip
    network: dict[str, Any] = {
        "kind": kind, "depth": draw(st.integers(1, 2)), "width": draw(st.sampled_from([4, 12])),
        "recurrent_init": draw(st.sampled_from(inits)), "norm": draw(st.sampled_from(["none", "none", "layer", "rms"])),
        "bias": draw(st.sampled_from([0.0, {"name": "normal", "std": 2.0}])),
    }  # fmt: skip
    if kind == "rnn":
        network["activation"] = draw(st.sampled_from(["tanh", "linear", "relu", "sigmoid", "elu"]))
    if kind == "lstm":
        network["forget_bias"] = draw(st.sampled_from([-2.0, 0.0, 1.0, 6.0]))
    return parse_scenario({
        "seed": draw(st.integers(0, 20)), "network": network, "data": {"batch": 4},
        "time": {"steps": draw(st.sampled_from([20, 60])), "truncate": draw(st.sampled_from([0, 0, 0, 12]))},
        "loss": {"at": draw(st.sampled_from(["last", "last", "every"]))}, "precision": {"format": "float64"},
    })  # fmt: skip


@st.composite
def in_depth(draw: st.DrawFn) -> Scenario:
    """Nets without a state, of many activations, inits, norms and skips."""
    size = draw(st.sampled_from([0.02, 0.3, 1.0, 4.0]))
    return parse_scenario({
        "seed": draw(st.integers(0, 20)), "data": {"batch": 8}, "precision": {"format": "float64"},
        "network": {
            "depth": draw(st.sampled_from([6, 20, 40])), "width": draw(st.sampled_from([4, 16])),
            "activation": draw(st.sampled_from(ACTIVATIONS)),
            "init": draw(st.sampled_from([{"name": "normal", "std": size}, "he_normal", "orthogonal"])),
            "norm": draw(st.sampled_from(["none", "none", "layer", "batch"])),
            "skip": draw(st.sampled_from(["none", "none", "identity", "scaled"])),
            "bias": draw(st.sampled_from([0.0, {"name": "normal", "std": 1.0}])),
        },
    })  # fmt: skip


@pytest.mark.slow
@settings(max_examples=50)
@given(scenario=in_time())
def test_the_cause_over_time_points_where_the_gradient_went(scenario: Scenario) -> None:
    assert_points(scenario)


@pytest.mark.slow
@settings(max_examples=40)
@given(scenario=in_depth())
def test_the_cause_over_layers_points_where_the_gradient_went(scenario: Scenario) -> None:
    assert_points(scenario)


@pytest.mark.parametrize(("kind", "gate", "cause"), [
    ("lstm", "forget", "the recurrent weights multiply it by"), ("gru", "update", "gates and recurrent weights return"),
])  # fmt: skip
def test_no_gate_is_blamed_for_a_gradient_that_explodes(kind: str, gate: str, cause: str) -> None:
    verdict = simulate(parse_scenario({
        "network": {"kind": kind, "depth": 1, "width": 16, "recurrent_init": {"name": "normal", "std": 3.0}},
        "time": {"steps": 60}, "data": {"batch": 4},
    })).verdict  # fmt: skip
    assert verdict.kind == "exploding"
    assert cause in verdict.why
    assert f"what the {gate} gates let through" not in verdict.why


def test_the_cell_of_an_lstm_has_a_horizon_of_its_own() -> None:
    scenario = parse_scenario({
        "network": {"kind": "lstm", "depth": 1, "width": 16, "recurrent_init": "zeros", "forget_bias": 1.0},
        "time": {"steps": 60}, "data": {"batch": 4},
    })  # fmt: skip
    trace = simulate(scenario)
    cell = trace.profile["cell_gradient_rms"][0]
    steps = trace.verdict.cell_memory_horizon
    assert steps is not None
    assert cell[-1 - steps] < 0.01 * cell[-1] <= cell[-steps]
    assert trace.verdict.memory_horizon == 1  # weights of 0 hand nothing to the state before
    assert simulate(scenario.edit({"network.forget_bias": 12.0})).verdict.cell_memory_horizon is None
