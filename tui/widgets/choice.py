"""A value that is one of several options."""

from collections.abc import Callable

from textual import events
from textual.content import Content
from textual.widgets import Static

from ..state.form_fields import Field
from ..terminal.glyphs import glyphs


class ChoiceValue(Static, can_focus=True):
    """One of several options: left and right go through them, letters jump to the one that starts so."""

    def __init__(self, field: Field, chosen: Callable[[], None]):
        super().__init__(classes="value")
        self._chosen = chosen
        self.options, self.text = field.options, field.value
        self._typed = ""

    def on_mount(self) -> None:
        """Draw the value."""
        self.set_text(self.text)

    def set_text(self, text: str) -> None:
        """Show a value."""
        self.text = text
        self._draw(self.has_focus)

    def on_focus(self) -> None:
        """Show the arrows."""
        self._draw(True)

    def on_blur(self) -> None:
        """Hide the arrows, forget the letters."""
        self._typed = ""
        self._draw(False)

    def _draw(self, focused: bool) -> None:
        mark = glyphs()
        self.update(Content(f"{mark.left} {self.text} {mark.right}" if focused else self.text or mark.dash))

    def on_key(self, event: events.Key) -> None:
        """Left, right, space and letters choose."""
        here = self.options.index(self.text) if self.text in self.options else -1
        if event.key in ("left", "right", "space"):
            self._typed = ""
            self._choose((here + (-1 if event.key == "left" else 1)) % len(self.options), event)
        elif event.key in ("enter", "backspace"):
            event.stop()  # a choice applies at once; the screen's own meaning of these keys is not meant
        elif event.is_printable and event.character and event.character != "?":
            event.stop()
            self._find(event.character.lower(), here, event)

    def _find(self, letter: str, here: int, event: events.Key) -> None:
        """The option that starts with the letters typed so far, or the next that starts with the last of them."""
        after = [*range(here + 1, len(self.options)), *range(here + 1)]
        for typed, order in ((self._typed + letter, range(len(self.options))), (letter, after)):
            fits = [i for i in order if self.options[i].startswith(typed)]
            if fits:
                self._typed = typed
                self._choose(fits[0], event)
                return

    def _choose(self, index: int, event: events.Event) -> None:
        event.stop()
        event.prevent_default()
        self.set_text(self.options[index])
        self._chosen()

    def on_click(self, event: events.Click) -> None:
        """A click goes to the next option."""
        here = self.options.index(self.text) if self.text in self.options else -1
        self._choose((here + 1) % len(self.options), event)
