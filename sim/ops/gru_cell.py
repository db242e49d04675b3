"""GRU cell: h_t = (1 - z) n + z h_(t-1), with reset gate r applied after the recurrent product, as in PyTorch."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from ..numerics.arrays import Matrix
from ..numerics.kernel import kernel
from ..numerics.number_format import Round
from .base import Arrays, Lanes, Shape
from .gates import GatedCell, sigmoid_of_exp
from .operands import Index, Terms, at


@dataclass(frozen=True)
class GruCell(GatedCell):
    """GRU cell: h_t from the recurrent and the input product (batch, 3 width) and h_(t-1); gates r, z and candidate n.

    Saves the gates and, of the recurrent product, the candidate's block, which r multiplies.
    """

    gates = torch_order = "rzn"
    squashes = ("candidate",)

    def widths(self, *widths: int) -> tuple[int, ...]:
        """The width of the state."""
        return widths[2:]

    def saved(self, batch: int, width: int) -> Mapping[str, Shape]:
        """The gates, and the candidate's block of the recurrent product."""
        return {"gates": (3 * batch, width), "product": (batch, width), **super().saved(batch, width)}

    def forward(self, params: Lanes, inputs: Lanes, outputs: Lanes, saved: Lanes, round_: Round) -> Iterator[None]:
        """Write h_t."""
        for turn in zip(*inputs, *outputs, *saved, strict=True):
            recurrent, from_input, before, hidden, gates, product, *slopes = turn
            sigmoids, candidate = gates[: 2 * len(before)], gates[2 * len(before) :]
            _arguments(from_input, recurrent, sigmoids)
            np.exp(sigmoids, out=sigmoids)
            sigmoid_of_exp(sigmoids)
            round_(sigmoids)
            _candidate(from_input, recurrent, gates, product)
            self.activate(candidate, candidate, tuple(slopes))
            round_(candidate)
            _mix(gates, before, hidden)
            yield

    def backward(
        self, params: Lanes, inputs: Lanes, saved: Lanes, grads: Lanes, into: Lanes, round_: Round
    ) -> Iterator[None]:
        """Write the gradients of both products, and z dL/dh_t, the direct part of dL/dh_(t-1)."""
        recurrent, from_input, direct = into
        gates, product, slopes = self.with_slopes(saved)
        for args in zip(gates, product, slopes, inputs[2], *grads, from_input, recurrent, direct, strict=True):
            _backward(*args)
            yield

    def terms(self, output: int, parameters: Arrays, inputs: Arrays, saved: Arrays, index: Index) -> Terms:
        """Gates and h_(t-1)."""
        gates = self.of_unit(saved, index)
        return ("z", gates["z"]), ("n", gates["n"]), ("hidden", at(inputs[2], index))

    def backward_terms(self, parameters: Arrays, inputs: Arrays, saved: Arrays, grads: Arrays, index: Index) -> Terms:
        """dL/dh_t, the gates, h_(t-1) and the candidate's recurrent product."""
        unit = index[0], index[1] % inputs[2].shape[1]
        terms = {"gradient": at(grads[0], unit), **self.of_unit(saved, unit)}
        return (*terms.items(), ("hidden", at(inputs[2], unit)), ("product", at(saved[1], unit)))


@kernel
def _arguments(from_input: Matrix, recurrent: Matrix, sigmoids: Matrix) -> None:
    """Write -u of r and z, the sums of the products (batch, 3 width), into (2 batch, width)."""
    batch, width = from_input.shape[0], sigmoids.shape[1]
    for b in range(batch):
        for gate in range(2):
            first = gate * width
            z, y, u = (
                from_input[b, first : first + width],
                recurrent[b, first : first + width],
                sigmoids[gate * batch + b],
            )
            for j in range(width):
                u[j] = -(z[j] + y[j])


@kernel
def _candidate(from_input: Matrix, recurrent: Matrix, gates: Matrix, product: Matrix) -> None:
    """Write the candidate's argument, its input product plus r times its recurrent product, and save the latter."""
    batch, width = product.shape
    for b in range(batch):
        z, y, saved_product = from_input[b, 2 * width :], recurrent[b, 2 * width :], product[b]
        r, n = gates[b], gates[2 * batch + b]
        for j in range(width):
            n[j] = z[j] + r[j] * y[j]
            saved_product[j] = y[j]


@kernel
def _mix(gates: Matrix, before: Matrix, after: Matrix) -> None:
    """h_t = (1 - z) n + z h_(t-1), (batch, width)."""
    batch, width = before.shape
    one = gates.dtype.type(1.0)
    for b in range(batch):
        for j in range(width):
            z = gates[batch + b, j]
            after[b, j] = (one - z) * gates[2 * batch + b, j] + z * before[b, j]


@kernel
def _backward(gates: Matrix, product: Matrix, slopes: Matrix, before: Matrix, grad_hidden: Matrix, grad_input: Matrix,
              grad_recurrent: Matrix, direct: Matrix) -> None:  # fmt: skip
    """From dL/dh_t to the gradients of both products (batch, 3 width) and z dL/dh_t.

    The candidate's slope is 1 - n^2, that of tanh, if `slopes` is empty. Loops are short, with few arrays, so that the
    compiler vectorises them.
    """
    batch, width = before.shape
    one = gates.dtype.type(1.0)
    for b in range(batch):
        r, z, n, y = gates[b], gates[batch + b], gates[2 * batch + b], product[b]
        grad, state, past = grad_hidden[b], before[b], direct[b]
        from_input, recurrent = grad_input[b], grad_recurrent[b]
        by_r, by_z, by_n = from_input[:width], from_input[width : 2 * width], from_input[2 * width :]
        scaled = recurrent[2 * width :]
        if slopes.shape[0]:
            slope = slopes[b]
            for j in range(width):
                by_n[j] = grad[j] * (one - z[j]) * slope[j]
        else:
            for j in range(width):
                by_n[j] = grad[j] * (one - z[j]) * (one - n[j] * n[j])
        for j in range(width):
            by_r[j] = by_n[j] * y[j] * r[j] * (one - r[j])
        for j in range(width):
            by_z[j] = grad[j] * (state[j] - n[j]) * z[j] * (one - z[j])
        for j in range(width):
            scaled[j] = by_n[j] * r[j]
            past[j] = grad[j] * z[j]
        for j in range(2 * width):
            recurrent[j] = from_input[j]
