"""Statistics of arrays, accumulated in float64 and scaled to stay finite where the numbers are; likeness of tokens."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .arrays import Array, Bits, Floats, Matrix, Table, Vector
from .kernel import kernel

MEAN, STD, RMS, MAX, ZEROS, NONFINITE = range(6)
COLUMNS = 6

# by the bytes of a floating number: the integer that holds its bits, all of them but the sign, and those of inf
PATTERNS = {4: (np.int32, 2**31 - 1, 0x7F800000), 8: (np.int64, 2**63 - 1, 0x7FF0000000000000)}


def moments(x: Array, out: NDArray[np.float64], first: int = 0, last: int | None = None) -> None:
    """Moments of each row of x (rows, n): mean, std (over n), rms, max |x|, zeros, non-finite count; out (rows, 6).

    Only of the columns from `first` on, and before `last`.
    """
    integer, low, infinity = PATTERNS[x.dtype.itemsize]
    last = x.shape[1] if last is None else last
    _moments(x, x.view(integer), low, infinity, first, last, out, out.view(x.dtype), out.view(integer))


@kernel
def _moments(x: Matrix, bits: Bits, low: int, infinity: int, first: int, last: int, out: Table, real: Matrix,
             pattern: Bits) -> None:  # fmt: skip
    """Moments of x, whose bits give the largest size: integers compare alike, many at a time and NaN too.

    `real` and `pattern` are out seen as x and as bits are: what is written into the one is read from the other.

    Sums are taken of values scaled by a power of two near the largest, as BLAS's nrm2 does, where their squares
    would not fit into float64.
    """
    rows, n = x.shape[0], last - first
    integer = bits.dtype.type
    mask, none = integer(low), integer(0)
    for r in range(rows):
        row, sizes = x[r][first:last], bits[r][first:last]
        most, zeros = none, none
        for i in range(n):
            size = sizes[i] & mask
            most = max(size, most)
            zeros += integer(size == none)
        pattern[r, 0] = most
        top: float = real[r, 0]
        bad, endless = 0, 0.0
        if most >= infinity:
            top = 0.0
            for i in range(n):
                value = abs(np.float64(row[i]))
                top = value if value > top else top
                bad += not value < np.inf
                endless += value
        scale = 1.0
        if bad == 0 and top > 0.0 and (top < 1e-100 or top > 1e100):
            scale = 2.0 ** -min(np.floor(np.log2(top)), 1023.0) if top > 1e-300 else 2.0**997
        one, other, third = row[0], row[n // 2], row[n - 1]
        shift = max(min(one, other), min(max(one, other), third)) * scale  # the middle one, as any may lie far out
        linear, second = 0.0, 0.0
        for i in range(n):
            value = np.float64(row[i]) * scale - shift
            linear += value
            second += value * value
        mean = linear / n
        variance = max(second / n - mean * mean, 0.0)
        mean += shift
        out[r, 0] = mean / scale
        out[r, 1] = np.sqrt(variance) / scale if bad == 0 else np.nan
        out[r, 2] = np.sqrt(variance + mean * mean) / scale if bad == 0 else endless
        out[r, 3] = top
        out[r, 4] = zeros
        out[r, 5] = bad


@kernel
def count_slopes(slope: Matrix, grad: Matrix, product: Matrix, least: float, out: Table) -> None:
    """By row of slope, grad and their product (rows, n): how many slopes lie below least, and how many products of
    numbers that are not 0 are 0; out (rows, 2).
    """
    rows, n = slope.shape
    for r in range(rows):
        count = 0
        lost = 0
        for i in range(n):
            count += abs(slope[r, i]) < least
            lost += (product[r, i] == 0) & (slope[r, i] != 0) & (grad[r, i] != 0)
        out[r, 0] = count
        out[r, 1] = lost


@kernel
def dot(one: Vector, other: Vector, scale: float, other_scale: float, out: Table) -> None:
    """Inner product of two scaled vectors (n,), written into out (1, 1)."""
    total = 0.0
    for i in range(one.size):
        total += (np.float64(one[i]) * scale) * (np.float64(other[i]) * other_scale)
    out[0, 0] = total


@kernel
def add_row(x: Matrix, row: Vector) -> None:
    """Add a row (features,) to each row of x (rows, features), in place: for few features NumPy takes longer."""
    rows, n = x.shape
    for r in range(rows):
        for i in range(n):
            x[r, i] += row[i]


def flatnonzero(array: Any) -> list[int]:
    """np.flatnonzero of an array (n,) as a list, without what NumPy's takes for short ones."""
    where: list[int] = array.nonzero()[0].tolist()
    return where


def by_step(array: Array) -> NDArray[np.float64]:
    """Moments of a (steps, batch, features) array by step: (steps, 6), columns as named above."""
    out = np.empty((len(array), COLUMNS))
    moments(array.reshape(len(array), -1), out)
    return out


def token_similarity(hidden: Array) -> Floats:
    """The mean cosine between a token and each other of its sample (layers, steps), 1 where rank collapsed.

    Of hidden states (layers, steps, batch, features), over the batch; nan of a single step.
    The mean cosine with all is that with their mean, so no pair is looked at (Noci et al. 2022, section 3).
    """
    steps = hidden.shape[1]
    similarity = np.full(hidden.shape[:2], np.nan)
    for layer, states in zip(similarity, hidden, strict=True) if steps > 1 else ():
        wide = states.astype(np.float64)
        wide /= np.sqrt(np.einsum("tbf,tbf->tb", wide, wide))[..., None]
        others = np.einsum("tbf,bf->t", wide, wide.sum(axis=0)) / hidden.shape[2] - 1
        layer[:] = others / (steps - 1)
    return similarity
