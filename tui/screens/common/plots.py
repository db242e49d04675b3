"""The pictures of a screen, each with its cursor: painted only where they differ from what is seen."""

from collections.abc import Sequence
from dataclasses import fields
from typing import NamedTuple, Protocol

from ....sim.results.trace import Trace
from ...charts.plot.area import Cursor
from ...charts.plot.grid import Picture
from ...widgets.plot import PlotWidget

WIDGETS = ("#chart", "#second", "#third")


class Shown(NamedTuple):
    """A picture and where its cursor is."""

    picture: Picture
    cursor: Cursor


class Plotted(Protocol):
    """A screen with widgets for pictures."""

    @property
    def presenting(self) -> bool:
        """Whether it is shown to an audience."""

    def plot_widget(self, which: str) -> PlotWidget:
        """The widget of that selector."""


class Plots:
    """The pictures that are on a screen."""

    def __init__(self, host: Plotted):
        self.host = host
        self._pictures: dict[str, Picture] = {}

    def show(self, shown: Sequence[Shown], waiting: bool = False) -> None:
        """The pictures from the main one on; where there is none the widget says so, or that there is none yet."""
        for i, which in enumerate(WIDGETS):
            self._show(which, shown[i] if i < len(shown) else None, waiting)

    def _show(self, which: str, shown: Shown | None, waiting: bool) -> None:
        """A picture, unless it is on the screen already."""
        plot, old = self.host.plot_widget(which), self._pictures.get(which)
        plot.broad = self.host.presenting
        if shown is None:
            if self._pictures.pop(which, None) is not None or not waiting:
                plot.show(None, waiting)
            return
        if not _same(old, shown.picture):
            self._pictures[which] = shown.picture
            plot.show(shown.picture)
        plot.cursor = shown.cursor


def _same(one: Picture | None, other: Picture) -> bool:
    """Whether two pictures are of the same traces and say the same; arrays are not compared."""
    if type(one) is not type(other):
        return False
    pairs = [(getattr(one, field.name), getattr(other, field.name)) for field in fields(other)]  # type: ignore[arg-type]
    return all(a is b or (not isinstance(a, Trace) and not isinstance(b, Trace) and a == b) for a, b in pairs)
