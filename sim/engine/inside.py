"""Numbers of what is inside a layer, from its operations once more."""

import math
from collections.abc import Iterator

import numpy as np

from ..network.layer import Layer, OnceMore
from ..numerics.arrays import Array
from ..numerics.image import shaped
from ..results.inside import ENTERS, Inside, OwnParameter, Part


def inside(layer: Layer, step: int, loss_scale: float) -> Inside:
    """What a layer that was asked to `look_at` a step (from 0) is made of there; gradients are those of the loss."""
    with np.errstate(all="ignore"):
        parts = tuple(part for passes in layer.once_more(step) for part in _parts(passes, loss_scale))
        return Inside(layer.number, step + 1, parts, tuple(_parameters(layer, loss_scale)))


def _parts(passes: OnceMore, loss_scale: float) -> Iterator[Part]:
    called = {value: name for name, value in passes.graph.dumped.items()}

    def part(sublayer: str, word: str, name: str, value: Array, grad: Array, factor: float | None = None) -> Part:
        shape = shaped(value, passes.graph.widths[name]).shape if name in passes.graph.widths else value.shape
        sizes = _rms(value), _rms(grad) / loss_scale
        return Part(sublayer, word, called.get(name, name), shape[1:], *sizes, factor)

    value, grad = passes.entering
    yield part("", ENTERS, "in", value, grad, _factor(grad, passes.made[-1].grads[-1]))
    for sublayer, words, names, values, grads, grads_through, inner in passes.made:
        for name, (word, value, grad) in inner.items():
            yield part(sublayer, word, name, value, grad)
        factors = (*[None] * (len(names) - 1), _factor(grads_through, grads[-1]))
        for made in zip(words, names, values, grads, factors, strict=True):
            yield part(sublayer, *made)


def _parameters(layer: Layer, loss_scale: float) -> Iterator[OwnParameter]:
    several: dict[str, dict[str, slice]] = {}
    for prefix, matrix in layer.matrices.items():
        several.setdefault(matrix.parameter, {})[f" {prefix.rstrip('_')}"] = matrix.rows
    for name, value in layer.parameters.items():
        grad = layer.gradients.get(name)
        blocks = several.get(name, {})
        for word, rows in (blocks if len(blocks) > 1 else {"": slice(None)}).items():
            part, size = value[rows], math.sqrt(value[rows].size)
            gradient = None if grad is None else _rms(grad[rows]) * size / loss_scale
            yield OwnParameter(name + word, part.shape, _rms(part) * size, gradient)


def _rms(array: Array) -> float:
    """In float64, scaled so that squares stay within it."""
    wide = np.abs(array, dtype=np.float64)
    largest = float(wide.max(initial=0.0))
    if not largest or not math.isfinite(largest):
        return largest
    return largest * float(np.sqrt(np.mean(np.square(wide / largest))))


def _factor(below: Array, above: Array) -> float | None:
    """||below|| / ||above||; None of 0/0."""
    size = _rms(above)
    return _rms(below) / size * math.sqrt(below.size / above.size) if size else None
