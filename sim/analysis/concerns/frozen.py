"""The part of the weights' gradient that depends on the input is too small even for Adam."""

import math
from functools import cache

from ...registry import entry, folders, names
from ...text import format_number
from ..outlook import PassFacts

ORDER = 15
COUNTED = True
NEEDS = ("learns",)
SHARE = 0.1  # of eps, below which an adaptive step, gradient / (its size + eps), is under a tenth of a full one
READ = (
    "An adaptive optimizer divides by the gradient's size plus eps, so with a gradient far below eps its steps fade "
    "too."
)
SOURCE = "Kingma & Ba 2015, Adam, algorithm 1"


def concern(facts: PassFacts) -> tuple[float, str] | None:
    """The rms gradient of the weights in the first layer, or the input's part of that in the last, if that is larger.

    Not raised for residual branches of scale 0, whose scale still learns.
    """
    if not (sizes := facts.weight_gradients):
        return None
    first, last, eps = sizes[0], sizes[-1], _eps(folders("optimizers"))
    if SHARE * eps <= first < math.inf:
        return _lost_in_rounding(facts)
    if not math.isfinite(first):
        return first, "the weights' gradient is not finite: no optimizer learns from it"
    part = _part(facts)
    if first == 0 and part > 0 and facts.profile["gradient_rms"][0].any():
        return None
    useful = max(first, last * part)
    if useful >= SHARE * eps:
        return None
    return useful, (f"the part of the weights' gradient that depends on the inputs is {format_number(useful)}, far "
                    f"below the eps of {eps:g} that adaptive optimizers add to its size: not even they make up "
                    "for it")  # fmt: skip


def _lost_in_rounding(facts: PassFacts) -> tuple[float, str] | None:
    """The part of h_L that depends on the input, if it is within h_L's rounding and batches differ.

    The gradient is then of the batch's targets alone, and the next batch has others; one repeated batch does train.
    Raised only where that was measured: single steps of a task, in float32 and wider.
    """
    scenario, size = facts.scenario, math.sqrt(facts.varying_share)
    if scenario.data.file is not None or facts.first_gradients.size < 2:
        return None
    task, digits = scenario.task.entry.metadata, entry("formats", scenario.precision.format).metadata["SIGNIFICAND"]
    differ = task.get("FRESH") or (task.get("SAMPLES") or 0) > scenario.data.batch
    if not differ or digits < entry("formats", "float32").metadata["SIGNIFICAND"] or not size <= 2.0 ** (1 - digits):
        return None
    return size, (f"what of the last layer depends on the input, {format_number(size)} of it, is within its rounding: "
                  "each batch pulls the weights another way")  # fmt: skip


def _part(facts: PassFacts) -> float:
    """The part of h_L that depends on the input, ||h_L - mean|| / ||h_L||; 0 if that is within rounding."""
    size = math.sqrt(facts.varying_share)
    digits = entry("formats", facts.scenario.precision.format).metadata["SIGNIFICAND"]
    return size if size > 2.0 ** (1 - digits) else 0.0


@cache
def _eps(_folders: tuple[str, ...]) -> float:
    """The smallest default eps of the menu's optimizers."""
    declared = (entry("optimizers", name).parameters.get("eps") for name in names("optimizers"))
    return min(float(parameter.default) for parameter in declared if parameter)  # type: ignore[arg-type]
