"""What the interface knows, as frozen data with pure functions; widgets only draw it."""

from dataclasses import dataclass, replace
from pathlib import Path

from ..sim.fixing import apply_fixes, clash, fixes, obstacle
from ..sim.problems import ScenarioError
from ..sim.scenario import Scenario, Step
from .walk import Walk

DEPTHS = (1, 2, 3, 5, 7, 10, 15, 20, 30, 50, 70, 100, 150, 200, 300, 500, 700, 1000)  # of the keys + and -


@dataclass(frozen=True)
class Session:
    """The scenario, the fixes switched on, where one looks, and how far lesson and walk are."""

    scenario: Scenario
    path: Path | None = None
    fixes: tuple[str, ...] = ()
    cursor: int = 1
    quantity: str = "gradient_rms"
    lesson: tuple[Step, ...] = ()
    step: int | None = None
    walk: Walk | None = None

    @property
    def fixed(self) -> Scenario | None:
        """The scenario with the fixes that are on, or None if there are none."""
        return apply_fixes(self.scenario, self.fixes) if self.fixes else None

    @property
    def depth(self) -> int:
        """The number of layers that the cursor can visit: the deeper of the two networks decides."""
        fixed = self.fixed
        depth = self.scenario.network.depth
        return max(depth, fixed.network.depth) if fixed else depth


def begin(scenario: Scenario, path: Path | None = None, on: tuple[str, ...] = ()) -> Session:
    """A session on a scenario, the cursor in the middle of its layers."""
    middle = (scenario.network.depth + 1) // 2
    return Session(scenario, path, on, cursor=middle, lesson=scenario.lesson)


def label(name: str) -> str:
    """The words for a fix."""
    return next((fix.label for fix in fixes() if fix.name == name), name)


def toggle(session: Session, name: str) -> tuple[Session, str]:
    """Switch a fix on or off; what it clashes with is switched off. With a note of what happened."""
    if name in session.fixes:
        return _clamp(replace(session, fixes=tuple(on for on in session.fixes if on != name))), ""
    reason = obstacle(name, session.scenario)
    if reason:
        return session, f"{label(name)} does not apply: {reason}"
    clashes = {on: key for on in session.fixes if (key := clash(session.scenario, on, name))}
    kept = tuple(on for on in session.fixes if on not in clashes)
    after = _clamp(replace(session, fixes=(*kept, name)))
    if not clashes:
        return after, ""
    replaced = " and ".join(label(on) for on in clashes)
    key = next(iter(clashes.values())).rpartition(".")[2]
    return after, f"{label(name)} replaces {replaced}: both set the {key}"


def clear(session: Session) -> Session:
    """All fixes off."""
    return _clamp(replace(session, fixes=()))


def edit(session: Session, changes: dict[str, object]) -> tuple[Session, str]:
    """The session with keys of its scenario changed; raises ScenarioError. A fix that no longer fits goes."""
    try:
        scenario = session.scenario.edit(changes)
    except ScenarioError as error:
        if not all(problem.key.startswith("lesson") for problem in error.problems):
            raise
        scenario = session.scenario.edit({**changes, "lesson": None})  # the lesson spoke of other layers
    return settle(replace(session, scenario=scenario, walk=None))


def settle(session: Session) -> tuple[Session, str]:
    """Switch off what does not apply to the scenario (any more), with a note that says so."""
    gone = [name for name in session.fixes if obstacle(name, session.scenario)]
    kept: tuple[str, ...] = ()
    for name in session.fixes:
        if name not in gone and not any(clash(session.scenario, name, other) for other in kept):
            kept += (name,)
    off = [name for name in session.fixes if name not in kept]
    note = "; ".join(f"{label(name)} off: {obstacle(name, session.scenario) or 'clashes'}" for name in off)
    return _clamp(replace(session, fixes=kept)), note


def move(session: Session, layer: int) -> Session:
    """The cursor on a layer, or on the nearest that there is."""
    return _clamp(replace(session, cursor=layer))


def learn(session: Session, step: int | None) -> tuple[Session, str]:
    """Go to a step of the lesson (from 0): its fixes on, all others off, its layer and quantity looked at."""
    if step is None or not 0 <= step < len(session.lesson):
        return replace(session, step=None), ""
    told = session.lesson[step]
    after, note = settle(replace(session, step=step, fixes=tuple(told.fixes), walk=None))
    after = replace(after, quantity=told.quantity or "gradient_rms")
    return (move(after, told.layer) if told.layer else after), note


def deeper(session: Session, direction: int) -> int:
    """The next round depth above (1) or below (-1) the present one."""
    depth = session.scenario.network.depth
    if direction > 0:
        return next((d for d in DEPTHS if d > depth), depth)
    return next((d for d in reversed(DEPTHS) if d < depth), depth)


def _clamp(session: Session) -> Session:
    cursor = min(max(session.cursor, 1), session.depth)
    return session if cursor == session.cursor else replace(session, cursor=cursor)
