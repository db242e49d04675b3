"""Fully connected layer: z = h W^T + b, u = norm(z), a = activation(u), h_out = a or h_in + scale a."""

from ...ops.base import Parameter
from ...ops.linear import Linear
from ...scenario.scenario import Scenario
from ..graph import LayerGraph
from ..graph_parts import INPUT_WEIGHTS, Steps, activation, factor_rounding, has_residual, initial_values, skip

ALSO = ("linear", "feedforward", "fully_connected", "fc", "ffn", "perceptron")
IN_CHAIN = "dense"
READ = "Each layer multiplies the gradient by its weights and slopes, so the depth decides how much is left."
SOURCE = "Rumelhart, Hinton & Williams 1986, Learning representations by back-propagating errors"
PLAIN = True  # without norm and skip a layer is a matrix, a bias and an activation


def graph(scenario: Scenario, fan_in: int) -> LayerGraph:
    """The graph of one layer."""
    network, width = scenario.network, scenario.network.width
    residual = has_residual(scenario, fan_in, width)
    weights = initial_values(scenario, network.init, INPUT_WEIGHTS, residual, fan_in, fan_in, of_input=True)
    columns = initial_values(scenario, network.bias, "bias", residual, fan_in, 1)
    weight = Parameter("weight", (width, fan_in), weights, matrix="")
    bias = Parameter("bias", (width,), lambda number: columns(number)[:, 0])
    steps = Steps()
    value = steps.add("preactivation", Linear(("in",), (weight, bias), round_factor=factor_rounding(scenario)))
    value = steps.add_norm(scenario, value, "normalised", width)
    value = steps.add("branch" if residual else "activation", activation(scenario, value))
    steps += skip(scenario, value, "activation") if residual else ()
    return LayerGraph(fan_in, tuple(steps), "activation", ("preactivation",), ("slope", "norm", "weight"))
