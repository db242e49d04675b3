"""Reads a user's .csv: UTF-8, commas, names of columns in line 1, the target in the last column."""

import csv
import math
import re
from array import array
from collections.abc import Sequence
from pathlib import Path
from typing import TextIO

import numpy as np

from ..errors import quoted, refuse
from .samples import CLASS_RANGE, LARGEST, MOST_FEATURES, MOST_OUTPUTS, Samples, gigabytes

WHOLE = re.compile(r"\s*[+-]?[0-9]+\s*")


def load_csv(path: Path) -> Samples:
    """All samples of a .csv; a last column of whole numbers is of classes, any other is regressed."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        columns, numbers, lines, classes = _read(path, file)
    table = np.frombuffer(numbers).reshape(len(lines), len(columns))
    features, target = table[:, :-1].copy(), table[:, -1]
    if not classes:
        return Samples(features, target.reshape(-1, 1).copy(), 1)
    wrong = (target < 0) | (target >= MOST_OUTPUTS)
    if wrong.any():
        first = int(wrong.argmax())
        hint = f"{CLASS_RANGE}; renumber them, or write them with a decimal point to regress"
        refuse(path, f"line {lines[first]}, column {quoted(columns[-1])}: class {target[first]:.15g}; {hint}")
    return Samples(features, target.astype(np.int64), int(target.max()) + 1)


def _read(path: Path, file: TextIO) -> tuple[list[str], "array[float]", "array[int]", bool]:
    """Names of columns, all numbers row by row, each row's line, whether the last column is whole."""
    reader = csv.reader(file)
    numbers, lines, classes = array("d"), array("q"), True
    try:
        columns = _columns(path, next(reader, []))
        for cells in filter(None, reader):
            numbers.extend(_numbers(path, reader.line_num, columns, cells))
            lines.append(reader.line_num)
            classes = classes and WHOLE.fullmatch(cells[-1]) is not None
            if 8 * len(numbers) > LARGEST:
                refuse(path, f"has more than {gigabytes(LARGEST)} of numbers; give fewer samples")
    except UnicodeDecodeError:
        refuse(path, f"is not UTF-8 text, somewhere after line {reader.line_num}; save it as UTF-8")
    except csv.Error as error:
        refuse(path, f"line {reader.line_num} is not CSV ({error}); save it as comma-separated values")
    if not lines:
        refuse(path, "has no samples; give at least one line of numbers after the header")
    return columns, numbers, lines, classes


def _columns(path: Path, header: list[str]) -> list[str]:
    if not any(header):
        refuse(path, "is empty in line 1; put the names of the columns there, the target's last")
    if all(map(_is_number, header)):
        refuse(path, "has no header but numbers in line 1; put the names of the columns there, the target's last")
    if len(header) == 1:
        refuse(path, f"has one column, {quoted(header[0])}; separate columns by commas, the target last")
    if len(header) - 1 > MOST_FEATURES:
        refuse(path, f"has {len(header) - 1} features, and the limit is {MOST_FEATURES}; give fewer")
    return header


def _numbers(path: Path, line: int, columns: Sequence[str], cells: list[str]) -> list[float]:
    if len(cells) != len(columns):
        refuse(
            path,
            f"line {line} has {len(cells)} cells and the header has {len(columns)}; give as many of each",
        )
    try:
        values = list(map(float, cells))
    except ValueError:
        values = [float(cell) if _is_number(cell) else math.nan for cell in cells]
    if not all(map(math.isfinite, values)):
        column = [math.isfinite(value) for value in values].index(False)
        text = f"{quoted(cells[column])} is not a finite number" if cells[column].strip() else "the cell is empty"
        refuse(path, f"line {line}, column {quoted(columns[column])}: {text}; remove the line or fill it in")
    return values


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True
