"""Fully connected layer: z = h W^T + b, u = norm(z), a = activation(u), h_out = a or h_in + scale a."""

from ...ops.linear import Linear
from ...scenario.scenario import Scenario
from ..graph import LayerGraph
from ..graph_parts import (
    INPUT_WEIGHTS,
    Nodes,
    activation,
    factor_rounding,
    has_residual,
    init_context,
    skip,
    weight_and_bias,
)

ALSO = ("linear", "feedforward", "fully_connected", "fc", "ffn", "perceptron")
IN_CHAIN = "dense"
READ = "Each layer multiplies the gradient by its weights and slopes, so the depth decides how much is left."
SOURCE = "Rumelhart, Hinton & Williams 1986, Learning representations by back-propagating errors"


def graph(scenario: Scenario, fan_in: int) -> LayerGraph:
    """The graph of one layer."""
    width = scenario.network.width
    residual = has_residual(scenario, fan_in, width)
    context, nodes = init_context(scenario, fan_in, residual), Nodes()
    params = weight_and_bias(scenario, "", (width, fan_in), [context], ("",), INPUT_WEIGHTS, of_input=True)
    value = nodes.add("preactivation", Linear(("in",), params, round_factor=factor_rounding(scenario)))
    value = nodes.add_norm(scenario, value, "normalised", width)
    value = nodes.add("branch" if residual else "activation", activation(scenario, value))
    nodes += skip(scenario, value, "activation") if residual else ()
    return LayerGraph(fan_in, tuple(nodes), "activation", ("preactivation",), ("slope", "norm", "weight"))
