"""What the inspector says of one layer at one time step: the chain through time, the gates, how far memory reaches."""

from collections.abc import Mapping, Sequence

import numpy as np

from ...sim.analysis.over_time import memory_horizon
from ...sim.results.factors import cell_path, chain_factors
from ...sim.results.readings import FORWARD, REVERSE, Reading, readings
from ...sim.results.trace import Trace
from ...sim.scenario.quantities import of_memory, quantities
from ...sim.text import format_number, percent
from ..terminal.glyphs import glyphs
from .cells import SHARE, Cells, product

BOUNDS = (
    "Two numbers of the recurrent weights: the spectral norm, their largest singular value, times the activation's "
    "largest slope bounds what one step can do to the gradient; below 1 it must vanish. Over many steps the factor "
    "tends to the spectral radius (times the slopes), which is never larger: above 1 and below 1 together it grows "
    "first and then vanishes."
)
LEFT = "left here"
SHARES = {"saturated": "saturated_fraction", "zero": "zero_fraction"}
UNITS = {"h std": "activation_std"} | SHARES
GRADIENTS = {"dL/dh": "gradient_rms", "forward": FORWARD, "reverse": REVERSE}
"""Quantities by their heading."""


def has(trace: Trace | None, layer: int, step: int) -> bool:
    """Whether a run has such a layer and step."""
    return trace is not None and 1 <= layer <= trace.depth and 1 <= step <= trace.steps


def through_time(trace: Trace | None, layer: int, step: int, brief: bool = False) -> Cells:
    """How much of the last step's gradient is left at a step, and what that step makes of it."""
    if trace is None or not has(trace, layer, step):
        return {}
    norms, dash = trace.profile["gradient_norm"][layer - 1], glyphs().dash
    chain = chain_factors(trace, layer, step - 1, "time")
    nothing = norms[step - 1] == norms[-1] == 0  # not even the last step has a gradient
    if step == 1 or norms[step - 1] == 0:  # no step before it, or nothing to hand on to it
        here = dash if nothing else format_number(chain.gradient_in)
        return {LEFT: (" ", here.rjust(SHARE))} | ({"this step": (glyphs().times, dash)} if brief else {})
    # a way that truncation cut has no other beside it: the quotient has no value, and nothing is wrong
    cut = not np.isnan(chain.layer_factor)

    def word(value: float, digits: int) -> str:
        return dash if cut and np.isnan(value) else format_number(value, digits)

    factors = (("this step", chain.layer_factor),) if brief or not chain.factors else chain.factors
    return product(chain.gradient_in, factors, chain.gradient_out, (LEFT, "passes on"), word)


def state(trace: Trace | None, layer: int, step: int, brief: bool = False) -> Cells:
    """How the layer is doing at a step: its gradient, its gates or units, its recurrent weights.

    In brief the means of all gates come first, in one column.
    """
    if trace is None or not has(trace, layer, step):
        return {}
    at = {name: float(values[layer - 1, step - 1]) for name, values in trace.profile.items()}
    if trace.layers[layer - 1].label:  # different layers have different numbers
        at = {name: value for name, value in at.items() if not np.isnan(value)}
    menu = quantities()
    gates = [menu[name] for name in at if name in menu and menu[name].gate and menu[name].saturated in at]
    cells: Cells = {}
    if brief and (gates := [gate for gate in gates if gate.range is not None and gate.range[0] >= 0]):  # no candidates
        words = " ".join(str(gate.gate) for gate in gates)
        cells[f"gates {words}"] = (" ", " ".join(format_number(at[gate.name]) for gate in gates))
    cell = of_memory(at)
    gradients = GRADIENTS if cell is None else {**GRADIENTS, "dL/dc": cell}
    cells |= measured(at, {head: name for head, name in gradients.items() if name in at})
    if cell is not None and not np.isnan(path := cell_path(trace, layer, step)):
        cells["cell path"] = (" ", format_number(path))
    for gate in () if brief else gates:
        cells[f"gate {gate.gate}"] = (" ", f"{format_number(at[gate.name])} {percent(at[gate.saturated])}")
    if not gates:
        cells |= measured(at, {head: name for head, name in UNITS.items() if name in at})
    return cells | weights(trace, layer)


def measured(at: Mapping[str, float], headings: Mapping[str, str]) -> Cells:
    """Numbers of a layer under their headings; fractions in percent."""
    menu = quantities()
    return {head: (" ", (percent if menu[name].unit == "fraction" else format_number)(at[name]))
            for head, name in headings.items()}  # fmt: skip


def weights(trace: Trace, layer: int) -> Cells:
    """Spectral radius and spectral norm of the recurrent weights, where they were measured."""
    names = {"radius": "spectral_radius", "spectral norm": "spectral_norm"}
    known = {word: float(trace.weights[name][layer - 1]) for word, name in names.items() if name in trace.weights}
    return {word: (" ", format_number(value)) for word, value in known.items() if np.isfinite(value)}


def memory(trace: Trace, layer: int) -> str:
    """How far the gradient of the last step reaches back, in words."""
    if len(ways := readings(trace.profile, layer - 1)) > 1:
        return trace.verdict.own_losses or _of_both_ways([one for one in ways if one.sizes[-1] > 0])
    gradient, back = trace.profile["gradient_rms"][layer - 1], trace.steps - 1
    if not np.isfinite(gradient[-1]):
        return "the last step's gradient is not finite"
    if gradient[-1] == 0:
        return "the last step has no gradient"
    steps = memory_horizon(gradient)
    if steps is None and trace.verdict.own_losses:
        return trace.verdict.own_losses
    if not np.isfinite(gradient).all():
        return "the gradient overflows" if steps is None else f"{_left(steps)} less than 1% of the gradient is left"
    (only,) = ways
    if (cell := only.of_cell) is not None:  # which is what remembers
        return f"under 1% of dL/dh is left {_left(steps)}, of dL/dc {_left(memory_horizon(cell))}"
    if steps is None:
        return f"1% or more of the gradient is left over all {back} steps"
    return f"{_left(steps)} less than 1% of the gradient is left"


def _of_both_ways(ways: Sequence[Reading]) -> str:
    """Of each direction, and of its cells where these are what remembers."""
    if not any(one.of_cell is not None for one in ways):
        horizons = (f"{one.direction} {_left(memory_horizon(one.sizes))}" for one in ways)
        return f"less than 1% of the gradient is left {', '.join(horizons)}"
    pairs = []
    for one in ways:
        steps = [memory_horizon(part) for part in (one.sizes, one.of_cell) if part is not None]
        pairs.append(f"{one.direction} {' and '.join('never' if it is None else str(it) for it in steps)}")
    return f"steps until under 1% of dL/dh and dL/dc is left: {', '.join(pairs)}"


def _left(steps: int | None) -> str:
    """When it is."""
    return "at no step" if steps is None else f"after {steps} step{'s' * (steps != 1)}"
