"""The words of verdicts, outlooks and outcomes of training."""

from typing import Literal

Kind = Literal["vanishing", "exploding", "nonfinite", "dead", "healthy"]
Outlook = Literal["trains", "doubtful", "sick"]
Outcome = Literal["learning", "stalled", "diverging", "nonfinite", "undecided"]

OTHER_VERDICTS = {
    "nan": "nonfinite",
    "inf": "nonfinite",
    "explode": "exploding",
    "exploded": "exploding",
    "vanish": "vanishing",
    "vanished": "vanishing",
    "ok": "healthy",
    "stall": "stalled",
    "stalling": "stalled",
    "diverge": "diverging",
    "diverged": "diverging",
    "learn": "learning",
    "learned": "learning",
}
"""Other words for verdicts."""
