"""Limits of a pass: what it saves for the backward pass, and how large stacks of layers and chunks of steps are."""

import math
from collections.abc import Mapping

from ..numerics.blas import shared
from ..ops.base import Shape
from .graph import LayerGraph

SAVED_CHUNKS = 2**28  # bytes that unrolled layers save besides their outputs; the rest is recomputed
SAVED_STATES = 2**28  # bytes that stacks save; the rest is recomputed
CHUNK = 2**19  # numbers in one product of a chunk of steps: more leave the cache before they are read again
LAYERS = 128  # layers in a stack
STATES = 2**18  # numbers in an array of a stack of several layers
WEIGHTS = 2**21  # numbers in the weights of such a stack
OVERLAP = 2**19  # multiply-adds of a product from which what follows is worth a second thread
BEHIND = 2  # stacks at most that wait to be measured, or are, while the next one computes


def stack_layers(graph: LayerGraph, layers: int, batch: int, most: int = LAYERS) -> int:
    """How many of `layers` the next stack has: few enough for the processor's cache, and the same in all stacks."""
    largest = max((math.prod(one.shape) for one in graph.parameters), default=1)
    most = max(1, min(most, STATES // (max(graph.widths.values()) * batch), WEIGHTS // largest))
    return -(-layers // -(-layers // most))


def overlaps(graph: LayerGraph, rows: int) -> bool:
    """Whether a stack is measured while the next one computes.

    Unless its products keep all threads busy by themselves, or are so small that threads wait for each other.
    """
    inner, columns = graph.fan_in, graph.width
    return rows * inner * columns >= OVERLAP and not shared(rows, columns, inner)


def state_numbers(graph: LayerGraph, batch: int) -> int:
    """How many numbers a layer of a stack saves in the forward pass."""
    values = sum(batch * graph.widths[name] for names, op in graph if op.in_place is None for name in names)
    return values + sum(numbers_in(op.saved(batch, graph.widths[names[0]])) for names, op in graph)


def numbers_in(shapes: Mapping[str, Shape]) -> int:
    """How many numbers arrays of these shapes have."""
    return sum(map(math.prod, shapes.values()))
