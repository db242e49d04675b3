"""Numbers of what is inside a layer, from its operations once more."""

import math
from collections.abc import Iterator

import numpy as np

from ..network.layer import Layer, RecomputedStep
from ..numerics.arrays import Array
from ..numerics.image import shaped
from ..results.inside import ENTERS, Inside, ParameterNorms, Part


def inside(layer: Layer, step: int, loss_scale: float) -> Inside:
    """A layer's arrays and parameters at a step (from 0) whose gradients were saved, without the loss scale."""
    with np.errstate(all="ignore"):
        parts = tuple(part for recomputed in layer.recompute_step(step) for part in _parts(recomputed, loss_scale))
        return Inside(layer.number, step + 1, parts, tuple(_parameters(layer, loss_scale)))


def _parts(step: RecomputedStep, loss_scale: float) -> Iterator[Part]:
    labels, widths = {value: name for name, value in step.graph.dumped.items()}, step.graph.widths

    def part(sublayer: str, word: str, name: str, value: Array, grad: Array, factor: float | None = None) -> Part:
        shape = shaped(value, widths[name]).shape if name in widths else value.shape
        sizes = _rms(value), _rms(grad) / loss_scale
        return Part(sublayer, word, labels.get(name, name), shape[1:], *sizes, factor)

    whole = _factor(step.grad_input, step.operations[-1].grad_outputs[-1])
    yield part("", ENTERS, "in", step.input, step.grad_input, whole)
    for op in step.operations:
        for name, (word, value, grad) in op.intermediates.items():
            yield part(op.sublayer, word, name, value, grad)
        factors = (*[None] * (len(op.names) - 1), _factor(op.grad_input, op.grad_outputs[-1]))
        for output in zip(op.words, op.names, op.outputs, op.grad_outputs, factors, strict=True):
            yield part(op.sublayer, *output)


def _parameters(layer: Layer, loss_scale: float) -> Iterator[ParameterNorms]:
    several: dict[str, dict[str, slice]] = {}
    for prefix, matrix in layer.matrices.items():
        several.setdefault(matrix.parameter, {})[f" {prefix.rstrip('_')}"] = matrix.rows
    for name, value in layer.parameters.items():
        grad = layer.gradients.get(name)
        blocks = several.get(name, {})
        for word, rows in (blocks if len(blocks) > 1 else {"": slice(None)}).items():
            part, size = value[rows], math.sqrt(value[rows].size)
            gradient = None if grad is None else _rms(grad[rows]) * size / loss_scale
            yield ParameterNorms(name + word, part.shape, _rms(part) * size, gradient)


def _rms(array: Array) -> float:
    """In float64, scaled so that squares stay within it."""
    wide = np.abs(array, dtype=np.float64)
    largest = float(wide.max(initial=0.0))
    if not largest or not math.isfinite(largest):
        return largest
    return largest * float(np.sqrt(np.mean(np.square(wide / largest))))


def _factor(grad_input: Array, grad_output: Array) -> float | None:
    """||grad_input|| / ||grad_output||; None if the latter is 0."""
    size = _rms(grad_output)
    return _rms(grad_input) / size * math.sqrt(grad_input.size / grad_output.size) if size else None
