"""A recurrent layer that reads its sequence both ways: two of its kind, one from the end, their outputs side by side.

Names of what reads from the end are PyTorch's, with "_reverse".
"""

from dataclasses import fields, replace
from typing import Any

from ..ops.base import Parameter
from ..ops.side_by_side import Half, SideBySide
from ..results.readings import MATRICES
from .graph import BEFORE, LayerGraph, Step

SUFFIX = "_reverse"


def half(width: int, last: bool) -> Half:
    """Of what enters a layer whose two halves go round one way each: the first, or the last features."""
    return Half(("in",), width, last)


def both_ways(ahead: LayerGraph, back: LayerGraph) -> LayerGraph:
    """One graph of those of both directions, of which an executor runs each by itself."""
    back = _reverse(back)
    joined = SideBySide((ahead.output, back.output))
    return LayerGraph(
        ahead.fan_in, (*ahead.ops, *back.ops, (("both",), joined)), "both", (*ahead.preactivation, *back.preactivation),
        ahead.factors, {**ahead.states, **back.states}, directions=(ahead, back),
    )  # fmt: skip


def _reverse(graph: LayerGraph) -> LayerGraph:
    """The same with all values, parameters and draws by other names."""
    ops = tuple(_renamed(step) for step in graph)
    states = {_value(name): width for name, width in graph.states.items()}
    return replace(graph, ops=ops, output=_value(graph.output), preactivation=tuple(map(_value, graph.preactivation)),
                   states=states, sublayers={0: "reverse"})  # fmt: skip


def _value(name: str) -> str:
    """ "hidden@-1" -> "hidden_reverse@-1"."""
    if name == "in":
        return name
    return f"{name.removesuffix(BEFORE)}{SUFFIX}{BEFORE if name.endswith(BEFORE) else ''}"


def _renamed(step: Step) -> Step:
    made, op = step
    known, changes = {one.name for one in fields(op)}, dict[str, Any]()  # type: ignore[arg-type]
    changes["inputs"] = tuple(map(_value, op.inputs))
    if "parameters" in known:
        changes["parameters"] = tuple(map(_parameter, op.parameters))
    if op.random:
        changes["number"] = SUFFIX
    return tuple(map(_value, made)), replace(op, **changes)  # type: ignore[type-var]


def _parameter(one: Parameter) -> Parameter:
    """ "norm_ih.weight" -> "norm_ih_reverse.weight"."""
    stem, dot, last = one.name.rpartition(".")
    name = f"{stem}{SUFFIX}.{last}" if dot else f"{last}{SUFFIX}"
    return replace(one, name=name, matrix=None if one.matrix is None else MATRICES["reverse"] + one.matrix)
