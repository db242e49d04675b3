"""Theory's chi_1: the factor of the gradient's mean square a layer; below 1 is order, above 1 chaos."""

from ..outcome import Outcome

LOG = True


def value(outcome: Outcome) -> float:
    """The number, nan where theory says nothing of the network."""
    return outcome.theory.chi
