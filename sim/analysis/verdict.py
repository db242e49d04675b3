"""The verdict: what became of the gradient, and one plain sentence of why."""

import math

import numpy as np
from numpy.typing import NDArray

from ..results.nonfinite import Nonfinite
from ..results.over_steps import factors_together, together
from ..results.record import Record
from ..results.trace import Verdict
from ..scenario.scenario import Scenario
from ..scenario.schema import Kind
from ..text import format_number, geometric_mean, mean, percent

VANISHING, EXPLODING = 1e-3, 1e3  # ratio of the gradient at the first layer over the last
GROWN = 1.005  # a mean factor from this on is growth
SCATTER = 0.15  # squares of the layers' factors whose mean is 1 within this (of its log) are right on average
FLAT = 0.2  # a share of flat or switched-off units that is worth a word


def judge(scenario: Scenario, record: Record) -> Verdict:
    """The verdict over layers, with R = rms(dL/dh_1) / rms(dL/dh_L) and its factor a layer, R^(1/(L-1)).

    Of a sequence all steps count together.
    """
    gradient = together(record.profile["gradient_rms"])
    ratio = _ratio(gradient)
    links = len(gradient) - 1
    with np.errstate(all="ignore"):
        factor = float(np.float64(ratio) ** (1 / links)) if links else math.nan
    kind = _kind(record, gradient, ratio)
    return Verdict(kind, ratio, factor, _why(kind, scenario, record, factor), record.first_nonfinite)


def _ratio(gradient: NDArray[np.float64]) -> float:
    if len(gradient) == 1 and gradient[0] > 0:
        return 1.0
    with np.errstate(all="ignore"):
        return float(gradient[0] / gradient[-1])


def _kind(record: Record, gradient: NDArray[np.float64], ratio: float) -> Kind:
    if record.first_nonfinite is not None:
        return "nonfinite"
    if gradient[0] == 0:
        return "vanishing" if record.underflow or record.signal_underflow_layer else "dead"
    if ratio < VANISHING:
        return "vanishing"
    return "exploding" if ratio > EXPLODING else "healthy"


def _why(kind: Kind, scenario: Scenario, record: Record, factor: float) -> str:
    if kind == "nonfinite":
        return _why_nonfinite(record)
    if kind == "dead":
        return _why_dead(scenario, record)
    gradient = together(record.profile["gradient_rms"])
    depth, form = len(gradient), scenario.precision.format
    if record.underflow > depth:
        return why_loss_underflows(scenario)
    if depth == 1:
        return "one layer only: nothing is multiplied up yet"
    if gradient[0] == 0 and record.underflow:
        below = f"the gradient became exactly 0 below layer {record.underflow}, smaller than {form} can hold"
        return f"{below}; {_blame(kind, scenario, record)}"
    if gradient[0] == 0:
        return _why_faded(scenario, record)
    says = compared(float(gradient[0] / gradient[-1]), "layer", depth, factor)
    return f"{says}: {_product(scenario, record) if kind == 'healthy' else _blame(kind, scenario, record)}"


def compared(ratio: float, unit: str, last: int, factor: float | None = None, where: str = "", first: int = 1) -> str:
    """The gradient at the first layer or step beside that at the last, and the factor that makes it so."""
    each = f" (x{format_number(factor)} per {unit})" if factor is not None else ""
    return f"{where}gradient at {unit} {first} is {format_number(ratio)} x that at {unit} {last}{each}"


def _why_faded(scenario: Scenario, record: Record) -> str:
    sizes = together(record.profile["activation_rms"])[: record.signal_underflow_layer - 1]
    rate = f", after {format_number(mean_rate(sizes))} a layer" if len(sizes) > 1 else ""
    name, form = scenario.network.activation.name, scenario.precision.format
    flat = f"{name}'s slope is 0 there, so" if "slope" in _chain(record) else "from there"
    return (
        f"the activations became exactly 0 at layer {record.signal_underflow_layer}, "
        f"smaller than {form} can hold{rate}; {flat} no gradient comes back"
    )


def mean_factors(record: Record) -> dict[str, float]:
    """Geometric means of the chain-rule factors between h_1 and h_L by their words, all steps together."""
    chain = _chain(record)
    found = factors_together(record.profile, record.input_gradient_norm, list(chain.values()))
    return {word: geometric_mean(found[quantity][1:]) for word, quantity in chain.items()}


