"""The graphs of a scenario's layers, in the order of the forward pass, and those before and after the layers."""

from collections.abc import Iterator

from .. import registry
from ..errors import Problem, ScenarioError
from ..numerics.image import Image
from ..ops.pooling import GlobalAveragePool
from ..scenario.chain_entry import label, within
from ..scenario.kind_keys import menu_of
from ..scenario.network import LayerEntry
from ..scenario.rules_of_layers import of_layers
from ..scenario.scenario import Scenario
from ..scenario.schema import leaves, of_entry
from .graph import LayerGraph, single_op


def layer_graphs(scenario: Scenario, inputs: int, checked: bool = True) -> Iterator[tuple[LayerGraph, int]]:
    """Graphs, each with how many adjacent layers share it; `inputs` are the features of the network's input.

    Raises ScenarioError if a layer of a chain does not fit the features that come in; not unless `checked`.
    """
    before = entry_graph(scenario, inputs)
    fan_in = inputs if before is None else before.width
    for position, entry in enumerate(scenario.network.entries, 1):
        left = entry.repeat
        while left:  # an entry without a width takes that of its input
            of_layer = of_entry(scenario, entry, fan_in)
            if checked and of_layer is not scenario:
                _refuse(label(position, entry.written), entry, of_layer, fan_in)
            graph, equal = layer_graph(of_layer, fan_in, entry.repeat - left + 1)
            count = min(left, equal) if fan_in == graph.width else 1
            yield graph, count
            left, fan_in = left - count, graph.width


def layer_graph(scenario: Scenario, fan_in: int, number: int = 1) -> tuple[LayerGraph, int]:
    """The graph of layer `number` (from 1) of a scenario's kind with `fan_in` features, and how many layers share it.

    A kind whose layers differ by number has `variant`, from number to (scenario of that layer, how many share it).
    """
    kind = registry.load(menu_of(scenario.network.kind), scenario.network.kind)
    variant = getattr(kind, "variant", None)
    of_layer, equal = (scenario, scenario.depth) if variant is None else variant(scenario, number)
    graph: LayerGraph = kind.graph(of_layer, fan_in)
    return graph, equal


def _refuse(where: str, entry: LayerEntry, of_layer: Scenario, fan_in: int) -> None:
    """Raise ScenarioError if an entry, or one within its block, does not fit the features that come in."""
    if message := entry.unjoined(fan_in):
        raise ScenarioError([Problem(where, message)])
    for position, (_, leaf) in enumerate(leaves(of_layer, fan_in) if entry.block else (), 1):
        _refuse(within(where, position, entry.block[position - 1].written), entry.block[position - 1], leaf, fan_in)
        fan_in = entry.block[position - 1].after(fan_in)
    before = entry_graph(of_layer, fan_in)
    if before is not None and (before.parameters or before.over_steps):
        message = f"{fan_in} features come into a {of_layer.network.kind} of width {of_layer.network.width}"
        advice = "a chain embeds nothing and adds no positions; give a dense entry of that width before it"
        raise ScenarioError([Problem(where, f"{message}, and {advice}")])
    if problems := list(of_layers(of_layer)):
        raise ScenarioError(Problem(where, f"{one.key.removeprefix('network.')}: {one.message}") for one in problems)


def entry_graph(scenario: Scenario, inputs: int) -> LayerGraph | None:
    """The graph before the first layer (an embedding), if the kind has one."""
    return _end(scenario, "entry_graph", inputs)


def exit_graph(scenario: Scenario, features: int) -> LayerGraph | None:
    """The graph after the last layer and before the head: a final norm, or of images the mean that a readout reads."""
    if isinstance(features, Image):
        if not scenario.loss.name.entry.metadata["READOUT"]:
            return None
        return single_op(features, GlobalAveragePool(("in",), features), "mean", "final")
    return _end(scenario, "exit_graph", features)


def _end(scenario: Scenario, name: str, features: int) -> LayerGraph | None:
    if not scenario.network.by_key:  # a chain has all its operations as entries
        return None
    graph_of = getattr(registry.load(menu_of(scenario.network.kind), scenario.network.kind), name, None)
    graph: LayerGraph | None = None if graph_of is None else graph_of(scenario, features)
    return graph
