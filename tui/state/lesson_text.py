"""A lesson's sentence with the numbers of the runs on the screen in place of its placeholders. Pure."""

import math

import numpy as np

from ...sim.numerics.arrays import Floats
from ...sim.results.trace import Trace
from ...sim.scenario.placeholders import Placeholder, PlaceholderError, Value, parse_text
from ...sim.scenario.quantities import COUNTED, only_of_weights
from ...sim.scenario.tables import LessonStep
from ...sim.text import format_number, geometric_mean
from ...sim.training.run_snapshot import RunSnapshot
from ..charts.catalog import chart
from ..charts.training_catalog import training_chart
from ..terminal.glyphs import glyphs

Measured = Trace | RunSnapshot | None
"""The first pass or the training run of a scenario, None if it is not made."""


def fill(told: LessonStep, baseline: Measured, with_fixes: Measured) -> str:
    """The text of a step; an ellipsis stands for what is not measured yet, or nowhere."""
    try:
        parts = parse_text(told)
    except PlaceholderError:  # of a step that nothing has checked
        return told.text
    return "".join(part if isinstance(part, str) else _filled(part, baseline, with_fixes) for part in parts)


def measure(value: Value, found: Measured) -> float | int | None:
    """What a run says of a value: a whole number of counts, layers and updates; None if it has none such."""
    if found is None:
        return None
    if value.name.startswith("first_nonfinite."):
        place = found.verdict.first_nonfinite if isinstance(found, Trace) else found.first_nonfinite
        return getattr(place, value.name.partition(".")[2], None)
    return _of_pass(value, found) if isinstance(found, Trace) else _of_run(value, found)


def _filled(part: Placeholder, baseline: Measured, with_fixes: Measured) -> str:
    value = measure(part.value, with_fixes if part.value.fixed else baseline)
    over = measure(part.over, with_fixes if part.over.fixed else baseline) if part.over else 1.0
    if value is None or over is None:
        return glyphs().ellipsis
    if isinstance(value, int) and part.over is None and not part.percent:
        return f"{value:,}"
    with np.errstate(all="ignore"):  # what is divided by 0 is inf or NaN
        result = float(np.float64(value) / np.float64(over))
    return f"{format_number(100 * result, 1)}%" if part.percent else format_number(result)


def _of_pass(value: Value, trace: Trace) -> float | int | None:
    verdict = trace.verdict
    whole = {"loss": trace.loss, "ratio": verdict.ratio, "factor_per_layer": verdict.factor_per_layer,
             "memory_horizon": verdict.memory_horizon}  # fmt: skip
    if value.name in whole:
        return whole[value.name]
    if value.name in only_of_weights():
        table = trace.weights.get(value.name)
        return None if table is None else _at(table[:, None], (value.layer, None), log=True)
    drawn = chart(value.name)
    return _at(drawn.values(trace), (value.layer, value.step), drawn.log) if drawn.of(trace) else None


def _of_run(value: Value, run: RunSnapshot) -> float | int | None:
    if value.update is None or value.update >= len(run):
        return None
    if value.name in COUNTED:
        return int(run.numbers[value.name][: value.update + 1].sum())
    drawn = training_chart(value.name)
    table = drawn.values(run)[..., value.update, None]
    return _at(table if drawn.by_layer else table[None], (value.layer, None), drawn.log)


def _at(table: Floats, places: tuple[int | None, int | None], log: bool) -> float | None:
    """The entry at places that count from 1, or the mean over what has no place: geometric of what charts draw so."""
    for axis, place in enumerate(places):
        if place is not None:
            if place > table.shape[axis]:
                return None
            table = np.take(table, [place - 1], axis)
    if table.size == 1:
        return float(table.flat[0])
    good = table[np.isfinite(table)]
    return geometric_mean(good) if log else float(good.mean()) if good.size else math.nan
