"""Theory's depth that trains: 6 xi."""

from ..outcome import Outcome

LOG = True


def value(outcome: Outcome) -> float:
    """6 xi; nan where the theory does not apply."""
    return outcome.theory.trainable_depth
