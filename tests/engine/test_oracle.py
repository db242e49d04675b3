"""Every gradient against PyTorch's autograd and against central differences, in float64."""

import itertools

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from factories import common
from gradsim.sim import registry
from gradsim.sim.engine.build import build
from gradsim.sim.interop.arrays import dump
from gradsim.sim.scenario.scenario import Scenario, parse_scenario
from gradsim.sim.simulation import simulate, trace
from oracles.agreement import assert_close, assert_slope

ACTIVATIONS = [n for n in registry.names("activations") if n != "gelu"] + [
    {"name": "gelu", "approximate": "none"},
    {"name": "gelu", "approximate": "tanh"},
]


NORMS = [name for name in registry.names("norms") if name != "group"] + [{"name": "group", "groups": 2}]


def scenario_of(activation="tanh", norm="none", skip="none", loss="probe", **network) -> Scenario:
    chosen = {"depth": 3, "width": 8, "activation": activation, "norm": norm, "skip": skip,
              "init": "he_normal", "bias": {"name": "normal", "std": 0.3}} | network  # fmt: skip
    return parse_scenario({"network": chosen, "data": {"batch": 5, "inputs": 6}, "loss": {"name": loss},
                           "precision": {"format": "float64"}})  # fmt: skip


def assert_agrees(scenario: Scenario) -> None:
    from oracles import torch_layers as oracle

    _, arrays = dump(scenario)
    expected = oracle.autograd(scenario, arrays)
    ours = {key for key in arrays if "grad_" in key}
    assert ours <= set(expected), ours - set(expected)
    for key in sorted(ours | {"loss"}):
        if expected[key] is None:
            assert not np.any(arrays[key]), f"{key}: autograd has none"
            continue
        # a bias before batch norm has a gradient of 0 in exact arithmetic
        layer = key.rpartition(".grad_")[0].removesuffix(".norm")
        terms = [f"{layer}.grad_{name}" for name in ("activation", "preactivation", "weight")]
        assert_close(key, arrays, expected[key].numpy(), terms)


@pytest.mark.oracle
@pytest.mark.parametrize("activation", ACTIVATIONS, ids=lambda a: a if isinstance(a, str) else a["approximate"])
def test_every_combination_agrees_with_autograd(activation):
    for norm, skip, loss in itertools.product(NORMS, common("skips"), registry.names("losses")):
        assert_agrees(scenario_of(activation, norm, skip, loss))


ACTIVE = [n for n in registry.names("norms") if registry.entry("norms", n).metadata["ACTIVE"]]


@pytest.mark.oracle
@pytest.mark.parametrize("norm", ACTIVE)
@pytest.mark.parametrize("eps", [1e-12, 1e-3, 0.7])
def test_every_norm_s_eps_is_pytorch_s(norm, eps):
    for loss in ("probe", "mse"):
        assert_agrees(scenario_of(norm={"name": norm, "eps": eps}, loss=loss, width=24))


@pytest.mark.parametrize("norm", ACTIVE)
def test_every_norm_has_an_eps_that_acts(norm):
    losses = {trace(build(scenario_of(norm={"name": norm, "eps": eps}))).loss for eps in (0.0, 1e-5, 1.0)}
    assert len(losses) == 3


def choices(name: str) -> st.SearchStrategy:
    return st.sampled_from(registry.names(name))


INITS = [n for n in common("inits") if n not in ("zeros", "constant")]
RANDOM = st.builds(
    scenario_of,
    activation=st.sampled_from(ACTIVATIONS),
    norm=st.sampled_from(NORMS),
    skip=st.sampled_from(common("skips")),
    loss=choices("losses"),
    depth=st.integers(1, 8),
    width=st.sampled_from([6, 8, 12]),
    init=st.sampled_from(INITS),
)


@pytest.mark.oracle
@settings(max_examples=150, deadline=None, derandomize=True)
@given(RANDOM, st.integers(0, 10_000), st.integers(4, 9))  # batch norm of 2 samples is all cancellation
def test_random_scenarios_agree_with_autograd(scenario, seed, batch):
    scenario = scenario.edit({"seed": seed, "data.batch": batch})
    assume(np.isfinite(simulate(scenario).loss))  # some grow beyond float64
    assert_agrees(scenario)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(RANDOM, st.integers(0, 10_000))
def test_gradients_agree_with_central_differences(scenario, seed):
    """A random direction in the space of all parameters; smooth activations only, since kinks have no slope."""
    if scenario.network.activation.name in (
        "relu",
        "leaky_relu",
        "rrelu",
        "hard_tanh",
        "hard_sigmoid",
        "selu",
        "elu",
        "hard_swish",
        "exponential",  # smooth, but it bends too much for any step
    ):
        scenario = scenario.edit({"network.activation": "silu"})
    scenario = scenario.edit({"seed": seed, "network.depth": min(scenario.network.depth, 4)})
    assert_slope(scenario, 1e-5, 1e-5)
