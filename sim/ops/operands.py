"""Operands of one number of an operation's result, and its exact value in float64: why it is not finite."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from ..numerics.arrays import Array

Index = tuple[int, ...]
Terms = tuple[tuple[str, float], ...]  # operands by name


class Operands(NamedTuple):
    """Operands by name, and the exact result in float64."""

    terms: Terms
    exact: float


OperandsAt = Callable[[Index], Operands]


def at(array: Array, index: Index) -> float:
    """The number at an index of the result, of an operand that is broadcast to the result's shape."""
    own_index = index[len(index) - array.ndim :]
    return float(array[tuple(i if size > 1 else 0 for i, size in zip(own_index, array.shape, strict=True))])


def largest_product(left: Array, right: Array, names: tuple[str, str]) -> Terms:
    """The largest term of the inner product of vectors (n,), as its two factors, and the number of terms."""
    left, right = left.astype(np.float64), right.astype(np.float64)
    i = int(np.argmax(np.abs(left * right)))
    return (names[0], float(left[i])), (names[1], float(right[i])), ("terms", float(len(left)))


def largest_term(column: Array, name: str = "gradient") -> Terms:
    """The largest term of the sum of a vector (n,), and the number of terms."""
    return (name, float(column[np.argmax(np.abs(column))])), ("terms", float(len(column)))


def operands_of_product(
    left: Array, right: Array, bias: Array | None = None, names: tuple[str, str] = ("input", "weight")
) -> OperandsAt:
    """Operands of left @ right + bias, shapes (..., m, k), (k, n), (n,): factors of the largest term, their number."""

    def at_index(index: Index) -> Operands:
        row, column = left[index[:-1]].astype(np.float64), right[:, index[-1]].astype(np.float64)
        addend = () if bias is None else (("bias", float(bias[index[-1]])),)
        exact = (row * column).sum() + sum(value for _, value in addend)
        return Operands((*largest_product(row, column, names), *addend), float(exact))

    return at_index


def operands_of_sum(rows: Array, name: str = "gradient") -> OperandsAt:
    """Operands of rows.sum(axis=0), rows (n, features), at index (0, feature): largest term, number of terms."""

    def at_index(index: Index) -> Operands:
        column = rows[:, index[-1]].astype(np.float64)
        return Operands(largest_term(column, name), float(column.sum()))

    return at_index


def operands_of_elementwise(function: Callable[..., Any], **operands: Array) -> OperandsAt:
    """Operands of an elementwise function of arrays that are broadcast to the result as in NumPy."""

    def at_index(index: Index) -> Operands:
        terms = tuple((name, at(array, index)) for name, array in operands.items())
        return Operands(terms, float(function(*(np.float64(value) for _, value in terms))))

    return at_index


def operands_of_rounding(unrounded: Array) -> OperandsAt:
    """Operand of a number that overflowed when it was rounded to the number format: the unrounded number."""
    return lambda index: Operands((("unrounded", float(unrounded[index])),), float(unrounded[index]))
