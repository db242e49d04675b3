"""What both screens share: the session, how it goes on, and the parts that are drawn alike."""

from collections.abc import Callable
from typing import ClassVar, TypeVar, cast

from textual import events
from textual.app import ComposeResult
from textual.geometry import Size
from textual.reactive import var
from textual.screen import ModalScreen, Screen
from textual.widget import Widget

from ....sim.errors import printable
from ...state.session import SceneName, Session
from ...terminal.textual_private import screen_text
from ...widgets.fixes import FixPanel
from ...widgets.footer import Hint, KeyLine, StatusLine, welcome
from ...widgets.form import Form
from ...widgets.header import Header
from ...widgets.plot import PlotWidget
from ...workers.cures import Cures
from ...workers.runs import Trainings
from ..dialogs.glossary import Glossary
from ..part import offer
from .curing import Curing
from .editing import Editing
from .files import Files
from .fix_list import FixList
from .host import Turning
from .layout import ACROSS, DOWN, layout, size_classes
from .lessons import Lessons
from .maps import Maps
from .plots import Plots
from .steering import Steering
from .task_offer import TaskOffer
from .trying import Trying

T = TypeVar("T")


class SessionScreen(Screen[None]):
    """A screen on a session; `scene` is which of the two. What keys do is in parts."""

    scene: ClassVar[SceneName]
    AUTO_FOCUS = ""
    HORIZONTAL_BREAKPOINTS = ACROSS
    VERTICAL_BREAKPOINTS = DOWN
    session: var[Session | None] = var(None)

    def __init__(self, session: Session, trainings: Trainings, warning: str = ""):
        super().__init__()
        self._first, self._warning, self.trainings = session, warning, trainings
        self._fresh = True  # never seen so far
        self.faded = False  # what is shown of runs is of others than the session's
        self.failure = ""  # why the present session has no runs
        self.plots = Plots(self)
        self.files = Files(self)
        self.steering, self.task_offer = Steering(self), TaskOffer(self)
        self.trying, self.edit_form, self.fix_list = Trying(self), Editing(self, self), FixList(self)
        self.maps, self.lessons = Maps(self, self), Lessons(self, self, self.files)
        offer(self, self.steering, self.files, self.trying, self.edit_form, self.maps, self.lessons)

    def compose(self) -> ComposeResult:
        """From top to bottom; which parts are shown depends on the size."""
        yield from layout(self.form(), self.under_chart(), self.below_charts())

    def form(self) -> Form:
        """The form of the scenario."""
        return Form(self.steering.edit, id="form")

    def under_chart(self) -> tuple[Widget, ...]:
        """What stands in the columns of the main chart, if anything."""
        return ()

    def below_charts(self) -> tuple[Widget, ...]:
        """What only this screen has."""
        raise NotImplementedError

    def fit(self, size: Size) -> None:
        """Take the classes of a size before anything is styled; those of a resize come after, and style all again."""
        self.add_class(*size_classes(size))

    def on_screen_resume(self, event: events.ScreenResume) -> None:
        """The first time all parts have just been styled; Textual would do it again."""
        if not self._fresh:
            self.show_keys()
        event.refresh_styles, self._fresh = not self._fresh, False

    @property
    def made_of(self) -> tuple[Session, Trainings, str]:
        """Session, training runs and warning, of which the other screen is to be built too."""
        return self._first, self.trainings, self._warning

    @property
    def now(self) -> Session:
        """The session, which there is from mounting on."""
        return self.session or self._first

    @property
    def status(self) -> StatusLine:
        """The line that talks."""
        return self.query_one(StatusLine)

    @property
    def fix_panel(self) -> FixPanel:
        """The panel of fixes."""
        return self.query_one(FixPanel)

    def plot_widget(self, which: str) -> PlotWidget:
        """One of those for pictures, by its selector."""
        return self.query_one(which, PlotWidget)

    @property
    def editing(self) -> bool:
        """Whether a field of the form has the focus."""
        return self.edit_form.going_on

    def become(self, session: Session, note: str = "") -> None:
        """Go on with another session, saying what happened; on the other screen if it is there."""
        if session.scene != self.scene:
            self.leave()
            cast(Turning, self.app).turn(session, note)
            return
        self.status.say(note=note, error=self.failure)
        self.session = session

    def follow(self, session: Session) -> None:
        """Go on with another session of this screen without a word."""
        self.session = session

    def say(self, **texts: str) -> None:
        """Set error, progress, note or hint of the line that talks."""
        self.status.say(**texts)

    def ask(self, window: ModalScreen[T], then: Callable[[T | None], None]) -> None:
        """Open a window, and take its answer."""
        self.app.push_screen(window, then)

    def enter(self, session: Session, note: str) -> None:
        """Take over a session from the other screen."""
        if self.is_mounted:
            self.become(session, note)
        else:
            self._first, self._warning = session, note

    def leave(self) -> None:
        """Stop what only a screen that is seen should do."""

    def hints(self) -> tuple[Hint, ...]:
        """The key line of the moment."""
        raise NotImplementedError

    def draw(self) -> None:
        """Show the session."""
        raise NotImplementedError

    def fade(self, stale: bool) -> None:
        """Show by its looks that what is shown of runs is of others than the session's, or no longer."""
        if self.faded != stale:
            self.faded = stale
            self.set_class(stale, "-stale")

    def draw_frame(self, moment: str = "") -> None:
        """What stands around charts and tables; `moment` says of the header which pass it is."""
        now = self.now
        self.query_one(Header).show(now.scenario, now.edited, moment, now.other)
        self.fix_list.draw()
        self.lessons.draw()
        self.edit_form.show()
        self.show_keys()

    def draw_cures(self) -> None:
        """What more is known of what was tried; all else stays as it is on the screen."""
        self.fix_list.draw()
        self.hint()

    def hint(self) -> None:
        """What the line that talks says where there is nothing to report."""
        raise NotImplementedError

    def show_keys(self) -> None:
        """The key line of the moment; to who is new here first what there is to try."""
        now, newcomer = self.now, cast(Turning, self.app).newcomer
        if now.fixes or now.step is not None:
            newcomer.used()
        hints = self.hints()
        self.query_one(KeyLine).show(welcome(len(now.lesson), hints) if newcomer.new and not self.editing else hints)

    @property
    def presenting(self) -> bool:
        """Whether it is shown to an audience."""
        return self.app.has_class("-present")

    @property
    def large(self) -> tuple[str, str] | None:
        """The names of large verdicts, None where they are as usual."""
        now = self.now
        if not self.presenting:
            return None
        return now.names if now.other is not None else (printable(now.scenario.title), f"with {now.label}")

    # what was tried

    @property
    def curing(self) -> Curing:
        """What is tried in the background."""
        return cast(Turning, self.app).curing

    @property
    def failed(self) -> bool:
        """Whether fixes are tried against what became of the run as it is."""
        return False

    @property
    def worth_trying(self) -> tuple[str, ...]:
        """The fixes that come first while none is tried."""
        return ()

    @property
    def cures(self) -> Cures | None:
        """What was tried of the scenario."""
        return self.trying.known

    # the form and the panel

    def on_fix_panel_toggled(self, event: FixPanel.Toggled) -> None:
        """A click on a fix."""
        self.steering.toggle(event.name)

    def on_resize(self, _event: events.Resize) -> None:
        """Other parts may be shown now."""
        self.call_after_refresh(self._resized)

    def _resized(self) -> None:
        self.edit_form.resized()
        self.draw()

    def on_descendant_focus(self) -> None:
        """Fields have keys of their own; a form of another kind gets its fields, and the focus, only later."""
        self.show_keys()

    def on_form_hint(self, event: Form.Hint) -> None:
        """A field was entered."""
        self.status.say(note="", hint=event.text)

    def back(self) -> None:
        """Leave whatever the screen is in."""
        raise NotImplementedError

    def action_glossary(self) -> None:
        """All words, those that stand on the screen first."""
        self.app.push_screen(Glossary(screen_text(self)))

    def action_nothing(self) -> None:
        """A key of a field, shown in the key line."""
