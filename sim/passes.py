"""The passes: forward through all layers, the loss, and the gradient pulled back through all layers."""

from collections.abc import Iterator
from functools import partial

import numpy as np

from .block import Block
from .diagnosis import judge
from .kernel import Report
from .layer import Operation
from .met import drawn_met
from .network import Network, Watch, build
from .record import Record
from .scenario import Scenario
from .spectral import feedback_radius
from .statistics import MAX, MEAN, NONFINITE, RMS, STD, ZEROS, by_step, places
from .time_diagnosis import judge_over_time
from .trace import Trace
from .underflow import fades_by_rounding, fades_in_time, signal_fades_by_rounding


class Cancelled(Exception):  # noqa: N818  it is no error
    """Raised by a watcher to stop a pass that is no longer wanted."""


def simulate(
    scenario: Scenario, *, watch: Watch | None = None, report: Report | None = None, spectral: bool = False
) -> Trace:
    """One forward and backward pass through a scenario's network.

    `watch(phase, layer, part)` follows each layer, phase build and forward (1 to depth) or backward (depth to
    1), and may raise Cancelled. `spectral` adds the weights' largest singular values. Raises UserError.
    """
    from .scaling import settled

    return settled(build(scenario, report, watch), watch, spectral)


def trace(network: Network, watch: Watch | None = None, spectral: bool | None = False) -> Trace:
    """One pass through a network that is already built; for `spectral` see sim/spectral.py."""
    scenario, layers = network.scenario, network.layers
    record = Record(scenario.precision.format, network.loss_scale, len(layers), len(network.input))
    record.radius = lambda index: feedback_radius(layers[index])
    with np.errstate(all="ignore"):
        loss = forward(network, record, watch)
        backward(network, record, watch, spectral)
    verdict = (judge_over_time if scenario.recurrent else judge)(scenario, record)
    return Trace(scenario, verdict, loss, record.profile, record.weights, record.input_gradient_norm)


def forward(network: Network, record: Record, watch: Watch | None = None) -> float:
    """The loss; writes the activations' statistics into the record."""
    hidden = network.input
    if not np.isfinite(hidden).all():
        met = drawn_met(network.drawn) if network.drawn is not None else None
        record.find("forward", 1, [Operation("input", "input", hidden, 0, met)])
    for first, block in _numbered(network):
        _listen(block, watch, "forward", first)
        hidden = block.forward(hidden)
        _note_outputs(record, first, block, hidden[0].size)
        for index, layer in enumerate(block.layers, first + 1):
            if watch is not None:
                watch("forward", index, layer)
        block.rest()
    loss = network.head.forward(hidden)
    if not np.isfinite(loss):
        record.find("forward", len(network.layers), network.head.operations("forward"))
    return loss


def _note_outputs(record: Record, first: int, block: Block, size: int) -> None:
    """Take over what a block tells of its way forward; `size` numbers are in h_out of a step."""
    found = block.outputs
    record.take(first, {
        "activation_mean": found[..., MEAN], "activation_std": found[..., STD], "activation_rms": found[..., RMS],
        "zero_fraction": found[..., ZEROS] / size, "nonfinite_count": found[..., NONFINITE], **block.statistics,
    })  # fmt: skip
    for index in places(~found[..., RMS].any(axis=1)):
        if not record.faded and signal_fades_by_rounding(block.layers[index]):
            record.faded = first + index + 1
    for index in places(block.nonfinite):
        record.find("forward", first + index + 1, block.layers[index].operations("forward"))


def backward(network: Network, record: Record, watch: Watch | None = None, spectral: bool | None = False) -> None:
    """Pull the loss's gradient back to the input; writes the gradients' statistics, and frees the states."""
    grad, depth = network.head.pull(), len(network.layers)
    found = by_step(grad)
    if network.head.lost and not found[:, RMS].any():
        record.underflow = depth + 1
    if found[:, NONFINITE].any() or network.head.overflowed:
        record.find("backward", depth, network.head.operations("backward"))
    record.arriving[-1] = found[-1, RMS]
    for first, block in reversed(list(_numbered(network))):
        _listen(block, watch, "backward", first)
        below = block.pull(grad)
        _note_gradients(record, first, block, grad[0].size, network.scenario.time.truncate)
        record.take_weights(first, block.weigh(spectral))
        for index in reversed(range(len(block.layers))):
            if watch is not None:
                watch("backward", first + index + 1, block.layers[index])
        grad, found = below, block.below[0]
        block.release()
    record.input_gradient_norm = found[:, RMS] * np.sqrt(grad[0].size)
    record.unscale()


def _note_gradients(record: Record, first: int, block: Block, size: int, truncate: int) -> None:
    """Take over what a block tells of its way back; `size` numbers are in dL/dh_out of a step."""
    totals, below, count = block.totals, block.below, len(block.layers)
    record.take(first, {
        "gradient_rms": totals[..., RMS], "gradient_norm": totals[..., RMS] * np.sqrt(size),
        "gradient_max": totals[..., MAX], **block.statistics,
    })  # fmt: skip
    record.profile["nonfinite_count"][first : first + count] += totals[..., NONFINITE]
    record.arriving[max(first - 1, 0) : first + count - 1] = below[0 if first else 1 :, -1, RMS]
    for index in reversed(places(block.nonfinite)):
        record.find("backward", first + index + 1, block.layers[index].operations("backward"))
    for index in reversed(places((below[:, -1, RMS] == 0) & (totals[:, -1, RMS] != 0))):
        if first + index and fades_by_rounding(block.layers[index]):
            record.underflow = first + index + 1
    if totals.shape[1] == 1:
        return
    for index, layer in enumerate(block.layers):
        if step := fades_in_time(layer, totals[index, :, RMS], truncate):
            record.time_underflow[first + index + 1] = step


def _numbered(network: Network) -> Iterator[tuple[int, Block]]:
    """Blocks from the input upwards, each with the number of its first layer from 0."""
    first = 0
    for block in network.blocks:
        yield first, block
        first += len(block.layers)


def _listen(block: Block, watch: Watch | None, phase: str, first: int) -> None:
    """Let a watcher follow long passes within a layer too, as phase "within forward" or "within backward"."""
    if watch is not None:
        block.tick = partial(watch, f"within {phase}", first + 1, block.layers[0])
