"""The graph of recurrent kinds: input and recurrent product, each with its norm, into a cell; output norm and skip."""

from collections.abc import Callable

import numpy as np

from ..numerics.arrays import Array
from ..ops.base import Parameter
from ..ops.concatenate import Half
from ..ops.linear import Linear
from ..scenario.choice import Choice
from ..scenario.scenario import Scenario
from .composition import both_ways
from .graph import LayerGraph, Node
from .graph_parts import INPUT_WEIGHTS, Nodes, factor_rounding, has_residual, init_context, initial_matrices, skip

Cell = Callable[[str, str], tuple[Node, ...]]  # from the names of input and recurrent product to a cell's operations
ConstantBias = tuple[int, float]  # index of a block (gate), and its bias


def recurrent_graph(scenario: Scenario, fan_in: int, blocks: int, states: tuple[str, ...], cell: Cell,
                    constant_bias: ConstantBias | None = None) -> LayerGraph:  # fmt: skip
    """A recurrent layer with the parameters of torch.nn.RNN, in both directions if the scenario has two.

    Products have blocks x width columns, a block for each gate. `cell` writes `states`, the hidden one first.
    """

    def direction(reverse: bool) -> LayerGraph:
        return _direction(scenario, fan_in, blocks, states, cell, constant_bias, reverse)

    return both_ways(direction(False), direction(True)) if scenario.network.directions > 1 else direction(False)


def _direction(scenario: Scenario, fan_in: int, blocks: int, states: tuple[str, ...], cell: Cell,
               constant_bias: ConstantBias | None, reverse: bool) -> LayerGraph:  # fmt: skip
    """One direction of a layer; the reverse one draws its parameters from random streams of its own."""
    network, width = scenario.network, scenario.network.width
    residual = has_residual(scenario, fan_in, width * network.directions)
    recurrent_init: Choice = network.get("recurrent_init")
    streams, nodes = "reverse " if reverse else "", Nodes()
    of_input, of_state = ([init_context(scenario, columns, residual)] * blocks for columns in (fan_in, width))
    input_weights = initial_matrices(scenario, network.init, streams + INPUT_WEIGHTS, (width, fan_in), of_input,
                                     of_input=True)  # fmt: skip
    recurrent_weights = initial_matrices(scenario, recurrent_init, f"{streams}recurrent weights", (width, width),
                                         of_state)  # fmt: skip
    sides = (("input_product", "in", "ih", fan_in, input_weights, "input_"),
             ("recurrent_product", "hidden@-1", "hh", width, recurrent_weights, ""))  # fmt: skip
    for name, source, side, columns, values, prefix in sides:
        weight = Parameter(f"weight_{side}", (blocks * width, columns), values, matrices=(prefix,))
        biases = _biases(scenario, side, residual, blocks, constant_bias, streams)
        bias = Parameter(f"bias_{side}", (blocks * width,), biases)
        nodes.add(name, Linear((source,), (weight, bias), f"{prefix}weight", factor_rounding(scenario)))
    input_product, recurrent_product = preactivation = ("input_product", "recurrent_product")
    if not scenario.output_norm:
        input_product = nodes.add_norm(scenario, input_product, "input", blocks * width, "norm_ih", "input_weight")
        recurrent_product = nodes.add_norm(scenario, recurrent_product, "recurrent", blocks * width, "norm_hh")
    nodes += cell(input_product, recurrent_product)
    output = "hidden"
    if scenario.output_norm:
        name = "normalised" if residual else "output"
        output = nodes.add_norm(scenario, output, name, width, factor="output_norm", by_step=True)
    if residual:
        source = "in" if network.directions == 1 else nodes.add("half", Half(("in",), width, last=reverse))
        nodes += skip(scenario, output, "output", source)
        output = "output"
    return LayerGraph(fan_in, tuple(nodes), output, preactivation, ("slope", "norm", "weight"),
                      dict.fromkeys(states, width), addends=("input", "recurrent"))  # fmt: skip


def _biases(scenario: Scenario, side: str, residual: bool, blocks: int, constant_bias: ConstantBias | None,
            streams: str) -> Callable[[int], Array]:  # fmt: skip
    """Initial biases (blocks x width,) of one product.

    The cell adds both products, so a constant bias is all in the input product's, and the recurrent one has 0.
    """
    network, width, of_input = scenario.network, scenario.network.width, side == "ih"
    purpose = streams + ("bias" if of_input else "recurrent bias")
    contexts = [init_context(scenario, width, residual)] * blocks
    draw = initial_matrices(scenario, network.bias, purpose, (width, 1), contexts)

    def biases(number: int) -> Array:
        values = draw(number)[:, 0]
        if network.bias.entry.metadata.get("OF_TOTAL") and not of_input:
            values = np.zeros_like(values)
        if constant_bias is not None:
            block, value = constant_bias
            values[block * width : (block + 1) * width] = value if of_input else 0.0
        return values

    return biases
