"""Ratio of the gradient at the first layer, or step, over the last: R of the verdict."""

from ..outcome import Outcome

LOG = True


def value(outcome: Outcome) -> float:
    """R."""
    return outcome.verdict.ratio
