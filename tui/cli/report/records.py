"""A trace as strict JSON and as CSV, for other programs."""

import csv
import io
import json
import math
from dataclasses import asdict
from typing import Any

import numpy as np

from ....sim.analysis.verdict_time import CELL
from ....sim.results.nonfinite import Nonfinite
from ....sim.results.trace import Trace
from ....sim.scenario.quantities import every_trace


def to_json(trace: Trace) -> str:
    """The shape of DESIGN.md; inf and nan are the strings "inf", "-inf" and "nan"."""
    verdict = trace.verdict
    found = {
        "scenario": trace.scenario.plain(resolved=True),
        "verdict": {
            "kind": verdict.kind,
            "ratio": verdict.ratio,
            "factor_per_layer": verdict.factor_per_layer,
            "first_nonfinite": place(verdict.first_nonfinite) if verdict.first_nonfinite else None,
            "why": verdict.why,
            **({"memory_horizon": verdict.memory_horizon} if trace.scenario.recurrent else {}),
            **({"cell_memory_horizon": verdict.cell_memory_horizon} if CELL in trace.profile else {}),
        },
        "profile": {name: trace.profile[name] for name in profile(trace)},
        "weights": dict(trace.weights),
        "loss": trace.loss,
    }
    return json.dumps(strict(found), allow_nan=False) + "\n"


def to_csv(trace: Trace) -> str:
    """One row a layer and step: the profile's columns, then the weights' with the prefix `weights.`."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    names = profile(trace)
    writer.writerow(["layer", "step", *names, *(f"weights.{name}" for name in trace.weights)])
    for layer in range(trace.depth):
        weights = [number(float(values[layer])) for values in trace.weights.values()]
        for step in range(trace.steps):
            values = [number(float(trace.profile[name][layer, step])) for name in names]
            writer.writerow([layer + 1, step + 1, *values, *weights])
    return file.getvalue()


def place(first: Nonfinite) -> dict[str, Any]:
    """Where a number stopped being finite; the iteration only in training."""
    found = asdict(first) | {"terms": dict(first.terms), "text": first.text}
    return {key: value for key, value in found.items() if key != "iteration" or value is not None}


def profile(trace: Trace) -> list[str]:
    """The names of all trace's profiles, those of every kind of layer first."""
    first = every_trace()
    return [*first, *(name for name in trace.profile if name not in first)]


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
