"""What a pass keeps at most for its backward pass, and how large the pieces are in which it goes."""

import math
from collections.abc import Mapping

from ..numerics.blas import shared
from ..ops.base import Shape
from .graph import LayerGraph

SAVED_CHUNKS = 2**28  # bytes that unrolled layers keep at most besides their outputs
SAVED_STATES = 2**28  # bytes of states that stacks keep at most for the backward pass; the rest is recomputed
CHUNK = 2**19  # numbers in one product of a chunk of steps: more leave the cache before they are read again
LAYERS = 64  # of a stack at most
STATES = 2**18  # numbers in one of its arrays at most, where it has more than one layer
WEIGHTS = 2**21  # and in its weights
OVERLAP = 2**19  # multiply-adds of a product from which what follows is worth a second thread
BEHIND = 2  # stacks at most that wait to be measured, or are, while the next one computes


def stack_layers(graph: LayerGraph, layers: int, batch: int, most: int = LAYERS) -> int:
    """Layers of the next stack of so many: few enough for the processor's cache, and as many as in those to come."""
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
    """Numbers that a layer of a stack keeps of its forward pass."""
    made = sum(batch * graph.widths[name] for names, op in graph if op.in_place is None for name in names)
    return made + sum(numbers_in(op.saved(batch, graph.widths[names[0]])) for names, op in graph)


def numbers_in(shapes: Mapping[str, Shape]) -> int:
    """Numbers in arrays of these shapes."""
    return sum(map(math.prod, shapes.values()))
