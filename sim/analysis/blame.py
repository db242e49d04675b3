"""What is to blame: the factor of the chain rule that pulls hardest in the direction in which the gradient went."""

import math

import numpy as np

from ..results.over_steps import factors_together, together
from ..results.record import Record
from ..scenario.scenario import Scenario
from ..scenario.verdict_words import Kind
from ..text import format_number, geometric_mean, mean, percent

SCATTER = 0.15  # squares of the layers' factors whose mean is 1 within this (of its log) are right on average
FLAT = 0.2  # a share of flat or switched-off units that is worth a word


def mean_factors(record: Record) -> dict[str, float]:
    """Geometric means of the chain-rule factors between h_1 and h_L by their words, all steps together."""
    chain = factor_words(record)
    by_layer = factors_together(record.profile, record.input_gradient_norm, list(chain.values()))
    return {word: geometric_mean(by_layer[quantity][1:]) for word, quantity in chain.items()}


def factor_words(record: Record) -> dict[str, str]:
    """The factors of a layer's chain by their words, as the last layer has them."""
    return dict(record.layers[-1].factors)


def _factors(record: Record) -> dict[str, float]:
    """The factors that a layer of this kind has, as far as they could be measured."""
    return {k: v for k, v in mean_factors(record).items() if math.isfinite(v)}


def factors_in_words(scenario: Scenario, record: Record) -> str:
    """The factors that multiply up, or what a skip makes of them."""
    if record.skips:
        added = _branch(scenario, record)
        word = f"passes {format_number(added)} of it" if added > 0 else "passes nothing of it"
        return f"the skip hands it on whole, and each branch beside it {word}"
    return " x ".join(f"{name} {format_number(value)}" for name, value in _factors(record).items())


def _branch(scenario: Scenario, record: Record) -> float:
    """What the branch beside a skip passes of the gradient; 0 if nothing."""
    factors = _factors(record)
    return scenario.skip_scale * math.prod(factors.values()) if factors else 0.0


def blame(kind: Kind, scenario: Scenario, record: Record) -> str:
    """What is to blame: the factor that pulls hardest in the direction in which the gradient went."""
    means = _factors(record)
    if record.skips and kind == "exploding":
        returned = format_number(_branch(scenario, record))
        return f"each branch returns {returned} of it on top of the skip's 1; scale the branches down or normalise them"
    names = factor_words(record)
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
    losses = [words for (key, value), words in network.metadata.get("LOSES", {}).items() if network.own(key) == value]
    if losses and kind == "vanishing":
        return f"weights {losses[0]} multiply it by {factor}, where {balance} would balance the slopes"
    return f"the weights are too {word}: they multiply it by {factor}, where {balance} would balance the slopes"


def _blame_part(kind: Kind, scenario: Scenario, means: dict[str, float]) -> str:
    part = (max if kind == "exploding" else min)(means, key=lambda name: means[name])
    parts = " and ".join(word for word, there in (("norm", scenario.has_norm), ("skip", scenario.has_skip)) if there)
    return f"each {part}{f' with its {parts}' if parts else ''} multiplies it by {format_number(means[part])}"


def _scattered(record: Record) -> bool:
    """True if the layers' factors are right on average (of squares), and only their product is not."""
    norms = together(record.profile["gradient_norm"])
    with np.errstate(all="ignore"):
        squares = (norms[:-1] / norms[1:]) ** 2
    good = squares[np.isfinite(squares)]
    average = abs(math.log(max(float(good.mean()), 1e-300))) if len(good) else math.inf
    log_factor = abs(float(np.log(good).sum())) if len(good) and good.all() else math.inf
    return average < SCATTER and average * len(good) < log_factor / 2  # else the average explains it by itself


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
