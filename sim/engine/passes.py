"""The passes: forward through all layers, the loss, and the gradient pulled back through all layers."""

from collections.abc import Iterator
from functools import partial

import numpy as np

from ..network.block import Block
from ..network.layer import Operation
from ..numerics.moments import MAX, MEAN, NONFINITE, RMS, STD, ZEROS, by_step, places
from ..ops.operands import operands_of_rounding
from ..results.measurements import Measurements
from ..results.record import Record
from .build import Network, PassObserver
from .first_nonfinite import note_nonfinite
from .overlap import OverlapWorker
from .rerun import gradient_underflows, gradient_underflows_in_time, signal_underflows
from .spectrum import spectra


def forward(network: Network, record: Record, watch: PassObserver | None = None) -> float:
    """The loss; writes the activations' statistics into the record."""
    hidden = network.input
    if not np.isfinite(hidden).all():
        met = operands_of_rounding(network.drawn) if network.drawn is not None else None
        note_nonfinite(record, "forward", 1, [Operation("input", "input", hidden, 0, met)])
    with OverlapWorker() as follower:
        for first, block in _numbered(network):
            _listen(block, watch, "forward", first)
            hidden = block.forward(hidden)
            follower.do(partial(_after_forward, record, first, block, hidden[0].size, watch), block.overlaps)
    loss = network.head.forward(hidden)
    if not np.isfinite(loss):
        note_nonfinite(record, "forward", len(network.layers), network.head.operations("forward"))
    return loss


def _after_forward(record: Record, first: int, block: Block, size: int, watch: PassObserver | None) -> None:
    _note_outputs(record, first, block, block.measure("forward"), size)
    for index, layer in enumerate(block.layers, first + 1):
        if watch is not None:
            watch("forward", index, layer)
    block.drop_saved()


def _note_outputs(record: Record, first: int, block: Block, measured: Measurements, size: int) -> None:
    """Take over what a block tells of its forward pass; `size` numbers are in h_out of a step."""
    found = measured.output
    record.take(first, {
        "activation_mean": found[..., MEAN], "activation_std": found[..., STD], "activation_rms": found[..., RMS],
        "zero_fraction": found[..., ZEROS] / size, "nonfinite_count": found[..., NONFINITE],
        **measured.quantities,
    })  # fmt: skip
    for index in places(~found[..., RMS].any(axis=1)):
        if not record.signal_underflow_layer and signal_underflows(block.layers[index]):
            record.signal_underflow_layer = first + index + 1
    for index in places(measured.nonfinite):
        note_nonfinite(record, "forward", first + index + 1, block.layers[index].operations("forward"))


def backward(
    network: Network, record: Record, watch: PassObserver | None = None, spectral: bool | None = False
) -> None:
    """Pull the loss's gradient back to the input; writes the gradients' statistics, and frees the states."""
    grad, depth = network.head.pull(), len(network.layers)
    found = by_step(grad)
    if network.head.lost and not found[:, RMS].any():
        record.underflow = depth + 1
    if found[:, NONFINITE].any() or network.head.overflowed:
        note_nonfinite(record, "backward", depth, network.head.operations("backward"))
    record.output_gradient_rms[-1] = found[-1, RMS]
    note = partial(_after_pull, record, network.scenario.time.truncate, spectral, watch)
    with OverlapWorker() as follower:
        for first, block in reversed(list(_numbered(network))):
            _listen(block, watch, "backward", first)
            below = block.backward(grad)
            follower.do(partial(note, first, block, grad[0].size), block.overlaps)
            grad = below
    record.unscale()


def _after_pull(
    record: Record,
    truncate: int,
    spectral: bool | None,
    watch: PassObserver | None,
    first: int,
    block: Block,
    size: int,
) -> None:
    block.collect_gradients()
    measured = block.measure("backward")
    _note_gradients(record, first, block, measured, size, truncate)
    record.write_weights(first, {**measured.weights, **spectra(block.layers, spectral)})
    for index in reversed(range(len(block.layers))):
        if watch is not None:
            watch("backward", first + index + 1, block.layers[index])
    block.free()


def _note_gradients(record: Record, first: int, block: Block, measured: Measurements, size: int, truncate: int) -> None:
    """Take over what a block tells of its backward pass; `size` numbers are in dL/dh_out of a step."""
    totals, below, count = measured.output, measured.grad_input, len(block.layers)
    record.take(first, {
        "gradient_rms": totals[..., RMS], "gradient_norm": totals[..., RMS] * np.sqrt(size),
        "gradient_max": totals[..., MAX], **measured.quantities,
    })  # fmt: skip
    record.profile["nonfinite_count"][first : first + count] += totals[..., NONFINITE]
    record.output_gradient_rms[max(first - 1, 0) : first + count - 1] = below[0 if first else 1 :, -1, RMS]
    if not first:
        record.input_gradient_norm = below[0, :, RMS] * np.sqrt(block.layers[0].entered[0].size)
    for index in reversed(places(measured.nonfinite)):
        note_nonfinite(record, "backward", first + index + 1, block.layers[index].operations("backward"))
    for index in reversed(places((below[:, -1, RMS] == 0) & (totals[:, -1, RMS] != 0))):
        if first + index and gradient_underflows(block.layers[index]):
            record.underflow = first + index + 1
    if totals.shape[1] == 1:
        return
    for index, layer in enumerate(block.layers):
        if step := gradient_underflows_in_time(layer, totals[index, :, RMS], truncate):
            record.time_underflow[first + index + 1] = step


def _numbered(network: Network) -> Iterator[tuple[int, Block]]:
    """Blocks from the input upwards, each with the number of its first layer from 0."""
    first = 0
    for block in network.blocks:
        yield first, block
        first += len(block.layers)


def _listen(block: Block, watch: PassObserver | None, phase: str, first: int) -> None:
    """Let a watcher follow long passes within a layer too, as phase "within forward" or "within backward"."""
    if watch is not None:
        block.listen(partial(watch, f"within {phase}", first + 1, block.layers[0]))
