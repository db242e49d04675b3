"""The forward pass through all layers to the loss, and the backward pass of its gradient to the input."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial

import numpy as np

from ..network.block import Block, Progress, unwatched
from ..network.layer import Layer, Operation
from ..numerics.moments import MAX, MEAN, NONFINITE, RMS, STD, ZEROS, by_step, flatnonzero
from ..ops.operands import operands_of_rounding
from ..results.measurements import Measurements
from ..results.record import Record
from .build import Network, PassObserver
from .first_nonfinite import note_nonfinite
from .overlap import OverlapWorker
from .rerun import gradient_underflows, gradient_underflows_in_time, signal_underflows
from .spectrum import spectra


def forward(network: Network, record: Record, watch: PassObserver | None = None, iteration: int = 0) -> float:
    """The loss; writes the activations' statistics into the record. `iteration` is that of training."""
    output = network.input
    if not np.isfinite(output).all():
        operands = operands_of_rounding(network.unrounded) if network.unrounded is not None else None
        note_nonfinite(record, "forward", 1, [Operation("input", "input", output, 0, operands)])
    with OverlapWorker() as overlap:
        for first, block, layers in _numbered(network):
            output, measure = block.forward(output, iteration, _progress(watch, "forward", first, layers))
            size = output[0].size
            overlap.do(partial(_after_forward, record, first, block, layers, measure, size, watch), block.overlaps)
    loss = network.head.forward(output)
    if not np.isfinite(loss):
        note_nonfinite(record, "forward", len(network.layers), network.head.operations("forward"))
    return loss


def _after_forward(
    record: Record,
    first: int,
    block: Block,
    layers: Sequence[Layer],
    measure: Callable[[], Measurements],
    size: int,
    watch: PassObserver | None,
) -> None:
    _note_outputs(record, first, layers, measure(), size)
    for layer in layers:
        if watch is not None:
            watch("forward", layer.number, layer)
    block.drop_saved()


def _note_outputs(record: Record, first: int, layers: Sequence[Layer], measured: Measurements, size: int) -> None:
    """Take over what a block tells of its forward pass; `size` numbers are in h_out of a step."""
    found = measured.output
    record.write(first, {
        "activation_mean": found[..., MEAN], "activation_std": found[..., STD], "activation_rms": found[..., RMS],
        "zero_fraction": found[..., ZEROS] / size, "nonfinite_count": found[..., NONFINITE],
        **measured.quantities,
    })  # fmt: skip
    for index in flatnonzero(~found[..., RMS].any(axis=1)):
        if not record.signal_underflow_layer and signal_underflows(layers[index]):
            record.signal_underflow_layer = first + index + 1
    for index in flatnonzero(measured.nonfinite):
        note_nonfinite(record, "forward", first + index + 1, layers[index].operations("forward", measured.evidence))


def backward(network: Network, record: Record, watch: PassObserver | None = None, spectral: bool | None = False,
             keep_arrays: bool = False) -> None:  # fmt: skip
    """The backward pass from the loss; writes the gradients' statistics, and frees the saved arrays.

    With `keep_arrays` a watcher may ask a layer that the gradient has come through for all its arrays.
    """
    (grad, underflowed, overflowed), depth = network.head.backward(), len(network.layers)
    found = by_step(grad)
    if underflowed and not found[:, RMS].any():
        record.underflow = depth + 1
    if found[:, NONFINITE].any() or overflowed:
        note_nonfinite(record, "backward", depth, network.head.operations("backward"))
    record.output_gradient_rms[-1] = found[-1, RMS]
    note = partial(_after_backward, record, network.scenario.time.truncate, spectral, watch)
    with OverlapWorker() as overlap:
        for first, block, layers in reversed(list(_numbered(network))):
            grad_input, measure, _ = block.backward(grad, _progress(watch, "backward", first, layers), keep_arrays)
            overlap.do(partial(note, first, block, layers, measure, grad[0].size), block.overlaps)
            grad = grad_input
    record.unscale()


def _after_backward(
    record: Record,
    truncate: int,
    spectral: bool | None,
    watch: PassObserver | None,
    first: int,
    block: Block,
    layers: Sequence[Layer],
    measure: Callable[[], Measurements],
    size: int,
) -> None:
    measured = measure()
    _note_gradients(record, first, layers, measured, size, truncate)
    record.write_weights(first, {**measured.weights, **spectra(layers, spectral)})
    for layer in reversed(layers):
        if watch is not None:
            watch("backward", layer.number, layer)
    block.free()


def _note_gradients(record: Record, first: int, layers: Sequence[Layer], measured: Measurements, size: int,
                    truncate: int) -> None:  # fmt: skip
    """Take over what a block tells of its backward pass; `size` numbers are in dL/dh_out of a step."""
    grad_output, grad_input, count = measured.output, measured.grad_input, len(layers)
    record.write(first, {
        "gradient_rms": grad_output[..., RMS], "gradient_norm": grad_output[..., RMS] * np.sqrt(size),
        "gradient_max": grad_output[..., MAX], **measured.quantities,
    })  # fmt: skip
    record.profile["nonfinite_count"][first : first + count, -grad_output.shape[1] :] += grad_output[..., NONFINITE]
    record.output_gradient_rms[max(first - 1, 0) : first + count - 1] = grad_input[0 if first else 1 :, -1, RMS]
    if not first:
        record.input_gradient_norm = grad_input[0, :, RMS] * np.sqrt(layers[0].inputs[0].size)
    for index in reversed(flatnonzero(measured.nonfinite)):
        note_nonfinite(record, "backward", first + index + 1, layers[index].operations("backward", measured.evidence))
    for index in reversed(flatnonzero((grad_input[:, -1, RMS] == 0) & (grad_output[:, -1, RMS] != 0))):
        if first + index and gradient_underflows(layers[index]):
            record.underflow = first + index + 1
    if grad_output.shape[1] == 1:
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
