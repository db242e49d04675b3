"""Outlook and concerns of a pass in words; pure."""

from typing import NamedTuple

from ...sim.results.trace import Verdict


class Doubts(NamedTuple):
    """A sentence beside the verdict, "" if there is nothing to say; `borderline` if a healthy verdict has a concern."""

    text: str = ""
    borderline: bool = False


def doubts(verdict: Verdict) -> Doubts:
    """Whether it will train, which is not said of a probe, and what beside the verdict itself speaks against it."""
    beside = [concern.text for concern in sorted(verdict.concerns, key=lambda one: not one.counted)
              if not concern.in_verdict]  # fmt: skip
    borderline = verdict.kind == "healthy" and bool(beside)
    outlook = f"outlook {verdict.outlook}" if verdict.outlook is not None else ""
    if not beside:
        return Doubts(outlook)
    reasons = "; ".join(beside)
    if verdict.outlook == "doubtful":
        return Doubts(f"{outlook}: {reasons}", borderline)
    return Doubts(
        "; ".join(filter(None, (f"{'borderline' if borderline else 'also'}: {reasons}", outlook))), borderline
    )
