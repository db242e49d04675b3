"""Writes a pass into its record: statistics by layer, the first non-finite number, and underflows to exact zeros."""

import math
from collections.abc import Iterable, Sequence

import numpy as np

from ..network.layer import Layer, Operation
from ..network.readout import Head, HeadGradient
from ..numerics.arrays import Array
from ..numerics.moments import MAX, MEAN, NONFINITE, RMS, STD, ZEROS, by_step, flatnonzero
from ..ops.operands import operands_of_rounding
from ..results.nonfinite import Nonfinite
from ..results.record import Measurements, Record
from .stack_layer import StackLayer
from .underflow import gradient_underflows, gradient_underflows_in_time, signal_underflows, weights_underflow


def record_input(record: Record, rounded: Array, unrounded: Array | None) -> None:
    """Note a network's input if it overflowed when it was rounded: `unrounded` is the input before, else None."""
    if unrounded is not None:
        operands = operands_of_rounding(unrounded)
        note_nonfinite(record, "forward", 1, [Operation("input", "input", rounded, 0, operands)])


def record_outputs(record: Record, layers: Sequence[Layer], measured: Measurements) -> None:
    """Write the statistics of one block's forward pass; must be called before its arrays are dropped."""
    first, size, moments = layers[0].number - 1, layers[0].output[0].size, measured.output
    record.write(first, {
        "activation_mean": moments[..., MEAN], "activation_std": moments[..., STD], "activation_rms": moments[..., RMS],
        "zero_fraction": moments[..., ZEROS] / size, "nonfinite_count": moments[..., NONFINITE],
        **measured.quantities,
    })  # fmt: skip
    for index in flatnonzero(~moments[..., RMS].any(axis=1)):
        if not record.signal_underflow_layer and signal_underflows(layers[index]):
            record.signal_underflow_layer = layers[index].number
    for index in flatnonzero(measured.nonfinite):
        layer = layers[index]
        note_nonfinite(record, "forward", layer.number, layer.operations("forward", measured.evidence))


def record_loss_gradient(record: Record, head: Head, gradient: HeadGradient) -> None:
    """Write the statistics of the head's backward pass."""
    moments, depth = by_step(gradient.grad), len(record.layers)
    if gradient.underflowed and not moments[:, RMS].any():
        record.underflow, record.too_small = depth + 1, gradient.underflowed
    if moments[:, NONFINITE].any() or gradient.overflowed:
        note_nonfinite(record, "backward", depth, head.operations("backward"))
    record.output_gradient_rms[-1] = moments[-1, RMS]


def record_exit_gradient(record: Record, end: StackLayer | None, grad_output: Array, grad_input: Array) -> None:
    """Write the statistics of the exit stack's backward pass, if there is an exit stack."""
    if end is None:
        return
    moments = by_step(grad_input)
    if by_step(grad_output)[:, RMS].any() and not moments[:, RMS].any() and gradient_underflows(end):
        record.underflow, record.too_small = len(record.layers) + 1, f"below the {end.graph.word} it is"
    record.output_gradient_rms[-1] = moments[-1, RMS]


def record_sample_gradients(record: Record, layers: Sequence[Layer]) -> None:
    """Write the norm of dL/dh of each sample at the last step, if the first or the last layer is among these."""
    for layer in layers:
        if layer.number in (1, len(record.layers)):
            rows = layer.grad_hidden[-1]
            record.sample_gradients[layer.number] = by_step(rows)[:, RMS] * math.sqrt(rows.shape[1])


def record_gradients(record: Record, layers: Sequence[Layer], measured: Measurements, truncate: int) -> None:
    """Write the statistics of one block's backward pass; must be called before its arrays are freed.

    Where the gradient becomes exactly zero, a pass in float64 tells underflow from a zero derivative. `truncate` is
    the number of steps after which the backward pass is cut, 0 for never.
    """
    grad_output, grad_input, count = measured.output, measured.grad_input, len(layers)
    first, size, stateful = layers[0].number - 1, layers[0].output[0].size, bool(layers[0].graph.states)
    record.write(first, {
        "gradient_rms": grad_output[..., RMS], "gradient_norm": grad_output[..., RMS] * math.sqrt(size),
        "gradient_max": grad_output[..., MAX], **measured.quantities,
    })  # fmt: skip
    record.profile["nonfinite_count"][first : first + count, -grad_output.shape[1] :] += grad_output[..., NONFINITE]
    record.output_gradient_rms[max(first - 1, 0) : first + count - 1] = grad_input[0 if first else 1 :, -1, RMS]
    record.write_weights(first, measured.weights)
    if not first:
        record.input_gradient_norm = grad_input[0, :, RMS] * math.sqrt(layers[0].inputs[0].size)
    record.lost_weights |= {layer.number for layer in layers if layer.unrounded and weights_underflow(layer)}
    for index in reversed(flatnonzero(measured.nonfinite)):
        layer = layers[index]
        note_nonfinite(record, "backward", layer.number, layer.operations("backward", measured.evidence))
    seen = slice(-1, None) if stateful else slice(None)  # the last step alone: others get the later ones' gradients
    for index in reversed(flatnonzero(~grad_input[:, seen, RMS].any(axis=1))):
        if first + index and grad_output[index, seen, RMS].any() and gradient_underflows(layers[index]):
            record.underflow = layers[index].number
    if stateful and grad_output.shape[1] > 1:
        for layer, moments in zip(layers, grad_output, strict=True):
            if step := gradient_underflows_in_time(layer, moments[:, RMS], truncate):
                record.time_underflow[layer.number] = step


def note_nonfinite(record: Record, phase: str, layer: int, operations: Iterable[Operation]) -> None:
    """Write the first inf or NaN among the arrays of some operations, unless the record already has one."""
    if record.first_nonfinite is None:
        broken = (operation for operation in operations if not np.isfinite(operation.array).all())
        if (operation := next(broken, None)) is not None:
            record.first_nonfinite = _locate(operation, phase, layer, record.format)


def _locate(operation: Operation, phase: str, layer: int, form: str) -> Nonfinite:
    """The first number of an operation's array that is inf or NaN, with its operands: at the first step that has one.

    In the backward pass, which begins at the last step, it is the last step that has one.
    """
    array = operation.array
    broken = np.argwhere(~np.isfinite(array))
    row = broken[:, 0].min() if phase != "backward" else broken[:, 0].max()
    index = tuple(int(i) for i in broken[broken[:, 0] == row][0])
    with np.errstate(all="ignore"):
        terms, exact = operation.operands(index) if operation.operands is not None else ((), np.nan)
    return Nonfinite(phase, layer, int(row) + operation.first + 1, operation.name, operation.array_name, index[1:],
                     float(array[index]), terms, exact, form)  # fmt: skip
