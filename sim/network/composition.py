"""Graphs made of graphs: several layers in a row as one (a block), or both directions of a bidirectional layer."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import fields, replace
from typing import Any

from ..numerics.arrays import Array
from ..ops.base import Parameter
from ..ops.concatenate import Concatenate
from ..results.readings import MATRICES
from .graph import BEFORE, LayerGraph, Node

FAR = 100_000  # layers, more than a network has: layer k of a row draws as layer number + (k - 1) FAR
SUFFIX = "_reverse"  # of names of the reverse direction, as in PyTorch


def in_a_row(graphs: Sequence[tuple[str, LayerGraph]], output: str, around: Sequence[Node] = ()) -> LayerGraph:
    """One graph of several, each with its word in messages; the k-th one's values and parameters get the prefix "k.".

    `around` are operations after all others, a skip say: they read the last graph's output as "branch" and write
    `output`. Preactivations and factors over time are those of the last graph that has states.
    """
    ops: list[Node] = []
    words, prefixes, states = dict[int, str](), dict[int, str](), dict[str, int]()
    source, recurrent = "in", next((graph for _, graph in reversed(graphs) if graph.states), None)
    dumped, of_recurrent = dict[str, str](), dict[str, Any]()
    for number, (word, graph) in enumerate(graphs, 1):
        last = number == len(graphs) and graph.output not in graph.states
        names = {"in": source} | ({graph.output: "branch" if around else output} if last else {})
        words |= {len(ops): word} | {len(ops) + k: f"{word} {inner}" for k, inner in graph.sublayers.items()}
        prefixes[len(ops)] = f"{number}."
        ops += [_numbered(node, number, names, factors=graph is recurrent) for node in graph]
        states = {_value(name, number, names): width for name, width in graph.states.items()} | states
        if graph is recurrent:
            preactivation = tuple(_value(name, number, names) for name in graph.preactivation)
            of_recurrent = {"preactivation": preactivation, "factors": graph.factors}
        dumped |= _dumped(graph, number, names)
        source = _value(graph.output, number, names)
    if around:
        words[len(ops)], prefixes[len(ops)] = "block", ""
        (values, first), *rest = around
        ops += [(values, replace(first, inputs=(source,))), *rest]  # type: ignore[type-var]
    dumped["activation"] = output if around else source
    return LayerGraph(graphs[0][1].fan_in, tuple(ops), dumped["activation"], **of_recurrent,
                      states=states, sublayers=words, prefixes=prefixes, dumped=dumped)  # fmt: skip


def both_ways(forward: LayerGraph, reverse: LayerGraph) -> LayerGraph:
    """One graph of a layer's two directions, which concatenates their outputs; an executor runs each by itself."""
    reverse = _reversed(reverse)
    outputs = Concatenate((forward.output, reverse.output))
    return LayerGraph(
        forward.fan_in, (*forward.ops, *reverse.ops, (("both",), outputs)), "both",
        (*forward.preactivation, *reverse.preactivation), forward.factors, {**forward.states, **reverse.states},
        directions=(forward, reverse),
    )  # fmt: skip


def _value(name: str, number: int, names: Mapping[str, str]) -> str:
    """The name of a value of the graph with a number."""
    return names.get(name, f"{number}.{name}")


def _dumped(graph: LayerGraph, number: int, names: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Names in a dump, each with its value, of the graph with a number."""
    usual = {**{name: name for name in graph.preactivation}, "activation": graph.output}
    yield from ((f"{number}.{name}", _value(value, number, names)) for name, value in (graph.dumped or usual).items())


def _numbered(node: Node, number: int, names: Mapping[str, str], factors: bool) -> Node:
    """An operation of the graph with a number, and without its factor unless `factors`."""

    def parameter(one: Parameter) -> Parameter:
        return replace(
            one, name=f"{number}.{one.name}", initial=_of_later(one.initial, (number - 1) * FAR),
            matrices=tuple(f"{number}_{prefix}" for prefix in one.matrices),
        )  # fmt: skip

    return _renamed(node, lambda name: _value(name, number, names), parameter, {} if factors else {"factor": None})


def _of_later(initial: Callable[[int], Array], layers: int) -> Callable[[int], Array]:
    """Initial values of the layer that is so many layers further on."""
    return lambda number: initial(number + layers)


def _reversed(graph: LayerGraph) -> LayerGraph:
    """The graph of the reverse direction: values, parameters and random streams have names of their own."""
    ops = tuple(_renamed(node, _reverse_value, _reverse_parameter, {"number": SUFFIX}) for node in graph)
    states = {_reverse_value(name): width for name, width in graph.states.items()}
    preactivation = tuple(map(_reverse_value, graph.preactivation))
    return replace(graph, ops=ops, output=_reverse_value(graph.output), preactivation=preactivation,
                   states=states, sublayers={0: "reverse"})  # fmt: skip


def _reverse_value(name: str) -> str:
    """ "hidden@-1" -> "hidden_reverse@-1"; the input keeps its name."""
    if name == "in":
        return name
    return f"{name.removesuffix(BEFORE)}{SUFFIX}{BEFORE if name.endswith(BEFORE) else ''}"


def _reverse_parameter(one: Parameter) -> Parameter:
    """ "norm_ih.weight" -> "norm_ih_reverse.weight"."""
    module, dot, name = one.name.rpartition(".")
    name = f"{module}{SUFFIX}.{name}" if dot else f"{name}{SUFFIX}"
    return replace(one, name=name, matrices=tuple(MATRICES["reverse"] + prefix for prefix in one.matrices))


def _renamed(
    node: Node, value: Callable[[str], str], parameter: Callable[[Parameter], Parameter], changes: Mapping[str, Any]
) -> Node:
    """An operation with its values and parameters renamed, and with those `changes` for which it has a field."""
    names, op = node
    changes = {
        "inputs": tuple(map(value, op.inputs)), "parameters": tuple(map(parameter, op.parameters)), **changes
    }  # fmt: skip
    has = {one.name for one in fields(op)}  # type: ignore[arg-type]
    op = replace(op, **{name: change for name, change in changes.items() if name in has})  # type: ignore[type-var]
    return tuple(map(value, names)), op
