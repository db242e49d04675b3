"""Another scenario as the second line, in place of the same one with fixes. Pure, as the session."""

from dataclasses import replace
from pathlib import Path

from ...sim.scenario.scenario import Scenario
from .changes import settle, switch
from .session import Session, begin, length, move


def compare(session: Session, other: Scenario, path: Path | None = None) -> tuple[Session, str]:
    """The session with another scenario beside its own, and what the keys do to which; fixes that were on go."""
    beside = replace(session, other=other, other_path=path, fixes=(), step=None, walk=None, inspecting=False)
    after = switch(beside, ())
    after = move(after, _middle(session.scenario.depth, other.depth),
                 _middle(length(session.scenario) or session.steps, length(other) or 1))  # fmt: skip
    first, second = after.names
    return after, f"{first} and {second}: digits switch fixes on {second}, e edits {first}, Escape ends the comparison"


def _middle(first: int, other: int) -> int | None:
    """In the middle of what both have, as the shorter ends where the longer does; None of two of one length."""
    return None if first == other else max(first, other) - min(first, other) // 2


def alone(session: Session) -> Session:
    """The session on its own scenario again."""
    return session if session.other is None else switch(replace(session, other=None, other_path=None), ())


def adopt(session: Session) -> Session:
    """The second line becomes the first: the same scenario with its fixes adopted, or the other one opened."""
    second = session.with_fixes or session.scenario
    if session.other is None:
        return switch(replace(session, scenario=second, walk=None), ())
    opened = replace(begin(session.other, session.other_path), quantity=session.quantity, scene=session.scene)
    return settle(replace(opened, scenario=second))[0]
