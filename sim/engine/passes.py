"""The forward pass through all layers to the loss, and the backward pass of its gradient to the input."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from ..network.block import Backward, Block, Progress, unwatched
from ..network.layer import Layer, Operation
from ..numerics.arrays import Array
from ..numerics.moments import MAX, MEAN, NONFINITE, RMS, STD, ZEROS, by_step, flatnonzero
from ..ops.operands import operands_of_rounding
from ..results.measurements import Measurements
from ..results.record import Record
from .build import Network, PassObserver
from .first_nonfinite import note_nonfinite
from .overlap import OverlapWorker
from .rerun import gradient_underflows, gradient_underflows_in_time, signal_underflows, weights_vanish
from .spectrum import spectra
from .stack_layer import StackLayer


def forward(network: Network, record: Record, watch: PassObserver | None = None, iteration: int = 0) -> float:
    """The loss; writes the activations' statistics into the record. `iteration` is that of training."""
    output = network.input
    if network.unrounded is not None:
        operands = operands_of_rounding(network.unrounded)
        note_nonfinite(record, "forward", 1, [Operation("input", "input", output, 0, operands)])
    output = _end_forward(record, network.ends.entry, output, iteration)

    def note(first: int, block: Block, layers: Sequence[Layer], size: int, measured: Measurements) -> None:
        _note_outputs(record, first, layers, measured, size)
        if watch is not None:
            for layer in layers:
                watch("forward", layer.number, layer)
        block.drop_saved()

    with OverlapWorker() as overlap:
        for first, block, layers in _numbered(network):
            passed = block.forward(output, iteration, _progress(watch, "forward", first, layers))
            output = passed.output
            overlap.do(passed.measure, partial(note, first, block, layers, output[0].size), block.overlaps)
    loss = network.head.forward(_end_forward(record, network.ends.exit, output, iteration))
    if not np.isfinite(loss):
        note_nonfinite(record, "forward", len(network.layers), network.head.operations("forward"))
    return loss


def _end_forward(record: Record, end: StackLayer | None, hidden: Array, iteration: int) -> Array:
    """Through what comes before the layers or after them, if anything."""
    if end is None:
        return hidden
    output, measure = end.stack.forward(hidden, iteration)
    if measure().nonfinite.any():
        note_nonfinite(record, "forward", end.number, end.operations("forward"))
    return output


def _end_backward(record: Record, end: StackLayer | None, grad: Array) -> Array:
    """The same backward; the gradients of its parameters stay with it."""
    if end is None:
        return grad
    back = end.stack.backward(grad)
    if back.measure().nonfinite.any():
        note_nonfinite(record, "backward", end.number, end.operations("backward"))
    return back.grad_input


def _note_outputs(record: Record, first: int, layers: Sequence[Layer], measured: Measurements, size: int) -> None:
    """Take over what a block tells of its forward pass; `size` numbers are in h_out of a step."""
    moments = measured.output
    record.write(first, {
        "activation_mean": moments[..., MEAN], "activation_std": moments[..., STD], "activation_rms": moments[..., RMS],
        "zero_fraction": moments[..., ZEROS] / size, "nonfinite_count": moments[..., NONFINITE],
        **measured.quantities,
    })  # fmt: skip
    for index in flatnonzero(~moments[..., RMS].any(axis=1)):
        if not record.signal_underflow_layer and signal_underflows(layers[index]):
            record.signal_underflow_layer = first + index + 1
    for index in flatnonzero(measured.nonfinite):
        note_nonfinite(record, "forward", first + index + 1, layers[index].operations("forward", measured.evidence))


