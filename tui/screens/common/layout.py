"""What both screens show from top to bottom, and the classes of a size, by which gradsim.tcss hides and moves parts."""

from collections.abc import Iterable

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.geometry import Size
from textual.widget import Widget

from ...widgets.fixes import FixPanel
from ...widgets.footer import KeyLine, LessonStrip, StatusLine
from ...widgets.form import Form
from ...widgets.header import Header
from ...widgets.plot import PlotWidget
from ...widgets.too_small import TooSmall
from ...widgets.verdict import VerdictPanel

ACROSS = [(0, "-cramped"), (60, "-narrow"), (110, "-wide"), (150, "-huge")]
DOWN = [(0, "-flat"), (18, "-short"), (38, "-tall"), (45, "-lofty")]


def layout(form: Form, under_chart: Iterable[Widget], below_charts: Iterable[Widget]) -> ComposeResult:
    """All parts; those under the chart stand in its columns."""
    yield Header(id="header")
    yield VerdictPanel(id="verdict")
    with Horizontal(id="body"):
        yield form
        with Vertical(id="middle"):
            with Horizontal(id="upper"):
                with Vertical(id="charts"):
                    yield PlotWidget(id="chart")
                    yield from under_chart
                    with Horizontal(id="lower"):
                        yield PlotWidget(id="second")
                        yield PlotWidget(id="third")
                yield FixPanel(id="fixes")
            yield from below_charts
    yield LessonStrip(id="lesson")
    yield StatusLine(id="status")
    yield KeyLine(id="keys")
    yield TooSmall(id="too-small")


def size_classes(size: Size) -> tuple[str, ...]:
    """The classes of a screen of this size, those that Textual gives it after a resize."""
    return tuple(
        next(name for least, name in reversed(breakpoints) if length >= least)
        for breakpoints, length in ((ACROSS, size.width), (DOWN, size.height))
    )
