"""Giving the screen away: as a picture, as text, or the numbers of its chart."""

from collections.abc import Callable
from pathlib import Path

from textual.screen import Screen

from ....sim.errors import UserError
from ...state.export import ENDINGS, Table, as_csv, ending, write
from ...state.recent_files import is_there, typed_path
from ...terminal.textual_private import screen_text
from ..dialogs.ask import Ask
from .files import default_path
from .host import Host

ABOUT = f"{', '.join(f'{end}: {words}' for end, words in ENDINGS.items())}; Enter writes, Escape leaves"


class Exporting:
    """Actions that write what is seen; `numbers` are those of the chart, None while there are none."""

    ACTIONS = ("export",)

    def __init__(self, screen: Screen[None], host: Host, numbers: Callable[[], Table | None]):
        self.screen, self.host, self.numbers = screen, host, numbers

    def export(self) -> None:
        """Ask for a file, once more if it is there already; what was seen before the question is written."""
        table = self.numbers()
        made = {".svg": self.screen.app.export_screenshot(title="gradsim"), ".txt": f"{screen_text(self.screen)}\n",
                ".csv": as_csv(table) if table else ""}  # fmt: skip
        asked: list[str] = []

        def check(text: str) -> str:
            path = typed_path(text)
            if not ending(path):
                return f"give a name that ends in {', '.join(ENDINGS)}"
            if not made[ending(path)]:
                return "there is no run yet whose numbers could be written"
            if is_there(path) and text not in asked:
                asked.append(text)
                return f"{path.name} is there already; Enter again replaces it"
            try:
                write(path, made[ending(path)])
            except UserError as error:
                return str(error)
            return ""

        def done(text: str | None) -> None:
            if text:
                path = typed_path(text)
                self.host.say(note=f"{ENDINGS[ending(path)]} is in {path}")

        suggestion = str(Path(default_path(self.host.now).name).with_suffix(".svg"))
        self.host.ask(Ask("write the screen, or the chart's numbers, as", ABOUT, check, suggestion), done)
