"""Softmax over the keys of (samples, heads, queries, keys), where a causal query does not see the keys after it.

The queries may be some of a sequence's, from the `first` on.
"""

import math

import numpy as np

from .arrays import Array, Matrix
from .kernel import kernel

LARGEST, INVERSE, ENTROPY, TOP = range(4)
"""Statistics of a row of logits: its largest, 1 / sum of the exponentials, entropy in nats, largest |logit|."""


def softmax(logits: Array, first: int, causal: bool) -> tuple[Array, Array]:
    """Attention weights (samples, heads, queries, keys), and each row's LARGEST to TOP (samples, heads, queries, 4)."""
    weights, row_statistics = np.empty_like(logits), np.empty((*logits.shape[:3], 4), logits.dtype)
    table = row_statistics.reshape(-1, 4)
    shift(_rows(logits), _rows(weights), table, first, logits.shape[2], int(causal))
    np.exp(weights, weights)
    normalise(_rows(logits), _rows(weights), table)
    return weights, row_statistics


def recompute_softmax(logits: Array, largest: Array, inverse: Array, first: int, causal: bool) -> None:
    """Recompute attention weights in place of the logits, from LARGEST and INVERSE (samples, heads, queries)."""
    flat = _rows(logits)
    shift_by(flat, _column(largest), first, logits.shape[2], int(causal))
    np.exp(logits, logits)
    flat *= _column(inverse)


def softmax_gradient(weights: Array, grad: Array) -> Array:
    """dL/dlogits from dL/dweights."""
    of_logits = np.empty_like(grad)
    through_softmax(_rows(weights), _rows(grad), _rows(of_logits))
    return of_logits


def _rows(array: Array) -> Array:
    return array.reshape(-1, array.shape[-1])


def _column(of_rows: Array) -> Array:
    return np.ascontiguousarray(of_rows).reshape(-1, 1)


@kernel
def shift(logits: Matrix, out: Matrix, table: Matrix, first: int, queries: int, causal: int) -> None:
    """Subtract each row's largest logit (rows, keys); masked (future) keys get -inf. Row = query - first + ...

    Writes the largest logit into column 0 of `table` (rows, 4), and the largest |logit| into column 3, NaN if one is.
    """
    rows, keys = logits.shape
    for r in range(rows):
        seen = min(first + r % queries + 1, keys) if causal else keys
        most, size, bad = logits[r, 0], abs(logits[r, 0]), 0
        for j in range(seen):
            x = logits[r, j]
            most = max(most, x)
            size = max(size, abs(x))
            bad += x != x
        for j in range(seen):
            out[r, j] = logits[r, j] - most
        for j in range(seen, keys):
            out[r, j] = -np.inf
        table[r, 0] = most
        table[r, 3] = np.nan if bad else size


@kernel
def normalise(logits: Matrix, weights: Matrix, table: Matrix) -> None:
    """Divide exponentials (rows, keys) by their sum; writes 1 / sum and the entropy -sum w ln w into `table`."""
    rows, keys = logits.shape
    for r in range(rows):
        total, product, most = 0.0, 0.0, np.float64(table[r, 0])
        for j in range(keys):
            total += np.float64(weights[r, j])
        for j in range(keys):
            if weights[r, j] > 0:
                product += np.float64(weights[r, j]) * (np.float64(logits[r, j]) - most)
        inverse = weights.dtype.type(1 / total)
        for j in range(keys):
            weights[r, j] *= inverse
        table[r, 1] = inverse
        table[r, 2] = max(math.log(total) - product / total, 0.0)


@kernel
def shift_by(logits: Matrix, largest: Matrix, first: int, queries: int, causal: int) -> None:
    """Subtract the known largest logit (rows, 1) of each row in place; masked keys get -inf."""
    rows, keys = logits.shape
    for r in range(rows):
        seen = min(first + r % queries + 1, keys) if causal else keys
        most = largest[r, 0]
        for j in range(seen):
            logits[r, j] -= most
        for j in range(seen, keys):
            logits[r, j] = -np.inf


@kernel
def through_softmax(weights: Matrix, grad: Matrix, out: Matrix) -> None:
    """dL/dlogits = w (dL/dw - sum w dL/dw), all (rows, keys)."""
    rows, keys = weights.shape
    for r in range(rows):
        along = 0.0
        for j in range(keys):
            along += np.float64(weights[r, j]) * grad[r, j]
        mean = weights.dtype.type(along)
        for j in range(keys):
            out[r, j] = weights[r, j] * (grad[r, j] - mean)
