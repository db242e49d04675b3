"""A cell of a sweep's map: the points of all seeds at the same values."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from .point import Point

GOOD = ("healthy", "learning", "trains")
FAILED = "failed"  # the word for a point that has a reason in place of a verdict


@dataclass(frozen=True)
class Cell:
    """The computed points at the same values, in the order of the seeds."""

    points: tuple[Point, ...]

    @cached_property
    def words(self) -> Mapping[str, int]:
        """Seeds by word: the quantity's if it is a word, else the verdict's; FAILED among them."""
        return Counter(word_of(point) for point in self.points)

    @cached_property
    def word(self) -> str:
        """The word of most seeds, of equally many the better one; empty without points."""
        return max(self.words, key=lambda word: (self.words[word], word in GOOD, word), default="")

    def share(self, words: Iterable[str]) -> float:
        """The share of the seeds with one of these words; nan without points."""
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
    """A point's word."""
    return point.value if isinstance(point.value, str) else point.kind or FAILED
