"""All that gradsim uses of plotext's private parts: a figure of its own for each curve, and its characters."""

from collections.abc import Sequence

from plotext._figure import _figure_class


def curve_rows(x: Sequence[int], y: Sequence[float], width: int, height: int, marker: str, columns: int) -> list[str]:
    """The rows of a curve, x from 0 to below `columns` and y from 0 to 1, without frame, ticks and colours."""
    figure = _figure_class()
    figure._set_size(width, height)
    figure.theme("clear")
    figure.frame(False)
    figure.xticks([], [])
    figure.yticks([], [])
    figure.xlim(0, max(columns - 1, 1))
    figure.ylim(0, 1)
    figure.plot(x, y, marker=marker)
    figure._set_sizes()
    figure._build_matrix()  # the public build colours every cell, twice, which takes as long again
    return ["".join(row)[:width].ljust(width) for row in reversed(figure.monitor.matrix.marker)][:height]
