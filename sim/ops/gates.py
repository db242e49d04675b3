"""Base of gated cells (LSTM, GRU): gate layout in memory, and gate statistics."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from ..numerics.arrays import Array, Floats, Matrix, Table
from ..numerics.kernel import kernel
from .activate import SATURATED
from .base import Arrays, BackwardStatistics, Lanes, Op, Shape
from .operands import Index, at

# outside these bounds of the value a slope is below SATURATED of the largest: s (1 - s) of 1/4, and 1 - g^2 of 1
BOUNDS = {
    "sigmoid": ((1 - math.sqrt(1 - SATURATED)) / 2, (1 + math.sqrt(1 - SATURATED)) / 2),
    "tanh": (-math.sqrt(1 - SATURATED), math.sqrt(1 - SATURATED)),
}


@dataclass(frozen=True)
class GatedCell(Op):
    """Base of LSTM and GRU cells: reads both products (batch, gates x width) and the previous state; saves the gates.

    Gates are stored one after the other as (gates x batch, width), those with a sigmoid first, then the candidate,
    which has tanh. As in Keras another activation can take tanh's place.
    """

    name = backward_name = "gates"
    factor, factor_word = "slope", "gates"
    needs = (2,)
    parameters = ()
    gates: ClassVar[str]  # a letter for each gate, in the order in memory
    torch_order: ClassVar[str]  # the same letters in PyTorch's order
    squashes: ClassVar[tuple[str, ...]]  # what tanh is applied to, the candidate first

    inputs: tuple[str, str, str]
    function: Any = None  # the module of an activation in place of tanh, and its arguments
    arguments: tuple[Any, ...] = ()

    def saved(self, batch: int, width: int) -> Mapping[str, Shape]:
        """Slopes of the activation in place of tanh, if there is one."""
        names = self.squashes if self.function else ()
        return {f"{name}_slope": (batch, width) for name in names}

    def with_slopes(self, saved: Lanes) -> Lanes:
        """Saved arrays, with empty matrices as the slopes of tanh, which follow from its values."""
        if self.function:
            return saved
        none = np.empty((0, 0), saved[0][0].dtype)
        return [*saved, *[[none] * len(saved[0])] * len(self.squashes)]

    def activate(self, u: Array, out: Array, slopes: Arrays, k: int = 0) -> None:
        """Write tanh(u), or the activation in its place and its k-th slopes; u is (batch, width), `out` may be u."""
        if self.function is None:
            np.tanh(u, out=out)
            return
        argument, value = u.flatten(), out.reshape(-1)
        self.function.value(argument, value, *self.arguments)
        self.function.slope(argument, value, slopes[k].reshape(-1), *self.arguments)

    def by_gate(self, saved: Arrays) -> dict[str, Array]:
        """Gates (steps, batch, width) by letter, in PyTorch's order."""
        gates = saved[0].reshape(len(saved[0]), len(self.gates), -1, saved[0].shape[-1])
        return {name: gates[:, self.gates.index(name)] for name in self.torch_order}

    def of_unit(self, saved: Arrays, index: Index) -> dict[str, float]:
        """Values of the gates by letter, at one step of one sample and unit, which are the index."""
        gates = self.by_gate((saved[0][None],))
        return {name: at(gates[name][0], index) for name in self.gates}

    def backward_statistics(self, saved: Arrays, grads: Arrays, into: Arrays) -> BackwardStatistics:
        """Mean and saturated fraction of each gate by step, and the latter of all gates together."""
        steps, count = len(saved[0]), len(self.gates)
        rows = saved[0].reshape(steps * count, -1)
        sums_and_counts = np.empty((len(rows), 2))
        sum_and_count_outside(rows, np.array([BOUNDS["sigmoid"]] * (count - 1) + [BOUNDS["tanh"]]), sums_and_counts)
        means, shares = (sums_and_counts / rows.shape[1]).reshape(steps, count, 2).transpose(2, 0, 1)
        if self.function:
            shares[:, -1] = self._saturated(saved[-len(self.squashes)])
        known = shares[:, :-1] if np.isnan(shares).any() else shares
        quantities = {"saturated_fraction": known.mean(axis=1)}
        for k, name in enumerate(self.gates):
            quantities |= {f"gate_{name}_mean": means[:, k], f"gate_{name}_saturated": shares[:, k]}
        return BackwardStatistics(quantities)

    def _saturated(self, slopes: Array) -> Floats:
        """Share of slopes (steps, batch, width) below SATURATED of the largest, by step; nan if they have no bound."""
        least = SATURATED * self.function.largest_slope(*self.arguments)
        share: Floats = (
            (np.abs(slopes) < least).mean(axis=(1, 2)) if math.isfinite(least) else np.full(len(slopes), np.nan)
        )
        return share

    def shown(self, saved: Arrays) -> Mapping[str, Array]:
        """The gates (steps, batch, gates x width), in PyTorch's order."""
        return {"gates": np.concatenate(list(self.by_gate(saved).values()), axis=2)}

    def histograms(self, saved: Arrays) -> Mapping[str, Array]:
        """Each gate."""
        return {f"gate_{name}": gate for name, gate in self.by_gate(saved).items()}


@kernel
def sigmoid_of_exp(gates: Matrix) -> None:
    """From exp(-u) to the sigmoid of u, (rows, width), in place."""
    one = gates.dtype.type(1.0)
    for b in range(gates.shape[0]):
        for j in range(gates.shape[1]):
            gates[b, j] = one / (one + gates[b, j])


@kernel
def sum_and_count_outside(x: Matrix, bounds: Table, out: Table) -> None:
    """Sum of each row (rows, n), and how many numbers are outside the bounds (gates, 2) of gate `row % gates`."""
    rows, n = x.shape
    for r in range(rows):
        low, high = bounds[r % bounds.shape[0], 0], bounds[r % bounds.shape[0], 1]
        total, count = 0.0, 0
        for i in range(n):
            value = np.float64(x[r, i])
            total += value
            count += (value < low) | (value > high)
        out[r, 0] = total
        out[r, 1] = count
