"""Causes of a gradient that grows or vanishes over the steps of a layer, the strongest first."""

import math
from collections.abc import Callable, Mapping

from ..results.readings import Reading
from ..results.record import Record
from ..scenario.quantities import quantities
from ..scenario.scenario import Scenario
from ..text import format_number, geometric_mean, mean
from .over_time import Steps

Radius = Callable[[Reading], float]


def blame_over_time(
    scenario: Scenario, record: Record, radius: Radius, worst: Reading, *, grows: bool, first: int = 1
) -> str:
    """Causes of a gradient that grows or vanishes in the backward pass to step `first`, the strongest first.

    A step's factors multiply to what it passes on, dL/dh_t to dL/dh_(t-1), except what goes past them: a GRU's update
    gates, the layer above, a loss at every step. What can't be to blame, as it points the other way, never comes first.
    """
    profile = {name: worst.of(name)[first - 1 :] for name in record.profile}
    factors = _factors(record, profile)
    for gate in (gate for name, gate in quantities().items() if name in profile and gate.carries):
        carried, returned = format_number(mean(profile[gate.name])), format_number(math.prod(factors.values()))
        if gate.carries == "state":
            if not grows:
                return f"the {gate.of_gate} hand {carried} of it on directly"
            return (
                f"gates and recurrent weights return {returned} of it on top of the {carried} that the {gate.of_gate} "
                "hand on"
            )
        if not grows and carried != format_number(1.0):
            return f"the cell path keeps what the {gate.of_gate} let through, {carried}"
    if not factors:
        return "no factor could be measured"
    strongest = (max if grows else min)(factors, key=lambda name: factors[name])
    if (factors[strongest] > 1) != grows:
        return _adds(scenario, grows) or f"each step passes {format_number(math.prod(factors.values()))} of it on"
    named, of_weights = sorted(factors, key=lambda name: name != strongest), radius(worst)
    causes = [_named(scenario, record, name, factors[name], of_weights) for name in named]
    return ", ".join([causes[0], *(text.replace(" is ", " ") for text in causes[1:])])


def _factors(record: Record, profile: Mapping[str, Steps]) -> dict[str, float]:
    """Geometric means by name: slopes, or gates, and recurrent weights, a norm within the cell together with these.

    The first step of what there is is left out, whose factors lead to the state before it.
    """
    means = {name: geometric_mean(profile[f"{name}_factor"][1:]) for name in ("slope", "norm", "weight")}
    if record.has_factor("norm_factor"):  # it divides by what the weights multiply, so the two are one factor
        means["weight"] *= means["norm"]
    return {name: means[name] for name in ("weight", "slope") if math.isfinite(means[name])}


def _named(scenario: Scenario, record: Record, name: str, value: float, radius: float) -> str:
    """A factor in the words of the kind."""
    if name == "slope" and scenario.gates:
        return f"the gates multiply it by {format_number(value)}"
    if name == "slope":
        return f"{scenario.network.activation.name}'s slope is {format_number(value)} on average"
    if record.has_factor("norm_factor"):
        return f"{scenario.network.norm.name} norm and recurrent weights together multiply it by {format_number(value)}"
    if math.isfinite(radius) and (radius > 1) == (value > 1):
        return f"the recurrent weights' spectral radius is {format_number(radius)}"
    return f"the recurrent weights multiply it by {format_number(value)}"


def _adds(scenario: Scenario, grows: bool) -> str:
    """What adds to the gradient at every step past a layer's own factors, where that makes it grow; else empty."""
    if not grows:
        return ""
    if scenario.loss.at == "every":
        return "what the steps add makes it grow, not what one passes on to the next"
    return "the layer above adds its own at every step" if scenario.network.depth > 1 else ""
