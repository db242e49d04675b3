"""The verdict of recurrent kinds: over time in the worst layer and over layers at the last step; the worse decides."""

import math
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial

import numpy as np

from ..numerics.arrays import Floats
from ..results.factors import ChainAxis
from ..results.readings import MATRICES, Reading, least_of_both, readings
from ..results.record import Record
from ..results.trace import Verdict
from ..scenario.scenario import Scenario
from ..scenario.verdict_words import Kind
from .blame import factors_in_words
from .blame_over_time import Radius, blame_over_time
from .over_time import abs_log, first_with_gradient, memory_horizon, peak_in_words, ratio_of, truncated_at
from .verdict import compared, factor_per_link, kind_of, why_loss_underflows, why_no_gradient, why_underflows
from .why_nonfinite import why_nonfinite_over_time

Why = Callable[[Kind, float, float, Reading | None], str]  # from kind, R, factor and the steps that decided


def judge_over_time(scenario: Scenario, record: Record, radius: Radius = lambda _: math.nan) -> Verdict:
    """The verdict with R = rms(dL/dh) of the first step over the last, or of layer 1 over the last layer: the worse.

    Over layers, h is the output of a layer, which a skip or a norm sets apart from its state. `radius` computes the
    spectral radius of a direction's recurrent weights; called only if the sentence needs it.
    """
    worst = worst_over_time(scenario, record, range(len(record.layers)))
    return judge_both(scenario, record, record.output_gradient_rms, worst, partial(_why, scenario, record, radius))


def judge_both(scenario: Scenario, record: Record, rows: Floats, worst: Reading | None, why: Why) -> Verdict:
    """The verdict over rows (rms gradients (rows,)) or over the steps of the `worst` recurrent row: the worse of both.

    `why` makes the sentence; its last argument is `worst` if the steps decided, else None.
    """
    ratio, links, first, by_time, cut = ratio_of(rows[0], rows[-1]), len(rows) - 1, float(rows[0]), False, False
    if worst is not None and record.steps > 1 and (not links or abs_log(worst.ratio) > abs_log(ratio)):
        ratio, links, first, by_time = worst.ratio, len(worst.sizes) - 1, float(worst.sizes[0]), True
        cut = bool(truncated_at(scenario, worst.sizes))
    kind, factor = kind_of(record, first, ratio, cut), factor_per_link(ratio, links)
    axis: ChainAxis = "time" if by_time else "layers"
    verdict = Verdict(kind, ratio, factor, why(kind, ratio, factor, worst if by_time else None), record.first_nonfinite)
    if worst is None:
        return verdict
    cell_horizon = None if worst.of_cell is None else memory_horizon(worst.of_cell)
    return replace(
        verdict, memory_horizon=memory_horizon(worst.sizes), axis=axis, layer=worst.row + 1,
        cell_memory_horizon=cell_horizon, own_losses=_own_losses(scenario), direction=worst.direction,
    )  # fmt: skip


def worst_over_time(scenario: Scenario, record: Record, rows: Iterable[int]) -> Reading:
    """The reading, of all rows', whose ratio over the steps is furthest from 1.

    A bidirectional row is judged in each direction in which the gradient grows, and from the step with the least
    gradient, or only forward if the loss sees the last step alone, the first that the reverse direction reads.
    """
    judged: list[Reading] = []
    for row in rows:
        first, *more = readings(record.profile, row)
        if not (more and scenario.reads_ends):
            judged.append(first)
        else:
            judged += [least_of_both(record.profile, row), *(one for one in (first, *more) if one.ratio > 1)]
    return max(judged, key=lambda one: abs_log(one.ratio))


def _own_losses(scenario: Scenario) -> str:
    """Why the gradient tells nothing of memory, if every step has a loss; else empty."""
    if not scenario.loss.at_every_step:
        return ""
    if scenario.time.truncate:
        return f"each step has its own loss, cut after {scenario.time.truncate} steps"
    return "each step has its own loss: memory can't be seen here"


def _why(scenario: Scenario, record: Record, radius: Radius, kind: Kind, ratio: float, factor: float,
         worst: Reading | None) -> str:  # fmt: skip
    if kind == "nonfinite":
        return why_nonfinite_over_time(record)
    if record.underflow > len(record.layers):
        return why_loss_underflows(scenario, record)
    if record.output_gradient_rms[-1] == 0:
        return why_no_gradient(scenario)
    if worst is None:
        return _why_over_layers(scenario, record, ratio, factor)
    return why_over_time(kind, scenario, record, radius, worst, ratio, factor)


