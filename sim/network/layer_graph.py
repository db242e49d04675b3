"""The graph of a layer, as the file of its kind makes it."""

from .. import registry
from ..scenario.kind_keys import menu_of
from ..scenario.scenario import Scenario
from .graph import LayerGraph


def layer_graph(scenario: Scenario, fan_in: int) -> LayerGraph:
    """Of the one kind of layer that a scenario has, with so many features that come in."""
    kind = scenario.network.kind
    graph: LayerGraph = registry.load(menu_of(kind), kind).graph(scenario, fan_in)
    return graph
