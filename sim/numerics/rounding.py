"""Rounding to a number format narrower than float32, in float32's own bits."""

import numpy as np

from .arrays import Matrix, Table
from .kernel import kernel


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
