"""Every statistic and each single factor of a pass, against a plain network whose gradients are differences."""

import itertools
from typing import Any

import numpy as np
import pytest

from factories import common
from gradsim.sim import registry
from gradsim.sim.interop.arrays import dump
from gradsim.sim.results.trace import Trace
from gradsim.sim.scenario.scenario import parse_scenario
from oracles.numpy_reference import ACTIVATIONS, Reference

SMALL_SLOPES = 0.05  # saturated: a slope below this share of the largest
LARGEST = {"sigmoid": 0.25, "tanh": 1, "relu": 1, "leaky_relu": 1, "silu": 1.0998, "linear": 1}


def passed(**tables: Any) -> tuple[Trace, Reference]:
    """A small pass in float64 and the reference with its parameters."""
    scenario = parse_scenario({"precision": {"format": "float64"}, "seed": 3, **tables})
    trace, arrays = dump(scenario)
    reference = Reference(scenario, arrays)
    assert trace.loss == pytest.approx(reference.loss(), rel=1e-12)
    return trace, reference


def norm(array: Any) -> float:
    return float(np.linalg.norm(array))


def check(trace: Trace, name: str, layer: int, step: int, value: float) -> None:
    """The profile's number equals a central difference, which is exact to 1e-6 of its largest term."""
    assert trace.profile[name][layer, step] == pytest.approx(value, rel=2e-5, abs=1e-9), (name, layer, step)


def saturated(function: Any, u: Any, largest: float) -> float:
    slope = (function(u + 1e-6) - function(u - 1e-6)) / 2e-6
    return float((np.abs(slope) < SMALL_SLOPES * largest).mean())


def check_layer(trace: Trace, reference: Reference, layer: int, step: int, total: Any) -> None:
    """The statistics that every kind has; `total` is the total derivative dL/dh."""
    out = reference.arrays[layer, step, "h_out"]
    check(trace, "activation_mean", layer, step, out.mean())
    check(trace, "activation_std", layer, step, out.std())
    check(trace, "activation_rms", layer, step, np.sqrt((out**2).mean()))
    check(trace, "zero_fraction", layer, step, float((out == 0).mean()))
    check(trace, "nonfinite_count", layer, step, 0)
    check(trace, "gradient_rms", layer, step, np.sqrt((total**2).mean()))
    check(trace, "gradient_norm", layer, step, norm(total))
    check(trace, "gradient_max", layer, step, np.abs(total).max())
    gradient = {name: reference.gradient((layer, step, name)) for name in ("u", "z", "through weights")}
    start = total if reference.scenario.network.kind != "mlp" else reference.gradient((layer, step, "a"))
    check(trace, "slope_factor", layer, step, norm(gradient["u"]) / norm(start))
    check(trace, "norm_factor", layer, step, norm(gradient["z"]) / norm(gradient["u"]))
    check(trace, "weight_factor", layer, step, norm(gradient["through weights"]) / norm(gradient["z"]))


@pytest.mark.parametrize(("norm_name", "skip"), list(itertools.product(registry.names("norms"), common("skips"))))
def test_a_fully_connected_net(norm_name: str, skip: str) -> None:
    activation = list(ACTIVATIONS)[hash_of(norm_name + skip) % len(ACTIVATIONS)]
    network = {"depth": 2, "width": 6, "activation": activation, "skip": skip,
               "norm": {"name": "group", "groups": 2} if norm_name == "group" else norm_name,
               "init": {"name": "normal", "std": 0.9}, "bias": {"name": "normal", "std": 0.3}}  # fmt: skip
    if skip == "rezero":
        network["skip"] = {"name": "scaled", "scale": 0.7}  # at 0 nothing passes through the branch
    trace, reference = passed(network=network, data={"batch": 4, "inputs": 6})
    for layer in range(2):
        check_layer(trace, reference, layer, 0, reference.gradient((layer, 0, "h_out")))
        z, u = (reference.arrays[layer, 0, name] for name in ("z", "u"))
        check(trace, "preactivation_std", layer, 0, z.std())
        share = saturated(ACTIVATIONS[activation], u, LARGEST[activation])
        check(trace, "saturated_fraction", layer, 0, share)


def hash_of(text: str) -> int:
    """A hash that is the same in every process."""
    return sum(text.encode())


NORMAL = {"name": "normal", "std": 0.7}
STEPS = 3
PLACED = [("none", "cell"), ("layer", "cell"), ("rms", "output"), ("batch", "output")]
KINDS = [name for name in registry.names("layers") if registry.entry("layers", name).metadata.get("STATE")]


@pytest.mark.long
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("norm_name", "at"), [("none", "cell"), ("layer", "cell"), ("rms", "output"), ("batch", "output")]
)
def test_a_recurrent_net(kind: str, norm_name: str, at: str) -> None:
    network = {"kind": kind, "depth": 2, "width": 3, "norm": norm_name, "norm_at": at, "bias": NORMAL,
               "skip": "identity" if norm_name != "none" else "none", "recurrent_init": NORMAL}  # fmt: skip
    trace, reference = passed(
        network=network, time={"steps": STEPS}, data={"batch": 4, "inputs": 3}, loss={"at": "every"}
    )
    for layer, step in itertools.product(range(2), range(STEPS)):
        check_layer(trace, reference, layer, step, reference.gradient((layer, step, "h")))
        keys = {name: (layer, step, name) for name in ("u_ih", "through input weights", "z", "z_ih")}
        under, entering = (norm(reference.gradient(keys[name])) for name in ("u_ih", "through input weights"))
        check(trace, "input_weight_factor", layer, step, entering / under)
        check(
            trace,
            "preactivation_std",
            layer,
            step,
            (reference.arrays[keys["z"]] + reference.arrays[keys["z_ih"]]).std(),
        )
        gates = {
            key[2]: value for key, value in reference.arrays.items() if key[:2] == (layer, step) and "gate" in key[2]
        }
        for name, gate in gates.items():
            if f"{name}_mean" in trace.profile:
                check(trace, f"{name}_mean", layer, step, gate.mean())
        if gates:
            shares = [slopes_below(gate, name[-1] in "gn") for name, gate in gates.items()]
            check(trace, "saturated_fraction", layer, step, float(np.mean(shares)))
        else:
            check(trace, "saturated_fraction", layer, step,
                  saturated(np.tanh, reference.arrays[layer, step, "argument"], 1))  # fmt: skip
        if kind == "lstm":
            cell = reference.gradient((layer, step, "cell"))
            check(trace, "cell_gradient_rms", layer, step, np.sqrt((cell**2).mean()))
        if at == "output":
            ratio = norm(direct(reference, layer, step)) / norm(reference.gradient((layer, step, "beside")))
            check(trace, "output_norm_factor", layer, step, ratio)


def slopes_below(gate: Any, tanh: bool) -> float:
    """The share of slopes below a twentieth of the largest, from a gate's own value."""
    slope, largest = (1 - gate**2, 1.0) if tanh else (gate * (1 - gate), 0.25)
    return float((slope < SMALL_SLOPES * largest).mean())


def direct(reference: Reference, layer: int, step: int) -> Any:
    """dL/dh_t through the norm on the output alone: the total less the gradient from the next step."""
    total = reference.gradient((layer, step, "h"))
    if step + 1 == STEPS:
        return total
    later = reference.gradient((layer, step + 1, "through weights"))
    if reference.scenario.network.kind == "gru":
        z = reference.arrays[layer, step + 1, "gate_z"]
        later = later + z * reference.gradient((layer, step + 1, "h"))
    return total - later
