"""One row of the form: a label, a value that is typed or chosen, and what is wrong with it."""

from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, Static

from ...sim.problems import printable
from ..fields import Field
from ..glyphs import glyphs


class ChoiceValue(Static, can_focus=True):
    """One of several options: left and right go through them, letters jump to the next that starts so."""

    def __init__(self, field: Field):
        super().__init__(classes="value")
        self.options, self.text = field.options, field.value

    def on_mount(self) -> None:
        """Draw the value."""
        self.set_text(self.text)

    def set_text(self, text: str) -> None:
        """Show a value, between arrows while it has the focus."""
        self.text = text
        mark = glyphs()
        shown = f"{mark.left} {text} {mark.right}" if self.has_focus else text or mark.dash
        self.update(Content(shown))

    def on_focus(self) -> None:
        """Show the arrows."""
        self.set_text(self.text)

    def on_blur(self) -> None:
        """Hide the arrows."""
        self.set_text(self.text)

    def on_key(self, event: events.Key) -> None:
        """Left, right, space and letters choose."""
        here = self.options.index(self.text) if self.text in self.options else -1
        if event.key in ("left", "right", "space"):
            self._choose((here + (-1 if event.key == "left" else 1)) % len(self.options), event)
        elif event.character and event.character.isalnum():
            after = [*range(here + 1, len(self.options)), *range(here + 1)]
            fits = [i for i in after if self.options[i].startswith(event.character.lower())]
            event.stop()
            if fits:
                self._choose(fits[0], event)

    def _choose(self, index: int, event: events.Event) -> None:
        event.stop()
        event.prevent_default()
        self.set_text(self.options[index])
        self.post_message(Chosen(self.text))

    def on_click(self, event: events.Click) -> None:
        """A click goes to the next option."""
        here = self.options.index(self.text) if self.text in self.options else -1
        self._choose((here + 1) % len(self.options), event)


class Chosen(Message):
    """An option was chosen."""

    def __init__(self, text: str):
        super().__init__()
        self.text = text


class FieldRow(Vertical):
    """Label and value on one line, the explanation of a problem below."""

    DEFAULT_CSS = """
    FieldRow {
        height: auto;
        & > Horizontal { height: 1; }
        & .label { width: 14; padding: 0 1; color: $text-muted; }
        & .value { width: 1fr; height: 1; }
        & .problem { height: auto; padding: 0 1 0 2; color: $text-error; display: none; }
        &.-wrong .problem { display: block; }
        &:focus-within .label { color: $text; text-style: bold; }
        & ChoiceValue:focus { text-style: bold; background: $block-cursor-background; color: $block-cursor-foreground; }
    }
    """

    class Typed(Message):
        """The text of a field was changed; `apply` if it is meant to be used now."""

        def __init__(self, field: Field, text: str, apply: bool):
            super().__init__()
            self.field, self.text, self.apply = field, text, apply

    class Entered(Message):
        """A field has the focus."""

        def __init__(self, field: Field):
            super().__init__()
            self.field = field

    help: ClassVar[str] = ""

    def __init__(self, field: Field, pending: str | None = None):
        super().__init__()
        self.field = field
        text = field.value if pending is None else pending
        self.value: Input | ChoiceValue = (
            ChoiceValue(field) if field.options
            else Input(printable(text), compact=True, classes="value", select_on_focus=True)
        )  # fmt: skip
        self._problem = Static("", classes="problem", markup=False)

    def compose(self) -> ComposeResult:
        """Label, value, problem."""
        with Horizontal():
            yield Static(("  " if self.field.parameter else "") + self.field.label, classes="label", markup=False)
            yield self.value
        yield self._problem

    def fill(self, field: Field, pending: str | None) -> None:
        """Another value for the same key."""
        self.field = field
        text = printable(field.value if pending is None else pending)
        if isinstance(self.value, ChoiceValue):
            self.value.set_text(text)
        elif self.value.value != text:
            with self.value.prevent(Input.Changed):
                self.value.value = text

    def explain(self, problem: str) -> None:
        """Say what is wrong, or nothing."""
        self.set_class(bool(problem), "-wrong")
        self._problem.update(Content(printable(problem)))

    def on_descendant_focus(self) -> None:
        """Tell what the field means."""
        self.post_message(self.Entered(self.field))

    def on_descendant_blur(self) -> None:
        """A value that was typed is used when the field is left."""
        self._send(apply=True)

    def on_input_changed(self, event: Input.Changed) -> None:
        """Check while typing."""
        event.stop()
        self._send(apply=False)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter applies."""
        event.stop()
        self._send(apply=True)

    def on_chosen(self, event: Chosen) -> None:
        """A choice applies at once."""
        event.stop()
        self._send(apply=True)

    def _send(self, apply: bool) -> None:
        text = self.value.value if isinstance(self.value, Input) else self.value.text
        if apply or text != printable(self.field.value) or self.has_class("-wrong"):
            self.post_message(self.Typed(self.field, text, apply))
