"""LSTM cell: c_t = f c_(t-1) + i g and h_t = o tanh(c_t), with gates i, f, g, o of the sum of both products."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from ..numerics.arrays import Matrix
from ..numerics.kernel import kernel
from ..numerics.moments import RMS, by_step
from ..numerics.number_format import Round
from .base import Arrays, BackwardStatistics, Lanes, Shape
from .gates import GatedCell, sigmoid_of_exp
from .operands import Index, Terms, at


@dataclass(frozen=True)
class LstmCell(GatedCell):
    """LSTM cell: c_t and h_t from the recurrent and the input product (batch, 4 width) and c_(t-1)."""

    same_gradient = MappingProxyType({1: 0})
    total_gradients = MappingProxyType({0: 0})
    gates = "ifog"
    torch_order = "ifgo"
    squashes = "candidate", "cell"

    def widths(self, *widths: int) -> tuple[int, ...]:
        """Widths of cell state and hidden state."""
        return widths[2], widths[2]

    def word(self, output: int) -> str:
        """ "cell state" for the first output, else the operation's name."""
        return ("cell state", "gates")[output]

    def saved(self, batch: int, width: int) -> Mapping[str, Shape]:
        """The gates, and tanh(c_t) (or the activation in its place)."""
        return {"gates": (4 * batch, width), "squashed": (batch, width), **super().saved(batch, width)}

    def forward(self, params: Lanes, inputs: Lanes, outputs: Lanes, saved: Lanes, round_: Round) -> Iterator[None]:
        """Write c_t and h_t."""
        for turn in zip(*inputs, *outputs, *saved, strict=True):
            recurrent, from_input, before, cell, hidden, gates, squashed, *slopes = turn
            batch = len(squashed)
            sigmoids, candidate = gates[: 3 * batch], gates[3 * batch :]
            _arguments(from_input, recurrent, gates)
            np.exp(sigmoids, out=sigmoids)
            self.activate(candidate, candidate, tuple(slopes))
            sigmoid_of_exp(sigmoids)
            round_(gates)
            _cell(gates, before, cell)
            round_(cell)
            self.activate(cell, squashed, tuple(slopes), 1)
            np.multiply(gates[2 * batch : 3 * batch], squashed, out=hidden)
            yield

    def inner(self, batch: int, width: int) -> Mapping[str, Shape]:
        """The total derivative dL/dc_t."""
        return {"grad_cell": (batch, width)}

    def backward(
        self, params: Lanes, inputs: Lanes, saved: Lanes, grads: Lanes, into: Lanes, round_: Round
    ) -> Iterator[None]:
        """Write the gradient of the gates' preactivations, dL/dc_(t-1) and dL/dc_t."""
        out, _, earlier, total = into
        lanes = (*self.with_slopes(saved), inputs[2], grads[1], grads[0], total, earlier, out)
        for args in zip(*lanes, strict=True):
            _backward(*args)
            yield

    def backward_statistics(self, saved: Arrays, grads: Arrays, into: Arrays) -> BackwardStatistics:
        """Mean and saturated fraction of each gate, and the rms of dL/dc_t."""
        gates = super().backward_statistics(saved, grads, into).quantities
        return BackwardStatistics({**gates, "cell_gradient_rms": by_step(into[-1])[:, RMS]})

    def terms(self, output: int, parameters: Arrays, inputs: Arrays, saved: Arrays, index: Index) -> Terms:
        """Gates and states: of c_t f, c_(t-1), i and g, of h_t o and tanh(c_t)."""
        gates = self.of_unit(saved, index)
        if output:
            return ("o", gates["o"]), (self._squashed, at(saved[1], index))
        return ("f", gates["f"]), ("cell", at(inputs[2], index)), ("i", gates["i"]), ("g", gates["g"])

    def backward_terms(self, parameters: Arrays, inputs: Arrays, saved: Arrays, grads: Arrays, index: Index) -> Terms:
        """dL/dh_t, the part of dL/dc_t from the next step ("later"), the gates, c_(t-1) and tanh(c_t)."""
        unit = index[0], index[1] % inputs[2].shape[1]
        terms = {"gradient": at(grads[1], unit), "later": at(grads[0], unit), **self.of_unit(saved, unit)}
        return (*terms.items(), ("cell", at(inputs[2], unit)), (self._squashed, at(saved[1], unit)))

    @property
    def _squashed(self) -> str:
        return "activated_cell" if self.function else "tanh_cell"


@kernel
def _arguments(from_input: Matrix, recurrent: Matrix, gates: Matrix) -> None:
    """Write the sums u of the products (batch, 4 width) into (4 batch, width): -u of i, f and o, u of g."""
    batch, width = from_input.shape[0], gates.shape[1]
    for b in range(batch):
        for gate in range(4):
            first = width * (gate if gate < 2 else 5 - gate)
            z, y, u = from_input[b, first : first + width], recurrent[b, first : first + width], gates[gate * batch + b]
            sign = u.dtype.type(1.0 if gate == 3 else -1.0)
            for j in range(width):
                u[j] = sign * (z[j] + y[j])


@kernel
def _cell(gates: Matrix, before: Matrix, after: Matrix) -> None:
    """c_t = f c_(t-1) + i g, (batch, width)."""
    batch, width = before.shape
    for b in range(batch):
        for j in range(width):
            after[b, j] = gates[batch + b, j] * before[b, j] + gates[b, j] * gates[3 * batch + b, j]


@kernel
def _backward(gates: Matrix, squashed: Matrix, slopes: Matrix, cell_slopes: Matrix, before: Matrix, grad_hidden: Matrix,
              later: Matrix, grad_cell: Matrix, earlier: Matrix, out: Matrix) -> None:  # fmt: skip
    """From dL/dh_t and dL/dc_t by way of the next step (`later`) to all of dL/dc_t, to dL/dc_(t-1) and to dL/du.

    The slopes of candidate and cell are 1 - g^2 and 1 - s^2, those of tanh, if `slopes` is empty. Loops are short,
    with few arrays, so that the compiler vectorises them.
    """
    batch, width = before.shape
    one = gates.dtype.type(1.0)
    for b in range(batch):
        i, f, o, g = gates[b], gates[batch + b], gates[2 * batch + b], gates[3 * batch + b]
        s, grad, total, row = squashed[b], grad_hidden[b], grad_cell[b], out[b]
        by_i, by_f, by_g, by_o = row[:width], row[width : 2 * width], row[2 * width : 3 * width], row[3 * width :]
        come, go, state = later[b], earlier[b], before[b]
        if slopes.shape[0]:
            slope, cell_slope = slopes[b], cell_slopes[b]
            for j in range(width):
                total[j] = come[j] + grad[j] * o[j] * cell_slope[j]
                go[j] = total[j] * f[j]
            for j in range(width):
                by_i[j] = total[j] * g[j] * i[j] * (one - i[j])
                by_g[j] = total[j] * i[j] * slope[j]
        else:
            for j in range(width):
                total[j] = come[j] + grad[j] * o[j] * (one - s[j] * s[j])
                go[j] = total[j] * f[j]
            for j in range(width):
                by_i[j] = total[j] * g[j] * i[j] * (one - i[j])
                by_g[j] = total[j] * i[j] * (one - g[j] * g[j])
        for j in range(width):
            by_f[j] = total[j] * state[j] * f[j] * (one - f[j])
        for j in range(width):
            by_o[j] = grad[j] * s[j] * o[j] * (one - o[j])
