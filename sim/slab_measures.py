"""What a slab tells by layer: moments, chain-rule factors, and how much was lost to a narrow format."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from .kernel import Array
from .statistics import COLUMNS, MAX, NONFINITE, RMS, STD, ZEROS, by_step, count_slopes, moments, places
from .tally import risky, vanished

if TYPE_CHECKING:
    from .slab import Slab

Floats = NDArray[np.float64]
SATURATED = 0.05  # a slope below this share of the largest slope counts as saturated


def measure_forward(slab: "Slab") -> None:
    """Moments of preactivations and outputs."""
    kept, preactivation, outputs = slab.kept, by_step(slab.kept["preactivation"]), by_step(slab.kept["output"])
    slab.outputs, slab.statistics = outputs[:, None], {"preactivation_std": preactivation[:, STD, None]}
    slab.nonfinite = preactivation[:, NONFINITE] + outputs[:, NONFINITE]
    if slab.choices.norm is not None:  # an activation may make inf finite again
        slab.nonfinite += by_step(kept["argument"])[:, NONFINITE]


def measure_backward(slab: "Slab") -> None:
    """Moments of the gradients, and the factors that they make."""
    kept = slab.kept
    below = by_step(kept["grad_input"])
    totals = np.concatenate([below[1:], by_step(kept["grad_output"][-1:])])
    branch = by_step(kept["grad_branch"]) if slab.joins else totals
    argument = by_step(kept["grad_argument"])
    preactivation = by_step(kept["grad_preactivation"]) if slab.choices.norm is not None else argument
    through = by_step(kept["through"]) if slab.joins else below
    small = _count_losses(slab, preactivation, through)
    width, fan_in = slab.shapes["weight"]
    factors = {  # what is pulled back of 0 is 0, so that a factor of 0 is 0/0, nan
        "slope_factor": argument[:, RMS] / branch[:, RMS],
        "norm_factor": preactivation[:, RMS] / argument[:, RMS],
        "weight_factor": through[:, RMS] / preactivation[:, RMS] * np.sqrt(fan_in / width),
        "saturated_fraction": small / kept["slope"][0].size,
        "underflow_fraction": slab.tally.fraction,
    }
    slab.statistics = {name: values[:, None] for name, values in factors.items()}
    slab.totals, slab.below = totals[:, None], below[:, None]
    others = np.empty((len(slab.layers), COLUMNS))
    moments(slab.gradient_rows, others, slab.parameters["weight"][0].size)
    tables = (argument, preactivation, through, below, slab.weight_gradients, others)
    slab.nonfinite = np.zeros(len(slab.layers)) + sum(table[:, NONFINITE] for table in tables)


def weight_moments(slab: "Slab", rows: Array) -> Floats:
    """Of the weights' part of rows (layers, numbers), of parameters or their gradients."""
    out = np.empty((len(rows), COLUMNS))
    moments(rows, out, 0, slab.parameters["weight"][0].size)
    return out


def _count_losses(slab: "Slab", preactivation: Floats, through: Floats) -> Floats:
    """Complete the tally of what became 0 for want of range; how many slopes are small, by layer."""
    kept, choices, tally, count = slab.kept, slab.choices, slab.tally, len(slab.layers)
    slope, branch, argument = (kept[key].reshape(count, -1) for key in ("slope", "grad_branch", "grad_argument"))
    least = SATURATED * choices.activation.largest_slope(*choices.activation_parameters)
    found = np.empty((count, 2))
    count_slopes(slope, branch, argument, least, found)
    tally.lost += found[:, 1]
    tally.stored += argument[0].size
    slab.weight_gradients = weight_moments(slab, slab.gradient_rows)
    if choices.format.native:
        _count_vanished(slab, preactivation[:, MAX], through)
    return found[:, 0]


def _count_vanished(slab: "Slab", top: Floats, through: Floats) -> None:
    """The zeros that products of small numbers gave."""
    kept, form = slab.kept, slab.choices.format
    for index in places((top > 0) & (top < risky(form.dtype))):
        z, layer = kept["grad_preactivation"][index], slab.layers[index]
        if through[index, ZEROS]:
            slab.tally.product(z, layer.parameters["weight"], kept["through"][index], index, top=top[index])
        if slab.weight_gradients[index, ZEROS]:
            slab.lost[index] = vanished(form, z.T, layer.entered[0], layer.gradients["weight"], top[index])
