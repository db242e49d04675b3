"""The verdict of the pass, or with training that of the run, in one word."""

from ..outcome import Outcome

WORDS = True


def value(outcome: Outcome) -> str:
    """The word."""
    return outcome.kind
