"""Graphs one after the other as one row: what a block of several layers is."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import fields, replace
from typing import Any

from ..numerics.arrays import Array
from ..ops.base import Parameter
from .graph import LayerGraph, Step

FAR = 100_000  # layers: the k-th graph of a row draws as the row that lies k - 1 times as far on


def composed(graphs: Sequence[tuple[str, LayerGraph]], output: str, around: Sequence[Step] = ()) -> LayerGraph:
    """One graph of several with their words; values and parameters of the k-th have "k." before their names.

    What goes `around` them all comes last, and makes the `output` of what they make under the name "branch". Factors
    through time and preactivations are those of the last graph that has states; across, such a row has none.
    """
    ops: list[Step] = []
    words, parts, states = dict[int, str](), dict[int, str](), dict[str, int]()
    source, measured = "in", next((graph for _, graph in reversed(graphs) if graph.states), None)
    own: dict[str, Any] = {}
    for number, (word, graph) in enumerate(graphs, 1):
        last = number == len(graphs) and graph.output not in graph.states
        names = {"in": source} | ({graph.output: "branch" if around else output} if last else {})
        words |= {len(ops): word} | {len(ops) + k: f"{word} {inner}" for k, inner in graph.sublayers.items()}
        parts[len(ops)] = f"{number}."
        ops += [_renamed(step, number, names, factors=graph is measured) for step in graph]
        states = {_value(name, number, names): width for name, width in graph.states.items()} | states
        if graph is measured:
            preactivation = tuple(_value(name, number, names) for name in graph.preactivation)
            own = {"preactivation": preactivation, "factors": graph.factors}
        own["dumped"] = own.get("dumped", {}) | dict(_dumped(graph, number, names))
        source = _value(graph.output, number, names)
    if around:
        words[len(ops)], parts[len(ops)] = "block", ""
        (made, first), *rest = around
        ops += [(made, replace(first, inputs=(source,))), *rest]  # type: ignore[type-var]
    own["dumped"]["activation"] = output if around else source
    return LayerGraph(graphs[0][1].fan_in, tuple(ops), own["dumped"]["activation"], **{"preactivation": ()} | own,
                      states=states, sublayers=words, parts=parts)  # fmt: skip


def _value(name: str, number: int, names: Mapping[str, str]) -> str:
    """The name of a value of the graph of a number."""
    return names.get(name, f"{number}.{name}")


def _dumped(graph: LayerGraph, number: int, names: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Values by their names in a dump."""
    usual = {**{name: name for name in graph.preactivation}, "activation": graph.output}
    yield from ((f"{number}.{name}", _value(value, number, names)) for name, value in (graph.dumped or usual).items())


def _renamed(step: Step, number: int, names: Mapping[str, str], factors: bool) -> Step:
    """An operation with its values and parameters renamed, and without its factor unless that is told."""
    made, op = step
    known, changes = {one.name for one in fields(op)}, dict[str, Any]()  # type: ignore[arg-type]
    changes["inputs"] = tuple(_value(name, number, names) for name in op.inputs)
    if "parameters" in known:
        changes["parameters"] = tuple(_parameter(one, number) for one in op.parameters)
    if "factor" in known and not factors:
        changes["factor"] = None
    return tuple(_value(name, number, names) for name in made), replace(op, **changes)  # type: ignore[type-var]


def _parameter(one: Parameter, number: int) -> Parameter:
    return replace(
        one, name=f"{number}.{one.name}", initial=_further(one.initial, (number - 1) * FAR),
        matrix=None if one.matrix is None else f"{number}_{one.matrix}",
        blocks=tuple(f"{number}_{prefix}" for prefix in one.blocks),
    )  # fmt: skip


def _further(initial: Callable[[int], Array], rows: int) -> Callable[[int], Array]:
    return lambda number: initial(number + rows)
