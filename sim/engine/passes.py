"""A pass through a network: forward from the input to the loss, backward from the loss to the input.

The input goes through the entry stack (an embedding), block by block through the layers, through the exit stack (a
final norm), and through the head, which ends in the loss; the gradient goes the same way in reverse. Most kinds have
neither entry nor exit stack. `bare_pass` is just that; `forward` and `backward` also write statistics into a record.

Each block returns its output, or the gradient of its input, and a function that measures what it did. Where there is
a second thread, it measures while the next blocks compute.
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from ..network.block import Backward, Block, Progress, unwatched
from ..network.layer import Layer
from ..numerics.arrays import Array
from ..results.record import Measurements, Record
from .build import Network, PassObserver
from .overlap import OverlapWorker
from .recording import (
    note_nonfinite,
    record_exit_gradient,
    record_gradients,
    record_input,
    record_loss_gradient,
    record_outputs,
    record_sample_gradients,
)
from .spectrum import spectra
from .stack_layer import StackLayer


def bare_pass(network: Network, check: Progress = unwatched, iteration: int = 0) -> float:
    """Both passes without statistics: returns the loss, and writes gradients where the parameters are bound (`bind`).

    `check` is called now and then, and may raise Cancelled.
    """
    blocks, hidden = network.ends.around(network.blocks), network.input
    with np.errstate(all="ignore"):
        for block in blocks:
            check()
            hidden = block.forward(hidden, iteration, check).output
            block.drop_saved()
        loss = network.head.forward(hidden)
        grad = network.head.backward().grad
        for block in reversed(blocks):
            check()
            back = block.backward(grad, check)
            back.complete()
            grad = back.grad_input
            block.free()
    return loss


def forward(network: Network, record: Record, watch: PassObserver | None = None, iteration: int = 0) -> float:
    """The forward pass: returns the loss, and writes statistics of the activations into the record.

    `iteration` is that of training: random operations (dropout, say) draw anew in each.
    """

    def finish(block: Block, layers: Sequence[Layer], measured: Measurements) -> None:
        record_outputs(record, layers, measured)
        if watch is not None:
            for layer in layers:
                watch("forward", layer.number, layer)
        block.drop_saved()

    record_input(record, network.input, network.unrounded)
    hidden = _forward_end(record, network.ends.entry, network.input, iteration)
    with OverlapWorker() as worker:
        for block, layers in network.layers_by_block():
            passed = block.forward(hidden, iteration, _progress(watch, "forward", layers))
            worker.do(passed.measure, partial(finish, block, layers), block.overlaps)
            hidden = passed.output
    loss = network.head.forward(_forward_end(record, network.ends.exit, hidden, iteration))
    if not np.isfinite(loss):
        note_nonfinite(record, "forward", len(network.layers), network.head.operations("forward"))
    return loss


def backward(network: Network, record: Record, watch: PassObserver | None = None, spectral: bool | None = False,
             keep_arrays: bool = False, by_sample: bool = False) -> None:  # fmt: skip
    """The backward pass: writes statistics of the gradients into the record, and frees the arrays of the pass.

    `spectral`: see `spectra`. With `keep_arrays` a watcher may ask each layer for its `arrays`. `by_sample` records the
    gradient norms of single samples at the first and the last layer.
    """

    def measure(layers: Sequence[Layer], back: Backward) -> Measurements:
        measured, by_matrix = back.measure(), spectra(layers, spectral)
        return replace(measured, weights={**measured.weights, **by_matrix}) if by_matrix else measured

    def finish(block: Block, layers: Sequence[Layer], measured: Measurements) -> None:
        if by_sample:
            record_sample_gradients(record, layers)
        record_gradients(record, layers, measured, network.scenario.time.truncate)
        if watch is not None:
            for layer in reversed(layers):
                watch("backward", layer.number, layer)
        block.free()

    of_loss = network.head.backward()
    record_loss_gradient(record, network.head, of_loss)
    grad = _backward_end(record, network.ends.exit, of_loss.grad)
    record_exit_gradient(record, network.ends.exit, of_loss.grad, grad)
    with OverlapWorker() as worker:
        for block, layers in reversed(list(network.layers_by_block())):
            back = block.backward(grad, _progress(watch, "backward", layers), keep_arrays)
            worker.do(partial(measure, layers, back), partial(finish, block, layers), block.overlaps)
            grad = back.grad_input
    _backward_end(record, network.ends.entry, grad)
    record.unscale()


def _forward_end(record: Record, end: StackLayer | None, hidden: Array, iteration: int) -> Array:
    """The forward pass through the entry or the exit stack, if any; of its statistics only inf and NaN are recorded."""
    if end is None:
        return hidden
    passed = end.stack.forward(hidden, iteration)
    if passed.measure().nonfinite.any():
        note_nonfinite(record, "forward", end.number, end.operations("forward"))
    return passed.output


def _backward_end(record: Record, end: StackLayer | None, grad: Array) -> Array:
    """The backward pass through the exit or the entry stack, if any: returns the gradient of its input."""
    if end is None:
        return grad
    back = end.stack.backward(grad)
    if back.measure().nonfinite.any():
        note_nonfinite(record, "backward", end.number, end.operations("backward"))
    return back.grad_input


def _progress(watch: PassObserver | None, phase: str, layers: Sequence[Layer]) -> Progress:
    """Calls a watcher during a long pass through a block, with phase "within forward" or "within backward"."""
    return unwatched if watch is None else partial(watch, f"within {phase}", layers[0].number, layers[0])
