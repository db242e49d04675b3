"""LSTM layer: gates i, f, g, o; c_t = f c_(t-1) + i g, h_t = o tanh(c_t)."""

from collections.abc import Iterator, Mapping

import numpy as np

from ..block import Single
from ..cell import Chunk
from ..format import Format
from ..gates import gate_statistics, in_torch_order
from ..kernel import Array, Matrix, kernel
from ..layer import Statistics
from ..met import Meeting, by_block, elementwise_met
from ..recurrent_stack import recurrent_layers
from ..scenario import Scenario
from ..statistics import RMS, by_step

ALSO = ("long_short_term_memory",)
SOURCE = "Hochreiter & Schmidhuber 1997; Gers, Schmidhuber & Cummins 2000 (forget gate); torch.nn.LSTM"
RECURRENT = True
BLOCKS = 4
FIXED = "sigmoid gates and tanh"
FORGET_BLOCK = 1
QUANTITIES = ("gate_i_mean", "gate_f_mean", "gate_o_mean", "cell_gradient_rms")


def stack(scenario: Scenario, inputs: int, form: Format) -> Iterator[Single]:
    """The layers of a network with their initial parameters, from the input upwards."""
    return recurrent_layers(scenario, inputs, form, Lstm())


class Lstm:
    """Four blocks and a cell state beside the hidden one. Gates lie in memory as i, f, o, g, one after the other."""

    blocks = BLOCKS
    iteration = 0
    gates: tuple[str, ...] = ("i", "f", "g", "o")
    states: tuple[str, ...] = ("cell",)
    separate = direct = False
    room: Mapping[str, int] = {"gates": 4, "squashed": 1}

    def begin(self, chunk: Chunk, layer: int) -> None:
        """Nothing to do."""

    def advance(self, chunk: Chunk, t: int) -> None:
        """The states after step t."""
        gates, squashed, cell = chunk.kept["gates"][t], chunk.kept["squashed"][t], chunk.states["cell"]
        sigmoids, candidate = gates[: -len(squashed)], gates[-len(squashed) :]
        _arguments(chunk.input[t], chunk.recurrent[t], gates)
        np.exp(sigmoids, out=sigmoids)
        np.tanh(candidate, out=candidate)
        _sigmoid(sigmoids)
        chunk.format.keep(gates)
        _cell(gates, cell[t], cell[t + 1])
        chunk.format.keep(cell[t + 1])
        np.tanh(cell[t + 1], out=squashed)
        np.multiply(gates[2 * len(squashed) : 3 * len(squashed)], squashed, out=chunk.hidden[t + 1])

    def prepare(self, chunk: Chunk) -> None:
        """Nothing to do."""

    def retreat(self, chunk: Chunk, t: int) -> None:
        """The gradient of the gates' arguments; also keeps dL/dc_t and carries what c_(t-1) gets of it."""
        gates, squashed = chunk.kept["gates"][t], chunk.kept["squashed"][t]
        total, carried = chunk.grad_states["cell"][t], chunk.carried["cell"]
        _pull(gates, squashed, chunk.states["cell"][t], chunk.grad_hidden[t], carried[t + 1], total, carried[t],
              chunk.grad_input[t])  # fmt: skip
        for array in (total, carried[t], chunk.grad_input[t]):
            chunk.tally.keep_one(array, chunk.first + t)

    def forward_met(self, chunk: Chunk, t: int) -> Mapping[str, Meeting]:
        """Gates and states."""
        i, f, o, g = chunk.kept["gates"][t].reshape(4, 1, *chunk.hidden[t].shape)
        before, squashed = chunk.states["cell"][t][None], chunk.kept["squashed"][t][None]
        return {
            "cell": elementwise_met(lambda f, c, i, g: f * c + i * g, f=f, cell=before, i=i, g=g),
            "hidden": elementwise_met(np.multiply, o=o, tanh_cell=squashed),
        }

    def backward_met(self, chunk: Chunk, t: int) -> Mapping[str, Meeting]:
        """Gates, states and their gradients; those of the gates by column, in PyTorch's order."""
        i, f, o, g = chunk.kept["gates"][t].reshape(4, 1, *chunk.hidden[t].shape)
        before, s = chunk.states["cell"][t][None], chunk.kept["squashed"][t][None]
        grad, total, later = (
            chunk.grad_hidden[t][None],
            chunk.grad_states["cell"][t][None],
            chunk.carried["cell"][t + 1][None],
        )
        by_gate = (
            elementwise_met(lambda d, g, i: d * g * i * (1 - i), gradient=total, g=g, i=i),
            elementwise_met(lambda d, c, f: d * c * f * (1 - f), gradient=total, cell=before, f=f),
            elementwise_met(lambda d, i, g: d * i * (1 - g * g), gradient=total, i=i, g=g),
            elementwise_met(lambda d, s, o: d * s * o * (1 - o), gradient=grad, tanh_cell=s, o=o),
        )
        return {
            "grad_cell": elementwise_met(lambda c, d, o, s: c + d * o * (1 - s * s), later=later, gradient=grad, o=o,
                                         tanh_cell=s),
            "grad_recurrent_product": by_block(by_gate, chunk.hidden.shape[2]),
        }  # fmt: skip

    def forward_statistics(self, chunk: Chunk) -> Statistics:
        """Mean and saturated share of each gate."""
        return {**gate_statistics(chunk.kept["gates"], "ifog", ["sigmoid"] * 3 + ["tanh"])}

    def backward_statistics(self, chunk: Chunk) -> Statistics:
        """The cell path's own gradient, rms of dL/dc_t."""
        return {"cell_gradient_rms": by_step(chunk.grad_states["cell"])[:, RMS]}

    def closely(self, chunk: Chunk, t: int) -> Mapping[str, Array]:
        """The gates and the cell."""
        gates = chunk.kept["gates"][t].reshape(4, -1)
        named = {f"gate_{name}": gates["ifog".index(name)] for name in self.gates}
        return named | {"cell": chunk.states["cell"][t + 1]}

    def in_order(self, chunk: Chunk) -> Mapping[str, Array]:
        """The gates in PyTorch's order."""
        i, f, o, g = np.split(in_torch_order(chunk.kept["gates"], 4), 4, axis=2)
        return {"gates": np.concatenate([i, f, g, o], axis=2)}


