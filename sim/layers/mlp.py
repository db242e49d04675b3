"""Fully connected layer: z = h W^T + b, u = norm(z), a = activation(u), h_out = a or h_in + scale a."""

from collections.abc import Callable, Iterator

import numpy as np

from ..format import Format
from ..graph import LayerGraph
from ..kernel import Array
from ..memory import KEPT_STATES, stack_layers, state_bytes
from ..ops.activate import Activate
from ..ops.add import Add
from ..ops.base import Op, Parameter
from ..ops.linear import Linear
from ..ops.normalize import Normalize
from ..ops.scale import Scale
from ..place import Place
from ..randomness import stream
from ..scenario import Scenario
from ..stack import Stack
from ..workspace import Workspace

ALSO = ("dense", "linear", "feedforward", "fully_connected", "fc", "ffn", "perceptron")


def graph(scenario: Scenario, fan_in: int) -> LayerGraph:
    """One layer's operations."""
    network, width = scenario.network, scenario.network.width
    activation, norm, skip = (choice.load() for choice in (network.activation, network.norm, network.skip))
    joins = skip.JOINS and fan_in == width
    init, bias = network.init.load(), network.bias.load()
    place = Place(network.depth, joins, activation.gain(*network.activation.parameters.values()), fan_in)

    def weights(number: int) -> Array:
        drawn: Array = init.weights(
            stream(scenario.seed, "weights", number), width, fan_in, place, **network.init.parameters
        )
        return drawn

    def biases(number: int) -> Array:
        drawn: Array = bias.weights(stream(scenario.seed, "bias", number), width, 1, place, **network.bias.parameters)
        return drawn[:, 0]

    own = Parameter("weight", (width, fan_in), weights, matrix=""), Parameter("bias", (width,), biases)
    ops: list[tuple[str, Op]] = [("preactivation", Linear(("in",), own))]
    last = "preactivation"
    if norm.ACTIVE:
        learned = [Parameter("norm.weight", (width,), filled(width, 1.0))]
        learned += [Parameter("norm.bias", (width,), filled(width, 0.0))] if norm.BIAS else []
        given = norm.resolve(width, *network.norm.parameters.values())
        ops.append(("normalised", Normalize((last,), tuple(learned), norm, given)))
        last = "normalised"
    values = tuple(network.activation.parameters.values())
    ops.append(("branch" if joins else "activation", Activate((last,), activation, values)))
    if joins:
        scale = skip.scale(network.depth, *network.skip.parameters.values())
        own_scale = Parameter("scale", (1,), filled(1, scale), learned=skip.LEARNABLE)
        ops += [("scaled", Scale(("branch",), (own_scale,))), ("activation", Add(("in", "scaled")))]
    return LayerGraph(fan_in, tuple(ops), "activation", "preactivation", ("slope", "norm", "weight"))


def filled(width: int, value: float) -> Callable[[int], Array]:
    """Initial values that are all the same."""
    return lambda _number: np.full(width, value)


def stack(scenario: Scenario, inputs: int, form: Format) -> Iterator[Stack]:
    """All layers with their initial parameters from the input upwards, in stacks of equal graphs."""
    network, buffers = scenario.network, Workspace()
    first, fan_in, left = 1, inputs, KEPT_STATES
    while first <= network.depth:
        remaining = network.depth - first + 1
        count = stack_layers(remaining, network.width, scenario.data.batch) if fan_in == network.width else 1
        left -= count * state_bytes(scenario)
        stack = Stack(graph(scenario, fan_in), first, count, form, scenario.seed, buffers, recompute=left < 0)
        for index, layer in enumerate(stack.layers):
            drawn = {parameter.name: parameter.initial(layer.number) for parameter in stack.graph.parameters}
            stored, layer.drawn = form.parameters(drawn)
            for key, value in stored.items():
                stack.parameters[key][index] = value
        yield stack
        first, fan_in = first + count, network.width
