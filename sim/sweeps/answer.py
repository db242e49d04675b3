"""The result of a sweep in words: up to where it is healthy, and where half of the seeds are."""

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

from ..scenario.axis_spec import Axis
from ..text import format_number, percent
from .cell import GOOD, Cell
from .point import Point
from .sweep import Sweep

MOST = 4  # stretches that are listed one by one
NAMES = 6  # values of an axis that are listed one by one


class Stretch(NamedTuple):
    """A run of neighbouring cells with the same word: indices of the first and the last."""

    word: str
    first: int
    last: int


def answer(sweep: Sweep, points: Sequence[Point | None], cells: Sequence[Sequence[Cell]]) -> str:
    """The result in one or two sentences, of points by number, None where not computed, and cells row by row of y."""
    computed = [point for point in points if point is not None]
    if not computed:
        return "nothing is known yet"
    if all(point.error for point in computed):
        reason, count = Counter(point.error for point in computed).most_common(1)[0]
        return f"no point could be made; {'all' if count == len(computed) else count} of them: {reason}"
    parts = [_along(sweep.x, cells[0], sweep.seeds)] if sweep.y is None else list(_over(sweep.x, sweep.y, cells))
    if not sweep.quantity.words:
        parts.insert(0, _numbers(sweep, cells))
    reasons = [point.error for point in computed if point.error is not None]
    if reasons:
        parts.append(f"{len(reasons)} of {len(computed)} points failed: {reasons[0]}")
    return "; ".join(part for part in parts if part)


def key_word(axis: Axis) -> str:
    """What an axis is called in a sentence: the last part of its key."""
    return axis.key.rpartition(".")[2].replace("_", " ")


def stretches(words: Sequence[str]) -> list[Stretch]:
    """Runs of neighbours with the same word."""
    together, at = [], 0
    for word, group in groupby(words):
        size = len(list(group))
        together.append(Stretch(word, at, at + size - 1))
        at += size
    return together


def _along(axis: Axis, cells: Sequence[Cell], seeds: int) -> str:
    """One axis: stretches of numbers, or the names by word."""
    known = [(index, cell) for index, cell in enumerate(cells) if cell.word]
    if not axis.ordered:
        return "; ".join(_named(axis, known))
    runs = stretches([cell.word for _, cell in known])
    indices = [index for index, _ in known]
    if len(runs) > MOST:
        return _many(axis, runs, indices)
    sentences: list[str] = []
    for one in runs:
        sure = _agreed(one, known) if one.word in GOOD else one
        sentences.append(_stretch(axis, sure, indices, len(known), not sentences))
        if seeds > 1 and one.word in GOOD and (half := _half(one, known)) is not None:
            sentences.append(f"half the seeds at {axis.label(half)}")
    return "; ".join(sentences)


def _stretch(axis: Axis, one: Stretch, indices: Sequence[int], count: int, begins: bool) -> str:
    first, last = axis.label(indices[one.first]), axis.label(indices[one.last])
    name = f"{key_word(axis)} " if begins else ""
    if one.first == 0 and one.last == count - 1:
        return f"{one.word} everywhere, from {name}{first} to {last}" if count > 1 else f"{one.word} at {name}{first}"
    if one.first == 0:
        return f"{one.word} up to {name}{last}"
    if one.last == count - 1:
        return f"{one.word} from {name}{first} on"
    return f"{one.word} at {name}{first}" if first == last else f"{one.word} from {name}{first} to {last}"


def _agreed(one: Stretch, known: Sequence[tuple[int, Cell]]) -> Stretch:
    """The longest part of a stretch in which all seeds agree; itself if there is none."""
    inside = range(one.first, one.last + 1)
    runs = stretches(["" if known[i][1].share([one.word]) < 1 else one.word for i in inside])
    agreed = [run for run in runs if run.word]
    if not agreed:
        return one
    best = max(agreed, key=lambda run: run.last - run.first)
    return Stretch(one.word, one.first + best.first, one.first + best.last)


def _half(one: Stretch, known: Sequence[tuple[int, Cell]]) -> int | None:
    """The first index after the agreed part where at most half of the seeds, but some, have its word; None if none."""
    for index, cell in known[_agreed(one, known).last + 1 : one.last + 2]:
        if 0 < cell.share([one.word]) <= 0.5:
            return index
    return None


def _many(axis: Axis, runs: Sequence[Stretch], indices: Sequence[int]) -> str:
    """Many stretches: the count of each word, and the longest good stretch."""
    counts = Counter[str]()
    for one in runs:
        counts[one.word] += one.last - one.first + 1
    total = sum(counts.values())
    counted = ", ".join(f"{word} at {count} of {total}" for word, count in counts.most_common())
    good = [one for one in runs if one.word in GOOD]
    if not good:
        return f"{counted} values of {key_word(axis)}"
    longest = max(good, key=lambda one: one.last - one.first)
    ends = f"{axis.label(indices[longest.first])} to {axis.label(indices[longest.last])}"
    return f"{counted} values of {key_word(axis)}; {longest.word} without a gap from {ends}"


