"""The results of a sweep, as far as computed."""

from collections.abc import Iterable

import numpy as np

from ..numerics.arrays import Floats
from .answer import answer
from .cell import Cell
from .point import Point
from .sweep import Sweep


class Results:
    """The points of a sweep by number, None where not computed yet."""

    def __init__(self, sweep: Sweep):
        self.sweep = sweep
        self.points: list[Point | None] = [None] * len(sweep)
        self.done = 0

    @property
    def answer(self) -> str:
        """The result in words."""
        return answer(self.sweep, self.points, self.cells())

    def __repr__(self) -> str:
        return f"<Results of {self.done} of {len(self.points)} points: {self.answer}>"

    def median(self) -> Floats:
        """Medians over the seeds (rows of y, values of x) of a quantity that is a number; nan where there is none."""
        return np.array([[cell.quartiles[1] for cell in row] for row in self.cells()])

    def add(self, points: Iterable[tuple[int, Point]]) -> None:
        """Add computed points."""
        for number, point in points:
            self.done += self.points[number] is None
            self.points[number] = point

    @property
    def whole(self) -> bool:
        """Whether all points are computed."""
        return self.done == len(self.points)

    @property
    def missing(self) -> tuple[int, ...]:
        """The numbers of missing points, in order."""
        return tuple(number for number in self.sweep.order if self.points[number] is None)

    def take_over(self, other: "Results") -> None:
        """Copy points at equal values from the results of a sweep of the same scenario and quantity."""
        here, there = self.sweep, other.sweep
        if not here.akin(there):
            return
        known = {there.key(number): point for number, point in enumerate(other.points) if point is not None}
        asked = ((number, known.get(here.key(number))) for number in range(len(here)))
        self.add((number, point) for number, point in asked if point is not None)

    def snapshot(self) -> "Results":
        """A copy, while the original goes on."""
        copy = Results(self.sweep)
        copy.points, copy.done = list(self.points), self.done
        return copy

    def along(self, axis: int, index: int) -> "Results":
        """The points along one axis (0: x) of a map, at a value of the other."""
        line = Results(self.sweep.along(axis, index))
        positions = [(i, index) if axis == 0 else (index, i) for i in range(len(line.sweep.x))]
        numbers = [self.sweep.number(x, y, seed) for seed in range(self.sweep.seeds) for x, y in positions]
        line.add((to, point) for to, number in enumerate(numbers) if (point := self.points[number]) is not None)
        return line

    def cell(self, x: int, y: int = 0) -> Cell:
        """The cell at indices of x and y."""
        numbers = (self.sweep.number(x, y, seed) for seed in range(self.sweep.seeds))
        return Cell(tuple(point for number in numbers if (point := self.points[number]) is not None))

    def cells(self) -> list[list[Cell]]:
        """All cells, row by row of the second axis."""
        return [[self.cell(x, y) for x in range(len(self.sweep.x))] for y in range(self.sweep.rows)]
