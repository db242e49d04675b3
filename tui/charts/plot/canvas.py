"""Curves as characters by plotext, and marks for values that have no place on an axis.

plotext raises on inf, on empty data and on a second build with a log axis, and its legend covers data; so
it gets numbers between 0 and 1, a gap for everything else, and draws nothing but the curve.
"""

import numpy as np
from numpy.typing import NDArray

from ....sim.numerics.arrays import Floats
from .area import dot
from .plotext_private import curve_rows

MARKS = {"zero": "v", "-inf": "v", "inf": "^", "NaN": "x", "0/0": "x", "none": "x"}
BRAILLE = 0x2800
LEFT_DOTS, RIGHT_DOTS = 0x47, 0xB8  # of a braille character, by half column
DASH, PERIOD = 4, 6  # half columns that are drawn of so many, and
STEEP = 2  # dots in a half column, above which a line is too steep for gaps
MARKERS = {True: ("braille", "braille"), False: (".", "*")}  # of the first curve and the second


def dots(places: int, depth: int, width: int) -> NDArray[np.int64]:
    """The half column of every place from 1 to `places` on an axis of `depth` places."""
    if depth == 1:
        return np.full(places, dot(1, 1, width))
    return np.rint(np.arange(places) / (depth - 1) * (2 * width - 1)).astype(np.int64)


def curve(x: NDArray[np.int64], y: Floats, width: int, height: int, marker: str) -> list[str]:
    """The rows of a curve through half columns x and heights y from 0 to 1, broken where y is NaN."""
    y = np.where((y >= -1e-9) & (y <= 1 + 1e-9), y, np.nan)
    if width < 1 or height < 1 or np.isnan(y).all():
        return [" " * width] * height
    x, y = decimate(x, y)
    per_cell = 2 if marker == "braille" else 1
    rows = curve_rows((x // (2 // per_cell)).tolist(), y.tolist(), width, height, marker, per_cell * width)
    return rows + [" " * width] * (height - len(rows))


def dashed(rows: list[str]) -> list[str]:
    """A curve in braille with gaps along the x axis, but where it is steep."""
    codes = np.frombuffer("".join(rows).encode("utf-32-le"), np.dtype("<u4")).reshape(len(rows), -1)
    cells = np.where(codes >= BRAILLE, codes - BRAILLE, 0).astype(np.uint8)
    width = cells.shape[1]
    for half, dots_of in enumerate((LEFT_DOTS, RIGHT_DOTS)):
        count = np.unpackbits((cells & np.uint8(dots_of))[..., None], axis=-1).sum(axis=(0, 2))
        gap = ((2 * np.arange(width) + half) % PERIOD >= DASH) & (count <= STEEP)
        cells[:, gap] &= np.uint8(0xFF - dots_of)
    text = np.where(cells > 0, BRAILLE + cells.astype(np.uint32), ord(" ")).astype("<u4").tobytes().decode("utf-32-le")
    return [text[i : i + width] for i in range(0, len(text), width)]


def united(one: str, other: str) -> str:
    """The dots of two braille characters in one; of others the second."""
    codes = [ord(text) - BRAILLE for text in (one, other)]
    return chr(BRAILLE | codes[0] | codes[1]) if all(0 <= code < 256 for code in codes) else other


def decimate(x: NDArray[np.int64], y: Floats) -> tuple[NDArray[np.int64], Floats]:
    """At most two points a column, its lowest and highest; a column that is all NaN stays a gap."""
    columns = x // 2
    starts = np.flatnonzero(np.diff(columns, prepend=-1))
    if len(x) <= 2 * len(starts):
        return x, y
    low, high = np.fmin.reduceat(y, starts), np.fmax.reduceat(y, starts)
    falls = y[starts] > (low + high) / 2
    left, right = np.where(falls, high, low), np.where(falls, low, high)
    return np.repeat(x[starts], 2), np.column_stack((left, right)).ravel()


def marks(x: NDArray[np.int64], values: Floats, log: bool) -> dict[str, list[int]]:
    """The columns in which values have no place on the axis, by what they are: zero, inf, -inf or NaN."""
    kinds = {
        "zero": (values == 0) & log,
        "-inf": np.isneginf(values),
        "inf": np.isposinf(values),
        "NaN": np.isnan(values) | ((values < 0) & np.isfinite(values) & log),
    }
    columns_of = {kind: np.unique(x[where] // 2).tolist() for kind, where in kinds.items()}
    return {kind: columns for kind, columns in columns_of.items() if columns}
