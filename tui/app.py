"""The application: themes, the ways out, and its screens. Imports only what the first paint needs."""

import contextlib
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

from textual import work
from textual.binding import Binding, BindingType
from textual.filter import LineFilter, Monochrome, NoColor
from textual.screen import ModalScreen, Screen
from textual.theme import ThemeProvider

from .screens.dialogs.opening import Opening
from .state.newcomer import Newcomer
from .terminal.colours import colours
from .terminal.faults import Faults
from .terminal.glyphs import has_braille
from .terminal.job import EndedError, has_shell, stop_job
from .terminal.textual_private import Cause, Palette, SturdyApp
from .workers.prefetch import Ahead
from .workers.threads import in_thread

if TYPE_CHECKING:
    from ..sim.scenario.scenario import Scenario
    from .screens.common.curing import Curing
    from .screens.common.scene import SessionScreen
    from .screens.palette import PaletteCommands
    from .screens.single_pass.screen import PassScreen
    from .screens.training.screen import TrainingScreen
    from .state.lesson_text import Measured
    from .state.map_view import Seen
    from .state.session import Session
    from .workers.runs import Trainings

THEMES = ("textual-dark", "textual-light", "ansi-dark", "ansi-light")  # the last two in the terminal's 16 colours
INTERRUPTED = 130  # the status of Ctrl+C


def _commands() -> "type[PaletteCommands]":
    from .screens.palette import PaletteCommands

    return PaletteCommands


