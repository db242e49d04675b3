"""The form of the scenario: opened, left, and how it keeps the focus."""

from typing import Protocol

from textual.screen import Screen

from ...state.session import Session
from ...widgets.form import Form


class Edited(Protocol):
    """A screen with a form, by what the form needs of it."""

    @property
    def now(self) -> Session:
        """The session."""

    def draw(self) -> None:
        """Show the session."""

    def back(self) -> None:
        """Leave whatever the screen is in."""


class Editing:
    """Opens and leaves the form."""

    ACTIONS = ("edit", "back")

    def __init__(self, host: Edited, screen: Screen[None]):
        self.host, self.screen = host, screen

    @property
    def form(self) -> Form:
        """The form."""
        return self.screen.query_one(Form)

    @property
    def going_on(self) -> bool:
        """Whether a field of the form has the focus."""
        return self.form.has_focus_within

    def show(self) -> None:
        """Fill the fields, if the form is seen at all: there are many."""
        if self.form.display:
            self.form.show(self.host.now.scenario, self.host.now.dropped)

    def resized(self) -> None:
        """A form that was hidden for a while has lost the focus."""
        if self.screen.has_class("-editing") and self.form.display and not self.going_on:
            self.form.enter()

    def edit(self) -> None:
        """Open the form."""
        self.screen.add_class("-editing")
        self.form.show(self.host.now.scenario, self.host.now.dropped)
        self.form.enter()
        self.screen.call_after_refresh(self.host.draw)

    def back(self) -> None:
        """Leave the form if it is open, be it still without the focus, else whatever the screen is in."""
        if self.going_on or self.screen.has_class("-editing"):
            self.form.forget()
            self.screen.set_focus(None)
            self.screen.remove_class("-editing")
            self.screen.call_after_refresh(self.host.draw)
        else:
            self.host.back()
