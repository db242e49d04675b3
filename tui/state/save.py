"""What becomes of a session when its scenario is saved, and what its file may be called. Pure, as the session."""

from dataclasses import replace
from pathlib import Path

from ...sim.io.atomic import real_path
from ...sim.scenario.scenario import Scenario, without_stale_words
from .changes import switch
from .session import Session


def to_save(session: Session, path: Path) -> Scenario:
    """The scenario for a file; in another file than its own it keeps the words that are true of it."""
    same = session.path is not None and real_path(session.path) == real_path(path)
    return session.scenario if same else without_stale_words(session.scenario, session.origin)


def saved(session: Session, path: Path) -> tuple[Session, str]:
    """The session that goes on with a file just saved, with a note of what was left out of it."""
    scenario, count = to_save(session, path), 0 if session.other else len(session.fixes)
    note = f", as it is, without {count} {'fixes; a adopts them' if count > 1 else 'fix; a adopts it'}" if count else ""
    if scenario != session.scenario:
        told = session.scenario.plain()
        lost = [f"[{key}]" if key == "expect" else key for key in ("summary", "lesson", "expect")
                if key in told and key not in scenario.plain()]  # fmt: skip
        note += f"; left out, as of before it was edited: {', '.join(lost)}" if lost else ""
        session = replace(session, lesson=(), step=None)
    return switch(replace(session, scenario=scenario, path=path, origin=scenario), session.fixes), note


def slug(title: str) -> str:
    """A title as the name of a file."""
    return "-".join("".join(c if c.isalnum() else " " for c in title.lower()).split())[:60] or "scenario"