@kernel
def _arguments(given: Matrix, recurrent: Matrix, gates: Matrix) -> None:
    """Sum the products (batch, 4 width) into gates (4 batch, width): -u of i, f, o for exp, u of g for tanh."""
    batch, width = given.shape[0], gates.shape[1]
    for b in range(batch):
        for gate in range(4):
            first = width * (gate if gate < 2 else 5 - gate)
            z, y, u = given[b, first : first + width], recurrent[b, first : first + width], gates[gate * batch + b]
            sign = u.dtype.type(1.0 if gate == 3 else -1.0)
            for j in range(width):
                u[j] = sign * (z[j] + y[j])


@kernel
def _sigmoid(gates: Matrix) -> None:
    """From exp(-u) to i, f and o, in place."""
    one = gates.dtype.type(1.0)
    for b in range(gates.shape[0]):
        for j in range(gates.shape[1]):
            gates[b, j] = one / (one + gates[b, j])


@kernel
def _cell(gates: Matrix, before: Matrix, after: Matrix) -> None:
    """c_t = f c_(t-1) + i g, (batch, width)."""
    batch, width = before.shape
    for b in range(batch):
        for j in range(width):
            after[b, j] = gates[batch + b, j] * before[b, j] + gates[b, j] * gates[3 * batch + b, j]


@kernel
def _pull(gates: Matrix, squashed: Matrix, before: Matrix, grad_hidden: Matrix, later: Matrix, grad_cell: Matrix,
          earlier: Matrix, out: Matrix) -> None:  # fmt: skip
    """dL/dc_t (batch, width) of dL/dh_t and of what c_t gets from later; then what c_(t-1) gets, and dL/du.

    A loop with few arrays is one that the compiler makes take many numbers at a time.
    """
    batch, width = before.shape
    one = gates.dtype.type(1.0)
    for b in range(batch):
        i, f, o, g = gates[b], gates[batch + b], gates[2 * batch + b], gates[3 * batch + b]
        s, grad, total, row = squashed[b], grad_hidden[b], grad_cell[b], out[b]
        by_i, by_f, by_g, by_o = row[:width], row[width : 2 * width], row[2 * width : 3 * width], row[3 * width :]
        come, go, state = later[b], earlier[b], before[b]
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
