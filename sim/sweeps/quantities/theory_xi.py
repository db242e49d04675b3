"""Theory's xi: the layers over which what two inputs have in common comes to its end by a factor of e."""

from ..outcome import Outcome

LOG = True


def value(outcome: Outcome) -> float:
    """The number, nan where theory says nothing of the network."""
    return outcome.theory.xi
