"""A trace as strict JSON and as CSV, for other programs."""

import csv
import io
import json
import math
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import numpy as np

from ....sim.results.trace import Trace


def to_json(trace: Trace, more: Mapping[str, Any] = MappingProxyType({})) -> str:
    """A pass as docs/reference.md says it, and `more` keys; inf and nan are the strings "inf", "-inf" and "nan"."""
    return json.dumps(strict({**trace.to_dict(), **more}), allow_nan=False) + "\n"


def to_csv(trace: Trace) -> str:
    """One row a layer and step: the profile's columns, then the weights' with the prefix `weights.`."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    names = [name for name in trace.quantities if name in trace.profile]
    writer.writerow(["layer", "step", *names, *(f"weights.{name}" for name in trace.weights)])
    for layer in range(trace.depth):
        weights = [number(float(values[layer])) for values in trace.weights.values()]
        for step in range(trace.steps):
            values = [number(float(trace.profile[name][layer, step])) for name in names]
            writer.writerow([layer + 1, step + 1, *values, *weights])
    return file.getvalue()


def strict(value: Any) -> Any:
    """Plain data that JSON can hold."""
    if isinstance(value, dict):
        return {str(key): strict(item) for key, item in value.items()}
    if isinstance(value, np.ndarray):
        return strict(value.tolist())
    if isinstance(value, (list, tuple)):
        return [strict(item) for item in value]
    if isinstance(value, (float, np.floating)):
        return number(float(value))
    return value


def number(value: float) -> float | str:
    """A finite number, or one of the three words."""
    return value if math.isfinite(value) else str(value)
