"""The graph of a layer, as the file of its kind makes it."""

from .. import registry
from ..scenario.kind_keys import menu_of
from ..scenario.scenario import Scenario
from .graph import LayerGraph


def layer_graph(scenario: Scenario, fan_in: int, number: int = 1) -> tuple[LayerGraph, int]:
    """Of the one kind of layer that a scenario has, with so many features that come in, and how many have the same.

    A kind whose layers differ by their number (of its entry, from 1) says by `variant` which scenario is that of one,
    and how many from it on share it.
    """
    kind = registry.load(menu_of(scenario.network.kind), scenario.network.kind)
    variant = getattr(kind, "variant", None)
    own, alike = (scenario, scenario.depth) if variant is None else variant(scenario, number)
    graph: LayerGraph = kind.graph(own, fan_in)
    return graph, alike
