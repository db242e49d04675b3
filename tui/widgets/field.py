"""One row of the form: a label, a value that is typed or chosen, and what is wrong with it."""

from collections.abc import Callable
from typing import ClassVar

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, Static

from ...sim.errors import printable
from ..state.form_fields import Field
from .choice import ChoiceValue

Typed = Callable[[Field, str, bool], None]
"""Hears of a field's new text, and whether it is meant to be used now."""


class FieldRow(Vertical):
    """Label and value on one line, the explanation of a problem below.

    What is typed is heard at once, not by a message: of two quick keys the second must find what the first did.
    """

    DEFAULT_CSS = """
    FieldRow {
        height: auto;
        & > Horizontal { height: 1; }
        & .label { width: 16; padding: 0 1; color: $text-muted; }
        & .value { width: 1fr; height: 1; }
        & .problem { height: auto; padding: 0 1 0 2; color: $text-error; display: none; }
        &.-wrong .problem { display: block; }
        &:focus-within .label { color: $text; text-style: bold; }
        & ChoiceValue:focus { text-style: bold; background: $block-cursor-background; color: $block-cursor-foreground; }
    }
    """

    class Entered(Message):
        """A field has the focus."""

        def __init__(self, field: Field):
            super().__init__()
            self.field = field

    help: ClassVar[str] = ""

    def __init__(self, field: Field, typed: Typed, pending: str | None = None):
        super().__init__()
        self.field, self._typed = field, typed
        text = field.value if pending is None else pending
        self.value: Input | ChoiceValue = (
            ChoiceValue(field, self._chosen) if field.options
            else Input(printable(text), compact=True, classes="value", select_on_focus=True)
        )  # fmt: skip
        self.gone = False  # about to be removed
        self._problem = Static("", classes="problem", markup=False)

    def suits(self, field: Field) -> bool:
        """Whether the row can show a field: the same key, typed or chosen from the same options."""
        return (self.field.key, self.field.options, self.field.label) == (field.key, field.options, field.label)

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
                self.value.cursor_position = len(text)

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

    def _chosen(self) -> None:
        """A choice applies at once."""
        self._send(apply=True)

    def _send(self, apply: bool) -> None:
        text = self.value.value if isinstance(self.value, Input) else self.value.text
        if self.gone:
            return
        if apply or text != printable(self.field.value) or self.has_class("-wrong"):
            self._typed(self.field, text, apply)
