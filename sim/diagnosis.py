"""The verdict: what became of the gradient, and one plain sentence of why."""

import math
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from .numbers import geometric_mean, short
from .scenario import Kind, Scenario
from .trace import Nonfinite, Verdict

if TYPE_CHECKING:
    from .passes import Record

VANISHING, EXPLODING = 1e-3, 1e3  # ratio of the gradient at the first layer over the last


def judge(scenario: Scenario, record: "Record") -> Verdict:
    """The verdict over layers, with R = rms(dL/dh_1) / rms(dL/dh_L) and its factor a layer, R^(1/(L-1))."""
    gradient = record.profile["gradient_rms"][:, -1]
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


def _kind(record: "Record", gradient: NDArray[np.float64], ratio: float) -> Kind:
    if record.first_nonfinite is not None:
        return "nonfinite"
    if gradient[0] == 0:
        return "vanishing" if record.underflow else "dead"
    if ratio < VANISHING:
        return "vanishing"
    return "exploding" if ratio > EXPLODING else "healthy"


def _why(kind: Kind, scenario: Scenario, record: "Record", factor: float) -> str:
    if kind == "nonfinite":
        return _why_nonfinite(scenario, record)
    if kind == "dead":
        return _why_dead(scenario, record)
    gradient = record.profile["gradient_rms"][:, -1]
    depth = len(gradient)
    if depth == 1:
        return "one layer only: nothing is multiplied up yet"
    if record.underflow and gradient[0] == 0:
        return (
            f"the gradient became exactly 0 below layer {record.underflow}: smaller than {scenario.precision.format} "
            f"can hold; {_blame(kind, scenario, record)}"
        )
    arrives = f"layer 1 gets {_share(gradient[0] / gradient[-1])} of the gradient of layer {depth}"
    if kind == "healthy":
        return f"{arrives}: {_product(record)}, {short(factor)} a layer"
    return f"{arrives}, {short(factor)} a layer: {_blame(kind, scenario, record)}"


def _share(ratio: float) -> str:
    return f"{short(ratio)} times" if ratio > 1.05 else short(ratio)


def mean_factors(record: "Record") -> dict[str, float]:
    """Geometric means of the chain-rule factors between h_1 and h_L at the last step."""
    names = ("slope_factor", "norm_factor", "weight_factor")
    return {name.removesuffix("_factor"): geometric_mean(record.profile[name][1:, -1]) for name in names}


def _product(record: "Record") -> str:
    factors = {
        name: value for name, value in mean_factors(record).items() if name != "norm" or abs(value - 1) > 1e-9
    }
    return " x ".join(f"{name} {short(value)}" for name, value in factors.items())


def _blame(kind: Kind, scenario: Scenario, record: "Record") -> str:
    """Which factor is to blame: the one that pulls hardest in the direction in which the gradient went."""
    network = scenario.network
    means = mean_factors(record)
    if network.norm.name != "none":  # a norm divides by what the weights multiply, so the two are one factor
        means = {"slope": means["slope"], "norm": means["norm"] * means["weight"]}
    logs = {
        name: math.log(value) if value > 0 else 0.0 for name, value in means.items() if math.isfinite(value)
    }
    if not logs:
        return "no factor could be measured"
    if network.skip.name != "none" and kind == "exploding":
        return _blame_skip(network.skip.name, means, record)
    worst = (max if kind == "exploding" else min)(logs, key=lambda name: logs[name])
    describe = {"slope": _blame_slope, "weight": _blame_weight, "norm": _blame_norm}[worst]
    return describe(kind, scenario, means)


def _blame_slope(_kind: Kind, scenario: Scenario, means: dict[str, float]) -> str:
    activation = scenario.network.activation
    largest = activation.load().largest_slope(*activation.parameters.values())
    return (
        f"every {activation.name} keeps at most {short(largest)} of it by its slope; "
        f"here {short(means['slope'])} on average"
    )


def _blame_weight(kind: Kind, _scenario: Scenario, means: dict[str, float]) -> str:
    word = "large" if kind == "exploding" else "small"
    return (
        f"the weights are too {word}: they multiply it by {short(means['weight'])} a layer, where "
        f"{short(1 / means['slope'])} would balance the slopes"
    )


def _blame_norm(_kind: Kind, scenario: Scenario, means: dict[str, float]) -> str:
    name = scenario.network.norm.name
    return (
        f"weights and {name} norm together multiply it by {short(means['norm'])} a layer, where "
        f"{short(1 / means['slope'])} would balance the slopes"
    )


def _blame_skip(name: str, means: dict[str, float], record: "Record") -> str:
    branch = math.prod(means.values())
    return (
        f"each branch gives back {short(branch)} of it and the {name} skip adds the whole of it again, "
        f"layer after layer; scale the branch down or normalise it"
    )


def _why_dead(scenario: Scenario, record: "Record") -> str:
    gradient = record.profile["gradient_rms"][:, -1]
    alive = np.flatnonzero(gradient > 0)
    if not alive.size:
        return "no gradient at all enters the last layer: it is exactly 0 from the loss on (is the readout all zeros?)"
    layer = int(alive[0]) + 1  # the last layer on the way back that still has a gradient
    slope, weight = record.profile["slope_factor"][layer - 1, -1], record.weights["weight_norm"][layer - 1]
    if weight == 0:
        cause = f"the weights of layer {layer} are all 0"
    elif slope == 0:
        cause = f"every {scenario.network.activation.name} of layer {layer} that gets a gradient is off, with slope 0"
    else:
        cause = f"layer {layer} passes nothing on"
    return f"the gradient is exactly 0 below layer {layer}: {cause}, so no layer below can learn"


def _why_nonfinite(scenario: Scenario, record: "Record") -> str:
    first = record.first_nonfinite
    assert first is not None
    where = f"layer {first.layer}'s {first.operation} in the {first.phase} pass"
    return (
        f"{where} gave the first number that {scenario.precision.format} can't hold{_growth(first, record)}"
    )


def _growth(first: Nonfinite, record: "Record") -> str:
    """How fast the numbers had grown on the way to the first non-finite one."""
    if first.phase == "forward":
        sizes, word = record.profile["activation_rms"][: first.layer - 1, first.step - 1], "activations"
    else:
        sizes, word = record.profile["gradient_rms"][first.layer - 1 :, first.step - 1][::-1], "gradients"
    sizes = sizes[np.isfinite(sizes) & (sizes > 0)]
    if len(sizes) < 2 or sizes[-1] <= sizes[0]:
        return ""
    factor = (sizes[-1] / sizes[0]) ** (1 / (len(sizes) - 1))
    return f": the {word} had grown {short(factor)} times a layer, to {short(sizes[-1])}"
