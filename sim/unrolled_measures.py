"""What a chunk of a recurrent layer tells by step: statistics, factors, and where a number stopped being finite."""

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .cell import Chunk
from .kernel import Array
from .statistics import MAX, NONFINITE, RMS, STD, ZEROS, by_step

if TYPE_CHECKING:
    from .unrolled import Unrolled


Floats = NDArray[np.float64]


class Made(NamedTuple):
    """An array of one step: the operation that made it, its name in a dump, and the step (from 0)."""

    operation: str
    array_name: str
    array: Array
    step: int


class Evidence:
    """How many numbers were not finite, and the arrays of the first step where it happened."""

    def __init__(self) -> None:
        self.count = 0
        self.operations: list[Made] = []

    def add(self, count: float, step: int, made: list[tuple[str, str, Array]]) -> None:
        """Take over the count of a chunk; the arrays only if they are the first."""
        self.count += int(count)
        if not self.operations:
            self.operations = [Made(name, key, array.copy()[None], step) for name, key, array in made]


def measure_forward(layer: "Unrolled", chunk: Chunk) -> None:
    """Statistics of the preactivations (of both products together, all gates) and the cell's own."""
    found = by_step(chunk.raw_input + chunk.raw_recurrent)
    bad = found[:, NONFINITE] + by_step(chunk.hidden[1:])[:, NONFINITE]
    for state in chunk.states.values():
        bad += by_step(state[1:])[:, NONFINITE]
    _write(layer, chunk, {"preactivation_std": found[:, STD], **layer.cell.forward_statistics(chunk)})
    steps = np.flatnonzero(bad)
    if not len(steps):
        return
    t = int(steps[0])
    made = [("matrix product", "input_product", chunk.raw_input[t]),
            ("matrix product", "recurrent_product", chunk.raw_recurrent[t]),
            ("norm", "input_product", chunk.input[t]), ("norm", "recurrent_product", chunk.recurrent[t])]  # fmt: skip
    made += [("cell state", name, state[t + 1]) for name, state in chunk.states.items()]
    made += [("gates" if layer.cell.gates else "activation", "hidden", chunk.hidden[t + 1])]
    layer.evidence.add(bad.sum(), chunk.first + t, made)


def measure_backward(layer: "Unrolled", chunk: Chunk, below: Array) -> None:
    """Chain-rule factors by step, exact: slope (dL/dh_t to the cell's arguments), norm, weight (W_hh), input weight.

    `below` is dL/dx_t through norm and W_ih. What truncation cuts off has a weight factor of 0.
    """
    total, argument, raw, through, given, under = (
        by_step(x) for x in (chunk.grad_hidden, chunk.grad_recurrent, chunk.raw_recurrent, chunk.through,
                             chunk.raw_input, below)
    )  # fmt: skip
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
    t = int(steps[-1])
    made = [("sum over paths", "grad_hidden", chunk.grad_hidden[t])]
    made += [("cell state", f"grad_{name}", grad[t]) for name, grad in chunk.grad_states.items()]
    made += [("gates" if layer.cell.gates else "slope", "grad_recurrent_product", chunk.grad_recurrent[t]),
             ("norm", "grad_recurrent_product", chunk.raw_recurrent[t]),
             ("norm", "grad_input_product", chunk.raw_input[t]),
             ("matrix product", "grad_hidden", chunk.through[t]),
             ("matrix product", "grad_input", below[t])]  # fmt: skip
    layer.evidence.add(bad.sum(), chunk.first + t, made)


def _count_vanished(layer: "Unrolled", chunk: Chunk, found: tuple[Floats, Floats], out: Array, key: str) -> None:
    """Tally the zeros that a product of small numbers gave, by step, unless truncation cut there."""
    left, cut = chunk.raw_recurrent if key == "weight_hh" else chunk.raw_input, layer.settings.truncate
    for t in np.flatnonzero(found[1][:, ZEROS]):
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
