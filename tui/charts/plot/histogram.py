"""The histogram of one layer as bars, as it is and beside it with fixes."""

from dataclasses import dataclass

import numpy as np

from ....sim.numerics.arrays import Floats
from ....sim.results.histogram import Histogram
from .axis import label
from .grid import Axes, Drawing, Grid
from .legend import NAMES, legend

BLOCKS = " ▁▂▃▄▅▆▇█"
WIDTH = 8  # of a number below the bars
ASCII_BLOCKS = "     ####"  # half a cell or more is a full one


@dataclass(frozen=True)
class HistogramPicture:
    """Histograms of one array of a layer; each half is scaled to its own highest bar."""

    title: str
    baseline: Histogram
    with_fixes: Histogram | None = None
    names: tuple[str, str] = NAMES[0]

    def draw(self, width: int, height: int, *, axes: Axes | None = None, braille: bool = True) -> Drawing:  # noqa: ARG002
        """The drawing at this size; a histogram has no axes to keep."""
        grid = Grid(width, height)
        legend(grid, [(self.title, [])], braille)
        if self.with_fixes is None:
            _bars(grid, 0, width, self.baseline, "baseline", "", braille)
        else:
            half = (width - 2) // 2
            _bars(grid, 0, half, self.baseline, "baseline", self.names[0], braille)
            _bars(grid, half + 2, half, self.with_fixes, "fixed", self.names[1], braille)
        return Drawing(grid.rows(), grid.width, grid.height, braille=braille)


def _bars(grid: Grid, left: int, width: int, histogram: Histogram, role: str, name: str, braille: bool) -> None:
    """One histogram between two columns: its name, its bars and the range of its values."""
    top, bottom = (2 if name else 1), grid.height - 1
    rows = bottom - top
    if width < 3 or rows < 1:
        return
    grid.put(left, 1 if name else 0, name[:width], role)
    if not histogram.counts.sum():
        grid.put(left, top, "none finite"[:width], "label")
        return
    heights = resample(histogram, width)
    eighths = np.ceil(heights / heights.max() * rows * 8 - 1e-9).astype(int)
    blocks = BLOCKS if braille else ASCII_BLOCKS
    for row in range(rows):
        filled = np.clip(eighths - 8 * (rows - 1 - row), 0, 8)
        grid.put(left, top + row, "".join(blocks[n] for n in filled), role)
    low, high = (label(float(edge), WIDTH) for edge in (histogram.edges[0], histogram.edges[-1]))
    if low == high:
        grid.put(left + (width - len(low)) // 2, bottom, low, "label")
        return
    grid.put(left, bottom, low[:width], "label")
    if len(low) + len(high) < width:
        grid.put(left + width - len(high), bottom, high, "label")


def resample(histogram: Histogram, columns: int) -> Floats:
    """The counts of a histogram spread over any number of equally wide columns."""
    total = np.concatenate(([0.0], np.cumsum(histogram.counts, dtype=np.float64)))
    bins = np.linspace(0, len(histogram.counts), columns + 1)
    return np.diff(np.interp(bins, np.arange(len(total)), total))
