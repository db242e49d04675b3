"""The verdict of a chain of different layers (rows): over rows at the last step, and over time in recurrent rows.

Where a row mixes steps, as attention does, the gradient over rows is the root mean square over all steps.
"""

import math

import numpy as np
from numpy.typing import NDArray

from ..numerics.arrays import Floats
from ..results.factors import divided, output_gradient_norms
from ..results.readings import Reading
from ..results.record import Record
from ..results.trace import Verdict
from ..scenario.scenario import Scenario
from ..scenario.schema import leaves, of_entry
from ..scenario.verdict_words import Kind
from ..text import format_number
from .blame_over_time import Radius
from .verdict import EXPLODING, VANISHING, compared, why_loss_underflows, why_no_gradient, why_underflows
from .verdict_time import judge_both, why_over_time, worst_over_time
from .why_nonfinite import scaled, why_nonfinite_over_time


def judge_chain(scenario: Scenario, record: Record, radius: Radius = lambda _: math.nan) -> Verdict:
    """The verdict with R of the first row over the last, or of the worst recurrent row's first step over its last.

    `radius` computes the spectral radius of a direction's recurrent weights; called only if the sentence needs it.
    """
    norms = _norms_of_rows(scenario, record)
    rows = norms / np.sqrt([info.width for info in record.layers])
    rows = rows if scenario.mixes_steps else record.output_gradient_rms
    recurrent = [index for index, info in enumerate(record.layers) if info.time_factors]

    def why(kind: Kind, ratio: float, factor: float, worst: Reading | None) -> str:
        if kind == "nonfinite":
            return why_nonfinite_over_time(record) if _in_time(record) else _why_nonfinite(record)
        if worst is None:
            return _why_over_rows(scenario, record, rows, divided(norms[:-1], norms[1:]), ratio)
        return why_over_time(kind, _of_row(scenario, record, worst.row), record, radius, worst, ratio, factor)

    worst = worst_over_time(scenario, record, recurrent) if recurrent else None
    return judge_both(scenario, record, rows, worst, why)


def _of_row(scenario: Scenario, record: Record, index: int) -> Scenario:
    """The scenario of a row's entry; of a block, that of its last recurrent layer with the block's skip."""
    entry = next(entry for number, entry, _ in scenario.network.rows() if number == index + 1)
    of_row = of_entry(scenario, entry, fan_in := record.layers[index].fan_in)
    states = [leaf for _, leaf in (leaves(of_row, fan_in) if entry.block else ()) if leaf.has_state]
    if not states:
        return of_row
    *_, last = states
    if not of_row.has_skip:
        return last
    return last.model_copy(update={"network": last.network.as_joined(skip=of_row.network.skip)})


def _in_time(record: Record) -> bool:
    """Whether the first inf or NaN arose in a recurrent row."""
    first = record.first_nonfinite
    return first is not None and bool(record.layers[first.layer - 1].time_factors)


def _why_nonfinite(record: Record) -> str:
    first = record.first_nonfinite
    assert first is not None
    return f"{first.text}{scaled(first, record)}"


def _why_over_rows(scenario: Scenario, record: Record, gradient: Floats, factors: Floats, ratio: float) -> str:
    """The sentence over rows, from the rms gradient at their outputs and the factor of each row but the first."""
    depth = len(gradient)
    if record.underflow > depth:
        return why_loss_underflows(scenario, record)
    if gradient[-1] == 0:
        return why_no_gradient(scenario)
    if depth == 1:
        return "one layer only: nothing is multiplied up yet"
    if gradient[0] == 0:
        index = int(np.flatnonzero(gradient > 0)[0])
        if record.underflow or record.signal_underflow_layer:
            return why_underflows(scenario, record, index + 1, _named(record, index))
        return f"the gradient is exactly 0 below {_named(record, index)}: nothing passes it"
    says = compared(ratio, "layer", depth)
    return f"{says}: {_strongest(record, factors, ratio)}" if np.isfinite(factors).any() else says


def _strongest(record: Record, factors: NDArray[np.float64], ratio: float) -> str:
    """The row with the largest factor if R > 1, else the smallest; both for a healthy R."""
    low, high = int(np.nanargmin(factors)), int(np.nanargmax(factors))
    least, most = (f"{format_number(float(factors[index]))}" for index in (low, high))
    if VANISHING <= ratio <= EXPLODING:
        lowest, highest = _named(record, low + 1), _named(record, high + 1)
        return f"single layers multiply it by {least} ({lowest}) to {most} ({highest})"
    name, value = (_named(record, high + 1), most) if ratio > 1 else (_named(record, low + 1), least)
    return f"{name} alone multiplies it by {value}"


def _named(record: Record, index: int) -> str:
    return f'layer {index + 1}, "{record.layers[index].label}"'


def _norms_of_rows(scenario: Scenario, record: Record) -> Floats:
    """||dL/dh|| by row at the last step, or the root mean square over steps where a row mixes them."""
    norms = output_gradient_norms(record.profile)
    if not scenario.mixes_steps:
        return norms[:, -1]
    with np.errstate(all="ignore"):  # nan of a row without any number, of which nanmean would warn
        by_row: Floats = np.sqrt(np.nansum(norms**2, axis=1) / np.count_nonzero(~np.isnan(norms), axis=1))
    return by_row


def layer_factors(record: Record) -> NDArray[np.float64]:
    """||dL/dh_(l-1)|| / ||dL/dh_l|| of each row by step (rows, steps); nan where steps begin or end."""
    norms = output_gradient_norms(record.profile)
    with np.errstate(all="ignore"):
        factors: NDArray[np.float64] = np.vstack([record.input_gradient_norm[None], norms[:-1]]) / norms
    factors[~np.isfinite(factors)] = np.nan
    return factors
