"""Operands of the operation that produced the first non-finite number, and its exact result in float64."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from ..numerics.arrays import Array

Index = tuple[int, ...]


class Operands(NamedTuple):
    """Operands by name, and the exact result in float64."""

    terms: tuple[tuple[str, float], ...]
    exact: float


OperandsAt = Callable[[Index], Operands]


def operands_of_product(
    left: Array, right: Array, bias: Array | None = None, names: tuple[str, str] = ("input", "weight")
) -> OperandsAt:
    """Operands of left @ right + bias, (..., m, k), (k, n), (n,): factors of the largest term, number of terms."""

    def at_index(index: Index) -> Operands:
        row, column = _float64(left[index[:-1]]), _float64(right[:, index[-1]])
        products = row * column
        largest = int(np.argmax(np.abs(products)))
        terms = [(names[0], float(row[largest])), (names[1], float(column[largest])), ("terms", float(len(row)))]
        terms += [("bias", float(bias[index[-1]]))] if bias is not None else []
        return Operands(tuple(terms), float(products.sum() + (0.0 if bias is None else np.float64(bias[index[-1]]))))

    return at_index


def operands_of_sum(rows: Array, name: str = "gradient") -> OperandsAt:
    """Operands of rows.sum(axis=0), rows (n, features): largest term, number of terms; index (0, feature)."""

    def at_index(index: Index) -> Operands:
        column = _float64(rows[:, index[-1]])
        largest = float(column[np.argmax(np.abs(column))])
        return Operands(((name, largest), ("terms", float(len(column)))), float(column.sum()))

    return at_index


def operands_of_elementwise(function: Callable[..., Any], **operands: Array) -> OperandsAt:
    """Operands of an elementwise operation, broadcast to the result as NumPy does."""

    def at_index(index: Index) -> Operands:
        values = {name: _at(array, index) for name, array in operands.items()}
        return Operands(tuple(values.items()), float(function(*(np.float64(value) for value in values.values()))))

    return at_index


def operands_of_rounding(unrounded: Array) -> OperandsAt:
    """The operand of a number that overflowed when it was rounded to the number format: itself."""
    return lambda index: Operands((("unrounded", float(unrounded[index])),), float(unrounded[index]))


def _at(array: Array, index: Index) -> float:
    """The number that stands at an index after broadcasting."""
    own_index = index[len(index) - array.ndim :]
    return float(array[tuple(i if size > 1 else 0 for i, size in zip(own_index, array.shape, strict=True))])


def _float64(values: Array) -> Array:
    return values.astype(np.float64)
