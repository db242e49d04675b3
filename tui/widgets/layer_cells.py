"""What the inspector says of one layer: the chain of factors multiplied out, and how the layer is doing."""

import math
from functools import partial

import numpy as np

from ...sim.results.factors import chain_factors
from ...sim.results.trace import Trace
from ...sim.scenario.quantities import quantities
from ...sim.text import format_number
from ..terminal.glyphs import glyphs
from .cells import Cells, product
from .time_cells import GRADIENTS, SHARES, UNITS, has, measured

SIZES = {"dL/dh": "gradient_rms", "activation std": "activation_std"}
QUANTITIES = SIZES | SHARES | UNITS | GRADIENTS
"""Quantities by their heading, also by those of one time step."""


def chain_columns(trace: Trace | None, layer: int, step: int = 1, brief: bool = False) -> Cells:
    """By heading, what stands before a number and the number: 3.1e-09 arrives x 0.21 x 1.01 = 6.6e-10 passes on."""
    if trace is None or not has(trace, layer, step):
        return {}
    chain = chain_factors(trace, layer, step - 1, "layers")
    finite = math.isfinite(chain.gradient_out) or not trace.profile["gradient_norm"][-1, step - 1]
    finite |= bool(trace.layers[layer - 1].label)  # a layer of a chain may have no numbers at a step
    factors = (("this layer", chain.layer_factor),) if brief or not chain.factors else chain.factors
    return product(chain.gradient_in, factors, chain.gradient_out, ("arrives", "passes on"), partial(_known, finite))


def _known(finite: bool, value: float, digits: int) -> str:
    """A number, or a dash where it is 0/0 of a finite gradient: nothing arrives, or nothing goes through a branch."""
    return glyphs().dash if finite and math.isnan(value) else format_number(value, digits)


def state_columns(trace: Trace | None, layer: int, step: int = 1, _brief: bool = False) -> Cells:
    """By heading, the numbers that say how a layer is doing."""
    if trace is None or not has(trace, layer, step):
        return {}
    at = {name: float(values[layer - 1, step - 1]) for name, values in trace.profile.items()}
    if not np.isnan(trace.profile["gradient_rms"]).all():  # what is nan everywhere a kind has not, as without an MLP
        at = {name: value for name, value in at.items() if not np.isnan(trace.profile[name]).all()}
    if trace.layers[layer - 1].label:  # a layer of a chain has not all that others have
        at = {name: value for name, value in at.items() if not math.isnan(value)}
    headed = {quantities()[name].heading: name for name in at if name in quantities() and quantities()[name].heading}
    cells = measured(at, {head: name for head, name in (SHARES | SIZES | headed).items() if name in at})
    norms = trace.weights.get("weight_norm")
    if norms is None or (trace.layers[layer - 1].label and math.isnan(norms[layer - 1])):
        return cells  # several matrices, each with its own, or none
    return cells | {"|W|": (" ", format_number(float(norms[layer - 1])))}


def phase_of(heading: str) -> str:
    """The pass that makes a number of the state known, "" of one that needs none."""
    return quantities()[QUANTITIES[heading]].phase if heading in QUANTITIES else ""
