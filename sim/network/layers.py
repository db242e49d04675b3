"""The layers of a network as their graphs, from the input upwards."""

from collections.abc import Iterator

from .. import registry
from ..scenario.scenario import Scenario
from .graph import LayerGraph


def layer_graphs(scenario: Scenario, inputs: int) -> Iterator[tuple[LayerGraph, int]]:
    """Graphs, each with how many layers in a row have it; `inputs` are the features of the network's input."""
    graph_of, before = registry.load("layers", scenario.network.kind).graph, entry_graph(scenario, inputs)
    left, fan_in = scenario.network.depth, inputs if before is None else before.width
    while left:
        graph: LayerGraph = graph_of(scenario, fan_in)
        count = left if fan_in == graph.width else 1
        yield graph, count
        left, fan_in = left - count, graph.width


def entry_graph(scenario: Scenario, inputs: int) -> LayerGraph | None:
    """What the network's input goes through before the first layer, if the kind has that and it changes anything."""
    return _end(scenario, "entry_graph", inputs)


def exit_graph(scenario: Scenario, features: int) -> LayerGraph | None:
    """The same after the last layer, before loss and readout."""
    return _end(scenario, "exit_graph", features)


def _end(scenario: Scenario, name: str, features: int) -> LayerGraph | None:
    graph_of = getattr(registry.load("layers", scenario.network.kind), name, None)
    found: LayerGraph | None = None if graph_of is None else graph_of(scenario, features)
    return found
