"""The layers of a network as their graphs, from the input upwards."""

from collections.abc import Iterator

from .. import registry
from ..scenario.scenario import Scenario
from .graph import LayerGraph


def layer_graphs(scenario: Scenario, inputs: int) -> Iterator[tuple[LayerGraph, int]]:
    """Graphs, each with how many layers in a row have it; `inputs` are the features of the network's input."""
    graph_of = registry.load("layers", scenario.network.kind).graph
    left, fan_in = scenario.network.depth, inputs
    while left:
        graph: LayerGraph = graph_of(scenario, fan_in)
        count = left if fan_in == graph.width else 1
        yield graph, count
        left, fan_in = left - count, graph.width
