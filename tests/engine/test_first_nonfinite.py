"""The first non-finite number: its location, operands and exact value, against a naive recomputation."""

import dataclasses
import json
from typing import Any

import numpy as np
import pytest

from gradsim.sim.engine.build import Network, build
from gradsim.sim.interop.arrays import dump
from gradsim.sim.results.nonfinite import Nonfinite
from gradsim.sim.results.trace import Trace
from gradsim.sim.scenario.scenario import parse_scenario
from gradsim.sim.simulation import simulate
from gradsim.tui.cli.report.records import to_json


def run(fmt: str = "float16", **tables: Any) -> tuple[Trace, Nonfinite, dict[str, np.ndarray]]:
    """The trace, the first non-finite number, and the arrays in float64."""
    scale = tables.pop("scale", 1.0)
    scenario = parse_scenario(tables | {"precision": {"format": fmt, "loss_scale": scale}})
    result, arrays = dump(scenario)
    first = result.verdict.first_nonfinite
    assert first is not None
    assert result.verdict.kind == "nonfinite"
    assert first.text in result.verdict.why
    assert not np.isfinite(first.value)
    return result, first, {key: np.asarray(value, np.float64) for key, value in arrays.items()}


def operation_of(first: Nonfinite) -> tuple[str, str]:
    return first.phase, first.operation


LARGE = 65504


def test_a_parameter_that_training_lost_is_not_blamed_on_its_initialisation() -> None:
    lost = Nonfinite("forward", 1, 1, "initialisation", "layers.1.norm.weight")
    assert lost.text == "layer 1's norm.weight had become NaN in an update before"
    assert (
        dataclasses.replace(lost, array="readout.bias").text == "the readout's bias had become NaN in an update before"
    )


def test_matrix_product_forward() -> None:
    _, first, arrays = run(network={"depth": 40, "activation": "relu", "init": {"name": "normal", "std": 0.4}})
    assert operation_of(first) == ("forward", "matrix product")
    b, j = first.index
    layer = f"layers.{first.layer}."
    terms = arrays[f"layers.{first.layer - 1}.activation"][b] * arrays[layer + "weight"][j]
    assert first.exact == pytest.approx(terms.sum() + arrays[layer + "bias"][j], rel=1e-12)
    operands = dict(first.terms)
    assert operands["input"] * operands["weight"] == terms[np.abs(terms).argmax()]
    assert operands["terms"] == 64
    assert not np.isfinite(arrays[layer + "preactivation"][b, j])
    assert np.isfinite(arrays[f"layers.{first.layer - 1}.activation"]).all()
    assert abs(first.exact) > LARGE


def test_matrix_product_backward() -> None:
    _, first, arrays = run(network={"depth": 40, "activation": "hard_tanh", "init": {"name": "normal", "std": 1.0}})
    assert operation_of(first) == ("backward", "matrix product")
    b, j = first.index
    layer = f"layers.{first.layer}."
    exact = arrays[layer + "grad_preactivation"][b] @ arrays[layer + "weight"][:, j]
    assert first.exact == pytest.approx(exact, rel=1e-12)
    assert first.array == f"layers.{first.layer - 1}.grad_activation"
    assert "in the backward pass" in first.text


@pytest.mark.parametrize("key", ["weight", "bias"])
def test_initialisation(key: str) -> None:
    network = {"init": {"name": "constant", "value": 70000.0}} if key == "weight" else {"bias": -70000.0}
    _, first, _ = run(network=network)
    assert operation_of(first) == ("forward", "initialisation")
    assert first.array == f"layers.1.{key}"
    assert abs(first.exact) == 70000
    assert first.text.endswith("70,000 > 65,504" if key == "weight" else "-70,000 < -65,504")


def test_skip() -> None:
    _, first, arrays = run(network={"depth": 30, "skip": "identity", "activation": "relu", "init": "he_normal"})
    assert operation_of(first) == ("forward", "skip")
    terms = dict(first.terms)
    assert terms["input"] == arrays[f"layers.{first.layer - 1}.activation"][first.index]
    assert terms["branch"] == max(0.0, arrays[f"layers.{first.layer}.preactivation"][first.index])
    assert first.exact == terms["input"] + terms["branch"] > LARGE


def test_norm_forward() -> None:
    """Of 16,384 numbers one is not 0: normalised it is 128, times a weight of 600 it overflows; tanh hides the inf."""
    network = {"depth": 1, "width": 16_384, "norm": "layer", "init": "zeros"}
    scenario = parse_scenario(
        {"network": network, "data": {"inputs": 1, "batch": 2}, "precision": {"format": "float16"}}
    )
    built = build(scenario)
    built.layers[0].parameters["bias"][5] = 60000
    built.layers[0].parameters["norm.weight"][:] = 600
    first = locate(built)
    assert operation_of(first) == ("forward", "norm")
    assert first.index == (0, 5)
    z = np.zeros(16_384)
    z[5] = 60000
    assert first.exact == pytest.approx(600 * (z[5] - z.mean()) / np.sqrt(z.var() + 1e-5), rel=1e-9)


