"""The screen of a map: its parts, what it answers to, and how the points of a view come onto it."""

import time
from dataclasses import replace
from typing import ClassVar, NamedTuple

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal

from ....sim.errors import UserError
from ...state.export import of_map
from ...state.map_view import MapView, adopted, picked
from ...state.pace import Pace
from ...state.save import slug
from ...state.session import Session
from ...terminal.textual_private import Window, screen_text
from ...widgets.footer import KeyLine, StatusLine
from ...widgets.form import Form
from ...widgets.header import Header
from ...widgets.map_form import MapForm
from ...widgets.map_text import MapText
from ...widgets.plot import PlotWidget
from ...widgets.too_small import TooSmall
from ...workers.maps import Theory
from ..dialogs.export import contents, export_window, written
from ..dialogs.glossary import Glossary
from ..dialogs.help import Help
from ..part import offer
from .editing import Editing
from .keys import bindings, help_group, hints
from .navigation import Navigation
from .pictures import cursor, picture, shown, stamp
from .points import PointMaker
from .texts import help_sections, point_text, whole_text


class Left(NamedTuple):
    """How a map was left: what is seen of it, and what the session becomes if a point was adopted, with a note."""

    view: MapView | None
    session: Session | None = None
    note: str = ""


class MapScreen(Window[Left]):
    """Two keys of a session's scenario, swept while one looks."""

    AUTO_FOCUS = ""
    BINDINGS: ClassVar[list[BindingType]] = [*bindings()]
    HORIZONTAL_BREAKPOINTS = [(0, "-cramped"), (60, "-narrow"), (110, "-wide")]  # noqa: RUF012
    VERTICAL_BREAKPOINTS = [(0, "-flat"), (18, "-short"), (38, "-tall")]  # noqa: RUF012

    def __init__(self, session: Session, view: MapView | None = None):
        super().__init__()
        self.session, self.view = session, view
        self._pace: Pace | None = None  # once the first points have come
        self._drawn: tuple[object, ...] = ()
        self._points = PointMaker(self)
        self.edit_form = Editing(self, self)
        offer(self, Navigation(self), self.edit_form)

    def compose(self) -> ComposeResult:
        """From top to bottom."""
        yield Header(id="header")
        with Horizontal(id="map-body"):
            yield MapForm(self.edit_form.retype, self.edit_form.submit, id="map-form")
            yield PlotWidget(id="map")
        yield MapText(id="map-text")
        yield StatusLine(id="status")
        yield KeyLine(id="keys")
        yield TooSmall(id="too-small")

    def on_mount(self) -> None:
        """Begin with what was seen before, or with what the scenario suggests."""
        self.query_one(Header).show(self.session.scenario, self.session.edited, "map")
        self.edit_form.begin()
        if self.view is None:
            self.edit_form.submit()
        else:
            self.go(self.view)

    def say(self, **texts: str) -> None:
        """Set error, progress, note or hint of the line that talks."""
        self.query_one(StatusLine).say(**texts)

    @property
    def editing(self) -> bool:
        """Whether a field has the focus."""
        return self.edit_form.going_on

    def become(self, view: MapView) -> None:
        """The same points, seen otherwise."""
        self.view = view
        self.say(note="", error="")
        self.draw()

    def go(self, view: MapView) -> None:
        """Look at another map, and have made what is missing of it; nothing else."""
        self.view, self._pace = view, None
        self.edit_form.show(view)
        self.say(error="", note="", progress="" if view.results.whole else "starting the processes")
        self.draw()
        self._points.make(view)

    # what comes of the points

    def on_point_maker_progressed(self, event: PointMaker.Progressed) -> None:
        """More of the map, unless another one is looked at by now."""
        view, answer = self.view, event.answer
        if view is None or view.results is not event.view.results:
            return
        if isinstance(answer, Theory):
            self.view = replace(view, lines=answer.lines, theory=answer.summary)
        else:
            view.results.add(answer)
            self._tell_progress(view)
        self.draw()

    def on_point_maker_ended(self, event: PointMaker.Ended) -> None:
        """All points are there, or no more can be."""
        if self.view is not None and self.view.results is event.view.results:
            self.say(progress="", error=event.reason)
            self.draw()

    def _tell_progress(self, view: MapView) -> None:
        results, now = view.results, time.monotonic()
        self._pace = self._pace or Pace(len(results.points), results.done, now)
        self.say(progress="" if results.whole or self.editing else self._pace.words(results.done, now))

    # keys

    def action_adopt(self) -> None:
        """Go on with the point under the cursor as the scenario."""
        if self.view is None:
            return
        try:
            session, note = adopted(self.session, self.view)
        except UserError as error:
            self.say(error=f"this point can't be: {error}")
        else:
            self.dismiss(Left(self.view, session, note))

    def action_back(self) -> None:
        """Leave the form, else the map."""
        if self.editing:
            self.edit_form.leave()
        else:
            self.dismiss(Left(self.view))

    def action_help(self) -> None:
        """Keys and parts, in words."""
        self.app.push_screen(Help("help", (help_group(),), help_sections()))

    def action_glossary(self) -> None:
        """All words, those that stand on the screen first."""
        self.app.push_screen(Glossary(screen_text(self)))

    def action_export(self) -> None:
        """Write what is seen, or the points that are known, as a file."""
        if self.view is not None:
            results = self.view.results
            texts = contents(self, of_map(results) if results.done else None)
            window = export_window(texts, f"{slug(self.session.scenario.title)}-map.svg")
            self.app.push_screen(window, written(lambda note: self.say(note=note)))

    def action_nothing(self) -> None:
        """A key of a field, shown in the key line."""

    # mouse, focus and size

    def on_plot_widget_picked(self, event: PlotWidget.Picked) -> None:
        """A click on the map."""
        if self.view is not None:
            self.become(picked(self.view, event.step, event.layer))

    def on_form_hint(self, event: Form.Hint) -> None:
        """A field was entered."""
        self.say(note="", hint=event.text)
        self._show_keys()

    def on_descendant_focus(self) -> None:
        """Fields have keys of their own."""
        self._show_keys()

    def on_resize(self, _event: events.Resize) -> None:
        """Another size has another key line."""
        self.call_after_refresh(self.draw)

    # drawing

    def _show_keys(self) -> None:
        self.query_one(KeyLine).show(hints(self.view, self.editing))

    def draw(self) -> None:
        """Show the map as far as it is known; widgets repaint only what differs."""
        self._show_keys()
        if self.view is None:
            return
        self.query_one(MapText).show(point_text(self.view), whole_text(self.view))
        try:
            points = shown(self.view)
        except UserError as error:
            self.say(error=str(error))
            return
        plot, drawn = self.query_one(PlotWidget), stamp(self.view, points)
        if drawn != self._drawn:
            self._drawn = drawn
            plot.show(picture(self.view, points))
        plot.cursor = cursor(self.view)
