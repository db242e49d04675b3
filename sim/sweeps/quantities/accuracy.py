"""Share of right answers: the median of the last updates of training."""

from ..outcome import Outcome

TRAINED = True
RANGE = (0.0, 1.0)


def value(outcome: Outcome) -> float:
    """The share, nan where no answer is right or wrong."""
    return outcome.accuracy
