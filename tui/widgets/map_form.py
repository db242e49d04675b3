"""The form of a map: two keys with their values, what is shown, seeds and updates."""

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual import events, on
from textual.containers import VerticalScroll
from textual.suggester import SuggestFromList
from textual.widgets import Input

from ...sim.errors import Problem
from ..state.form_fields import Field
from ..state.map_fields import Asked
from .field import FieldRow
from .form import Form

Retyped = Callable[[str, str], None]
"""Hears of a field's key and its new text."""


class MapForm(VerticalScroll, can_focus=False):
    """Fields of a map; Enter asks for it. What can't be is explained below its field."""

    help: ClassVar[str] = (
        "e opens the form. Type a key, Right completes it, and its values follow; an empty second key makes a chart. "
        "Values are 1..100 (whole numbers), 0.1..10*25 (25 with a factor), 0:3:25 (25 evenly), or names: relu,tanh. "
        "fix is a key, too: none,relu,relu+he_init. Enter shows the map, Escape leaves it as it was."
    )

    def __init__(self, retyped: Retyped, submitted: Callable[[], None], *, id: str | None = None):  # noqa: A002
        super().__init__(id=id)
        self._retyped, self._submitted = retyped, submitted
        self._asked: Asked | None = None

    def begin(self, asked: Asked, keys: Sequence[str], quantities: Sequence[str]) -> None:
        """Make the rows, once; keys and quantities are completed."""
        self._asked = asked
        complete = {"x": keys, "y": keys, "quantity": quantities}
        for field in asked.fields():
            row = FieldRow(field, self._typed)
            if isinstance(row.value, Input) and field.key in complete:
                row.value.suggester = SuggestFromList(complete[field.key], case_sensitive=False)
            self.mount(row)

    def show(self, asked: Asked) -> None:
        """Other texts."""
        self._asked = asked
        for row, field in zip(self._rows(), asked.fields(), strict=False):
            row.fill(field, None)

    def explain(self, problems: Sequence[Problem]) -> None:
        """Each problem below its field."""
        for row in self._rows():
            row.explain(" ".join(one.message for one in problems if one.key == row.field.key))

    def enter(self) -> None:
        """Focus the first field."""
        if rows := self._rows():
            self.screen.set_focus(rows[0].value)

    def _rows(self) -> list[FieldRow]:
        return list(self.query(FieldRow))

    def _typed(self, field: Field, text: str, apply: bool) -> None:  # noqa: ARG002
        if text != getattr(self._asked, field.key):
            self._retyped(field.key, text.strip())

    @on(FieldRow.Entered)
    def _entered(self, event: FieldRow.Entered) -> None:
        event.stop()
        self.post_message(Form.Hint(event.field.about))

    def on_key(self, event: events.Key) -> None:
        """Up and down move between the fields, Enter asks for the map."""
        rows = self._rows()
        here = next((i for i, row in enumerate(rows) if row.value.has_focus), None)
        step = {"up": -1, "shift+tab": -1, "down": 1, "tab": 1}.get(event.key)
        if here is None or (step is None and event.key != "enter"):
            return
        event.stop()
        event.prevent_default()
        if step is None:
            self._submitted()
        else:
            self.screen.set_focus(rows[(here + step) % len(rows)].value)
