"""Going through a preset's lesson, and what a walk leaves of it. Pure, as the session."""

from dataclasses import replace

from ...sim.scenario.placeholders import last_update
from ...sim.scenario.tables import LessonStep
from ..charts.catalog import DEFAULT
from ..charts.training_catalog import DEFAULT as FIRST_OF_TRAINING
from .changes import settle
from .comparing import alone
from .playback import pause, seek
from .session import Session, move, untrain


def end_walk(session: Session) -> Session:
    """The session without its walk; in a lesson the cursors go back to where its text speaks of."""
    after, walk = replace(session, walk=None), session.walk
    if walk is None or session.step is None:
        return after
    look = session.lesson[session.step]
    start = (walk.start, None) if walk.over == "layer" else (None, walk.start)
    return move(move(after, *start), look.layer, look.step)


def go_to_lesson_step(session: Session, step: int | None) -> tuple[Session, str]:
    """Go to a step of the lesson (from 0): its fixes on, all others off, its layer, step and quantity looked at."""
    session = alone(end_walk(session))
    if step is None or not 0 <= step < len(session.lesson):
        return replace(session, step=None), ""
    look = session.lesson[step]
    if look.update is not None and not session.scenario.loss.is_probe:
        return _learn_update(session, step, look, look.update)
    session = untrain(session)
    after, note = settle(replace(session, step=step, fixes=tuple(look.fixes), walk=None))
    after = replace(after, quantity=look.quantity or DEFAULT, view=look.view)  # else its text speaks of the first chart
    return move(after, look.layer, look.step), note


def _learn_update(session: Session, step: int, look: LessonStep, update: int) -> tuple[Session, str]:
    """A step of the lesson in the training: its fixes on, the cursor on its update; all updates it names are run."""
    after, note = settle(replace(session, step=step, fixes=tuple(look.fixes), walk=None, inspecting=False))
    playback = seek(seek(pause(after.playback), last_update(look), after.iterations), update, after.iterations)
    playback = replace(playback, quantity=look.quantity or FIRST_OF_TRAINING, view=None, failure_panel=False)
    return move(replace(after, scene="training", playback=playback), look.layer, look.step), note
