"""A list in a window where typing searches: its keys reach it while the text has the focus."""

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.widgets import OptionList


class Entries(OptionList, inherit_bindings=False):
    """The list. Pages are the window's: textual's need lines, which a list has only once it is laid out."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "select", "open"), Binding("home", "first", "first"), Binding("end", "last", "last"),
    ]  # fmt: skip


def step(listed: OptionList, by: int) -> None:
    """Move the choice of a list."""
    if listed.option_count:
        here = listed.highlighted if listed.highlighted is not None else -1
        listed.highlighted = min(max(here + by, 0), listed.option_count - 1)
