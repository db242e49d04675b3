"""Factor of the gradient a layer, or step: R to the power of one over their number less one."""

from ..outcome import Outcome

LOG = True


def value(outcome: Outcome) -> float:
    """The verdict's factor."""
    return outcome.verdict.factor_per_layer
