"""The points of a sweep as strict JSON and as CSV, for other programs."""

import csv
import io
import json
from typing import Any

from ....sim.sweeps.results import Results
from .records import number, strict

COLUMNS = ("x", "y", "seed", "kind", "value", "error")


def to_json(results: Results) -> str:
    """The sweep with all points that are known, and the answer in words; inf and nan are strings."""
    sweep = results.sweep
    axes = [{"key": axis.key, "values": list(axis.values)} for axis in sweep.axes]
    report = {
        "scenario": sweep.scenario.plain(resolved=True), "x": axes[0], "y": axes[1] if sweep.y else None,
        "quantity": sweep.quantity.name, "points": [dict(zip(COLUMNS, row, strict=True)) for row in _rows(results)],
        "answer": results.answer,
    }  # fmt: skip
    return json.dumps(strict(report), allow_nan=False) + "\n"


def to_csv(results: Results) -> str:
    """One row a point that is known."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(COLUMNS)
    for row in _rows(results):
        writer.writerow(["" if cell is None else number(cell) if isinstance(cell, float) else cell for cell in row])
    return file.getvalue()


def _rows(results: Results) -> list[list[Any]]:
    sweep, rows = results.sweep, []
    for index, point in enumerate(results.points):
        if point is not None:
            place = sweep.index_of(index)
            y = None if sweep.y is None else sweep.y.values[place.y]
            rows.append([sweep.x.values[place.x], y, sweep.seed_at(place), *point])
    return rows
