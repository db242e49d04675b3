"""The cause of a verdict over layers: the chain-rule factor that shrinks or amplifies the gradient most."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ..numerics.arrays import Floats
from ..results.factors import factors_together, together
from ..results.record import Record
from ..scenario.quantities import quantities
from ..scenario.scenario import Scenario
from ..scenario.verdict_words import Kind
from ..text import format_number, geometric_mean, mean, percent

SCATTER = 0.15  # |ln| of the mean squared factor of a layer, up to which the factors are 1 on average
FLAT = 0.2  # the least saturated fraction that the sentence mentions
ACTIVATION = ("activation",)


@dataclass(frozen=True)
class MeanFactor:
    """Geometric mean of a chain-rule factor: word in the chain, quantity, parts of a layer that make it, value.

    `together_with` is the quantity of the factor that it is multiplied by in verdicts.
    """

    word: str
    quantity: str
    parts: tuple[str, ...]
    value: float
    together_with: str = ""

    @property
    def made_by(self) -> str:
        """The parts in words: "norm and weights"."""
        return " and ".join(self.parts)


def mean_factors(chain: Iterable[tuple[str, str]], values: Mapping[str, Floats]) -> list[MeanFactor]:
    """Geometric means of a chain's factors, in its order, of values by quantity; nan if none is finite and positive.

    The part that makes a factor is the one that its quantity declares, or else its word in the chain.
    """
    means = []
    for word, quantity in chain:
        facts = quantities().get(quantity)
        part, other = (facts.factor_of, facts.together_with) if facts is not None else ("", "")
        means.append(MeanFactor(word, quantity, (part or word,), geometric_mean(values[quantity]), other))
    return means


def multiplied_together(factors: Sequence[MeanFactor]) -> list[MeanFactor]:
    """Finite factors, those that declare `together_with` multiplied by that factor where it is in the chain."""
    products = {one.quantity: one for one in factors}
    for one in factors:
        if (other := products.pop(one.together_with, None)) is not None:
            products[one.quantity] = MeanFactor(
                one.word, one.quantity, one.parts + other.parts, one.value * other.value
            )
    return [one for one in products.values() if math.isfinite(one.value)]


def strongest(factors: Iterable[MeanFactor], grows: bool) -> MeanFactor:
    """The largest factor if the gradient grows, else the smallest."""
    return (max if grows else min)(factors, key=lambda one: one.value)


def factors_over_layers(record: Record, last_step: bool = False) -> list[MeanFactor]:
    """Mean chain-rule factors of layers 2 to L, from norms over all steps, or of the last step only."""
    chain = record.layers[-1].factors
    names = [quantity for _, quantity in chain]
    if last_step:
        by_layer = {name: record.profile[name][:, -1] for name in names}
    else:
        by_layer = factors_together(record.profile, record.input_gradient_norm, names)
    return mean_factors(chain, {name: values[1:] for name, values in by_layer.items()})


def factors_in_words(scenario: Scenario, record: Record, last_step: bool = False) -> str:
    """The product of mean factors in words, or, with a skip, the factor of its branch; empty if none is finite."""
    factors = [one for one in factors_over_layers(record, last_step) if math.isfinite(one.value)]
    if record.skips:
        added = _branch(scenario, factors)
        word = f"passes {format_number(added)} of it" if added > 0 else "passes nothing of it"
        return f"the skip hands it on whole, and each branch beside it {word}"
    return " x ".join(f"{one.word} {format_number(one.value)}" for one in factors)


def _branch(scenario: Scenario, factors: Sequence[MeanFactor]) -> float:
    """Factor of a residual branch, scale times the product of its factors; 0 without factors."""
    return scenario.skip_scale * math.prod(one.value for one in factors) if factors else 0.0


def blame(kind: Kind, scenario: Scenario, record: Record) -> str:
    """The cause of a verdict as a clause: the dominant factor, scatter of the factors, or the residual branches."""
    factors = factors_over_layers(record)
    measured = [one for one in factors if math.isfinite(one.value)]
    if record.skips and kind == "exploding":
        returned = format_number(_branch(scenario, measured))
        return f"each branch returns {returned} of it on top of the skip's 1; scale the branches down or normalise them"
    if len(measured) < len(factors) or not factors:
        words = [one.word for one in factors if one not in measured]
        return f"no {' or '.join(words) or 'chain-rule'} factor could be measured"
    if kind == "vanishing" and _scattered(record):
        return "the layers' factors scatter: 1 on average, but their product shrinks, as in any deep and narrow net"
    products = multiplied_together(factors)
    worst = strongest(products, kind == "exploding")
    others = [one for one in products if one is not worst]
    return SENTENCES.get(worst.parts, _of_its_word)(kind, scenario, record, worst, others)


def _slopes(kind: Kind, scenario: Scenario, record: Record, worst: MeanFactor, others: Sequence[MeanFactor]) -> str:
    activation = scenario.network.activation
    name, slope = activation.name, format_number(worst.value)
    largest = activation.load().largest_slope(*activation.parameters.values())
    if kind == "exploding":
        return f"the slopes of {name} multiply it by {slope}"
    if largest < 1:
        return f"a {name}'s slope is at most {format_number(largest)}, here {slope} on average"
    flat = mean(record.profile["saturated_fraction"])
    zero = mean(record.profile["zero_fraction"])
    rest = " and ".join(f"the {one.made_by} ({format_number(one.value)})" for one in others)
    keep = f"the slopes keep {slope} of it" + (f", and {rest} don't make up for that" if rest else "")
    if not flat >= FLAT:  # nan: the slopes have no largest
        return keep
    return f"{percent(flat)} of the {name} units are {'off' if zero > 0.9 * flat else 'where it is flat'}: {keep}"


def _weights(kind: Kind, scenario: Scenario, _record: Record, worst: MeanFactor, others: Sequence[MeanFactor]) -> str:
    network, factor, balance = scenario.network, format_number(worst.value), _balance(others)
    losses = [words for (key, value), words in network.metadata.get("LOSES", {}).items() if network.get(key) == value]
    if losses and kind == "vanishing":
        return f"weights {losses[0]} multiply it by {factor}{balance}"
    word = "large" if kind == "exploding" else "small"
    return f"the weights are too {word}: they multiply it by {factor}{balance}"


def _norm_and_weights(
    kind: Kind, scenario: Scenario, _record: Record, worst: MeanFactor, others: Sequence[MeanFactor]
) -> str:
    both = f"{scenario.network.norm.name} {worst.made_by} together multiply it by {format_number(worst.value)}"
    if scenario.norm_compares_samples and kind == "exploding":
        return f"{both}, and the slopes leave {format_number(_slope_factor(others))} of that"
    return f"{both}{_balance(others)}"


def _sublayer(
    _kind: Kind, scenario: Scenario, _record: Record, worst: MeanFactor, _others: Sequence[MeanFactor]
) -> str:
    parts = " and ".join(word for word, there in (("norm", scenario.has_norm), ("skip", scenario.has_skip)) if there)
    of_it = f" with its {parts}" if parts else ""
    return f"each {worst.word}{of_it} multiplies it by {format_number(worst.value)}"


def _of_its_word(
    _kind: Kind, _scenario: Scenario, _record: Record, worst: MeanFactor, _others: Sequence[MeanFactor]
) -> str:
    subject = f"{worst.made_by} together multiply" if len(worst.parts) > 1 else f"each {worst.word} multiplies"
    return f"{subject} it by {format_number(worst.value)}, in the mean over the layers"


SENTENCES: Mapping[tuple[str, ...], Callable[[Kind, Scenario, Record, MeanFactor, Sequence[MeanFactor]], str]] = {
    ACTIVATION: _slopes,
    ("weights",): _weights,
    ("norm", "weights"): _norm_and_weights,
    ("sublayer",): _sublayer,
}  # by the parts of a layer that make the dominant factor


def _slope_factor(factors: Iterable[MeanFactor]) -> float:
    """The product of the activation's factors; 1 without one."""
    return math.prod(one.value for one in factors if one.parts == ACTIVATION)


def _balance(others: Iterable[MeanFactor]) -> str:
    return f", where {format_number(1 / _slope_factor(others))} would balance the slopes"


def _scattered(record: Record) -> bool:
    """Whether the mean squared factor of the layers is near 1, though their product is not."""
    norms = together(record.profile["gradient_norm"])
    with np.errstate(all="ignore"):
        squares = (norms[:-1] / norms[1:]) ** 2
    finite = squares[np.isfinite(squares)]
    average = abs(math.log(max(float(finite.mean()), 1e-300))) if len(finite) else math.inf
    log_factor = abs(float(np.log(finite).sum())) if len(finite) and finite.all() else math.inf
    return average < SCATTER and average * len(finite) < log_factor / 2  # else the average explains it by itself
