"""Theory's chi_1: the factor of the gradient's mean square a layer; below 1 is order, above 1 chaos."""

from ..outcome import Outcome

LOG = True


def value(outcome: Outcome) -> float:
    """The factor chi_1; nan where the theory does not apply."""
    return outcome.theory.chi