def locate(built: Any) -> Nonfinite:
    from gradsim.sim.simulation import trace

    first = trace(built).verdict.first_nonfinite
    assert first is not None
    return first


def test_activation() -> None:
    """SELU multiplies by 1.05, so that the largest preactivations overflow."""
    scenario = parse_scenario(
        {"network": {"depth": 1, "width": 4, "activation": "selu"}, "precision": {"format": "float16"}}
    )
    built = build(scenario)
    built.layers[0].parameters["bias"][2] = 65000
    first = locate(built)
    assert operation_of(first) == ("forward", "activation")
    assert dict(first.terms)["argument"] == pytest.approx(65000, abs=32)
    assert first.exact == pytest.approx(1.0507009873554805 * dict(first.terms)["argument"], rel=1e-12)


def test_slope() -> None:
    """SELU's slope of 1.05 makes a gradient overflow."""
    scenario = parse_scenario({"network": {"depth": 1, "width": 4, "activation": "selu", "init": "zeros", "bias": 1.0},
                               "data": {"batch": 4}, "precision": {"format": "float16"}})  # fmt: skip
    built = build(scenario)
    built.head.target[:] = 1
    built.loss_scale = 4 * 65000.0
    first = locate(built)
    assert operation_of(first) == ("backward", "slope")
    assert first.exact == pytest.approx(np.float16(65000).astype(float) * 1.0507009873554805, rel=1e-6)
    assert "with the loss times 260000" in simulated_why(built)


def simulated_why(built: Any) -> str:
    from gradsim.sim.simulation import trace

    return trace(built).verdict.why


def test_parameter_gradient() -> None:
    scenario = parse_scenario({"network": {"depth": 1, "width": 4, "activation": "linear"}, "data": {"batch": 64},
                               "precision": {"format": "float16"}})  # fmt: skip
    built = build(scenario)
    built.head.target[:] = 1
    built.input[:] = 40
    built.loss_scale = 64 * 1000.0
    first = locate(built)
    assert (operation_of(first), first.array) == (("backward", "parameter gradient"), "layers.1.grad_weight")
    assert first.index == (0, 0)
    assert first.exact == 64 * 40 * 1000
    assert dict(first.terms) == {"gradient": 1000, "input": 40, "terms": 64}
    built.input[:] = 0
    first = locate(simulated(built, 64 * 1100.0))
    assert (first.array, first.exact) == ("layers.1.grad_bias", 64 * 1100)


def simulated(built: Any, scale: float) -> Any:
    built.loss_scale = scale
    return built


def test_sum_over_paths() -> None:
    scenario = parse_scenario({"network": {"depth": 1, "width": 4, "activation": "linear", "init": "identity",
                               "skip": "identity"}, "data": {"batch": 1},
                               "precision": {"format": "float16"}})  # fmt: skip
    built = build(scenario)
    built.head.target[:] = 1
    built.input[:] = 0
    first = locate(simulated(built, 40000.0))
    assert operation_of(first) == ("backward", "sum over paths")
    assert first.exact == 80000
    assert dict(first.terms) == {"matrix product": 40000, "skip": 40000}


def test_norm_backward() -> None:
    """A nearly constant row is divided by a small deviation, and so is its gradient."""
    scenario = parse_scenario({"network": {"depth": 1, "width": 4, "activation": "linear", "norm": "layer",
                               "init": {"name": "normal", "std": 0.001}}, "data": {"batch": 1}, "seed": 3,
                               "precision": {"format": "float16", "loss_scale": 500.0}})  # fmt: skip
    first = locate(build(scenario))
    assert operation_of(first) == ("backward", "norm")
    _, arrays = dump(scenario)
    torch = pytest.importorskip("torch")
    z = torch.tensor(arrays["layers.1.preactivation"].astype(np.float64), requires_grad=True)
    out = torch.nn.functional.layer_norm(z, (4,), eps=1e-5)
    out.backward(torch.tensor((arrays["probe"].astype(np.float64) * 500).astype(np.float16).astype(np.float64)))
    assert first.exact == pytest.approx(float(z.grad[first.index]), rel=1e-3)


