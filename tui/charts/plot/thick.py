"""Curves drawn with a broader pen, for who sits far from the screen."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from .canvas import BRAILLE
from .grid import RUNS, SHADES, Drawing, Row, Span, merged

BITS = np.array([[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]])  # of a braille character, from above


def thick(drawing: Drawing) -> Drawing:
    """The drawing with each dot of a curve doubled downwards, wherever nothing else stands."""
    if not drawing.braille or not drawing.rows:
        return drawing
    cells = [[(character, role) for text, role in row for character in text] for row in drawing.rows]
    for role in RUNS:
        for (y, x), code in np.ndenumerate(_doubled(_codes(cells, role))):
            character, own = cells[y][x]
            free = character == " " or own in SHADES
            if code and (free or (own == role and ord(character) >= BRAILLE)):
                cells[y][x] = (chr(BRAILLE + code), role)
    rows: tuple[Row, ...] = tuple(merged(row) for row in cells)
    return replace(drawing, rows=rows)


def _codes(cells: list[list[Span]], role: str) -> NDArray[np.int64]:
    """The dots of each cell that a run has drawn, as its braille character counts them."""
    codes = np.array([[ord(character) - BRAILLE if own == role else 0 for character, own in row] for row in cells])
    return np.where((codes > 0) & (codes < 256), codes, 0)


def _doubled(codes: NDArray[np.int64]) -> NDArray[np.int64]:
    """Each dot and the one below it."""
    height, width = codes.shape
    dots = (codes[:, None, :, None] & BITS[None, :, None, :]).reshape(4 * height, width, 2) > 0
    dots[1:] |= dots[:-1].copy()
    return np.asarray((dots.reshape(height, 4, width, 2) * BITS[None, :, None, :]).sum(axis=(1, 3)))
