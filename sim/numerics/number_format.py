"""Number formats: their metadata, rounding to them, and counts of gradients that underflow in them.

A format narrower than float32 is carried in float32, in which every operation is done, and rounded after it. Importing
this imports no numba: the kernel that rounds is imported with the first format that needs it.
"""

import importlib
from collections.abc import Callable, Mapping
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
        _rounding().round_rows(flat.reshape(rows, -1), *self._bits, counts)
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
    metadata = format_facts(name)
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
        of_factors = replace(form, native=False, significand=digits, largest=largest)
        form = replace(form, of_factors=of_factors)
    if not form.native or form.of_factors:
        _rounding()  # whose kernel is compiled with the others
    return form


def _rounding() -> Any:
    """The module of the kernel, imported now; only a format that is rounded to needs it."""
    return importlib.import_module(".rounding", __package__)


def format_facts(form: str) -> Mapping[str, Any]:
    """The metadata of a number format; raises KeyError."""
    return registry.entry("formats", form).metadata


def narrow(form: str) -> bool:
    """Whether a number format has fewer digits than float32."""
    return bool(format_facts(form)["SIGNIFICAND"] < format_facts("float32")["SIGNIFICAND"])


def small_range(form: str) -> bool:
    """Whether a number format reaches less far down than float32."""
    return bool(format_facts(form)["SMALLEST_EXPONENT"] > format_facts("float32")["SMALLEST_EXPONENT"])


def carrier_bytes(form: str) -> int:
    """Bytes of a number in memory; narrow formats are carried in float32."""
    return int(np.dtype(format_facts(form)["CARRIER"]).itemsize)


def vanished(stored: Array, exact: Array) -> bool:
    """Whether rounding made all of an array zero that was not."""
    return not stored.any() and bool(exact.any())


def _float32_bits(value: float) -> int:
    return int(np.float32(value).view(np.uint32))


def count_underflows(form: Format, left: Array, right: Array, out: Array, top: float) -> int:
    """Count the zeros of out = left @ right that underflowed: with left scaled up, in float64, they are not 0.

    Looked for only where left is smaller than the root of the carrier's smallest normal number.
    """
    if not 0 < top < underflow_risk(form.dtype) or out.all():
        return 0
    wide = (left.astype(np.float64) / top) @ right.astype(np.float64)
    return int(np.count_nonzero((out == 0) & (wide != 0)))


@cache
def underflow_risk(dtype: np.dtype[Any]) -> float:
    """The root of the carrier's smallest normal number, below which products may underflow."""
    return float(np.sqrt(np.finfo(dtype).tiny))


def round_gradient(form: Format, grad: Array, lost: int = 0) -> float:
    """Round a parameter's gradient in place; returns the fraction that underflowed, in its product or by rounding."""
    counts = np.full(1, float(lost))
    form.round_(grad[None], counts)
    return float(counts[0] / max(grad.size, 1))


Round = Callable[[Array], Array]  # round an array in place to the number format of the pass, and return it


def unrounded(array: Array) -> Array:
    """What a native format does: nothing. Where a `Round` is this one, kernels may do several operations at once."""
    return array