def test_loss_and_readout() -> None:
    built = build(parse_scenario({"network": {"depth": 1, "width": 4}, "loss": {"name": "mse"},
                                  "precision": {"format": "float16"}}))  # fmt: skip
    built.head.target[:] = 300
    first = locate(built)
    assert operation_of(first) == ("forward", "loss")
    assert first.exact > 80000
    assert first.text.startswith("the loss overflowed float16: ")
    built.head.parameters["weight"][:] = 60000
    built.layers[0].parameters["bias"][:] = 1
    first = locate(built)
    assert (operation_of(first), first.array) == (("forward", "readout"), "output")
    assert abs(first.exact) > LARGE


def test_loss_gradient_with_its_scale() -> None:
    result, first, arrays = run(network={"depth": 2}, scale=1e6)
    assert operation_of(first) == ("backward", "loss")
    assert first.exact == pytest.approx(arrays["probe"][first.index] / 32 * 1e6, rel=1e-3)
    assert dict(first.terms)["loss scale"] == 1e6
    assert "the loss's gradient overflowed float16" in result.verdict.why
    assert "with the loss times 1e+06" in result.verdict.why


def test_input(tmp_path: Any) -> None:
    x = np.ones((4, 3))
    x[2, 1] = -1e5
    np.savez(tmp_path / "my.npz", input=x, target=np.zeros((4, 1)))
    _, first, _ = run(network={"depth": 1}, data={"file": str(tmp_path / "my.npz"), "batch": 4})
    assert (operation_of(first), first.index, first.exact) == (("forward", "input"), (2, 1), -1e5)
    assert first.text == "the input overflowed float16: -100,000 < -65,504"


@pytest.mark.parametrize("kind", ["rnn", "lstm", "gru"])
def test_recurrent_matrix_product(kind: str) -> None:
    network = {"kind": kind, "depth": 1, "width": 8, "init": {"name": "normal", "std": 15000.0}}
    _, first, arrays = run(network=network, time={"steps": 5}, data={"batch": 4})
    assert operation_of(first) == ("forward", "matrix product")
    b, j = first.index
    row = arrays["input"][b, first.step - 1]
    assert first.array == "layers.1.input_product"
    assert first.exact == pytest.approx(
        row @ arrays["layers.1.weight_ih"][j] + arrays["layers.1.bias_ih"][j], rel=1e-12
    )


def test_recurrent_states_grow() -> None:
    """The step, the unit and the terms of a linear net whose states grow."""
    network = {"kind": "rnn", "depth": 1, "width": 8, "activation": "linear",
               "recurrent_init": {"name": "spectral_radius", "radius": 3.0}}  # fmt: skip
    _, first, arrays = run(network=network, time={"steps": 30})
    assert operation_of(first) == ("forward", "matrix product")
    b, j = first.index
    state = arrays["layers.1.hidden"][first.step - 1, b]
    assert first.exact == pytest.approx(state @ arrays["layers.1.weight_hh"][j], rel=1e-12)
    assert f"at step {first.step} layer 1's matrix product overflowed float16" in _.verdict.why


LINEAR_RNN = {"kind": "rnn", "depth": 1, "width": 2, "activation": "linear", "init": "zeros"}


def built_with_ones(network: dict[str, Any], steps: int) -> Network:
    """In float16, its loss the sum of the states of all steps."""
    built = build(parse_scenario({"network": network, "time": {"steps": steps}, "data": {"batch": 1},
                                  "loss": {"at": "every"}, "precision": {"format": "float16"}}))  # fmt: skip
    built.head.target[:] = 1
    return built


def test_recurrent_sum_over_paths() -> None:
    """The loss at each step adds a gradient of 30,000 to that from later steps."""
    network = LINEAR_RNN | {"recurrent_init": "identity"}
    built = built_with_ones(network, 5)
    first = locate(simulated(built, 30000.0))
    assert (operation_of(first), first.step) == (("backward", "sum over paths"), 3)
    assert dict(first.terms) == {"above": 30000, "later": 60000}
    assert first.exact == 90000


def test_recurrent_parameter_gradient_and_slope() -> None:
    network = LINEAR_RNN | {"recurrent_init": "zeros"}
    built = built_with_ones(network, 4)
    built.input[:] = 0
    first = locate(simulated(built, 20000.0))
    assert (operation_of(first), first.array) == (("backward", "parameter gradient"), "layers.1.grad_bias_ih")
    assert first.exact == 80000
    network["activation"], network["bias"] = "selu", 1.0
    built = built_with_ones(network, 1)
    first = locate(simulated(built, 65000.0))
    assert operation_of(first) == ("backward", "slope")
    assert first.exact == pytest.approx(np.float16(65000).astype(float) * 1.0507009873554805, rel=1e-6)


