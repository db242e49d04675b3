"""What a sweep has found so far, and what several seeds say together."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from .point import Point
from .sweep import Sweep

GOOD = ("healthy", "learning", "trains")
FAILED = "failed"  # the word for a point that has a reason in place of a verdict


@dataclass(frozen=True)
class Cell:
    """The points of one place, seed by seed, as far as they are known."""

    points: tuple[Point, ...]

    @cached_property
    def words(self) -> Mapping[str, int]:
        """How many seeds have which word: of the quantity if that is one, else of the verdict; FAILED among them."""
        return Counter(word_of(point) for point in self.points)

    @cached_property
    def word(self) -> str:
        """The word of most seeds, of equally many the better one; empty if nothing is known."""
        return max(self.words, key=lambda word: (self.words[word], word in GOOD, word), default="")

    def share(self, words: Iterable[str]) -> float:
        """The share of the seeds with one of these words; nan if nothing is known."""
        return sum(self.words.get(word, 0) for word in words) / len(self.points) if self.points else math.nan

    @cached_property
    def quartiles(self) -> tuple[float, float, float]:
        """Lower quartile, median and upper quartile of the values; nan where no seed has a number."""
        values = [point.value for point in self.points if isinstance(point.value, (int, float))]
        known = np.array([value for value in values if not math.isnan(value)])
        if not known.size:
            return math.nan, math.nan, math.nan
        with np.errstate(all="ignore"):
            method: Any = "linear" if np.isfinite(known).all() else "nearest"
            low, middle, high = (float(value) for value in np.quantile(known, (0.25, 0.5, 0.75), method=method))
        return low, middle, high


def word_of(point: Point) -> str:
    """The point in a word."""
    return point.value if isinstance(point.value, str) else point.kind or FAILED


class Results:
    """The points of a sweep by their number, None where one is not known yet."""

    def __init__(self, sweep: Sweep):
        self.sweep = sweep
        self.points: list[Point | None] = [None] * len(sweep)
        self.done = 0

    def add(self, found: Iterable[tuple[int, Point]]) -> None:
        """Take over what was found."""
        for number, point in found:
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

    def cell(self, x: int, y: int = 0) -> Cell:
        """What is known at a place."""
        numbers = (self.sweep.number(x, y, seed) for seed in range(self.sweep.seeds))
        return Cell(tuple(point for number in numbers if (point := self.points[number]) is not None))

    def cells(self) -> list[list[Cell]]:
        """All places, row by row of the second axis."""
        return [[self.cell(x, y) for x in range(len(self.sweep.x))] for y in range(self.sweep.rows)]
