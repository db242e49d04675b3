"""Base of gated cells (LSTM, GRU): gate layout in memory, and gate statistics."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from ..numerics.arrays import Array, Floats, Matrix, Table
from ..numerics.kernel import kernel
from .activate import SATURATED
from .base import Arrays, Lanes, Op, Shape, Statistics
from .operands import Index, at

# a sigmoid's slope s (1 - s) is below 5% of 1/4, and tanh's 1 - g^2 below 5% of 1, outside these ends
ENDS = {
    "sigmoid": ((1 - math.sqrt(1 - SATURATED)) / 2, (1 + math.sqrt(1 - SATURATED)) / 2),
    "tanh": (-math.sqrt(1 - SATURATED), math.sqrt(1 - SATURATED)),
}


@dataclass(frozen=True)
class GatedCell(Op):
    """Base of LSTM and GRU cells: reads both products (batch, gates x width) and the previous state; saves gates.

    Gates lie in memory one after the other as (gates x batch, width), the sigmoid ones first, then the tanh one, the
    candidate. Keras lets another activation take tanh's place.
    """

    name = backward_name = "gates"
    factor, factor_word = "slope", "gates"
    needs = (2,)
    parameters = ()
    gates: ClassVar[str]  # a letter each, as they lie in memory
    shown_as: ClassVar[str]  # the same in PyTorch's order
    squashes: ClassVar[tuple[str, ...]]  # what goes through tanh, the candidate first

    inputs: tuple[str, str, str]
    function: Any = None  # the module of an activation that takes tanh's place, and its arguments
    arguments: tuple[Any, ...] = ()

    def saved(self, batch: int, width: int) -> Mapping[str, Shape]:
        """Slopes of an activation used in place of tanh."""
        names = self.squashes if self.function else ()
        return {f"{name}_slope": (batch, width) for name in names}

    def with_slopes(self, saved: Lanes) -> Lanes:
        """Saved arrays by step; the slopes are an empty matrix for tanh, which needs none."""
        if self.function:
            return saved
        none = np.empty((0, 0), saved[0][0].dtype)
        return [*saved, *[[none] * len(saved[0])] * len(self.squashes)]

    def activate(self, u: Array, out: Array, slopes: Arrays, k: int = 0) -> None:
        """Write tanh (or its replacement) of u (batch, width) into out, which may be u, and the slopes."""
        if self.function is None:
            np.tanh(u, out=out)
            return
        argument, value = u.flatten(), out.reshape(-1)
        self.function.value(argument, value, *self.arguments)
        self.function.slope(argument, value, slopes[k].reshape(-1), *self.arguments)

    def by_gate(self, saved: Arrays) -> dict[str, Array]:
        """Each gate by its letter (steps, batch, width), in PyTorch's order."""
        gates = saved[0].reshape(len(saved[0]), len(self.gates), -1, saved[0].shape[-1])
        return {name: gates[:, self.gates.index(name)] for name in self.shown_as}

    def of_unit(self, saved: Arrays, index: Index) -> dict[str, float]:
        """Gate values of one unit of one sample at one step."""
        gates = self.by_gate((saved[0][None],))
        return {name: at(gates[name][0], index) for name in self.gates}

    def statistics(self, saved: Arrays, grads: Arrays, into: Arrays) -> Statistics:
        """Mean and saturated fraction of each gate by step."""
        steps, count = len(saved[0]), len(self.gates)
        rows = saved[0].reshape(steps * count, -1)
        sums_and_counts = np.empty((len(rows), 2))
        sum_and_count_outside(rows, np.array([ENDS["sigmoid"]] * (count - 1) + [ENDS["tanh"]]), sums_and_counts)
        means, shares = (sums_and_counts / rows.shape[1]).reshape(steps, count, 2).transpose(2, 0, 1)
        if self.function:
            shares[:, -1] = self._flat(saved[-len(self.squashes)])
        known = shares[:, :-1] if np.isnan(shares).any() else shares
        quantities = {"saturated_fraction": known.mean(axis=1)}
        for k, name in enumerate(self.gates):
            quantities |= {f"gate_{name}_mean": means[:, k], f"gate_{name}_saturated": shares[:, k]}
        return Statistics(quantities)

    def _flat(self, slopes: Array) -> Floats:
        """By step the share of slopes (steps, batch, width) below SATURATED of the largest, nan if there is none."""
        least = SATURATED * self.function.largest_slope(*self.arguments)
        share: Floats = (
            (np.abs(slopes) < least).mean(axis=(1, 2)) if math.isfinite(least) else np.full(len(slopes), np.nan)
        )
        return share

    def shown(self, saved: Arrays) -> Mapping[str, Array]:
        """The gates (steps, batch, gates x width)."""
        return {"gates": np.concatenate(list(self.by_gate(saved).values()), axis=2)}

    def histograms(self, saved: Arrays) -> Mapping[str, Array]:
        """The gates."""
        return {f"gate_{name}": gate for name, gate in self.by_gate(saved).items()}


@kernel
def sigmoid_of_exp(gates: Matrix) -> None:
    """From exp(-u) to the sigmoid of u, in place."""
    one = gates.dtype.type(1.0)
    for b in range(gates.shape[0]):
        for j in range(gates.shape[1]):
            gates[b, j] = one / (one + gates[b, j])


@kernel
def sum_and_count_outside(x: Matrix, ends: Table, out: Table) -> None:
    """Sum of each row (rows, n) and count beyond its gate's saturation bounds (row modulo gates); out (rows, 2)."""
    rows, n = x.shape
    for r in range(rows):
        low, high = ends[r % ends.shape[0], 0], ends[r % ends.shape[0], 1]
        total, count = 0.0, 0
        for i in range(n):
            value = np.float64(x[r, i])
            total += value
            count += (value < low) | (value > high)
        out[r, 0] = total
        out[r, 1] = count
