"""What a chunk of a recurrent layer tells by step: statistics, factors, and where a number stopped being finite."""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from .cell import Chunk
from .kernel import Array
from .layer import Operation
from .statistics import MAX, NONFINITE, RMS, STD, ZEROS, by_step
from .unrolled_made import backward_made, forward_made

if TYPE_CHECKING:
    from .unrolled import Unrolled


Floats = NDArray[np.float64]


class Evidence:
    """How many numbers were not finite, and the arrays of the first step where it happened."""

    def __init__(self) -> None:
        self.count = 0
        self.operations: list[Operation] = []

    def add(self, count: float, made: Callable[[], Iterable[Operation]]) -> None:
        """Take over the count of a chunk; the arrays, as `made` names them, only if they are the first."""
        self.count += int(count)
        if not self.operations:
            self.operations = [found._replace(array=found.array.copy()) for found in made()]


def measure_forward(layer: "Unrolled", chunk: Chunk) -> None:
    """Statistics of the preactivations (of both products together, all gates) and the cell's own."""
    total = chunk.raw_input + chunk.raw_recurrent
    found = by_step(total if layer.cell.gates else chunk.format.keep(total))  # gated cells store no sum
    bad = found[:, NONFINITE] + by_step(chunk.hidden[1:])[:, NONFINITE]
    if layer.settings.norm is not None:
        bad += by_step(chunk.input)[:, NONFINITE] + by_step(chunk.recurrent)[:, NONFINITE]
    for state in chunk.states.values():
        bad += by_step(state[1:])[:, NONFINITE]
    _write(layer, chunk, {"preactivation_std": found[:, STD], **layer.cell.forward_statistics(chunk)})
    steps = np.flatnonzero(bad)
    if not len(steps):
        return
    layer.evidence.add(bad.sum(), lambda: forward_made(layer, chunk, int(steps[0]), total))


def measure_backward(layer: "Unrolled", chunk: Chunk, below: Array) -> None:
    """Chain-rule factors by step, exact: slope (dL/dh_t to the cell's arguments), norm, weight (W_hh), input weight.

    `below` is dL/dx_t through norm and W_ih. What truncation cuts off has a weight factor of 0.
    """
    total, argument, through, under = (
        by_step(x) for x in (chunk.grad_hidden, chunk.grad_recurrent, chunk.through, below)
    )
    raw = argument if chunk.raw_recurrent is chunk.grad_recurrent else by_step(chunk.raw_recurrent)
    given = raw if chunk.raw_input is chunk.raw_recurrent else by_step(chunk.raw_input)
    widths = np.sqrt(layer.cell.blocks), np.sqrt(below.shape[2] / chunk.raw_input.shape[2])
    _write(layer, chunk, {
        "slope_factor": argument[:, RMS] / total[:, RMS] * widths[0],
        "norm_factor": raw[:, RMS] / argument[:, RMS],
        "weight_factor": through[:, RMS] / raw[:, RMS] / widths[0],
        "input_weight_factor": under[:, RMS] / _entering(chunk, given) * widths[1],
        **layer.cell.backward_statistics(chunk),
    })  # fmt: skip
    if layer.settings.format.native:
        _count_vanished(layer, chunk, (raw, through), chunk.through, "weight_hh")
        _count_vanished(layer, chunk, (given, under), below, "weight_ih")
    bad = sum(x[:, NONFINITE] for x in (total, argument, raw, given, under))
    if chunk.first == 0:
        through[0, NONFINITE] = 0  # dL/dh_0 is nobody's gradient
    bad = bad + through[:, NONFINITE]
    steps = np.flatnonzero(bad)
    if not len(steps):
        return
    layer.evidence.add(bad.sum(), lambda: backward_made(layer, chunk, int(steps[-1]), below))


def _count_vanished(layer: "Unrolled", chunk: Chunk, found: tuple[Floats, Floats], out: Array, key: str) -> None:
    """Tally the zeros that a product of small numbers gave, by step, unless truncation cut there."""
    left, cut = chunk.raw_recurrent if key == "weight_hh" else chunk.raw_input, layer.settings.truncate
    for t in map(int, np.flatnonzero(found[1][:, ZEROS])):
        if not (key == "weight_hh" and cut and (chunk.first + t) % cut == 0):
            layer.tally.product(left[t], layer.parameters[key], out[t], chunk.first + int(t), top=found[0][t, MAX])


def _entering(chunk: Chunk, raw: Floats) -> Floats:
    """Rms of the input product's gradient by step, after the norm if there is one."""
    return (raw if chunk.raw_input is chunk.grad_input else by_step(chunk.grad_input))[:, RMS]


def _write(layer: "Unrolled", chunk: Chunk, found: dict[str, Floats | float]) -> None:
    for name, values in found.items():
        steps = len(layer.entered)
        whole = layer.statistics.setdefault(name, np.full(steps, np.nan))
        assert isinstance(whole, np.ndarray)
        whole[chunk.first : chunk.first + chunk.steps] = values