def _chain(record: Record) -> dict[str, str]:
    """The factors of a layer's chain by their words, as the last layer has them."""
    return dict(record.layers[-1].factors)


def _factors(record: Record) -> dict[str, float]:
    """The factors that a layer of this kind has, as far as they could be measured."""
    return {k: v for k, v in mean_factors(record).items() if math.isfinite(v)}


def _product(scenario: Scenario, record: Record) -> str:
    if record.skips:
        added = _branch(scenario, record)
        word = f"passes {format_number(added)} of it" if added > 0 else "passes nothing of it"
        return f"the skip hands it on whole, and each branch beside it {word}"
    return " x ".join(f"{name} {format_number(value)}" for name, value in _factors(record).items())


def _branch(scenario: Scenario, record: Record) -> float:
    """What the branch beside a skip passes of the gradient; 0 if nothing."""
    factors = _factors(record)
    return scenario.skip_scale * math.prod(factors.values()) if factors else 0.0


def _blame(kind: Kind, scenario: Scenario, record: Record) -> str:
    """What is to blame: the factor that pulls hardest in the direction in which the gradient went."""
    means = _factors(record)
    if record.skips and kind == "exploding":
        returned = format_number(_branch(scenario, record))
        return f"each branch returns {returned} of it on top of the skip's 1; scale the branches down or normalise them"
    names = _chain(record)
    if missing := [name for name in names if name not in means]:  # each was 0, inf or nan in every layer
        return f"no {' or '.join(missing)} factor could be measured"
    if kind == "vanishing" and _scattered(record):
        return "the layers' factors scatter: 1 on average, but their product shrinks, as in any deep and narrow net"
    if "slope" not in means:  # parts, each with its own norm, slopes and weights
        return _blame_part(kind, scenario, means)
    if "norm" in means:  # a norm divides by what the weights multiply, so the two are one factor
        both_factors = {"slope": means["slope"], "norm": means["norm"] * means["weight"]}
        means = both_factors | {name: value for name, value in means.items() if name not in ("slope", "norm", "weight")}
    worst = (max if kind == "exploding" else min)(means, key=lambda name: means[name])
    return (_blame_slope if worst == "slope" else _blame_weights)(kind, scenario, record, means)


def _blame_weights(kind: Kind, scenario: Scenario, _record: Record, means: dict[str, float]) -> str:
    """Weights, norm and weights together, or a pool."""
    network, worst = scenario.network, (max if kind == "exploding" else min)(means, key=lambda name: means[name])
    balance, slope, factor = (
        format_number(1 / means["slope"]),
        format_number(means["slope"]),
        format_number(means[worst]),
    )
    if worst not in ("norm", "weight"):
        return f"each {worst} multiplies it by {factor}, in the mean over the layers"
    both = f"{network.norm.name} norm and weights together"
    if worst == "norm" and scenario.norm_compares_samples and kind == "exploding":
        return f"{both} multiply it by {factor}, and the slopes leave {slope} of that"
    if worst == "norm":
        return f"{both} multiply it by {factor}, where {balance} would balance the slopes"
    word = "large" if kind == "exploding" else "small"
    beside = [words for (key, value), words in network.metadata.get("LOSES", {}).items() if network.own(key) == value]
    if beside and kind == "vanishing":
        return f"weights {beside[0]} multiply it by {factor}, where {balance} would balance the slopes"
    return f"the weights are too {word}: they multiply it by {factor}, where {balance} would balance the slopes"


def _blame_part(kind: Kind, scenario: Scenario, means: dict[str, float]) -> str:
    part = (max if kind == "exploding" else min)(means, key=lambda name: means[name])
    own = " and ".join(word for word in ("norm", "skip") if getattr(scenario, f"has_{word}"))
    return f"each {part}{f' with its {own}' if own else ''} multiplies it by {format_number(means[part])}"


def _scattered(record: Record) -> bool:
    """True if the layers' factors are right on average (of squares), and only their product is not."""
    norms = together(record.profile["gradient_norm"])
    with np.errstate(all="ignore"):
        squares = (norms[:-1] / norms[1:]) ** 2
    good = squares[np.isfinite(squares)]
    average = abs(math.log(max(float(good.mean()), 1e-300))) if len(good) else math.inf
    whole = abs(float(np.log(good).sum())) if len(good) and good.all() else math.inf
    return average < SCATTER and average * len(good) < whole / 2  # else the average explains it by itself


