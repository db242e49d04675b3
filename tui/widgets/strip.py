"""The strip under the main chart: signal and gradient on a linear scale, which shows what a log axis only descends."""

from typing import ClassVar

from ..charts.plot.area import ChartAxis
from ..charts.plot.curves import place_plot
from ..charts.plot.grid import Row
from ..charts.plot.strip import StripRow, strip_rows
from ..terminal.glyphs import has_braille
from .text_rows import TextRows

ROWS = 8  # of a chart that has room for everything


class Strip(TextRows):
    """Two rows in the columns of the chart above: a cell a layer or step, as high as its share of the largest."""

    help: ClassVar[str] = (
        "Below the chart, a cell a layer or step: how large the signal is and, in the second row, the gradient, on a "
        "linear scale, each as a share of its own largest. With a fix on, the rows are the gradients of both runs (in "
        "the forward half of a walk their signals). space walks: the signal lights up forward, the gradient fades "
        "back while the factors are multiplied, and the verdict comes at the end."
    )

    def __init__(self, *, id: str | None = None):  # noqa: A002
        super().__init__(id=id)
        self._rows: list[StripRow] = []
        self._axis: ChartAxis = "layer"
        self._window = (1, 1)
        self._tall = 1

    def show(self, rows: list[StripRow], axis: ChartAxis = "layer", window: tuple[int, int] = (1, 1),
             tall: int = 1) -> None:  # fmt: skip
        """Show rows over the places of a window, (first, last), each in `tall` lines."""
        self._rows, self._axis, self._window, self._tall = rows, axis, window, tall
        self.redraw()

    def rows(self, width: int) -> list[Row]:
        """The two rows, blank while there is nothing."""
        first, last = self._window
        plot = place_plot(width, ROWS, last - first + 1, self._axis, first - 1)
        if plot is None or not self._rows:
            blank: list[Row] = [(), ()]
            return blank * self._tall
        return strip_rows(self._rows, plot, has_braille(), self._tall)
