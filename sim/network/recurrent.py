"""The graph that recurrent kinds share: both products, with norms, into a cell, and what comes after it."""

from collections.abc import Callable

import numpy as np

from ..numerics.arrays import Array
from ..ops.base import Parameter
from ..ops.linear import Linear
from ..scenario.choice import Choice
from ..scenario.scenario import Scenario
from .directions import both_ways, half
from .graph import LayerGraph, Step
from .graph_parts import INPUT_WEIGHTS, REVERSE, factor_rounding, has_residual, initial_values, normalize, skip

Cell = Callable[[str, str], tuple[Step, ...]]


def recurrent_graph(scenario: Scenario, fan_in: int, blocks: int, states: tuple[str, ...], cell: Cell,
                    apart: tuple[int, float | None] = (0, None)) -> LayerGraph:  # fmt: skip
    """Operations of a layer with the names of torch.nn.RNN's parameters.

    `cell` makes the states, the hidden one first, of the names of both products of blocks x width columns; `apart` is a
    block with a bias of its own, or None for that of all. A layer that reads both ways has all of it twice.
    """
    whole = scenario, fan_in, blocks, states, cell, apart
    if scenario.network.directions == 1:
        return _one_way(*whole)
    return both_ways(_one_way(*whole), _one_way(*whole, purposes=REVERSE))


def _one_way(scenario: Scenario, fan_in: int, blocks: int, states: tuple[str, ...], cell: Cell,
             apart: tuple[int, float | None], purposes: str = "") -> LayerGraph:  # fmt: skip
    """What reads the sequence one way; `purposes` tell its draws apart."""
    network, width = scenario.network, scenario.network.width
    norm, residual = network.norm.load(), has_residual(scenario, fan_in)
    by_input = initial_values(scenario, network.init, purposes + INPUT_WEIGHTS, residual, fan_in, fan_in, blocks)
    recurrent_init: Choice = network.own("recurrent_init")
    purpose = f"{purposes}recurrent weights"
    by_state = initial_values(scenario, recurrent_init, purpose, residual, width, width, blocks)
    ops: list[Step] = []
    sides = (("input_product", "in", "ih", fan_in, by_input, "input_"),
             ("recurrent_product", "hidden@-1", "hh", width, by_state, ""))  # fmt: skip
    for name, source, side, fan, weights, prefix in sides:
        weight = Parameter(f"weight_{side}", (blocks * width, fan), weights, matrix=prefix)
        biases = _biases(scenario, side, residual, blocks, apart, purposes)
        bias = Parameter(f"bias_{side}", (blocks * width,), biases)
        ops.append(((name,), Linear((source,), (weight, bias), f"{prefix}weight", factor_rounding(scenario))))
    products = preactivation = ("input_product", "recurrent_product")
    if norm.ACTIVE and not scenario.output_norm:
        for name, side, factor in (("input", "ih", "input_weight"), ("recurrent", "hh", "norm")):
            ops.append(((name,), normalize(scenario, f"{name}_product", blocks * width, f"norm_{side}", factor)))
        products = "input", "recurrent"
    ops += cell(*products)
    output = "hidden"
    if norm.ACTIVE and scenario.output_norm:
        output = "normalised" if residual else "output"
        ops.append(((output,), normalize(scenario, "hidden", width, factor="output_norm", by_step=True)))
    if residual:
        if network.directions > 1:
            ops.append((("half",), half(width, last=bool(purposes))))
        ops += skip(scenario, output, "output", "in" if network.directions == 1 else "half")
        output = "output"
    return LayerGraph(fan_in, tuple(ops), output, preactivation, ("slope", "norm", "weight"),
                      dict.fromkeys(states, width), addends=("input", "recurrent"))  # fmt: skip


def _biases(scenario: Scenario, side: str, residual: bool, blocks: int, apart: tuple[int, float | None],
            purposes: str) -> Callable[[int], Array]:  # fmt: skip
    """Initial biases of one product; a constant is the total of both, and so is that of a block apart."""
    network, width, first = scenario.network, scenario.network.width, side == "ih"
    purpose = purposes + ("bias" if first else "recurrent bias")
    draw = initial_values(scenario, network.bias, purpose, residual, width, 1, blocks)

    def biases(number: int) -> Array:
        values = draw(number)[:, 0]
        if network.bias.entry.metadata.get("OF_TOTAL") and not first:
            values = np.zeros_like(values)
        block, own = apart
        if own is not None:
            values[block * width : (block + 1) * width] = own if first else 0.0
        return values

    return biases
