"""What becomes of a session when its scenario is saved. Pure, as the session."""

from dataclasses import replace
from pathlib import Path

from ..sim.scenario import Scenario
from ..sim.whole import real_path
from .session import Session, switch


def to_save(session: Session, path: Path) -> Scenario:
    """The scenario for a file: without [expect] and lesson if they tell of another network in another file."""
    now, origin = session.scenario, session.origin
    same = session.path is not None and real_path(session.path) == real_path(path)
    if origin is None or same or _simulated(now) == _simulated(origin):
        return now
    return now.edit({"expect": None, "lesson": None})


def saved(session: Session, path: Path) -> tuple[Session, str]:
    """The session that goes on with a file just saved, with a note of what was left out of it."""
    scenario, count = to_save(session, path), len(session.fixes)
    note = f", as it is, without {count} {'fixes; a adopts them' if count > 1 else 'fix; a adopts it'}" if count else ""
    if scenario != session.scenario:
        note += "; its lesson and [expect] are left out, which told of the scenario before it was edited"
        session = replace(session, lesson=(), step=None)
    return switch(replace(session, scenario=scenario, path=path, origin=scenario), session.fixes), note


def _simulated(scenario: Scenario) -> tuple[object, ...]:
    return (scenario.seed, scenario.network, scenario.time, scenario.data, scenario.loss, scenario.training,
            scenario.precision)  # fmt: skip
