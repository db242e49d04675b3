"""What a screen can give away as a file: by its ending a picture, plain text, or the numbers of the chart."""

import csv
import io
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ...sim.io.atomic import write_atomically
from ...sim.numerics.arrays import Floats
from ...sim.results.trace import Trace
from ...sim.training.run_snapshot import RunSnapshot
from ..charts.catalog import chart
from ..charts.plot.legend import NAMES
from ..charts.training_catalog import training_chart

if TYPE_CHECKING:
    from ...sim.sweeps.results import Results

ENDINGS = {".svg": "a picture of the screen", ".txt": "the screen as text", ".csv": "the numbers of the chart"}
Table = tuple[tuple[str, ...], list[tuple[object, ...]]]
"""The head and the rows of a chart's numbers."""


def ending(path: Path) -> str:
    """The ending of a path in small letters, "" if it is none of ours."""
    suffix = path.suffix.lower()
    return suffix if suffix in ENDINGS else ""


def of_pass(name: str, baseline: Trace, with_fixes: Trace | None, names: tuple[str, str] = NAMES[0]) -> Table:
    """A quantity by layer and step, of both runs."""
    both = dict(zip(names, (baseline, with_fixes), strict=True))
    return _table(name, ("layer", "step"), (1, 1), {run: chart(name).values(one) for run, one in both.items() if one})


def of_training(name: str, baseline: RunSnapshot, with_fixes: RunSnapshot | None,
                names: tuple[str, str] = NAMES[0]) -> Table:  # fmt: skip
    """A quantity by update, and by layer where it is of each."""
    drawn = training_chart(name)
    both = dict(zip(names, (baseline, with_fixes), strict=True))
    axes, first = (("layer", "update"), (1, 0)) if drawn.by_layer else (("update",), (0,))
    return _table(name, axes, first, {run: drawn.values(one) for run, one in both.items() if one})


def of_map(results: "Results") -> Table:
    """A row for each point of a map that is known: the values of the keys, the seed and the result."""
    sweep, rows = results.sweep, []
    for number, point in enumerate(results.points):
        if point is not None:
            index = sweep.index_of(number)
            rows.append((*sweep.values(index).values(), sweep.seed_at(index), point.kind or "", _plain(point.value),
                         point.error or ""))  # fmt: skip
    return (*(axis.key for axis in sweep.axes), "seed", "verdict", sweep.quantity.name, "error"), rows


def _plain(value: object) -> object:
    return repr(value) if isinstance(value, float) else "" if value is None else value


def _table(name: str, axes: tuple[str, ...], first: tuple[int, ...], runs: Mapping[str, Floats]) -> Table:
    """A row for each place that some run has, and in it the number of each run, empty where it has no such place."""
    head = (*axes, *(f"{name}, {run}" for run in runs))
    shape = np.max([values.shape for values in runs.values()], axis=0)
    places = np.ndindex(*(int(length) for length in shape))
    return head, [(*(i + start for i, start in zip(at, first, strict=True)), *(_at(v, at) for v in runs.values()))
                  for at in places]  # fmt: skip


def _at(values: Floats, place: tuple[int, ...]) -> object:
    inside = all(i < length for i, length in zip(place, values.shape, strict=True))
    return repr(float(values[place])) if inside else ""


def as_csv(table: Table) -> str:
    """The numbers, exactly, with their head."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(table[0])
    writer.writerows(table[1])
    return text.getvalue()


def write(path: Path, text: str) -> None:
    """Write a file whole or not at all; raises UserError."""
    write_atomically(path, lambda file: file.write(text.encode("utf-8")))
