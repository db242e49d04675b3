"""What would be lost with a program that has to end: the run, or an edited scenario, goes to a file of the user's."""

import contextlib
import shlex
import time
from pathlib import Path

import platformdirs

from ..sim.errors import UserError
from ..sim.scenario.scenario import Scenario, without_stale_words
from .state.save import slug
from .state.session import Session
from .workers.runs import Trainings

KEPT = 5  # of such files
PATIENCE = 10.0  # seconds to wait for the update that is being made


def rescue(session: Session, trainings: Trainings, folder: Path | None = None) -> str:
    """Save the run as it is, or else an edited scenario; a sentence on where it is, empty if there is neither."""
    if not (session.playback.completed or session.edited):
        return ""
    folder = folder or Path(platformdirs.user_state_dir("gradsim"), "rescued")
    scenario = without_stale_words(session.scenario, session.origin)
    name = f"{slug(scenario.title)}-{time.strftime('%Y%m%d-%H%M%S')}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _make_room(folder)
        return _save(session, scenario, trainings, folder / name)
    except (UserError, OSError) as error:
        return f"what you had open could not be saved: {error}"


def _save(session: Session, scenario: Scenario, trainings: Trainings, name: Path) -> str:
    path = Path(f"{name}.npz")
    updates = trainings.save(scenario, path, PATIENCE) if session.playback.completed else 0
    if not updates and not session.edited:
        return ""
    if not updates:
        from ..sim.scenario.file import save_scenario

        path = Path(f"{name}.toml")
        save_scenario(scenario, path)
    what = f"your run of {updates} update{'s' * (updates != 1)}" if updates else "your edited scenario"
    beside = ["--against", str(session.other_path)] if session.other_path else []
    again = shlex.join(["gradsim", str(path), *beside, *(word for fix in session.fixes for word in ("--fix", fix))])
    return f"{what} is saved; this opens it again: {again}"


def _make_room(folder: Path) -> None:
    """Delete the oldest files."""
    files = sorted((*folder.glob("*.npz"), *folder.glob("*.toml")), key=lambda path: path.name[-20:])
    for path in files[: len(files) - KEPT + 1] if len(files) >= KEPT else []:
        with contextlib.suppress(OSError):
            path.unlink()
