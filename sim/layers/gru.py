"""GRU layer: gates r, z, n; h_t = (1 - z) n + z h_(t-1), with the reset after the product."""

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

ALSO = ("gated_recurrent_unit",)
SOURCE = "Cho et al. 2014; torch.nn.GRU"
RECURRENT = True
BLOCKS = 3
FIXED = "sigmoid gates and tanh"
QUANTITIES = ("gate_r_mean", "gate_z_mean")


def stack(scenario: Scenario, inputs: int, form: Format) -> Iterator[Single]:
    """The layers of a network with their initial parameters, from the input upwards."""
    return recurrent_layers(scenario, inputs, form, Gru())


class Gru:
    """Three blocks; z hands the old hidden state on directly. Gates lie in memory one after the other.

    Of the recurrent product only n's block, which r multiplies, is needed on the way back.
    """

    blocks = BLOCKS
    iteration = 0
    gates: tuple[str, ...] = ("r", "z", "n")
    states: tuple[str, ...] = ()
    separate = direct = True
    room: Mapping[str, int] = {"gates": 3, "product": 1}

    def begin(self, chunk: Chunk, layer: int) -> None:
        """Nothing to do."""

    def advance(self, chunk: Chunk, t: int) -> None:
        """The state after step t."""
        gates, before = chunk.kept["gates"][t], chunk.hidden[t]
        sigmoids, candidate = gates[: 2 * len(before)], gates[2 * len(before) :]
        _arguments(chunk.input[t], chunk.recurrent[t], sigmoids)
        np.exp(sigmoids, out=sigmoids)
        _sigmoid(sigmoids)
        chunk.format.keep(sigmoids)
        _candidate(chunk.input[t], chunk.recurrent[t], gates, chunk.kept["product"][t])
        np.tanh(candidate, out=candidate)
        chunk.format.keep(candidate)
        _mix(gates, before, chunk.hidden[t + 1])

    def prepare(self, chunk: Chunk) -> None:
        """Nothing to do."""

    def retreat(self, chunk: Chunk, t: int) -> None:
        """The gradients of both products, and what z hands on directly."""
        _pull(chunk.kept["gates"][t], chunk.kept["product"][t], chunk.hidden[t], chunk.grad_hidden[t],
              chunk.grad_input[t], chunk.grad_recurrent[t], chunk.direct)  # fmt: skip
        for array in (chunk.grad_input[t], chunk.grad_recurrent[t], chunk.direct):
            chunk.tally.keep_one(array, chunk.first + t)

    def forward_met(self, chunk: Chunk, t: int) -> Mapping[str, Meeting]:
        """Gates and the state before."""
        _, z, n = chunk.kept["gates"][t].reshape(3, 1, *chunk.hidden[t].shape)
        return {"hidden": elementwise_met(lambda z, n, h: (1 - z) * n + z * h, z=z, n=n, hidden=chunk.hidden[t][None])}

    def backward_met(self, chunk: Chunk, t: int) -> Mapping[str, Meeting]:
        """Gates and the total derivative; those of the gates by column, in PyTorch's order."""
        r, z, n = chunk.kept["gates"][t].reshape(3, 1, *chunk.hidden[t].shape)
        before, grad, width = chunk.hidden[t][None], chunk.grad_hidden[t][None], chunk.hidden.shape[2]
        product = chunk.kept["product"][t][None]
        by_gate = (
            elementwise_met(
                lambda d, z, n, u, r: d * (1 - z) * (1 - n * n) * u * r * (1 - r),
                gradient=grad,
                z=z,
                n=n,
                product=product,
                r=r,
            ),
            elementwise_met(lambda d, h, n, z: d * (h - n) * z * (1 - z), gradient=grad, hidden=before, n=n, z=z),
            elementwise_met(lambda d, z, n, r: d * (1 - z) * (1 - n * n) * r, gradient=grad, z=z, n=n, r=r),
        )
        carry = elementwise_met(
            lambda through, z, d: through + z * d, through=chunk.through[t][None], z=z, gradient=grad
        )
        return {"grad_recurrent_product": by_block(by_gate, width), "carry": carry}  # fmt: skip

    def forward_statistics(self, chunk: Chunk) -> Statistics:
        """Mean and saturated share of each gate."""
        return {**gate_statistics(chunk.kept["gates"], self.gates, ["sigmoid", "sigmoid", "tanh"])}

    def backward_statistics(self, _chunk: Chunk) -> Statistics:
        """Nothing."""
        return {}

    def closely(self, chunk: Chunk, t: int) -> Mapping[str, Array]:
        """The gates."""
        return dict(zip(("gate_r", "gate_z", "gate_n"), chunk.kept["gates"][t].reshape(3, -1), strict=True))

    def in_order(self, chunk: Chunk) -> Mapping[str, Array]:
        """The gates in PyTorch's order."""
        return {"gates": in_torch_order(chunk.kept["gates"], 3)}


@kernel
def _arguments(given: Matrix, recurrent: Matrix, sigmoids: Matrix) -> None:
    """Sum the products (batch, 3 width) of r and z into (2 batch, width) as -u, for exp."""
    batch, width = given.shape[0], sigmoids.shape[1]
    for b in range(batch):
        for gate in range(2):
            first = gate * width
            z, y, u = given[b, first : first + width], recurrent[b, first : first + width], sigmoids[gate * batch + b]
            for j in range(width):
                u[j] = -(z[j] + y[j])


@kernel
def _sigmoid(gates: Matrix) -> None:
    """From exp(-u) to r and z, in place."""
    one = gates.dtype.type(1.0)
    for b in range(gates.shape[0]):
        for j in range(gates.shape[1]):
            gates[b, j] = one / (one + gates[b, j])


@kernel
def _candidate(given: Matrix, recurrent: Matrix, gates: Matrix, product: Matrix) -> None:
    """The argument of n: its input plus r times its recurrent product, which is kept."""
    batch, width = product.shape
    for b in range(batch):
        z, y, kept = given[b, 2 * width :], recurrent[b, 2 * width :], product[b]
        r, n = gates[b], gates[2 * batch + b]
        for j in range(width):
            n[j] = z[j] + r[j] * y[j]
            kept[j] = y[j]


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
def _pull(gates: Matrix, product: Matrix, before: Matrix, grad_hidden: Matrix, grad_input: Matrix,
          grad_recurrent: Matrix, direct: Matrix) -> None:  # fmt: skip
    """From dL/dh_t to the gradients of both products (batch, 3 width) and z dL/dh_t.

    A loop with few arrays is one that the compiler makes take many numbers at a time.
    """
    batch, width = before.shape
    one = gates.dtype.type(1.0)
    for b in range(batch):
        r, z, n, y = gates[b], gates[batch + b], gates[2 * batch + b], product[b]
        grad, state, past = grad_hidden[b], before[b], direct[b]
        given, recurrent = grad_input[b], grad_recurrent[b]
        by_r, by_z, by_n = given[:width], given[width : 2 * width], given[2 * width :]
        scaled = recurrent[2 * width :]
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
            recurrent[j] = given[j]
