"""What a recurrent layer made in one step, in order, for the first number that is not finite."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from .cell import Chunk
from .kernel import Array
from .layer import Operation
from .met import Index, Meeting, Met, elementwise_met, product_met, whole_met

if TYPE_CHECKING:
    from .unrolled import Unrolled


def forward_made(layer: "Unrolled", chunk: Chunk, t: int, total: Array) -> Iterator[Operation]:
    """The arrays (1, batch, any) of step t of a chunk; total is the sum of both products there."""
    own, step, one = layer.parameters, chunk.first + t, slice(t, t + 1)
    entered = layer.entered[step : step + 1]
    sides = ((chunk.raw_input, entered, "ih", "input"), (chunk.raw_recurrent, chunk.hidden[one], "hh", "recurrent"))
    for raw, given, side, name in sides:
        met = product_met(given, own[f"weight_{side}"].T, own[f"bias_{side}"])
        yield Operation("matrix product", f"{name}_product", raw[one], step, met)
    for raw, side, name, out in ((chunk.raw_input, "ih", "input", chunk.input),
                                 (chunk.raw_recurrent, "hh", "recurrent", chunk.recurrent)):  # fmt: skip
        yield Operation("norm", f"{name}_product", out[one], step, _norm_met(layer, raw[one], side))
    added = elementwise_met(np.add, input=chunk.raw_input[one], recurrent=chunk.raw_recurrent[one])
    yield Operation("sum of products", "preactivation", total, step, added)
    met_by = layer.cell.forward_met(chunk, t)
    for name, state in chunk.states.items():
        yield Operation("cell state", name, state[t + 1 : t + 2], step, met_by[name])
    made = "gates" if layer.cell.gates else "activation"
    yield Operation(made, "hidden", chunk.hidden[t + 1 : t + 2], step, met_by["hidden"])


def backward_made(layer: "Unrolled", chunk: Chunk, t: int, below: Array) -> Iterator[Operation]:
    """The gradients (1, batch, any) of step t of a chunk; below is dL/dx."""
    own, step, one, names = layer.parameters, chunk.first + t, slice(t, t + 1), ("gradient", "weight")
    yield Operation("sum over paths", "grad_hidden", chunk.grad_hidden[one], step, _paths_met(layer, chunk, t))
    met_by = layer.cell.backward_met(chunk, t)
    for name, grad in chunk.grad_states.items():
        yield Operation("cell state", f"grad_{name}", grad[one], step, met_by[f"grad_{name}"])
    made = "gates" if layer.cell.gates else "slope"
    yield Operation(made, "grad_recurrent_product", chunk.grad_recurrent[one], step, met_by["grad_recurrent_product"])
    for name, raw, grad, side in (("recurrent", chunk.raw_recurrent, chunk.grad_recurrent, "hh"),
                                  ("input", chunk.raw_input, chunk.grad_input, "ih")):  # fmt: skip
        yield Operation(
            "norm", f"grad_{name}_product", raw[one], step, _norm_pull_met(layer, chunk, t, grad[one], side)
        )
    yield Operation("matrix product", "grad_hidden", chunk.through[one], step,
                    product_met(chunk.raw_recurrent[one], own["weight_hh"], names=names))  # fmt: skip
    yield Operation("matrix product", "grad_input", below[one], step,
                    product_met(chunk.raw_input[one], own["weight_ih"], names=names))  # fmt: skip


def _paths_met(layer: "Unrolled", chunk: Chunk, t: int) -> Meeting:
    """What comes from above and what from the next step, which is itself a sum where a cell hands on directly."""
    added = elementwise_met(np.add, above=chunk.above[t][None], later=chunk.carried["hidden"][t + 1][None])

    def met(index: Index) -> Met:
        if t + 1 < chunk.steps and not np.isfinite(chunk.carried["hidden"][t + 1][index[1:]]):
            carried = layer.cell.backward_met(chunk, t + 1).get("carry")
            return carried(index) if carried is not None else added(index)
        return added(index)

    return met


def _norm_met(layer: "Unrolled", z: Array, side: str) -> Meeting | None:
    norm = layer.settings.norm
    if norm is None:
        return None

    def result() -> Array:
        own = {key: value.astype(np.float64) for key, value in layer.parameters.items()}
        wide = z.astype(np.float64)
        (normalised, inverse), out = norm.room(wide), np.empty_like(wide)
        norm.forward(wide[0], (normalised[0], inverse[0]), own, side, out[0])
        return out

    return whole_met(result, product=z, weight=layer.parameters[f"norm_{side}.weight"])


def _norm_pull_met(layer: "Unrolled", chunk: Chunk, t: int, grad: Array, side: str) -> Meeting | None:
    norm = layer.settings.norm
    if norm is None:
        return None

    def result() -> Array:
        own = {key: value.astype(np.float64) for key, value in layer.parameters.items()}
        normalised, inverse = (array[t].astype(np.float64) for array in chunk.normalised[side])
        out = np.empty(grad.shape)
        norm.pull((normalised, inverse), grad[0].astype(np.float64), own, side, out[0])
        return out

    return whole_met(result, gradient=grad)
