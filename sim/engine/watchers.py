"""Watchers of a pass that read one layer while its arrays are there: histograms, and operation by operation."""

import math
from collections.abc import Iterator

import numpy as np

from ..network.layer import Layer, RecomputedStep
from ..numerics.arrays import Array
from ..numerics.image import shaped
from ..results.histogram import Histogram, histogram
from ..results.inside import ENTERS, Inside, ParameterNorms, Part
from .build import Network, PassObserver


def histogram_watcher(
    network: Network, histograms: dict[str, Histogram], layer: int, step: int, watch: PassObserver | None
) -> PassObserver:
    """A watcher that adds the histograms of a layer to `histograms` after its backward pass; then calls `watch`.

    `step` is a time step from 1, or -1 for the last.
    """

    def observe(phase: str, number: int, part: Layer) -> None:
        if watch is not None:
            watch(phase, number, part)
        if phase == "backward" and number == layer:
            arrays = part.histogram_arrays(_step_index(step, len(part.grad_hidden)))
            wide = {name: array.astype(np.float64) for name, array in arrays.items()}
            wide["gradient"] /= network.loss_scale
            histograms.update({name: histogram(array) for name, array in wide.items()})

    return observe


def inside_watcher(
    network: Network, insides: list[Inside], layer: int, step: int, watch: PassObserver | None, iteration: int = 0
) -> PassObserver:
    """A watcher that appends the inside of a layer to `insides` after its backward pass of one training iteration.

    `step` is a time step from 1, or -1 for the last; `watch` is called, too.
    """

    def observe(phase: str, number: int, part: Layer) -> None:
        if watch is not None:
            watch(phase, number, part)
        if number == layer and part.iteration == iteration and phase in ("forward", "backward"):
            index = _step_index(step, len(part.output))
            if phase == "forward":
                part.save_step_gradients(index)
            else:
                insides.append(_inside(part, index, network.loss_scale))

    return observe


def _step_index(step: int, steps: int) -> int:
    """A step from 1 (or -1 for the last) as an index from 0, the last step if the layer has fewer."""
    return min(step, steps) - 1 if step > 0 else steps - 1


def _inside(layer: Layer, step: int, loss_scale: float) -> Inside:
    """A layer's arrays and parameters at a step (from 0) whose gradients were saved, without the loss scale."""
    with np.errstate(all="ignore"):
        parts = tuple(part for recomputed in layer.recompute_step(step) for part in _parts(recomputed, loss_scale))
        return Inside(layer.number, step + 1, parts, tuple(_parameters(layer, loss_scale)))


def _parts(step: RecomputedStep, loss_scale: float) -> Iterator[Part]:
    """The arrays of a step in the order of the forward pass."""
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
    """A layer's parameters; one that holds several weight matrices (the gates' of an LSTM, say) matrix by matrix."""
    matrices: dict[str, dict[str, slice]] = {}
    for prefix, matrix in layer.matrices.items():
        matrices.setdefault(matrix.parameter, {})[f" {prefix.rstrip('_')}"] = matrix.rows
    for name, value in layer.parameters.items():
        grad = layer.gradients.get(name)
        blocks = matrices.get(name, {})
        for word, rows in (blocks if len(blocks) > 1 else {"": slice(None)}).items():
            block, root = value[rows], math.sqrt(value[rows].size)
            gradient_norm = None if grad is None else _rms(grad[rows]) * root / loss_scale
            yield ParameterNorms(name + word, block.shape, _rms(block) * root, gradient_norm)


def _rms(array: Array) -> float:
    """Root mean square in float64, scaled by the largest number so that squares neither overflow nor underflow."""
    wide = np.abs(array, dtype=np.float64)
    largest = float(wide.max(initial=0.0))
    if not largest or not math.isfinite(largest):
        return largest
    return largest * float(np.sqrt(np.mean(np.square(wide / largest))))


def _factor(grad_input: Array, grad_output: Array) -> float | None:
    """||grad_input|| / ||grad_output||; None if the latter is 0."""
    size = _rms(grad_output)
    return _rms(grad_input) / size * math.sqrt(grad_input.size / grad_output.size) if size else None
