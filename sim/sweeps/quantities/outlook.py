"""The outlook of the pass: whether the network will train, by what the pass shows."""

from ..outcome import Outcome

WORDS = True
TRAINED = False


def value(outcome: Outcome) -> str:
    """The word; a probe, which has nothing to learn, has none."""
    return outcome.verdict.outlook or "none"
