"""The layers of a network as their graphs, from the input upwards."""

from collections.abc import Iterator

from .. import registry
from ..errors import Problem, ScenarioError
from ..numerics.image import Image
from ..ops.pooling import GlobalAveragePool
from ..scenario.chain_entry import label, within
from ..scenario.entries import leaves, of_entry
from ..scenario.kind_keys import menu_of
from ..scenario.network import LayerEntry
from ..scenario.rules_of_layers import of_layers
from ..scenario.scenario import Scenario
from .graph import LayerGraph


def layer_graphs(scenario: Scenario, inputs: int, checked: bool = True) -> Iterator[tuple[LayerGraph, int]]:
    """Graphs, each with how many layers in a row have it; `inputs` are the features of the network's input.

    Raises ScenarioError if a layer of a chain makes no sense for what comes in, where that is known (`checked`).
    """
    before = entry_graph(scenario, inputs)
    fan_in = inputs if before is None else before.width
    for position, entry in enumerate(scenario.network.entries, 1):
        left = entry.repeat
        while left:  # without a width of its own a layer is as wide as what comes in
            of_layer = of_entry(scenario, entry, fan_in)
            if checked and of_layer is not scenario:
                _refuse(label(position, entry.written), entry, of_layer, fan_in)
            graph, alike = layer_graph(of_layer, fan_in, entry.repeat - left + 1)
            count = min(left, alike) if fan_in == graph.width else 1
            yield graph, count
            left, fan_in = left - count, graph.width


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


def _refuse(where: str, entry: LayerEntry, of_layer: Scenario, fan_in: int) -> None:
    """Raise what could not be told before the width was known."""
    if message := entry.unjoined(fan_in):
        raise ScenarioError([Problem(where, message)])
    for position, (_, leaf) in enumerate(leaves(of_layer, fan_in) if entry.block else (), 1):
        _refuse(within(where, position, entry.block[position - 1].written), entry.block[position - 1], leaf, fan_in)
        fan_in = entry.block[position - 1].after(fan_in)
    before = entry_graph(of_layer, fan_in) if of_layer.network.kind in registry.names("layers") else None
    if before is not None and (before.parameters or before.over_steps):
        message = f"{fan_in} features come into a {of_layer.network.kind} of width {of_layer.network.width}"
        advice = "a chain embeds nothing and adds no positions; give a dense entry of that width before it"
        raise ScenarioError([Problem(where, f"{message}, and {advice}")])
    if problems := list(of_layers(of_layer)):
        raise ScenarioError(Problem(where, f"{one.key.removeprefix('network.')}: {one.message}") for one in problems)


def entry_graph(scenario: Scenario, inputs: int) -> LayerGraph | None:
    """What the network's input goes through before the first layer, if the kind has that and it changes anything."""
    return _end(scenario, "entry_graph", inputs)


def exit_graph(scenario: Scenario, features: int) -> LayerGraph | None:
    """The same after the last layer, before loss and readout; of an image a readout reads its global average."""
    if isinstance(features, Image):
        if not scenario.loss.name.entry.metadata["READOUT"]:
            return None
        mean = GlobalAveragePool(("in",), features)
        return LayerGraph(features, ((("mean",), mean),), "mean", (), sublayers={0: "final"})
    return _end(scenario, "exit_graph", features)


def _end(scenario: Scenario, name: str, features: int) -> LayerGraph | None:
    if not scenario.network.by_key:  # its entries say all that comes
        return None
    graph_of = getattr(registry.load("layers", scenario.network.kind), name, None)
    graph: LayerGraph | None = None if graph_of is None else graph_of(scenario, features)
    return graph
