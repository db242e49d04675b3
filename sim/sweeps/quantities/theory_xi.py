"""Theory's xi: over so many layers the correlation of two inputs comes nearer to its limit by a factor of e."""

from ..outcome import Outcome

LOG = True


def value(outcome: Outcome) -> float:
    """The depth scale xi; nan where the theory does not apply."""
    return outcome.theory.xi
