"""What becomes of a session when its fixes are switched or its scenario is edited. Pure, as the session."""

from dataclasses import replace

from ...sim.data.probe import task_changes
from ...sim.scenario.fix_menu import counted
from ...sim.scenario.fixing import apply_fixes, clash, obstacle
from .fix_labels import label
from .kind_rules import drop
from .playback import replan
from .session import Session, clamp, length, measured, train

DEPTHS = (1, 2, 3, 5, 7, 10, 15, 20, 30, 50, 70, 100, 150, 200, 300, 500, 700, 1000)  # of the keys + and -


def toggle(session: Session, name: str) -> tuple[Session, str]:
    """Switch a fix on or off; what it clashes with is switched off. With a note of what happened."""
    if name in session.fixes:
        return switch(session, tuple(on for on in session.fixes if on != name)), ""
    reason = obstacle(name, session.base)
    if reason:
        return session, f"{label(name)} does not apply: {reason}"
    clashes = {on: key for on in session.fixes if (key := clash(session.base, on, name))}
    compatible = tuple(on for on in session.fixes if on not in clashes)
    after = switch(session, (*compatible, name))
    if not clashes:
        return after, ""
    replaced = " and ".join(label(on) for on in clashes)
    key = next(iter(clashes.values())).rpartition(".")[2]
    return after, f"{label(name)} replaces {replaced}: both set the {key}"


def clear(session: Session) -> Session:
    """All fixes off."""
    return switch(session, ())


def switch(session: Session, on: tuple[str, ...]) -> Session:
    """Exactly these fixes on, one that says so as many times as it is given."""
    on = tuple(name for name, times in counted(on).items() for _ in range(times))
    with_fixes = apply_fixes(session.base, on) if on else session.other
    lengths = [length(scenario) for scenario in (session.scenario, with_fixes) if scenario is not None]
    known = [steps for steps in lengths if steps is not None]
    steps = max(known) if len(known) == len(lengths) else max(session.steps, *known, 1)
    after = clamp(replace(measured(session, steps), fixes=on, with_fixes=with_fixes))
    return replace(after, playback=replan(after.playback, after.iterations))


def settle(session: Session) -> tuple[Session, str]:
    """Switch off what does not apply to the scenario (any more), with a note that says so."""
    gone = [name for name in session.fixes if obstacle(name, session.base)]
    compatible: tuple[str, ...] = ()
    for name in session.fixes:
        if name not in gone and not any(clash(session.base, name, other) for other in compatible):
            compatible += (name,)
    off = [name for name in session.fixes if name not in compatible]
    note = "; ".join(f"{label(name)} off: {obstacle(name, session.base) or 'clashes'}" for name in off)
    return switch(session, compatible), note


def edit(session: Session, changes: dict[str, object]) -> tuple[Session, str]:
    """The session with keys of its scenario changed; raises ScenarioError. A fix that no longer fits goes."""
    dropped = drop(session.scenario, changes, session.dropped)
    return settle(replace(session, scenario=session.scenario.edit(changes), dropped=dropped, walk=None))


def train_on_task(session: Session) -> tuple[Session, str]:
    """On the training screen with a task in place of the probe, playing; with a note of fixes that no longer fit.

    Raises UserError if the scenario's file can't be read.
    """
    after, note = edit(session, task_changes(session.scenario))
    playback = replace(after.playback, completed=0, completed_by_both=0, target=0)
    return train(replace(after, step=None, playback=playback)), note


def deeper(session: Session, direction: int) -> int:
    """The next round depth above (1) or below (-1) the present one."""
    depth = session.scenario.depth
    if direction > 0:
        return next((d for d in DEPTHS if d > depth), depth)
    return next((d for d in reversed(DEPTHS) if d < depth), depth)
