"""A norm on a recurrent layer's output: what it normalises and what not, its factor in the chain, where it breaks."""

import numpy as np
import pytest

from gradsim.sim.engine.build import build
from gradsim.sim.interop.arrays import dump
from gradsim.sim.network import memory
from gradsim.sim.results.factors import chain_factors
from gradsim.sim.scenario.fixing import apply_fixes, obstacle
from gradsim.sim.scenario.scenario import Scenario, parse_scenario
from gradsim.sim.simulation import simulate
from gradsim.tui.cli.report.table import to_table

EPS = 1e-5
AXES = {"layer": -1, "batch": 0}  # of one step's (batch, width): over features, over the batch of that step


def scenario(norm: object = "layer", skip: str = "none", kind: str = "rnn", depth: int = 2, steps: int = 6,
             fmt: str = "float64", **network: object) -> Scenario:  # fmt: skip
    chosen = {"kind": kind, "depth": depth, "width": 6, "norm": norm, "norm_at": "output", "skip": skip,
              "recurrent_init": "orthogonal", **network}  # fmt: skip
    return parse_scenario({"network": chosen, "time": {"steps": steps}, "data": {"batch": 5},
                           "precision": {"format": fmt}})  # fmt: skip


@pytest.mark.parametrize("norm", AXES)
@pytest.mark.parametrize("skip", ["none", "scaled"])
def test_the_output_is_normalised_and_the_state_that_goes_on_is_not(norm: str, skip: str) -> None:
    _, arrays = dump(scenario(norm, skip))
    inputs = arrays["input"].transpose(1, 0, 2)
    for layer in ("layers.1.", "layers.2."):
        values = {key.removeprefix(layer): value for key, value in arrays.items() if key.startswith(layer)}
        state = np.zeros((5, 6))
        for t, x in enumerate(inputs):
            state = np.tanh(
                x @ values["weight_ih"].T + values["bias_ih"] + state @ values["weight_hh"].T + values["bias_hh"]
            )
            np.testing.assert_allclose(values["hidden"][t + 1], state, rtol=1e-12)
            centred = state - state.mean(axis=AXES[norm], keepdims=True)
            out = centred / np.sqrt((centred**2).mean(axis=AXES[norm], keepdims=True) + EPS)
            out = x + values["scale"] * out if skip != "none" else out
            np.testing.assert_allclose(values["output"][t], out, rtol=1e-10)
        inputs = values["output"]
        assert {"norm.weight", "norm.bias", "norm.grad_weight", "norm.grad_bias", "grad_output"} <= set(values)
        assert not any(key.startswith("norm_") for key in values)


def test_rms_norm_has_no_bias() -> None:
    assert "layers.1.norm.bias" not in dump(scenario("rms"))[1]


def test_the_default_place_is_the_cell() -> None:
    inside = scenario().edit({"network.norm_at": None})
    assert inside == inside.edit({"network.norm_at": "cell"})
    assert "layers.1.norm_hh.weight" in dump(inside)[1]
    assert inside.plain(resolved=True)["network"]["norm_at"] == "cell"
    assert "norm_at" not in parse_scenario({}).plain(resolved=True)["network"]


def test_without_a_norm_its_place_says_nothing() -> None:
    trace = simulate(scenario("none"))
    np.testing.assert_array_equal(
        trace.profile["gradient_rms"], simulate(scenario("none", norm_at="cell")).profile["gradient_rms"]
    )
    assert "output_norm_factor" not in trace.profile


@pytest.mark.parametrize("kind", ["rnn", "lstm"])
@pytest.mark.parametrize("norm", ["layer", "batch", "rms", {"name": "group", "groups": 2}], ids=str)
def test_the_chain_over_layers_multiplies_out(kind: str, norm: object) -> None:
    trace = simulate(scenario(norm, kind=kind, depth=3))
    product = 1.0
    for layer in (3, 2, 1):
        chain = chain_factors(trace, layer, axis="layers")
        assert [name for name, _ in chain.factors] == [
            "output norm",
            "gates" if kind == "lstm" else "slope",
            "input weight",
        ]
        assert np.prod([value for _, value in chain.factors]) == pytest.approx(chain.layer_factor, rel=1e-10)
        product *= chain.layer_factor
    assert chain_factors(trace, 1, axis="layers").gradient_out == pytest.approx(product, rel=1e-10)
    assert chain_factors(trace, 3, axis="layers").gradient_in == 1
    assert "norm" not in dict(chain_factors(trace, 2, 3, axis="time").factors)


@pytest.mark.parametrize("skip", ["identity", "scaled", "rezero"])
@pytest.mark.parametrize("norm", ["none", "layer"])
def test_with_a_skip_the_chain_over_layers_is_of_outputs(skip: str, norm: str) -> None:
    trace, arrays = dump(scenario(norm, skip, depth=3))
    sizes = [np.linalg.norm(arrays[f"layers.{layer}.grad_output"][-1]) for layer in (1, 2, 3)]
    for layer in (3, 2):
        chain = chain_factors(trace, layer, axis="layers")
        assert chain.layer_factor == pytest.approx(sizes[layer - 2] / sizes[layer - 1], rel=1e-10)
        assert chain.gradient_in == pytest.approx(sizes[layer - 1] / sizes[2], rel=1e-10)
        assert chain.factors[-1][0] == "skip"
    if skip == "rezero":
        assert chain_factors(trace, 1, axis="layers").gradient_out == pytest.approx(1, rel=1e-12)


def test_a_norm_that_breaks_the_gradient_is_named() -> None:
    """A state near 0 is divided by sqrt(eps): 1e37 becomes 3e39, which float32 can't hold."""
    network = build(scenario(fmt="float32", init={"name": "normal", "std": 1e-6}, recurrent_init="zeros"))
    layer = network.layers[0]
    grad = np.zeros_like(network.blocks[0].forward(network.input).output)
    grad[3, 0, 0] = 1e37
    with np.errstate(all="ignore"):
        measured = network.blocks[0].backward(grad).measure()
        assert measured.nonfinite.any()
        broken = [one for one in layer.operations("backward", measured.evidence) if not np.isfinite(one.array).all()]
    assert (broken[0].name, broken[0].array_name) == ("norm", "layers.1.grad_hidden")
    assert broken[0].first == 3


def test_an_activation_that_breaks_comes_before_the_norm() -> None:
    exploding = scenario(activation="relu", steps=400, fmt="float32", bias=1.0,
                         recurrent_init={"name": "spectral_radius", "radius": 3.0})  # fmt: skip
    first = simulate(exploding).verdict.first_nonfinite
    assert first is not None
    assert (first.phase, first.layer, first.operation) == ("forward", 1, "matrix product")


def test_the_layer_norm_fix_stays_in_the_cell() -> None:
    plain = parse_scenario({"network": {"kind": "lstm", "depth": 2}, "time": {"steps": 5}})
    assert not apply_fixes(plain, ["layer_norm"]).output_norm
    assert 'norm_at = "output"' in obstacle("batch_norm", plain)


def test_memory_counts_the_outputs() -> None:
    normed = scenario(steps=5000, fmt="float32")
    assert memory.estimate(normed) > memory.estimate(normed.edit({"network.norm": "none"}))


def test_a_table_says_a_dash_where_nothing_goes_through_the_branch() -> None:
    trace = simulate(scenario("none", "rezero", kind="lstm", depth=3, steps=1))
    table = to_table(trace, None)
    assert "NaN" not in table
    assert "1.00" in table
