"""The form of a map: opened, left, and the map that it asks for."""

from collections.abc import Sequence
from typing import Any

from textual.screen import Screen

from ....sim import registry
from ....sim.errors import Problem, UserError
from ...state.map_axes import axis_keys
from ...state.map_fields import Asked, first_asked, retyped
from ...state.map_view import MapView, begin_map
from ...widgets.map_form import MapForm
from .host import MapHost


class Editing:
    """Opens and leaves the form; Enter asks for its map."""

    ACTIONS = ("edit",)

    def __init__(self, host: MapHost, screen: Screen[Any]):
        self.host, self.screen = host, screen
        self.asked: Asked = host.view.asked if host.view is not None else first_asked(host.session)

    @property
    def form(self) -> MapForm:
        """The form."""
        return self.screen.query_one(MapForm)

    @property
    def going_on(self) -> bool:
        """Whether a field of the form has the focus."""
        return self.form.has_focus_within

    def begin(self) -> None:
        """Make the fields, with names to complete them from."""
        measured = (f"{name}@1" for name in registry.names("quantities"))
        quantities = (*registry.names("sweep_quantities"), *measured)
        self.form.begin(self.asked, axis_keys(self.host.session.scenario), quantities)

    def show(self, view: MapView) -> None:
        """The texts that a map was asked for with."""
        self._fill(view.asked)

    def edit(self) -> None:
        """Open the form."""
        self.screen.add_class("-editing")
        self.form.enter()
        self.host.draw()

    def retype(self, key: str, text: str) -> None:
        """A text of the form was changed."""
        self._fill(retyped(self.asked, key, text, self.host.session.scenario))

    def submit(self) -> None:
        """Show the map that the form asks for, or say what is wrong with it."""
        try:
            view = begin_map(self.host.session, self.asked, self.host.view)
        except UserError as error:
            self.form.explain(error.problems)
            self.host.say(error=str(error))
            if not self.going_on:
                self.edit()
            return
        if self.going_on:
            self._close()
        self.host.go(view)

    def leave(self) -> None:
        """Close the form, its texts those of the map that is seen."""
        self._fill(self.host.view.asked if self.host.view is not None else self.asked)
        self._close()
        self.host.draw()

    def _fill(self, asked: Asked, problems: Sequence[Problem] = ()) -> None:
        self.asked = asked
        self.form.show(asked)
        self.form.explain(problems)

    def _close(self) -> None:
        self.screen.set_focus(None)
        self.screen.remove_class("-editing")
        self.host.say(error="", hint="")
