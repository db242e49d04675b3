"""What a chunk of a recurrent layer tells by step: statistics, factors, and where a number stopped being finite."""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from .cell import Chunk
from .kernel import Array, Matrix, Table, kernel
from .layer import Operation
from .statistics import MAX, NONFINITE, RMS, STD, ZEROS, by_step, places
from .unrolled_made import backward_made, forward_made

if TYPE_CHECKING:
    from .unrolled import Unrolled


Floats = NDArray[np.float64]
SMALLEST, LARGEST = 1e-100, 1e100  # between them, squares fit into float64 with room for their sum


class Evidence:
    """How many numbers were not finite, and the arrays of the first step where it happened."""

    def __init__(self) -> None:
        self.count = 0
        self.operations: list[Operation] = []

    def add(self, chunk: Chunk, count: float, made: Callable[[], Iterable[Operation]]) -> None:
        """Take over the count of a chunk; its arrays, as `made` names them, only if they are the first."""
        self.count += int(count)
        if not self.operations:
            chunk.hold()  # what met may be asked for later
            self.operations = [found._replace(array=found.array.copy()) for found in made()]


def measure_forward(layer: "Unrolled", chunk: Chunk) -> None:
    """Statistics of the preactivations (of both products together, all gates) and the cell's own."""
    steps, found = slice(chunk.first, chunk.first + chunk.steps), _preactivations(layer, chunk)
    layer.outputs[steps] = by_step(chunk.hidden[1:])
    bad = found[:, 1] + layer.outputs[steps, NONFINITE]
    if layer.settings.norm is not None:
        bad += by_step(chunk.input)[:, NONFINITE] + by_step(chunk.recurrent)[:, NONFINITE]
    for state in chunk.states.values():
        bad += by_step(state[1:])[:, NONFINITE]
    _write(layer, chunk, {"preactivation_std": found[:, 0], **layer.cell.forward_statistics(chunk)})
    if bad.any():
        t = places(bad)[0]
        layer.evidence.add(chunk, bad.sum(), lambda: forward_made(layer, chunk, t, _sums(layer, chunk, t)))


def _preactivations(layer: "Unrolled", chunk: Chunk) -> Floats:
    """Std of the sums of both products by step, and how many of them are not finite: (steps, 2)."""
    found = np.full((chunk.steps, 2), np.nan)
    if layer.cell.gates or chunk.format.native:
        left, right = (raw.reshape(chunk.steps, -1) for raw in (chunk.raw_input, chunk.raw_recurrent))
        spread_of_sums(left, right, found)
    for t in places(~((found[:, 0] > SMALLEST) & (found[:, 0] < LARGEST))):
        found[t] = by_step(_sums(layer, chunk, t))[0, [STD, NONFINITE]]
    return found


def _sums(layer: "Unrolled", chunk: Chunk, t: int) -> Array:
    """The sums of both products of step t (1, batch, any). Gated cells store none."""
    total = chunk.raw_input[t : t + 1] + chunk.raw_recurrent[t : t + 1]
    return total if layer.cell.gates else chunk.format.keep(total)


@kernel
def spread_of_sums(one: Matrix, other: Matrix, out: Table) -> None:
    """Std over n of each row of one + other, both (rows, n), and 0; out (rows, 2).

    Squares are taken as they are: what is no number between SMALLEST and LARGEST may be wrong.
    """
    rows, n = one.shape
    for r in range(rows):
        left, right = one[r], other[r]
        shift = np.float64(left[0] + right[0])
        linear, second = 0.0, 0.0
        for i in range(n):
            value = np.float64(left[i] + right[i]) - shift
            linear += value
            second += value * value
        mean = linear / n
        out[r, 0] = np.sqrt(max(second / n - mean * mean, 0.0))
        out[r, 1] = 0.0


def measure_backward(layer: "Unrolled", chunk: Chunk, below: Array) -> None:
    """Chain-rule factors by step, exact: slope (dL/dh_t to the cell's arguments), norm, weight (W_hh), input weight.

    `below` is dL/dx_t through norm and W_ih. What truncation cuts off has a weight factor of 0.
    """
    total, argument, through, under = (
        by_step(x) for x in (chunk.grad_hidden, chunk.grad_recurrent, chunk.through, below)
    )
    steps = slice(chunk.first, chunk.first + chunk.steps)
    layer.totals[steps], layer.below[steps] = total, under
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
    if bad.any():
        t = places(bad)[-1]
        layer.evidence.add(chunk, bad.sum(), lambda: backward_made(layer, chunk, t, below))


def _count_vanished(layer: "Unrolled", chunk: Chunk, found: tuple[Floats, Floats], out: Array, key: str) -> None:
    """Tally the zeros that a product of small numbers gave, by step, unless truncation cut there."""
    left, cut = chunk.raw_recurrent if key == "weight_hh" else chunk.raw_input, layer.settings.truncate
    for t in places(found[1][:, ZEROS]):
        if not (key == "weight_hh" and cut and (chunk.first + t) % cut == 0):
            layer.tally.product(left[t], layer.parameters[key], out[t], chunk.first + t, top=found[0][t, MAX])


def _entering(chunk: Chunk, raw: Floats) -> Floats:
    """Rms of the input product's gradient by step, after the norm if there is one."""
    return (raw if chunk.raw_input is chunk.grad_input else by_step(chunk.grad_input))[:, RMS]


def _write(layer: "Unrolled", chunk: Chunk, found: dict[str, Floats | float]) -> None:
    for name, values in found.items():
        steps = len(layer.entered)
        whole = layer.statistics.setdefault(name, np.full(steps, np.nan))
        assert isinstance(whole, np.ndarray)
        whole[chunk.first : chunk.first + chunk.steps] = values