def _named(axis: Axis, known: Sequence[tuple[int, Cell]]) -> Iterator[str]:
    for word in sorted({cell.word for _, cell in known}, key=lambda word: (word not in GOOD, word)):
        names = [axis.label(index) + _share(cell) for index, cell in known if cell.word == word]
        more = f" and {len(names) - 2 * NAMES} more" if len(names) > 2 * NAMES else ""
        yield f"{word}: {', '.join(names[: 2 * NAMES])}{more}"


def _share(cell: Cell) -> str:
    count = cell.words[cell.word]
    return "" if count == len(cell.points) else f" ({count} of {len(cell.points)} seeds)"


def _over(x: Axis, y: Axis, cells: Sequence[Sequence[Cell]]) -> Iterator[str]:
    """Two axes: the share of each word, and how far the good cells reach along an axis of numbers."""
    counts = Counter(cell.word for row in cells for cell in row if cell.word)
    total = sum(counts.values())
    yield f"of {total:,} cell{'s' * (total != 1)} " + ", ".join(
        f"{percent(count / total)} are {word}" for word, count in counts.most_common()
    )
    if not y.ordered and not x.ordered:
        return
    along, across = (y, x) if y.ordered else (x, y)
    lines = [[row[i] for row in cells] for i in range(len(x))] if y.ordered else [list(row) for row in cells]
    good = next((word for word, _ in counts.most_common() if word in GOOD), "")
    if good:
        known = [i for i, line in enumerate(lines) if any(cell.word for cell in line)]
        yield from _reach(along, across, [_up_to(line) for line in lines], good, known)


def _up_to(line: Sequence[Cell]) -> int:
    """The last index of the good cells from the start on; -1 if the first is not good."""
    last = -1
    for index, cell in enumerate(line):
        if cell.word and cell.word not in GOOD:
            break
        last = index if cell.word else last
    return last


def _reach(along: Axis, across: Axis, reach: Sequence[int], good: str, known: Sequence[int]) -> Iterator[str]:
    """How far each computed line reaches, in words; `known` has the indices of lines with a point."""
    name, end = key_word(along), len(along) - 1
    if not across.ordered and len(reach) <= NAMES:
        reaches = (f"{across.label(i)}: {_far(along, reach[i], end)}" for i in known)
        yield f"{good} along {name} with {key_word(across)} {', '.join(reaches)}"
        return
    best = max(reach)
    if best < 0:
        return
    where = [i for i, last in enumerate(reach) if last == best]
    if across.ordered:
        ends = across.label(where[0]) + (f" to {across.label(where[-1])}" if len(where) > 1 else "")
    else:
        ends = ", ".join(across.label(i) for i in where[:NAMES])
    whole = " (as far as it was swept)" if best == end else ""
    yield f"{good} up to {name} {along.label(best)}{whole} at {key_word(across)} {ends}"
    if across.ordered and len(reach) > 1:
        sides = [i for i in (0, len(reach) - 1) if i not in where and i in known]
        if sides:
            yield ", ".join(f"at {across.label(i)} {_far(along, reach[i], end)}" for i in sides)


def _far(along: Axis, last: int, end: int) -> str:
    return "nowhere" if last < 0 else "everywhere" if last == end else f"up to {along.label(last)}"


def _numbers(sweep: Sweep, cells: Sequence[Sequence[Cell]]) -> str:
    """The medians of a number: from one end of an axis to the other, or the lowest and the highest."""
    medians = {(x, y): cell.quartiles[1] for y, row in enumerate(cells) for x, cell in enumerate(row)}
    known = {at: value for at, value in medians.items() if not math.isnan(value)}
    if not known:
        return f"{sweep.quantity.name} is NaN everywhere"
    median = "median " if sweep.seeds > 1 else ""
    if sweep.y is None and sweep.x.ordered:
        first, last = min(known), max(known)
        ends = (f"{format_number(known[x])} at {sweep.x.label(x[0])}" for x in (first, last))
        return f"{median}{sweep.quantity.name} from {' to '.join(ends)}"
    extremes = []
    for choose, word in ((min, "lowest"), (max, "highest")):
        x, y = choose(known, key=lambda at: known[at])
        at = f"{sweep.x.label(x)}" + (f", {sweep.y.label(y)}" if sweep.y else "")
        extremes.append(f"{word} {format_number(known[x, y])} at {at}")
    return f"{median}{sweep.quantity.name} {', '.join(extremes)}"
