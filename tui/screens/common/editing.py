"""The form and the fix panel of both screens: what they answer to."""

from textual import events

from ...widgets.fixes import FixPanel
from ...widgets.footer import KeyLine
from ...widgets.form import Form
from .files import Windows


class Editing(Windows):
    """Handlers of the parts that both screens have."""

    def on_fix_panel_toggled(self, event: FixPanel.Toggled) -> None:
        """A click on a fix."""
        self.toggle(event.name)

    def on_resize(self, _event: events.Resize) -> None:
        """Other parts may be shown now."""
        self.call_after_refresh(self._resized)

    def _resized(self) -> None:
        form = self.query_one(Form)
        if self.has_class("-editing") and form.display and not self.editing:  # hidden for a while, it lost the focus
            form.enter()
        self.draw()

    def action_choose(self, by: int) -> None:
        """Choose the next fix."""
        panel = self.query_one(FixPanel)
        panel.choose(by)
        self.status.say(note="")
        if panel.chosen is not None:
            self.status.say(hint=panel.chosen.about)

    def action_page(self) -> None:
        """The next nine fixes."""
        self.query_one(FixPanel).turn()
        self.action_choose(0)

    def action_edit(self) -> None:
        """Open the form."""
        self.add_class("-editing")
        self.query_one(Form).show(self.now.scenario, self.now.dropped)
        self.query_one(Form).enter()
        self.call_after_refresh(self.draw)

    def on_descendant_focus(self) -> None:
        """Fields have keys of their own; a form of another kind gets its fields, and the focus, only later."""
        self.query_one(KeyLine).show(self.hints())

    def on_form_hint(self, event: Form.Hint) -> None:
        """A field was entered."""
        self.status.say(note="", hint=event.text)

    def action_back(self) -> None:
        """Leave the form if it is open, else whatever the screen is in."""
        if self.editing:
            self.query_one(Form).forget()
            self.set_focus(None)
            self.remove_class("-editing")
            self.call_after_refresh(self.draw)
        else:
            self.back()

    def back(self) -> None:
        """Leave whatever the screen is in."""
        raise NotImplementedError

    def action_nothing(self) -> None:
        """A key of a field, shown in the key line."""
