"""Theory's depth that trains: 6 xi."""

from ..outcome import Outcome

LOG = True


def value(outcome: Outcome) -> float:
    """The number, nan where theory says nothing of the network."""
    return outcome.theory.trainable_depth
