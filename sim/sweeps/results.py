"""What a sweep has found so far."""

from collections.abc import Iterable

import numpy as np

from ..numerics.arrays import Floats
from .answer import answer
from .cell import Cell
from .point import Point
from .sweep import Sweep


class Results:
    """The points of a sweep by their number, None where one is not known yet."""

    def __init__(self, sweep: Sweep):
        self.sweep = sweep
        self.points: list[Point | None] = [None] * len(sweep)
        self.done = 0

    @property
    def answer(self) -> str:
        """What it shows, in words."""
        return answer(self)

    def __repr__(self) -> str:
        return f"<Results of {self.done} of {len(self.points)} points: {self.answer}>"

    def median(self) -> Floats:
        """Medians over the seeds (rows of y, values of x) of a quantity that is a number; nan where there is none."""
        return np.array([[cell.quartiles[1] for cell in row] for row in self.cells()])

    def add(self, points: Iterable[tuple[int, Point]]) -> None:
        """Take over what was found."""
        for number, point in points:
            self.done += self.points[number] is None
            self.points[number] = point

    @property
    def whole(self) -> bool:
        """Whether nothing is missing."""
        return self.done == len(self.points)

    @property
    def missing(self) -> tuple[int, ...]:
        """The points that are still to be made, in their order."""
        return tuple(number for number in self.sweep.order if self.points[number] is None)

    def take_over(self, other: "Results") -> None:
        """The points at values that another sweep has, too; of one that asks the same of the same scenario."""
        here, there = self.sweep, other.sweep
        if not here.akin(there):
            return
        known = {there.key(number): point for number, point in enumerate(other.points) if point is not None}
        asked = ((number, known.get(here.key(number))) for number in range(len(here)))
        self.add((number, point) for number, point in asked if point is not None)

    def snapshot(self) -> "Results":
        """What is known now, while the original goes on."""
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
        """What is known at a place."""
        numbers = (self.sweep.number(x, y, seed) for seed in range(self.sweep.seeds))
        return Cell(tuple(point for number in numbers if (point := self.points[number]) is not None))

    def cells(self) -> list[list[Cell]]:
        """All places, row by row of the second axis."""
        return [[self.cell(x, y) for x in range(len(self.sweep.x))] for y in range(self.sweep.rows)]
