"""The screen of a map: its parts, what it shows, and what keys do."""

import time
from dataclasses import replace
from typing import Any, ClassVar, NamedTuple

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal

from ....sim import registry
from ....sim.errors import UserError
from ...charts.plot.sweep_map import SweepPicture
from ...state.export import of_map
from ...state.map_axes import axis_keys
from ...state.map_fields import first_asked, retyped
from ...state.map_view import MapView, adopted, begin_map, move, picked, turned, zoomed
from ...state.pace import Pace
from ...state.save import slug
from ...state.session import Session
from ...terminal.glyphs import glyphs
from ...terminal.textual_private import Window, screen_text
from ...widgets.footer import KeyLine, StatusLine
from ...widgets.form import Form
from ...widgets.header import Header
from ...widgets.map_form import MapForm
from ...widgets.map_text import MapText
from ...widgets.plot import PlotWidget
from ...widgets.too_small import TooSmall
from ...workers.maps import Theory
from ..dialogs.export import contents, export_window, told
from ..dialogs.glossary import Glossary
from ..dialogs.help import Help
from .keys import bindings, help_group, hints
from .points import PointMaker
from .texts import help_sections, point_text, whole_text

QUARTER = 4


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
        self._session, self._view = session, view
        self._asked = view.asked if view is not None else first_asked(session)
        self._making = False
        self._pace: Pace | None = None  # once the first points have come
        self._drawn: tuple[Any, ...] = ()
        self._points = PointMaker(self)

    def compose(self) -> ComposeResult:
        """From top to bottom."""
        yield Header(id="header")
        with Horizontal(id="map-body"):
            yield MapForm(self._retyped, self._submit, id="map-form")
            yield PlotWidget(id="map")
        yield MapText(id="map-text")
        yield StatusLine(id="status")
        yield KeyLine(id="keys")
        yield TooSmall(id="too-small")

    def on_mount(self) -> None:
        """Begin with what was seen before, or with what the scenario suggests."""
        scenario = self._session.scenario
        self.query_one(Header).show(scenario, self._session.edited, "map")
        measured = (f"{name}@1" for name in registry.names("quantities"))
        self._form.begin(self._asked, axis_keys(scenario), (*registry.names("sweep_quantities"), *measured))
        if self._view is None:
            self._submit()
        else:
            self._go(self._view)

    @property
    def _form(self) -> MapForm:
        return self.query_one(MapForm)

    @property
    def editing(self) -> bool:
        """Whether a field has the focus."""
        return self._form.has_focus_within

    # the form

    def _retyped(self, key: str, text: str) -> None:
        """A text of the form was changed."""
        self._asked = retyped(self._asked, key, text, self._session.scenario)
        self._form.show(self._asked)
        self._form.explain(())

    def _submit(self) -> None:
        """Show the map that the form asks for, or say what is wrong with it."""
        try:
            view = begin_map(self._session, self._asked, self._view)
        except UserError as error:
            self._form.explain(error.problems)
            self.query_one(StatusLine).say(error=str(error))
            if not self.editing:
                self.action_edit()
            return
        self._form.explain(())
        if self.editing:
            self._close_form()
        self._go(view)

    def _close_form(self) -> None:
        self.set_focus(None)
        self.remove_class("-editing")
        self.query_one(StatusLine).say(error="", hint="")

    def on_form_hint(self, event: Form.Hint) -> None:
        """A field was entered."""
        self.query_one(StatusLine).say(note="", hint=event.text)
        self._show_keys()

    # points

    def _go(self, view: MapView) -> None:
        """Look at a map, and have made what is missing of it; nothing else."""
        self._view, self._asked = view, view.asked
        self._form.show(view.asked)
        self._making, self._pace = not view.results.whole, None
        self.query_one(StatusLine).say(error="", note="", progress="starting the processes" if self._making else "")
        self.draw()
        self._points.make(view)

    def on_point_maker_found(self, event: PointMaker.Found) -> None:
        """More of the map, unless another one is looked at by now."""
        view = self._view
        if view is None or view.results is not event.view.results:
            return
        if isinstance(event.found, Theory):
            self._view = replace(view, lines=event.found.lines, theory=event.found.told)
        else:
            view.results.add(event.found)
            self._tell_progress()
        self.draw()

    def on_point_maker_ended(self, event: PointMaker.Ended) -> None:
        """All points are made, or no more can be."""
        if self._view is not None and self._view.results is event.view.results:
            self._making = False
            self.query_one(StatusLine).say(progress="", error=event.reason)
            self.draw()

    def _tell_progress(self) -> None:
        assert self._view is not None
        results, now = self._view.results, time.monotonic()
        self._pace = self._pace or Pace(len(results.points), results.done, now)
        words = "" if results.whole or self.editing else self._pace.words(results.done, now)
        self.query_one(StatusLine).say(progress=words)

    # keys

    def _become(self, view: MapView) -> None:
        """The same points seen otherwise."""
        self._view = view
        self.query_one(StatusLine).say(note="", error="")
        self.draw()

    def action_move(self, across: int, up: int) -> None:
        """The cursor one value on."""
        if self._view is not None:
            self._become(move(self._view, across, up))

    def action_leap(self, across: int, up: int) -> None:
        """The cursor a quarter of the map on."""
        if self._view is not None:
            sweep = self._view.sweep
            steps = (max(len(sweep.x) // QUARTER, 1), max(sweep.rows // QUARTER, 1))
            self._become(move(self._view, across * steps[0], up * steps[1]))

    def action_edge(self, side: int) -> None:
        """The cursor at the first or last value across."""
        if self._view is not None:
            self._become(move(self._view, side * len(self._view.sweep.x), 0))

    def action_shape(self) -> None:
        """A row, a column, the map."""
        if self._view is not None:
            self._become(turned(self._view))

    def action_zoom(self, by: int) -> None:
        """Closer around the cursor, or farther."""
        if self._view is None:
            return
        try:
            after = zoomed(self._view, self._session, by)
        except UserError as error:
            self.query_one(StatusLine).say(error=str(error))
            return
        if after is None:
            way = "closer: names, or single steps, have nothing between" if by > 0 else "farther"
            self.query_one(StatusLine).say(note=f"it goes no {way}")
        else:
            self._go(after)

    def action_adopt(self) -> None:
        """Go on with the point under the cursor as the scenario."""
        if self._view is None:
            return
        try:
            session, note = adopted(self._session, self._view)
        except UserError as error:
            self.query_one(StatusLine).say(error=f"this point can't be: {error}")
        else:
            self.dismiss(Left(self._view, session, note))

    def action_edit(self) -> None:
        """Open the form."""
        self.add_class("-editing")
        self._form.enter()
        self._show_keys()

    def action_back(self) -> None:
        """Leave the form, else the map."""
        if self.editing:
            if self._view is not None:
                self._asked = self._view.asked
                self._form.show(self._asked)
            self._form.explain(())
            self._close_form()
            self.draw()
        else:
            self.dismiss(Left(self._view))

    def action_help(self) -> None:
        """Keys and parts, in words."""
        self.app.push_screen(Help("help", (help_group(),), help_sections()))

    def action_glossary(self) -> None:
        """All words, those that stand on the screen first."""
        self.app.push_screen(Glossary(screen_text(self)))

    def action_export(self) -> None:
        """Write what is seen, or the points that are known, as a file."""
        if self._view is not None:
            results, status = self._view.results, self.query_one(StatusLine)
            made = contents(self, of_map(results) if results.done else None)
            window = export_window(made, f"{slug(self._session.scenario.title)}-map.svg")
            self.app.push_screen(window, told(lambda note: status.say(note=note)))

    def action_nothing(self) -> None:
        """A key of a field, shown in the key line."""

    def on_plot_widget_picked(self, event: PlotWidget.Picked) -> None:
        """A click on the map."""
        if self._view is not None:
            self._become(picked(self._view, event.step, event.layer))

    def on_resize(self, _event: events.Resize) -> None:
        """Another size has another key line."""
        self.call_after_refresh(self.draw)

    def on_descendant_focus(self) -> None:
        """Fields have keys of their own."""
        self._show_keys()

    # drawing

    def _show_keys(self) -> None:
        self.query_one(KeyLine).show(hints(self._view, self.editing))

    def draw(self) -> None:
        """Show the map as far as it is made; widgets repaint only what differs."""
        self._show_keys()
        view = self._view
        if view is None:
            return
        self.query_one(MapText).show(point_text(view), whole_text(view))
        plot = self.query_one(PlotWidget)
        lines: dict[str, Any] = {} if view.shape != "map" else dict(view.lines)
        shown = view.results
        try:
            if view.shape != "map":
                shown = shown.along(*((0, view.y) if view.shape == "row" else (1, view.x)))
        except UserError as error:
            self.query_one(StatusLine).say(error=str(error))
            return
        key = (shown.done, id(view.results), view.shape, view.y if view.shape == "row" else view.x
               if view.shape == "column" else 0, tuple(lines))  # fmt: skip
        if key != self._drawn:
            self._drawn = key
            plot.show(SweepPicture(shown.snapshot(), glyphs().kinds, lines))
        if view.sweep.y is not None and view.shape == "map":
            plot.cursor = (view.y + 1, view.x + 1)
        else:
            plot.cursor = 1 + (view.y if view.shape == "column" else view.x)
