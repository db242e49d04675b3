"""The screen written to a file: as a picture, as text, or the numbers of its chart."""

from collections.abc import Callable
from pathlib import Path

from textual.screen import Screen

from ...state.export import Table
from ..dialogs.export import contents, export_window, written
from .files import default_path
from .host import Host


class Exporting:
    """Actions that write what is seen; `numbers` are those of the chart, None while there are none."""

    ACTIONS = ("export",)

    def __init__(self, screen: Screen[None], host: Host, numbers: Callable[[], Table | None]):
        self.screen, self.host, self.numbers = screen, host, numbers

    def export(self) -> None:
        """Ask for a file; what was seen before the question is written."""
        texts = contents(self.screen, self.numbers())
        suggestion = str(Path(default_path(self.host.now).name).with_suffix(".svg"))
        self.host.ask(export_window(texts, suggestion), written(lambda note: self.host.say(note=note)))
