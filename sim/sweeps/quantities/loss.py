"""Loss of the pass; with training the median of the last updates', nan of a run that broke."""

from ..outcome import Outcome

LOG = True


def value(outcome: Outcome) -> float:
    """The loss."""
    return outcome.loss
