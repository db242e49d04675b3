"""The number format of a pass: what becomes of a result when a framework stores it.

A format narrower than float32 is carried in float32, in which every operation is done, and rounded after it.
"""

from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import menu
from .kernel import Array, Matrix, Table, kernel

INFINITY, QUIET = 0x7F800000, 0x00400000  # float32's inf; the bit that makes a NaN of it


@dataclass(frozen=True)
class Format:
    """A number format and the NumPy format that carries it; `stored` is the narrowest one that holds its numbers."""

    name: str
    dtype: np.dtype[Any]
    stored: np.dtype[Any]
    native: bool  # the carrier is the format, so that nothing needs rounding
    significand: int  # bits, with the one that is not written
    smallest_exponent: int  # of a normal number
    largest: float
    saturates: bool  # overflow gives the largest number, since there is no inf

    @property
    def smallest(self) -> float:
        """The smallest number above 0."""
        return float(2.0 ** (self.smallest_exponent - self.significand + 1))

    def keep(self, array: Array, lost: NDArray[np.float64] | None = None) -> Array:
        """Round an array in the carrier's format in place (to nearest, ties to even) and return it.

        Adds to `lost` (steps,), for an array (steps, ...), how many numbers of each step were not 0 and became 0.
        """
        if self.native or not array.size:
            return array
        rows = 1 if lost is None else len(array)
        counts = np.empty((rows, 1))
        flat = np.ascontiguousarray(array)
        round_rows(flat.reshape(rows, -1), *self._bits, counts)
        if not np.shares_memory(flat, array):
            array[...] = flat
        if lost is not None:
            lost += counts[:, 0]
        return array

    def parameters(self, drawn: dict[str, Array]) -> tuple[dict[str, Array], dict[str, Array]]:
        """Initial parameters as they are stored, and those that were too large as they were drawn."""
        stored = {key: self.keep(value.astype(self.dtype)) for key, value in drawn.items()}
        return stored, {key: drawn[key] for key, value in stored.items() if not np.isfinite(value).all()}

    def number(self, value: float) -> float:
        """One number as the format holds it."""
        with np.errstate(all="ignore"):
            return float(self.keep(np.array([value], self.dtype))[0])

    @cached_property
    def _bits(self) -> tuple[int, int, int, int, int, float]:
        """What the kernel takes."""
        drop = np.finfo(np.float32).nmant + 1 - self.significand
        shares_range = self.smallest_exponent == np.finfo(np.float32).minexp
        normal = 0 if shares_range else _float32_bits(2.0**self.smallest_exponent)
        largest = _float32_bits(self.largest)
        beyond, special = (largest, QUIET) if self.saturates else (INFINITY, 0)
        return drop, normal, largest, beyond, special, 1.0 if shares_range else self.smallest


@cache
def number_format(name: str) -> Format:
    """A format of the menu."""
    facts = menu.entry("formats", name).facts
    return Format(
        name, np.dtype(facts["CARRIER"]), np.dtype(facts["STORED"]), facts["CARRIER"] == name, facts["SIGNIFICAND"],
        facts["SMALLEST_EXPONENT"], facts["LARGEST"], facts["OVERFLOW"] == "largest",
    )  # fmt: skip


def _float32_bits(value: float) -> int:
    return int(np.float32(value).view(np.uint32))


@kernel
def round_rows(x: Matrix, drop: int, normal: int, largest: int, beyond: int, special: int, quantum: float,
               lost: Table) -> None:  # fmt: skip
    """Round float32 x (rows, n) in place, and into lost (rows, 1) how many numbers of a row became 0.

    From the bits `normal` on, the last `drop` bits are rounded off as an integer, which carries into the exponent;
    below, numbers are multiples of the quantum. Above the bits `largest` come the bits `beyond`; inf and NaN get the
    bits `special`.
    """
    ones = np.uint32(1)
    shift, edge, top = np.uint32(drop), np.uint32(normal), np.uint32(largest)
    half = np.uint32((1 << (drop - 1)) - 1)
    mask = ~np.uint32((1 << drop) - 1)
    over, odd = np.uint32(beyond), np.uint32(special)
    unit, units = np.float32(quantum), np.float32(1.0 / quantum)
    for r in range(x.shape[0]):
        row, bits = x[r], x[r].view(np.uint32)
        count = 0
        for i in range(bits.size):
            size = np.uint32(bits[i] & np.uint32(0x7FFFFFFF))
            sign = np.uint32(bits[i] ^ size)
            rounded = np.uint32((np.uint32(size + half) + np.uint32(np.uint32(size >> shift) & ones)) & mask)
            rounded = over if rounded > top else rounded
            small = np.float32(np.rint(np.float32(abs(row[i])) * units) * unit).view(np.uint32)
            rounded = small if size < edge else rounded
            rounded = np.uint32(size | odd) if size >= np.uint32(0x7F800000) else rounded
            count += (rounded == np.uint32(0)) & (size != np.uint32(0))
            bits[i] = np.uint32(sign | rounded)
        lost[r, 0] = count