class GradsimApp(SturdyApp):
    """gradsim's interface on a session, or on one that `start` makes in a thread while the opening screen is seen."""

    CSS_PATH = "gradsim.tcss"
    TITLE = "gradsim"
    COMMANDS: ClassVar = {_commands}
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+q", "quit", "quit", show=False, priority=True, id="app.quit"),
        Binding("ctrl+c", "interrupt", "quit", show=False, priority=True, id="app.interrupt"),
        Binding("ctrl+l", "repaint", "paint it anew", show=False, priority=True, id="app.repaint"),
        Binding("ctrl+z", "suspend_process", "to the shell", show=False, priority=True, id="app.suspend"),
    ]
    main: "PassScreen"
    curing: "Curing"
    seen: "Seen | None" = None  # the map that was looked at last
    scene: "SessionScreen"  # of the two the one that is seen, below any window

    def __init__(
        self,
        session: "Session | None" = None,
        warning: str = "",
        trainings: "Trainings | None" = None,
        start: "Callable[[], tuple[Session, str]] | None" = None,
        name: str = "",
        ahead: Ahead | None = None,
        newcomer: Newcomer | None = None,
        present: bool = False,
    ):
        super().__init__()
        self.failure: BaseException | None = None  # why there is no session
        self._start, self._named, self.ahead = start, name, ahead
        self.newcomer = newcomer or Newcomer(known=True)
        self._blank: Screen[Any] | None = None  # not to be painted yet
        self._left: int | None = None  # the status with which it is to end before it has begun
        self.faults = Faults()
        self.set_class(not has_braille(), "-plain")
        self.set_class(present, "-present")
        few = self.console.color_system in (None, "standard", "windows")
        self._themes = tuple(name for name in THEMES if name.startswith("ansi") or not few)
        if few:
            self.theme = "ansi-dark"
        self.use_command_palette = session is not None
        if session is not None:
            self._make_screens(session, warning, trainings)

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """The colours of the two runs and of heatmaps."""
        return colours(self.current_theme.ansi, self.current_theme.dark)

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Under NO_COLOR greys, or of a theme in the terminal's own colours its foreground on its background."""
        native = self.native_ansi_color  # a theme is chosen, and changed, after Textual has made its filters
        return [NoColor() if native and isinstance(one, Monochrome) else one for one in super().get_line_filters()]

    def get_default_screen(self) -> Screen[Any]:
        """Below all others."""
        return Opening(self._named)

    def on_mount(self) -> None:
        """Show the screens, or begin to import them once the opening is painted."""
        if self._left is not None:
            self.exit(self._left)
        elif self._start is None:
            self._show_screens()
        else:
            self.call_after_refresh(self._open, self._start)

    @work(description="opening")
    async def _open(self, start: "Callable[[], tuple[Session, str]]") -> None:
        try:
            session, warning = await in_thread(lambda _stopped: start())
        except Exception as error:  # told once the terminal is restored
            self.failure = error
            self.exit(2)
        else:
            self._make_screens(session, warning)
            self._show_screens()

    def _make_screens(self, session: "Session", warning: str, trainings: "Trainings | None" = None) -> None:
        from .screens.common.curing import Curing
        from .screens.single_pass.screen import PassScreen
        from .workers.runs import Trainings

        self.curing = Curing(self)
        self.main = PassScreen(session, trainings or Trainings(), warning)
        self.main.runner.known.ahead = self.ahead

    @cached_property
    def training(self) -> "TrainingScreen":
        """The screen of the training, made when it is first wanted."""
        from .screens.training.screen import TrainingScreen

        screen = TrainingScreen(*self.main.made_of)
        screen.fit(self.size)
        self.install_screen(screen, "training")
        return screen

    def _show_screens(self) -> None:
        """The screen of the pass lies below that of the training."""
        self.use_command_palette = True
        self.main.fit(self.size)
        self.scene = self.main
        self.push_screen(self.main)
        if self.main.now.scene == "training":
            self.scene = self.training
            self.push_screen(self.training)
            if self.ahead is not None:  # the first pass is not what is shown
                self.ahead.end()
        if self._start is not None:
            self._blank = self.screen  # the opening stays until the parts of the new screen have something to show
            self.screen.call_after_refresh(self.screen.call_after_refresh, self._unveil)

    def _unveil(self) -> None:
        self._blank = None
        self.screen.refresh()

    def turn(self, session: "Session", note: str) -> None:
        """Show the screen that a session is on."""
        self.scene = self.training if session.scene == "training" else self.main
        if self.scene is self.training:
            self.training.enter(session, note)
            if self.training not in self.screen_stack:  # keys that come together may turn twice
                self.push_screen(self.training)
        else:
            if self.screen is self.training:
                self.pop_screen()
            self.main.enter(session, note)

    def measured(self, scenario: "Scenario", training: bool) -> "Measured":
        """The first pass of a scenario, or its training run; None if there is none yet."""
        if training:
            return self.training.records.of(scenario) if "training" in vars(self) else None
        return self.main.runner.trace_of(scenario)

    def on_curing_found(self, event: "Curing.Found") -> None:
        """More is known of what was tried in the background."""
        if self.curing.learn(event.cures):
            self.scene.trying.show(self.screen)

    async def action_quit(self) -> None:
        """Leave with status 0."""
        self.exit(0)

    def action_interrupt(self) -> None:
        """Leave as a program does that was interrupted."""
        self.exit(INTERRUPTED)

    def action_suspend_process(self) -> None:
        """Back to the shell, the terminal as it was; `fg` comes back."""
        if has_shell():
            with contextlib.suppress(EndedError), self.suspend():
                stop_job(lambda: self._left is not None)
            self.action_repaint()
        else:
            self.notify("Ctrl+Z: there is no shell here to go back to; Ctrl+Q quits", timeout=3)

    def action_next_theme(self) -> None:
        """Dark, light, or the terminal's 16 colours; only these where it has no more."""
        here = self._themes.index(self.theme) if self.theme in self._themes else -1
        self.theme = self._themes[(here + 1) % len(self._themes)]
        words = ", in the terminal's own 16 colours" if self.theme.startswith("ansi") else ""
        self.scene.status.say(note=f"theme {self.theme}{words}")

    def action_present(self) -> None:
        """For an audience, or everything again."""
        self.toggle_class("-present")
        if self.has_class("-present"):
            self.notify("P shows everything again", timeout=3)
        else:
            self.clear_notifications()
        self.call_after_refresh(self.scene.draw)

    def action_command_palette(self) -> None:
        """Everything by name."""
        if self.use_command_palette and not isinstance(self.screen, Palette):
            self.push_screen(Palette())

    def search_themes(self) -> None:
        """All themes by name."""
        self.push_screen(Palette([ThemeProvider], placeholder="type the name of a theme"))

    def frame(self, screen: Screen[Any]) -> bool:
        """Whether what a screen has painted is to be seen."""
        return screen is not self._blank

    def fault(self, error: Exception, screen: Screen[Any] | None, cause: Cause) -> bool:
        """Say what went wrong, and close the window where it did; too many errors by themselves end the program."""
        if self.faults.too_many(cause):
            return False
        window = isinstance(screen, ModalScreen)
        if window and screen not in self.screen_stack:  # it was left before it was ready
            return True
        try:
            self.scene.status.say(error=self.faults.tell(error))
        except Exception:  # there is no screen yet, or none that could say so
            return False
        if window:
            self.call_later(self._close, screen)
        return True

    def _close(self, window: Screen[Any]) -> None:
        if self.screen is window:
            window.dismiss()

    def leave(self, status: int) -> None:
        """End from a signal handler or another thread; as soon as it has begun, should it be as early as that."""
        self._left = status
        self.exit_soon(status)
