"""The causes of a verdict over time: mean chain-rule factors of a step, gates, spectral radius."""

import math
from collections.abc import Callable, Mapping

from ..results.readings import Reading
from ..results.record import Record
from ..scenario.quantities import quantities
from ..scenario.scenario import Scenario
from ..text import format_number, mean
from .blame import ACTIVATION, MeanFactor, mean_factors, multiplied_together, strongest

Radius = Callable[[Reading], float]


def blame_over_time(
    scenario: Scenario, record: Record, radius: Radius, worst: Reading, *, grows: bool, first: int = 1
) -> str:
    """Causes of a gradient that grows or shrinks from the last step to step `first`, as a clause, dominant first.

    The factors multiply to ||dL/dh_(t-1)|| / ||dL/dh_t|| but for other paths: a GRU's update gates, the layer above, a
    loss at every step. If all factors point the other way, these paths are the cause.
    """
    values = {name: worst.of(name)[first - 1 :] for name in record.profile}
    chain = record.layers[worst.row].time_factors
    # the factors of step t lead to step t - 1
    means = mean_factors(chain, {name: values[name][1:] for _, name in chain})
    factors = multiplied_together(means[::-1])
    product = format_number(math.prod(one.value for one in factors))
    for gate in (gate for name, gate in quantities().items() if name in values and gate.carries):
        carried = format_number(mean(values[gate.name]))
        if gate.carries == "state":
            if not grows:
                return f"the {gate.of_gate} hand {carried} of it on directly"
            return (
                f"gates and recurrent weights return {product} of it on top of the {carried} that the {gate.of_gate} "
                "hand on"
            )
        if not grows and carried != format_number(1.0):
            return f"the cell path keeps what the {gate.of_gate} let through, {carried}"
    if not factors:
        return "no factor could be measured"
    dominant = strongest(factors, grows)
    if (dominant.value > 1) != grows:
        return _adds(scenario, grows) or f"each step passes {product} of it on"
    of_weights = radius(worst)
    causes = [
        SENTENCES.get(one.parts, _of_its_word)(scenario, one, of_weights)
        for one in sorted(factors, key=lambda one: one is not dominant)
    ]
    return ", ".join([causes[0], *(text.replace(" is ", " ") for text in causes[1:])])


def _slopes(scenario: Scenario, factor: MeanFactor, _radius: float) -> str:
    if scenario.gates:
        return f"the gates multiply it by {format_number(factor.value)}"
    return f"{scenario.network.activation.name}'s slope is {format_number(factor.value)} on average"


def _weights(_scenario: Scenario, factor: MeanFactor, radius: float) -> str:
    if math.isfinite(radius) and (radius > 1) == (factor.value > 1):
        return f"the recurrent weights' spectral radius is {format_number(radius)}"
    return f"the recurrent weights multiply it by {format_number(factor.value)}"


def _norm_and_weights(scenario: Scenario, factor: MeanFactor, _radius: float) -> str:
    both = f"{scenario.network.norm.name} norm and recurrent weights together"
    return f"{both} multiply it by {format_number(factor.value)}"


def _of_its_word(_scenario: Scenario, factor: MeanFactor, _radius: float) -> str:
    subject = f"{factor.made_by} together multiply" if len(factor.parts) > 1 else f"the {factor.word} multiplies"
    return f"{subject} it by {format_number(factor.value)}"


SENTENCES: Mapping[tuple[str, ...], Callable[[Scenario, MeanFactor, float], str]] = {
    ACTIVATION: _slopes,
    ("weights",): _weights,
    ("norm", "weights"): _norm_and_weights,
}  # by the parts of a layer that make the factor


def _adds(scenario: Scenario, grows: bool) -> str:
    """The source that adds to the gradient at every step (loss or layer above), if it grows; else empty."""
    if not grows:
        return ""
    if scenario.loss.at_every_step:
        return "what the steps add makes it grow, not what one passes on to the next"
    return "the layer above adds its own at every step" if scenario.network.depth > 1 else ""
