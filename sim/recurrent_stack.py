"""Builds the layers of a recurrent network with their initial parameters."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from .block import Single
from .cell import Cell
from .format import Format
from .kernel import Array
from .output_norm import OutputNorm
from .place import Place
from .randomness import stream
from .row_norm import RowNorm, norm_parameters
from .scenario import Scenario
from .unrolled import Settings, Unrolled
from .workspace import Workspace


def recurrent_layers(scenario: Scenario, inputs: int, form: Format, cell: Cell) -> Iterator[Single]:
    """The layers from the input upwards, with the names of torch.nn.RNN's parameters."""
    network = scenario.network
    norm, skip, outside = network.norm.load(), network.skip.load(), scenario.output_norm
    features = network.width if outside else cell.blocks * network.width
    given = norm.resolve(features, *network.norm.parameters.values()) if norm.ACTIVE else ()
    inner, outer = None if outside else RowNorm(norm, given), OutputNorm(norm, given) if outside else None
    settings = Settings(
        inner if norm.ACTIVE else None, skip.LEARNABLE, scenario.time.truncate, network.depth, form, Workspace(), outer
    )
    fan_in = inputs
    for number in range(1, network.depth + 1):
        joins = skip.JOINS and fan_in == network.width
        own = outer.parameters(features) if outer else norm_parameters(norm, features)
        drawn = _drawn(scenario, number, fan_in, cell, joins) | own
        if joins:
            drawn["scale"] = np.array([skip.scale(network.depth, *network.skip.parameters.values())])
        yield Single(Unrolled(cell, settings, number, *form.parameters(drawn)))
        fan_in = network.width


def _drawn(scenario: Scenario, number: int, fan_in: int, cell: Cell, joins: bool) -> dict[str, Array]:
    """Weights and biases of one layer, drawn gate block by gate block."""
    network, seed = scenario.network, scenario.seed
    gain = network.activation.load().gain(*network.activation.parameters.values())
    width = network.width

    def blocks(choice: Any, purpose: str, columns: int, fan: int) -> Array:
        random, place = stream(seed, purpose, number), Place(network.depth, joins, gain, fan)
        load = choice.load()
        drawn = [load.weights(random, width, columns, place, **choice.parameters) for _ in range(cell.blocks)]
        return np.concatenate(drawn)

    bias_ih = blocks(network.bias, "bias", 1, width)[:, 0]
    bias_hh = blocks(network.bias, "recurrent bias", 1, width)[:, 0]
    if network.bias.name == "constant":  # a constant is the total of both
        bias_hh = np.zeros_like(bias_hh)
    if network.forget_bias is not None:
        forget = slice(cell.gates.index("f") * width, (cell.gates.index("f") + 1) * width)
        bias_ih[forget], bias_hh[forget] = network.forget_bias, 0.0
    return {
        "weight_ih": blocks(network.init, "weights", fan_in, fan_in),
        "weight_hh": blocks(scenario.recurrent_init, "recurrent weights", width, width),
        "bias_ih": bias_ih,
        "bias_hh": bias_hh,
    }
