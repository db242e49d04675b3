"""Updates as lines of strict JSON and of CSV, for other programs."""

import csv
import io
import json
from collections.abc import Iterable
from typing import Any

from ....sim.scenario.quantities import NUMBERS
from ....sim.training.history import History, Update
from .records import number, strict
from .train_rows import ratios_of

FLAGS = ("clipped", "skipped")
BY_LAYER = ("gradient_rms", "update_ratio")  # of each layer, in CSV


def json_line(update: Update) -> str:
    """One update; inf and nan are the strings "inf", "-inf" and "nan"."""
    trace, first = update.trace, update.first_nonfinite
    record: dict[str, Any] = {"iteration": update.iteration}
    record |= {name: bool(update.numbers[name]) if name in FLAGS else update.numbers[name] for name in NUMBERS}
    record |= {
        "verdict": trace.verdict.kind,
        "first_nonfinite": first.to_dict() if first else None,
        "profile": {name: trace.profile[name] for name in trace.quantities if name in trace.profile},
        "weights": dict(trace.weights),
    }
    return json.dumps(strict(record), allow_nan=False) + "\n"


def csv_header(depth: int) -> str:
    """The names of the columns: one of each number of an update, and some of each layer."""
    return _line(["iteration", *NUMBERS, *(f"{name}.{layer}" for name in BY_LAYER for layer in range(1, depth + 1))])


def csv_line(history: History, iteration: int) -> str:
    """The row of one update."""
    numbers = {name: float(column[iteration]) for name, column in history.numbers.items()}
    layers = {name: table[iteration] for name, table in history.layers.items()}
    layers["update_ratio"] = ratios_of(history, iteration)
    cells = [int(numbers[name]) if name in FLAGS else number(numbers[name]) for name in NUMBERS]
    return _line([iteration, *cells, *(number(value) for name in BY_LAYER for value in layers[name].tolist())])


def _line(cells: Iterable[Any]) -> str:
    file = io.StringIO()
    csv.writer(file, lineterminator="\n").writerow(cells)
    return file.getvalue()
