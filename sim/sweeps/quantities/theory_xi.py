"""Theory's xi: over so many layers the correlation of two inputs comes nearer to its limit by a factor of e."""

from ..outcome import Outcome

LOG = True


def value(outcome: Outcome) -> float:
    """The number, nan where theory says nothing of the network."""
    return outcome.theory.xi