def test_lstm_cell_state() -> None:
    """The cell adds at most 1 a step, so only a start that is inf already leads to another."""
    network = {"kind": "lstm", "depth": 1, "width": 2, "init": "zeros", "recurrent_init": "zeros"}
    built = build(parse_scenario({"network": network, "time": {"steps": 3}, "data": {"batch": 1},
                                  "precision": {"format": "float16"}}))  # fmt: skip
    layer: Any = built.blocks[0]
    layer.start = {"cell": np.full((1, 2), 65504.0, np.float32)}
    layer.parameters["bias_ih"][:] = 30  # every gate is open
    assert simulate_built(built) is None, "adding 1 to 65504 rounds back"
    layer.start = {"cell": np.full((1, 2), np.inf, np.float32)}
    first = simulate_built(built)
    assert first is not None
    assert (operation_of(first), first.step, first.array) == (("forward", "cell state"), 1, "layers.1.cell")
    assert dict(first.terms)["f"] == 1
    assert "of inf" in first.text


def simulate_built(built: Any) -> Nonfinite | None:
    from gradsim.sim.simulation import trace

    result: Nonfinite | None = trace(built).verdict.first_nonfinite
    return result


@pytest.mark.parametrize(("kind", "norm"), [("lstm", "none"), ("gru", "none"), ("lstm", "layer"), ("gru", "rms")])
def test_every_kind_s_exact_value_overflows_the_format(kind: str, norm: str) -> None:
    """Whatever overflows first: its operands make more than float16 holds."""
    for scale in (2e5, 6e5, 2e6):
        _, first, _ = run(network={"kind": kind, "depth": 1, "width": 8, "norm": norm}, time={"steps": 12},
                          data={"batch": 4}, loss={"at": "every"}, scale=scale)  # fmt: skip
        assert first.phase == "backward"
        assert LARGE < abs(first.exact) < 10 * LARGE
        assert first.terms


def test_gru_gates_backward() -> None:
    """dL/dn is at most dL/dh, but that of z's argument is (h - n) z (1 - z) times it: a large state lifts it."""
    network = {"kind": "gru", "depth": 1, "width": 2, "init": "zeros", "recurrent_init": "zeros"}
    built = build(parse_scenario({"network": network, "time": {"steps": 1}, "data": {"batch": 1},
                                  "precision": {"format": "float16"}}))  # fmt: skip
    layer: Any = built.blocks[0]
    layer.start = {"hidden": np.full((1, 2), 100.0, np.float32)}
    built.head.target[:] = 1
    first = locate(simulated(built, 4000.0))
    assert (operation_of(first), first.array) == (("backward", "gates"), "layers.1.grad_recurrent_product")
    assert first.index == (0, 2)  # the block of z
    assert first.exact == 4000 * 100 / 4


@pytest.mark.parametrize(("changes", "text"), [
    ({"exact": 66246.2}, "layer 17's matrix product overflowed float16: 66,246 > 65,504"),
    ({"exact": -65520.0}, "layer 17's matrix product overflowed float16: -65,520 < -65,504"),
    ({"exact": 3.5e38, "format": "float32"}, "layer 17's matrix product overflowed float32: 3.5e+38 > 3.4e+38"),
    ({"exact": 3.41e38, "format": "bfloat16"}, "layer 17's matrix product overflowed bfloat16: 3.41e+38 > 3.39e+38"),
    ({"exact": np.inf, "format": "float64"}, "layer 17's matrix product overflowed float64: beyond 1.8e+308"),
    ({"exact": 5.0, "value": np.nan}, "layer 17's matrix product overflowed float16 on the way to 5"),
    ({"exact": np.nan, "value": np.nan},
     "layer 17's matrix product made NaN, the first number that float16 can't hold"),
    ({"terms": (("a", np.inf), ("b", -np.inf)), "value": np.nan}, "layer 17's matrix product made NaN of inf and -inf"),
    ({"phase": "update", "operation": "sgd update", "iteration": 3, "exact": 7e4},
     "layer 17's sgd update at update 3 overflowed float16: 70,000 > 65,504"),
])  # fmt: skip
def test_the_sentence(changes: dict[str, Any], text: str) -> None:
    first = Nonfinite("forward", 17, 1, "matrix product", "layers.17.preactivation", (0, 1), np.inf, format="float16")
    assert dataclasses.replace(first, **changes).text.replace("to 5.0", "to 5") == text


def test_json_is_strict_and_has_it_all() -> None:
    result, first, _ = run(network={"depth": 40, "activation": "relu", "init": {"name": "normal", "std": 0.4}})
    data = json.loads(to_json(result), parse_constant=lambda word: pytest.fail(word))["verdict"]["first_nonfinite"]
    assert data == {
        "phase": "forward", "layer": first.layer, "step": 1, "operation": "matrix product", "array": first.array,
        "index": list(first.index), "value": str(first.value), "terms": dict(first.terms), "exact": first.exact,
        "format": "float16", "text": first.text,
    }  # fmt: skip
    assert simulate(result.scenario).verdict.first_nonfinite == first
