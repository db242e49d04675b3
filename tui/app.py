"""The application: themes, the ways out, and the main screen."""

import contextlib
import os
import sys
import threading
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from rich.console import RenderableType
from textual.app import App
from textual.binding import Binding, BindingType
from textual.screen import Screen

from ..sim.files import load_scenario
from ..sim.problems import UserError
from ..sim.scenario import Scenario
from .charts.canvas import has_braille
from .colours import colours
from .frames import exactly
from .guard import guarded
from .screens.commands import Commands
from .screens.main import Main
from .screens.scene import Scene
from .screens.training import Training
from .screens.windows import remember_file
from .session import Session, begin, reopen, settle
from .trainings import Trainings

if TYPE_CHECKING:
    from ..sim.training_run import Run

THEMES = ("textual-dark", "textual-light", "ansi-dark", "ansi-light")  # the last two in the terminal's 16 colours
INTERRUPTED = 130  # the status of Ctrl+C


class GradsimApp(App[int]):
    """gradsim's interface on one scenario."""

    CSS_PATH = "gradsim.tcss"
    TITLE = "gradsim"
    ENABLE_COMMAND_PALETTE = True
    COMMANDS: ClassVar = {Commands}
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+q", "quit", "quit", show=False, priority=True, id="app.quit"),
        Binding("ctrl+c", "interrupt", "quit", show=False, priority=True, id="app.interrupt"),
    ]

    def __init__(self, session: Session, warning: str = "", trainings: Trainings | None = None):
        super().__init__()
        trainings = trainings or Trainings()
        self.main, self.training = Main(session, trainings, warning), Training(session, trainings, warning)
        self.set_class(not has_braille(), "-plain")
        if self.console.color_system in (None, "standard", "windows"):
            self.theme = "ansi-dark"

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """The colours of the two runs and of heatmaps."""
        return colours(self.current_theme.ansi, self.current_theme.dark)

    def on_mount(self) -> None:
        """The screen of the pass lies below that of the training."""
        self.install_screen(self.training, "training")
        self.push_screen(self.main)
        if self.main.now.scene == "training":
            self.push_screen(self.training)

    def turn(self, session: Session, note: str) -> None:
        """Show the screen that a session is on."""
        if session.scene == "training":
            self.training.enter(session, note)
            self.push_screen(self.training)
        else:
            self.pop_screen()
            self.main.enter(session, note)

    @property
    def scene(self) -> Scene:
        """The screen that is seen, below any window."""
        return self.training if self.training in self.screen_stack else self.main

    async def action_quit(self) -> None:
        """Leave with status 0."""
        self.exit(0)

    def action_interrupt(self) -> None:
        """Leave as a program does that was interrupted."""
        self.exit(INTERRUPTED)

    def action_next_theme(self) -> None:
        """Dark, light, or the terminal's 16 colours."""
        here = THEMES.index(self.theme) if self.theme in THEMES else -1
        self.theme = THEMES[(here + 1) % len(THEMES)]
        words = ", in the terminal's own 16 colours" if self.theme.startswith("ansi") else ""
        self.scene.status.say(note=f"theme {self.theme}{words}")

    def _display(self, screen: Screen[Any], renderable: RenderableType | None) -> None:
        """Every frame on its way to the terminal."""
        super()._display(screen, exactly(renderable))

    def leave(self, status: int) -> None:
        """End from a signal handler or another thread."""
        with contextlib.suppress(RuntimeError):  # the loop has just ended
            if self._loop is not None:
                self._loop.call_soon_threadsafe(self.exit, status)


def run_app(scenario: Scenario, path: Path | None, *, mouse: bool = True, fixes: tuple[str, ...] = (),
            run: "Run | None" = None) -> int:  # fmt: skip
    """Run the interface until it is left, on a saved run if one is given; returns the exit status."""
    began = begin(scenario, path) if run is None else reopen(scenario, len(run))
    if path is not None:
        remember_file(path)
        began = replace(began, origin=_of_file(path) or scenario)
    session, warning = settle(replace(began, fixes=fixes))
    app = GradsimApp(session, warning, Trainings(run))
    with guarded(app.leave):
        result = app.run(mouse=mouse)
    status = result if result is not None else app.return_code or 0
    _leave_threads(status)
    return status


def _of_file(path: Path) -> Scenario | None:
    """The scenario as a file has it, which --set and --seed may have changed; None of a pipe, read only once."""
    try:
        return load_scenario(path) if path.is_file() else None
    except (UserError, OSError):
        return None


def _leave_threads(status: int) -> None:
    """A pass or a compilation that is still running must not hold up the end of the process."""
    busy = [thread for thread in threading.enumerate() if thread.name == "gradsim-simulation"]
    for thread in busy:
        thread.join(0.3)
    if any(thread.is_alive() for thread in busy):
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)