def why_over_time(kind: Kind, scenario: Scenario, record: Record, radius: Radius, worst: Reading, ratio: float,
                  factor: float) -> str:  # fmt: skip
    """The sentence over the steps of a layer: ratio, factor and causes."""
    layer, sizes = worst.row, worst.sizes
    where = f"layer {layer + 1}" if len(record.profile["gradient_rms"]) > 1 else ""
    where = ", ".join(filter(None, (where, "both ways" if worst.direction == "both" else worst.direction)))
    if sizes[0] == 0:
        return _why_zero(kind, scenario, record, radius, worst)
    begin, end = worst.step(1), worst.step(len(sizes))
    gradient_in = compared(ratio, "step", end, factor, f"{where}: " if where else "", begin)
    cause = blame_over_time(scenario, record, radius, worst, grows=ratio > 1)
    if scenario.loss.at_every_step:
        return f"{gradient_in}, every step adding its own loss: {cause}"
    return f"{gradient_in}: {cause}{peak_in_words(kind, worst)}"


def _why_over_layers(scenario: Scenario, record: Record, ratio: float, factor: float) -> str:
    gradient = record.output_gradient_rms
    if len(gradient) == 1:
        return "one layer and one step only: nothing is multiplied up yet"
    if gradient[0] == 0:
        layer = int(np.flatnonzero(gradient > 0)[0]) + 1 if gradient.any() else len(gradient)
        if record.underflow or record.signal_underflow_layer:
            return why_underflows(scenario, record, layer)
        return f"the gradient is exactly 0 below layer {layer}: that layer's weights or slopes pass nothing on"
    gradient_in = compared(ratio, "layer", len(gradient), factor, "at the last step the ")
    factors = factors_in_words(scenario, record, last_step=True)
    return f"{gradient_in}: {factors}" if factors else gradient_in


def _why_zero(kind: Kind, scenario: Scenario, record: Record, radius: Radius, worst: Reading) -> str:
    """The sentence for a gradient that is 0 at the step that is read first."""
    layer, gradient, name = worst.row, worst.sizes, scenario.network.activation.name
    if first := truncated_at(scenario, gradient):
        window = f"truncation cuts the gradient off before step {first}, so that no earlier step gets any"
        if first == len(gradient):
            return window
        cause = blame_over_time(
            scenario, record, radius, worst, grows=bool(gradient[first - 1] > gradient[-1]), first=first
        )
        return f"{window}; within that, {cause}"
    cause = blame_over_time(scenario, record, radius, worst, grows=False)
    whose = f"the gradient ({worst.direction})" if worst.direction else "the gradient"
    if kind == "vanishing":
        known = 0 if worst.direction else record.time_underflow.get(layer + 1)
        step, form = worst.step(known or first_with_gradient(gradient)), scenario.precision.format
        return f"{whose} became exactly 0 {worst.earlier} step {step}, smaller than {form} can hold: {cause}"
    joined = record.skips or scenario.network.joined  # the skip of a block belongs to none of its layers
    if joined and scenario.has_skip and scenario.skip_scale == 0:
        return _no_branch(scenario)
    step = first_with_gradient(gradient)
    norms = record.weights.get(f"{MATRICES.get(worst.direction, '')}weight_norm")  # of layers in blocks by other names
    slopes = record.layers[layer].factor_of("activation")
    if norms is not None and norms[layer] == 0:
        why = f"the recurrent weights of layer {layer + 1} are all 0"
    elif slopes and worst.of(slopes)[step - 1] == 0:
        why = f"every {name} that gets a gradient is off there, with slope 0"
    else:
        why = "that step passes nothing on"
    return f"{whose} is exactly 0 {worst.earlier} step {worst.step(step)}: {why}"


def _no_branch(scenario: Scenario) -> str:
    skip = scenario.network.skip
    when, yet = (" at the start", " yet") if skip.entry.metadata["LEARNABLE"] else ("", "")
    return (
        f"the {skip.name} skip's scale is 0{when}, so no gradient goes into a layer or through time{yet}, only past it"
    )
