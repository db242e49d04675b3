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
    places = [i for i, option in enumerate(listed.options) if not option.disabled]  # headings are
    if places:
        now = listed.highlighted
        here = places.index(now) if now is not None and now in places else -1
        listed.highlighted = places[min(max(here + by, 0), len(places) - 1)]
        if listed.highlighted == places[0]:
            listed.scroll_to(y=0, animate=False)  # with the heading above it
