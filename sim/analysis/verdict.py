"""The verdict over layers: kind, ratio R, factor per layer, and one sentence of why."""

import math

import numpy as np
from numpy.typing import NDArray

from ..results.factors import together
from ..results.record import Record
from ..results.trace import Verdict
from ..scenario.scenario import Scenario
from ..scenario.verdict_words import Kind
from ..text import format_number, mean
from .blame import blame, factors_in_words
from .why_nonfinite import mean_rate, why_nonfinite

VANISHING, EXPLODING = 1e-3, 1e3  # bounds of R, the gradient at the first layer over that at the last


def judge(scenario: Scenario, record: Record) -> Verdict:
    """The verdict over layers, with R = rms(dL/dh_1) / rms(dL/dh_L), over all steps, and R^(1/(L-1))."""
    gradient = together(record.profile["gradient_rms"])
    ratio = _ratio(gradient)
    factor = factor_per_link(ratio, len(gradient) - 1)
    kind = kind_of(record, float(gradient[0]), ratio)
    return Verdict(kind, ratio, factor, _why(kind, scenario, record, factor), record.first_nonfinite)


def _ratio(gradient: NDArray[np.float64]) -> float:
    if len(gradient) == 1 and gradient[0] > 0:
        return 1.0
    with np.errstate(all="ignore"):
        return float(gradient[0] / gradient[-1])


def factor_per_link(ratio: float, links: int) -> float:
    """The factor per layer or step, ratio^(1/links); nan for 0 links."""
    with np.errstate(all="ignore"):
        return float(np.float64(ratio) ** (1 / links)) if links else math.nan


def kind_of(record: Record, first: float, ratio: float, cut: bool = False) -> Kind:
    """The kind of a verdict, from R and the gradient at the first layer or step; `cut` if truncation made that 0."""
    if record.first_nonfinite is not None:
        return "nonfinite"
    if first == 0:
        underflowed = record.underflow or record.signal_underflow_layer or record.time_underflow
        return "vanishing" if cut or underflowed else "dead"
    if ratio < VANISHING:
        return "vanishing"
    return "exploding" if ratio > EXPLODING else "healthy"


def _why(kind: Kind, scenario: Scenario, record: Record, factor: float) -> str:
    if kind == "nonfinite":
        return why_nonfinite(record)
    if kind == "dead":
        return _why_dead(scenario, record)
    gradient = together(record.profile["gradient_rms"])
    depth = len(gradient)
    if record.underflow > depth:
        return why_loss_underflows(scenario, record)
    if depth == 1:
        return "one layer only: nothing is multiplied up yet"
    if gradient[0] == 0 and record.underflow:
        below = why_underflows(scenario, record, record.underflow)
        return below if record.underflow in record.lost_weights else f"{below}; {blame(kind, scenario, record)}"
    if gradient[0] == 0:
        return _why_signal_underflows(scenario, record)
    says = compared(float(gradient[0] / gradient[-1]), "layer", depth, factor)
    cause = factors_in_words(scenario, record) if kind == "healthy" else blame(kind, scenario, record)
    return f"{says}: {cause}" if cause else says


def compared(ratio: float, unit: str, last: int, factor: float | None = None, where: str = "", first: int = 1) -> str:
    """A clause: the gradient at the first layer or step as a multiple of that at the last, and the factor per unit."""
    each = f" (x{format_number(factor)} per {unit})" if factor is not None else ""
    return f"{where}gradient at {unit} {first} is {format_number(ratio)} x that at {unit} {last}{each}"


def _why_signal_underflows(scenario: Scenario, record: Record) -> str:
    sizes = together(record.profile["activation_rms"])[: record.signal_underflow_layer - 1]
    rate = f", after {format_number(mean_rate(sizes))} a layer" if len(sizes) > 1 else ""
    name, form = scenario.network.activation.name, scenario.precision.format
    flat = f"{name}'s slope is 0 there, so" if record.layers[-1].factor_of("activation") else "from there"
    return (
        f"the activations became exactly 0 at layer {record.signal_underflow_layer}, "
        f"smaller than {form} can hold{rate}; {flat} no gradient comes back"
    )


def _why_dead(scenario: Scenario, record: Record) -> str:
    gradient = together(record.profile["gradient_rms"])
    alive = np.flatnonzero(gradient > 0)
    if not alive.size:
        return why_no_gradient(scenario)
    layer = int(alive[0]) + 1  # the lowest layer with a gradient
    slopes = record.layers[layer - 1].factor_of("activation")
    slope = mean(record.profile[slopes][layer - 1]) if slopes else math.nan
    weight = record.weights.get("weight_norm", np.ones(layer))[layer - 1]
    name = scenario.network.activation.name
    if weight == 0:
        cause = f"the weights of layer {layer} are all 0, so no layer below can learn"
    elif slope == 0 and (first := _first_all_zero(record, layer)):
        where = f"layers {first} to {layer}" if first < layer else f"layer {layer}"
        cause = f"every {name} of {where} is off for every sample, with slope 0"
    elif slope == 0:
        cause = f"every {name} of layer {layer} that gets a gradient is off, with slope 0"
    else:
        cause = f"layer {layer} passes nothing on"
    return f"the gradient is exactly 0 below layer {layer}: {cause}"


def why_no_gradient(scenario: Scenario) -> str:
    """The sentence for a gradient that is 0 at the last layer already."""
    asks = " (is the readout all zeros?)" if scenario.loss.name.entry.metadata["READOUT"] else ""
    return f"no gradient at all enters the last layer: it is exactly 0 from the loss on{asks}"


def why_loss_underflows(scenario: Scenario, record: Record) -> str:
    """The sentence for a gradient that underflowed between the loss and the last layer."""
    form = scenario.precision.format
    return f"no gradient at all enters the last layer: {record.too_small} smaller than {form} can hold"


def why_underflows(scenario: Scenario, record: Record, layer: int, named: str = "") -> str:
    """The sentence for a gradient that underflowed below a layer, or whose weights there underflowed."""
    form, named = scenario.precision.format, named or f"layer {layer}"
    if layer in record.lost_weights:
        return f"the gradient became exactly 0 below {named}, which has weights all smaller than {form} can hold"
    return f"the gradient became exactly 0 below {named}, smaller than {form} can hold"


def _first_all_zero(record: Record, layer: int) -> int:
    """The first of the consecutive layers up to this one whose outputs are all 0; 0 if this layer's are not."""
    all_zero = (record.profile["zero_fraction"][:layer] == 1).all(axis=1)
    others = np.flatnonzero(~all_zero)
    first = int(others[-1]) + 2 if others.size else 1
    return first if first <= layer else 0
