"""Mean-field theory of a scenario, if its layers fit the theory."""

import math
from functools import lru_cache
from typing import Any

import numpy as np

from ..network.graph import LayerGraph
from ..network.init_context import InitContext
from ..network.layers import layer_graphs
from ..numerics.arrays import Array, Floats
from ..ops.activate import Activate
from ..ops.linear import Linear
from ..scenario.choice import Choice
from ..scenario.scenario import Scenario
from .mean_field import Function, MeanField, mean_field

WIDEST = 2048  # units of a layer whose weights are drawn to know their mean square: 32 MiB


def theory_of(scenario: Scenario) -> MeanField | None:
    """Mean-field theory of layers of matrix, bias and activation with independent weights; None of other networks.

    It neglects that the first layer and a readout may have other widths.
    """
    network = scenario.network
    if not network.by_key or network.weights is not None or network.width > WIDEST:
        return None
    if not network.init.entry.metadata.get("INDEPENDENT"):
        return None
    if not all(_fits(graph) for graph, _ in layer_graphs(scenario, scenario.features, checked=False)):
        return None
    return _theory(network.activation, network.init, network.bias, network.width, network.depth)


def _fits(graph: LayerGraph) -> bool:
    """Whether a layer is a matrix and a bias, and after them an activation that draws nothing."""
    ops = [op for _, op in graph.ops]
    return [type(op) for op in ops] == [Linear, Activate] and not any(op.random for op in ops)


@lru_cache(maxsize=4096)
def _theory(activation: Choice, init: Choice, bias: Choice, width: int, depth: int) -> MeanField | None:
    function, arguments = activation.load(), tuple(activation.parameters.values())
    context = InitContext(depth, False, function.gain(*arguments), width, activation.parameters)
    weights, biases = (_mean_square(choice, context, columns) for choice, columns in ((init, width), (bias, 1)))
    with np.errstate(all="ignore"):
        return mean_field(*_functions(function, arguments), width * weights, biases)


def _mean_square(choice: Choice, context: InitContext, columns: int) -> float:
    """The mean square of an init's distribution, exact: its random generator is replaced by `_Exact`."""
    drawn = choice.load().weights(_Exact(), context.fan_in, columns, context, **choice.parameters)
    return float(np.mean(np.square(drawn)))


class _Exact:
    """A stand-in for a random generator, whose numbers have exactly the mean and mean square of the distribution."""

    def standard_normal(self, shape: tuple[int, ...]) -> Array:
        return _signs(shape)

    def uniform(self, low: float, high: float, shape: tuple[int, ...]) -> Array:
        return np.asarray((low + high) / 2 + (high - low) / math.sqrt(12) * _signs(shape))


def _signs(shape: tuple[int, ...]) -> Array:
    """1 and -1 in turn."""
    return np.asarray(1.0 - 2.0 * (np.arange(math.prod(shape)) % 2)).reshape(shape)


def _functions(function: Any, arguments: tuple[Any, ...]) -> tuple[Function, Function]:
    """The activation and its slope, of float64 vectors."""

    def phi(u: Floats) -> Floats:
        out = np.empty_like(u)
        function.value(u, out, *arguments)
        return out

    def slope(u: Floats) -> Floats:
        out = np.empty_like(u)
        function.slope(u, phi(u), out, *arguments)
        return out

    return phi, slope
