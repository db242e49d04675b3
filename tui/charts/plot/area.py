"""Where data stand within a drawing: from layers and steps to columns and rows, and back."""

from dataclasses import dataclass, field
from typing import Literal

ChartAxis = Literal["layer", "step", "update"]
Cursor = int | tuple[int, int] | None
"""A place on the x axis, (layer, step) where a picture has both, or nothing; all count from 1."""


@dataclass(frozen=True)
class Plot:
    """The corner and size of a plot, how many places its x axis has, and what they are: layers, steps or updates.

    `offset` are the places before the first that is drawn; `word` is what one is called, if not as the axis.
    """

    left: int
    top: int
    width: int
    height: int
    depth: int
    axis: ChartAxis = "layer"
    offset: int = 0
    word: str = field(default="", kw_only=True)

    @property
    def first(self) -> int:
        """The number of the first place: updates count from 0."""
        return 0 if self.axis == "update" else 1

    def has(self, place: int) -> bool:
        """Whether a place is drawn."""
        return 1 <= place - self.offset <= self.depth

    def column(self, place: int) -> int:
        """The column of a place, counted from the drawing's left edge."""
        return self.left + dot(place - self.offset, self.depth, self.width) // 2

    def place(self, x: int) -> int | None:
        """The place nearest to a column of the drawing; None outside the plot."""
        if not self.left <= x < self.left + self.width:
            return None
        share = (2 * (x - self.left) + 0.5) / (2 * self.width - 1)
        return 1 + self.offset + round(share * (self.depth - 1))

    def at(self, x: int, _y: int) -> tuple[int | None, int | None] | None:
        """The layer and the step at a cell, None for the one that is not on an axis; None outside the plot."""
        place = self.place(x)
        if place is None:
            return None
        return (place, None) if self.axis == "layer" else (None, place)


@dataclass(frozen=True)
class HeatmapPlot(Plot):
    """A plot whose rows are layers, the first at the bottom; each place is a block of cells, or they share one."""

    axis: ChartAxis = "step"
    layers: int = 1
    foot: int = 2  # rows of the axis of steps right below: none, numbers, or a line and numbers

    def column(self, place: int) -> int:
        """The middle column of a step."""
        return self.left + block(place - self.offset, self.depth, self.width)

    def place(self, x: int) -> int | None:
        """The step at a column."""
        inside = 0 <= x - self.left < self.width
        return self.offset + shown(x - self.left, self.depth, self.width) if inside else None

    def row(self, layer: int) -> int:
        """The middle row of a layer."""
        return self.top + self.height - 1 - block(layer, self.layers, self.height)

    def at(self, x: int, y: int) -> tuple[int | None, int | None] | None:
        """The layer and the step at a cell; None outside."""
        step, row = self.place(x), self.top + self.height - 1 - y
        if step is None or not 0 <= row < self.height:
            return None
        return shown(row, self.layers, self.height), step


def dot(place: int, depth: int, width: int) -> int:
    """The half column (there are two to a cell) in which a place of a curve is drawn."""
    return round((place - 1) / max(depth - 1, 1) * (2 * width - 1)) if depth > 1 else width - 1


def block(place: int, places: int, cells: int) -> int:
    """The cell (from 0) in the middle of a place's block."""
    return (2 * place - 1) * cells // (2 * places)


def shown(cell: int, places: int, cells: int) -> int:
    """The place that a cell (from 0) stands for: the first and last cell, where they share many, for the ends."""
    if places <= cells:
        return (2 * cell + 1) * places // (2 * cells) + 1
    return 1 + round(cell / max(cells - 1, 1) * (places - 1))
