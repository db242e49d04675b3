"""The optimizer's eps underflows to 0 in the number format, so that a gradient of 0 is divided by 0."""

from ...registry import entry
from ..outlook import PassFacts

ORDER = 12
COUNTED = True
SYMPTOM = "eps"
NEEDS = ("adapts_in_format",)
READ = "Where a gradient is exactly 0, as for a pixel that is never on, the first update is 0/0, which is NaN."
SOURCE = "Micikevicius et al. 2018, Mixed precision training, section 3.1"


def concern(facts: PassFacts) -> tuple[float, str] | None:
    """The eps, if it is at most half the smallest number of the format."""
    scenario, optimizer = facts.scenario, facts.scenario.training.optimizer
    eps = float(optimizer.parameters["eps"])  # type: ignore[arg-type]
    of_format = entry("formats", scenario.precision.format).metadata
    smallest = 2.0 ** (of_format["SMALLEST_EXPONENT"] - of_format["SIGNIFICAND"] + 1)
    if not 0 < 2 * eps <= smallest:
        return None
    label = optimizer.entry.metadata.get("LABEL", optimizer.name)
    return eps, f"the eps of {eps:g} is 0 in {scenario.precision.format}, so {label} divides by 0"
