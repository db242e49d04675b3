"""The number format of a pass, and rounding to it.

A format narrower than float32 is carried in float32, in which every operation is done, and rounded after it.
"""

import importlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache, cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .. import registry
from .arrays import Array

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
    of_factors: "Format | None" = None  # that which matrix products round to what they multiply, if another

    @property
    def smallest(self) -> float:
        """The smallest number above 0."""
        return float(2.0 ** (self.smallest_exponent - self.significand + 1))

    def round_(self, array: Array, lost: NDArray[np.float64] | None = None) -> Array:
        """Round an array in the carrier's format in place (to nearest, ties to even) and return it.

        Adds to `lost` (steps,), for an array (steps, ...), how many numbers of each step were not 0 and became 0.
        """
        if self.native or not array.size:
            return array
        rows = 1 if lost is None else len(array)
        counts = np.empty((rows, 1))
        flat = np.ascontiguousarray(array)
        self._round(flat.reshape(rows, -1), *self._bits, counts)
        if not np.shares_memory(flat, array):
            array[...] = flat
        if lost is not None:
            lost += counts[:, 0]
        return array

    def factor(self, array: Array) -> Array:
        """An array as a factor of a matrix product; a rounded copy where the format (tfloat32) rounds factors."""
        if self.of_factors is None or array.dtype != self.dtype:
            return array
        return self.of_factors.round_(array.copy())

    def parameters(self, initial: dict[str, Array]) -> tuple[dict[str, Array], dict[str, Array]]:
        """Initial parameters rounded to the format, and, unrounded, those that overflowed or underflowed to zeros."""
        stored = {key: self.round_(value.astype(self.dtype)) for key, value in initial.items()}
        lost = (key for key, value in stored.items() if not np.isfinite(value).all() or vanished(value, initial[key]))
        return stored, {key: initial[key] for key in lost}

    def number(self, value: float) -> float:
        """One number rounded to the format."""
        with np.errstate(all="ignore"):
            return float(self.round_(np.array([value], self.dtype))[0])

    @property
    def _round(self) -> Callable[..., None]:
        """The kernel, which only a format that is rounded to has to compile or load."""
        from .rounding import round_rows

        return round_rows

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
    """The number format of a name."""
    metadata = registry.entry("formats", name).metadata
    carrier, significand = np.dtype(metadata["CARRIER"]), metadata["SIGNIFICAND"]
    form = Format(
        name,
        carrier,
        np.dtype(metadata["STORED"]),
        significand > np.finfo(carrier).nmant,
        significand,
        metadata["SMALLEST_EXPONENT"],
        metadata["LARGEST"],
        metadata["OVERFLOW"] == "largest",
    )
    if digits := metadata.get("FACTORS"):
        largest = (2 - 2.0 ** (1 - digits)) * 2.0 ** (1 - form.smallest_exponent)
        narrow = replace(form, native=False, significand=digits, largest=largest)
        form = replace(form, of_factors=narrow)
    if not form.native or form.of_factors:
        importlib.import_module(".rounding", __package__)  # its kernel is compiled with the others
    return form


def vanished(stored: Array, exact: Array) -> bool:
    """Whether rounding made all of an array zero that was not."""
    return not stored.any() and bool(exact.any())


def _float32_bits(value: float) -> int:
    return int(np.float32(value).view(np.uint32))


Round = Callable[[Array], Array]  # round an array in place to the number format of the pass, and return it


def unrounded(array: Array) -> Array:
    """What a native format does: nothing. Where a `Round` is this one, kernels may do several operations at once."""
    return array
