"""Fully connected layer: z = h W^T + b, u = norm(z), a = activation(u), h_out = a or h_in + scale a."""

from ...ops.base import Parameter
from ...ops.linear import Linear
from ...scenario.scenario import Scenario
from ..graph import LayerGraph, Step
from ..graph_parts import INPUT_WEIGHTS, activation, factor_rounding, has_residual, initial_values, normalize, skip

ALSO = ("linear", "feedforward", "fully_connected", "fc", "ffn", "perceptron")
IN_CHAIN = "dense"
READ = "Each layer multiplies the gradient by its weights and slopes, so the depth decides how much is left."
SOURCE = "Rumelhart, Hinton & Williams 1986, Learning representations by back-propagating errors"
PLAIN = True  # without norm and skip a layer is a matrix, a bias and an activation


def graph(scenario: Scenario, fan_in: int) -> LayerGraph:
    """One layer's operations."""
    network, width, residual = scenario.network, scenario.network.width, has_residual(scenario, fan_in)
    weight = Parameter(
        "weight",
        (width, fan_in),
        initial_values(scenario, network.init, INPUT_WEIGHTS, residual, fan_in, fan_in),
        matrix="",
    )
    columns, last = initial_values(scenario, network.bias, "bias", residual, fan_in, 1), "preactivation"
    params = weight, Parameter("bias", (width,), lambda number: columns(number)[:, 0])
    ops: list[Step] = [((last,), Linear(("in",), params, round_factor=factor_rounding(scenario)))]
    if network.norm.load().ACTIVE:
        ops.append((("normalised",), normalize(scenario, last, width)))
        last = "normalised"
    ops.append((("branch" if residual else "activation",), activation(scenario, last)))
    ops += skip(scenario, "branch", "activation") if residual else ()
    return LayerGraph(fan_in, tuple(ops), "activation", ("preactivation",), ("slope", "norm", "weight"))