def _blame_slope(kind: Kind, scenario: Scenario, record: Record, means: dict[str, float]) -> str:
    activation = scenario.network.activation
    name, slope = activation.name, format_number(means["slope"])
    largest = activation.load().largest_slope(*activation.parameters.values())
    if kind == "exploding":
        return f"the slopes of {name} multiply it by {slope}"
    if largest < 1:
        return f"a {name}'s slope is at most {format_number(largest)}, here {slope} on average"
    flat = mean(record.profile["saturated_fraction"])
    zero = mean(record.profile["zero_fraction"])
    other, value = ("weights", means["weight"]) if "weight" in means else ("norm and weights", means["norm"])
    keep = f"the slopes keep {slope} of it, and the {other} ({format_number(value)}) don't make up for that"
    if not flat >= FLAT:  # nan: the slopes have no largest
        return keep
    return f"{percent(flat)} of the {name} units are {'off' if zero > 0.9 * flat else 'where it is flat'}: {keep}"


def _why_dead(scenario: Scenario, record: Record) -> str:
    gradient = together(record.profile["gradient_rms"])
    alive = np.flatnonzero(gradient > 0)
    if not alive.size:
        return why_no_gradient()
    layer = int(alive[0]) + 1  # the last layer that the backward pass brings a gradient to
    slope = mean(record.profile["slope_factor"][layer - 1])
    weight = record.weights.get("weight_norm", np.ones(layer))[layer - 1]
    name = scenario.network.activation.name
    if weight == 0:
        cause = f"the weights of layer {layer} are all 0, so no layer below can learn"
    elif slope == 0 and (first := _silent_from(record, layer)):
        where = f"layers {first} to {layer}" if first < layer else f"layer {layer}"
        cause = f"every {name} of {where} is off for every sample, with slope 0"
    elif slope == 0:
        cause = f"every {name} of layer {layer} that gets a gradient is off, with slope 0"
    else:
        cause = f"layer {layer} passes nothing on"
    return f"the gradient is exactly 0 below layer {layer}: {cause}"


def why_no_gradient() -> str:
    """Why not even the last layer has a gradient."""
    return "no gradient at all enters the last layer: it is exactly 0 from the loss on (is the readout all zeros?)"


def why_loss_underflows(scenario: Scenario) -> str:
    """Why not even the last layer has a gradient, though the loss has one."""
    return (
        f"no gradient at all enters the last layer: the loss's own is smaller than {scenario.precision.format} can hold"
    )


def _silent_from(record: Record, layer: int) -> int:
    """The lowest of the layers in a row, up to this one, whose outputs are all 0; 0 if this one's are not."""
    silent = (record.profile["zero_fraction"][:layer] == 1).all(axis=1)
    spoken = np.flatnonzero(~silent)
    first = int(spoken[-1]) + 2 if spoken.size else 1
    return first if first <= layer else 0


def _why_nonfinite(record: Record) -> str:
    first = record.first_nonfinite
    assert first is not None
    return f"{first.text}{scaled(first, record)}{_growth(first, record)}"


def scaled(first: Nonfinite, record: Record) -> str:
    """A word on the loss scale where it is part of what overflowed."""
    return (
        f", with the loss times {record.loss_scale:g}" if first.phase == "backward" and record.loss_scale != 1 else ""
    )


def _growth(first: Nonfinite, record: Record) -> str:
    """How fast the numbers had grown on the way to the first non-finite one."""
    if first.phase == "forward":
        sizes, word = record.profile["activation_rms"][: first.layer - 1, first.step - 1], "activations"
    else:
        sizes, word = record.profile["gradient_rms"][first.layer - 1 :, first.step - 1][::-1], "gradients"
    sizes = sizes[np.isfinite(sizes) & (sizes > 0)]
    if len(sizes) < 2 or mean_rate(sizes) < GROWN:
        return ""
    return f"; the {word} had grown {format_number(mean_rate(sizes))} times a layer, to {format_number(sizes[-1])}"


def mean_rate(sizes: NDArray[np.float64]) -> float:
    """The mean factor from each size to the next."""
    return float(np.exp((np.log(sizes[-1]) - np.log(sizes[0])) / (len(sizes) - 1)))  # the ratio itself may overflow