def backward(network: Network, record: Record, watch: PassObserver | None = None, spectral: bool | None = False,
             keep_arrays: bool = False, by_sample: bool = False) -> None:  # fmt: skip
    """The backward pass from the loss; writes the gradients' statistics, and frees the saved arrays.

    With `keep_arrays` a watcher may ask a layer that the gradient has come through for all its arrays; `by_sample`
    records what each sample's gradient is at the first and last layer, at the last step.
    """
    (grad, underflowed, overflowed), depth = network.head.backward(), len(network.layers)
    moments = by_step(grad)
    if underflowed and not moments[:, RMS].any():
        record.underflow, record.too_small = depth + 1, underflowed
    if moments[:, NONFINITE].any() or overflowed:
        note_nonfinite(record, "backward", depth, network.head.operations("backward"))
    if network.ends.exit is not None:
        above, grad = moments, _end_backward(record, network.ends.exit, grad)
        moments = by_step(grad)
        if above[:, RMS].any() and not moments[:, RMS].any() and gradient_underflows(network.ends.exit):
            record.underflow, record.too_small = depth + 1, f"below the {network.ends.exit.graph.word} it is"
    record.output_gradient_rms[-1] = moments[-1, RMS]
    ends = {1, depth} if by_sample else set[int]()

    def note(first: int, block: Block, layers: Sequence[Layer], size: int, measured: Measurements) -> None:
        for number in ends.intersection((first + 1, first + len(layers))):
            rows = layers[number - first - 1].grad_hidden[-1]
            record.sample_gradients[number] = by_step(rows)[:, RMS] * math.sqrt(rows.shape[1])
        _note_gradients(record, first, layers, measured, size, network.scenario.time.truncate)
        record.write_weights(first, measured.weights)
        if watch is not None:
            for layer in reversed(layers):
                watch("backward", layer.number, layer)
        block.free()

    with OverlapWorker() as overlap:
        for first, block, layers in reversed(list(_numbered(network))):
            back = block.backward(grad, _progress(watch, "backward", first, layers), keep_arrays)
            measure, size = partial(_measure, layers, back, spectral), grad[0].size
            overlap.do(measure, partial(note, first, block, layers, size), block.overlaps)
            grad = back.grad_input
    _end_backward(record, network.ends.entry, grad)
    record.unscale()


def _measure(layers: Sequence[Layer], back: Backward, spectral: bool | None) -> Measurements:
    measured, by_matrix = back.measure(), spectra(layers, spectral)
    return replace(measured, weights={**measured.weights, **by_matrix}) if by_matrix else measured


def _note_gradients(record: Record, first: int, layers: Sequence[Layer], measured: Measurements, size: int,
                    truncate: int) -> None:  # fmt: skip
    """Take over what a block tells of its backward pass; `size` numbers are in dL/dh_out of a step."""
    grad_output, grad_input, count = measured.output, measured.grad_input, len(layers)
    record.write(first, {
        "gradient_rms": grad_output[..., RMS], "gradient_norm": grad_output[..., RMS] * math.sqrt(size),
        "gradient_max": grad_output[..., MAX], **measured.quantities,
    })  # fmt: skip
    record.profile["nonfinite_count"][first : first + count, -grad_output.shape[1] :] += grad_output[..., NONFINITE]
    record.output_gradient_rms[max(first - 1, 0) : first + count - 1] = grad_input[0 if first else 1 :, -1, RMS]
    if not first:
        record.input_gradient_norm = grad_input[0, :, RMS] * math.sqrt(layers[0].inputs[0].size)
    record.lost_weights |= {layer.number for layer in layers if layer.unrounded and weights_vanish(layer)}
    for index in reversed(flatnonzero(measured.nonfinite)):
        note_nonfinite(record, "backward", first + index + 1, layers[index].operations("backward", measured.evidence))
    seen = slice(-1, None) if layers[0].graph.states else slice(None)  # without a state no step adds to one before
    for index in reversed(flatnonzero(~grad_input[:, seen, RMS].any(axis=1))):
        if first + index and grad_output[index, seen, RMS].any() and gradient_underflows(layers[index]):
            record.underflow = first + index + 1
    if grad_output.shape[1] == 1 or not layers[0].graph.states:
        return
    for index, layer in enumerate(layers):
        if step := gradient_underflows_in_time(layer, grad_output[index, :, RMS], truncate):
            record.time_underflow[first + index + 1] = step


def _numbered(network: Network) -> Iterator[tuple[int, Block, Sequence[Layer]]]:
    """Blocks from the input upwards, each with the index of its first layer, and its layers."""
    first = 0
    for block in network.blocks:
        yield first, block, network.layers[first : first + block.count]
        first += block.count


def _progress(watch: PassObserver | None, phase: str, first: int, layers: Sequence[Layer]) -> Progress:
    """Lets a watcher follow long passes within a layer too, as phase "within forward" or "within backward"."""
    return unwatched if watch is None else partial(watch, f"within {phase}", first + 1, layers[0])
