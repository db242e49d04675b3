"""The inside of a layer (operations recomputed at a step) equals the arrays in a dump of the same pass."""

import math
from typing import Any

import numpy as np
import pytest

from gradsim.sim.interop.arrays import dump
from gradsim.sim.results.inside import ENTERS
from gradsim.sim.scenario.scenario import Scenario, parse_scenario
from gradsim.sim.simulation import look_inside

TRANSFORMER = {"kind": "transformer", "depth": 3, "width": 8, "heads": 2, "qk_norm": "rms"}
CONV = {"kind": "conv", "depth": 2, "width": 4, "norm": "batch", "skip": "identity"}
BLOCK = {
    "layers": [{"kind": "dense", "width": 8}, {"skip": "identity", "block": [{"kind": "dense"}, {"kind": "norm"}]}]
}


def net(network: dict[str, Any], steps: int = 1, **precision: Any) -> Scenario:
    image = {"image": [4, 4]} if network.get("kind") == "conv" else {}
    timed = {"time": {"steps": steps}, "loss": {"at": "every"}} if steps > 1 else {}
    return parse_scenario({"network": network, "data": {"batch": 3, **image}, "precision": precision} | timed)


def size(array: Any) -> float:
    return float(np.sqrt(np.mean(np.square(np.asarray(array, np.float64)))))


ALL = {"attention_logits", "attention", "attention_output", "middle", "mlp_output", "activation"}
POST = {"norm_at": "post", "skip": "deepnorm", "causal": True, "activation": "rrelu"}
CASES = [
    (net({"depth": 3, "width": 8, "norm": "batch", "skip": "rezero"}), 2, {"preactivation", "activation"}),
    (net(CONV | {"order": "preactivation"}), 2, {"preactivation1", "preactivation2", "activation"}),
    (net(BLOCK), 2, {"activation"}),
    (net(TRANSFORMER, 5), 2, ALL),
    (net(TRANSFORMER, 5, format="float16", loss_scale=64.0), 2, {"attention_logits", "middle", "activation"}),
    (net(TRANSFORMER | POST, 5), 3, {"middle"}),
]  # fmt: skip


@pytest.mark.parametrize(("scenario", "layer", "named"), CASES)
def test_arrays_and_parameters_are_those_of_the_dump(scenario: Scenario, layer: int, named: set[str]) -> None:
    step = (scenario.steps + 1) // 2
    inside = look_inside(scenario, layer, step=step)
    trace, arrays = dump(scenario)
    parts = {part.name: part for part in inside.parts}
    assert named <= set(parts)
    for name in named:
        for key, value in ((name, parts[name].rms), (f"grad_{name}", parts[name].gradient_rms)):
            array = arrays[f"layers.{layer}.{key}"]
            at = array[:, :, step - 1] if array.ndim == 4 and scenario.steps > 1 else array[:, step - 1]
            np.testing.assert_allclose(value, size(at if scenario.steps > 1 else array), rtol=1e-6, err_msg=key)
    for one in inside.parameters:
        head, _, block = one.name.partition(" ")
        stem, dot, last = head.rpartition(".")
        value, grad = arrays[f"layers.{layer}.{head}"], arrays.get(f"layers.{layer}.{stem}{dot}grad_{last}")
        assert (one.gradient_norm is None) == (grad is None)
        rows = {"query": slice(0, 8), "key": slice(8, 16), "value": slice(16, 24)}.get(block, slice(None))
        for number, array in ((one.norm, value), (one.gradient_norm, grad)):
            if array is None:
                continue
            np.testing.assert_allclose(number, np.linalg.norm(array[rows].astype(np.float64)), rtol=1e-5, atol=1e-12)
    whole = next(part.factor for part in inside.parts if part.operation == ENTERS)
    norms = trace.profile["gradient_norm"][:, step - 1]
    np.testing.assert_allclose(whole, norms[layer - 2] / norms[layer - 1], rtol=1e-5)


def test_a_chain_without_sums_multiplies_to_the_whole_layer() -> None:
    parts = look_inside(net({"depth": 3, "width": 8, "norm": "layer"}, format="float64"), 2).parts
    assert math.isclose(math.prod(part.factor for part in parts[1:]), parts[0].factor, rel_tol=1e-9)


@pytest.mark.parametrize("kind", ["rnn", "lstm", "gru"])
@pytest.mark.parametrize("step", [1, 4, 6])
def test_a_recurrent_layer_s_arrays_are_those_of_the_step(kind: str, step: int) -> None:
    scenario = net({"kind": kind, "depth": 2, "width": 4, "norm": "layer"}, 6, format="float64")
    inside = {part.name: part for part in look_inside(scenario, 1, step=step).parts}
    trace, arrays = dump(scenario)
    assert math.isclose(inside["hidden"].rms, size(arrays["layers.1.hidden"][step]), rel_tol=1e-9)
    assert math.isclose(inside["hidden"].gradient_rms, trace.profile["gradient_rms"][0, step - 1], rel_tol=1e-9)
    if kind == "lstm":
        assert math.isclose(inside["cell"].gradient_rms, trace.profile["cell_gradient_rms"][0, step - 1], rel_tol=1e-9)


def test_both_directions_of_a_layer_are_shown_at_the_same_step_of_time() -> None:
    scenario = net({"kind": "lstm", "depth": 2, "width": 4, "direction": "both"}, 6, format="float64")
    inside = {part.name: part for part in look_inside(scenario, 2, step=2).parts}
    _, arrays = dump(scenario)
    assert math.isclose(inside["hidden"].rms, size(arrays["layers.2.hidden"][2]), rel_tol=1e-9)
    assert math.isclose(inside["hidden_reverse"].rms, size(arrays["layers.2.hidden_reverse"][1]), rel_tol=1e-9)
    both = size([inside["hidden"].gradient_rms, inside["hidden_reverse"].gradient_rms])
    assert math.isclose(both, size(arrays["layers.2.grad_output"][1]), rel_tol=0.5)


def test_a_layer_of_one_operation_has_nothing_inside() -> None:
    layers = [{"kind": "lstm", "width": 4}, {"kind": "mean_step"}, {"kind": "dense", "width": 4}]
    assert not look_inside(net({"layers": layers}, 6), 2).parts
