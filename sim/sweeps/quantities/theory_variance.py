"""Theory's q*: the variance of preactivations at which the layers settle."""

from ..outcome import Outcome

LOG = True


def value(outcome: Outcome) -> float:
    """The variance q*; nan where the theory does not apply."""
    return outcome.theory.variance
