"""The window that writes what is seen: as a picture, as text, or the numbers of its chart."""

from collections.abc import Callable, Mapping

from textual.screen import Screen, ScreenResultType

from ....sim.errors import UserError
from ...state.export import ENDINGS, Table, as_csv, ending, write
from ...state.recent_files import is_there, typed_path
from ...terminal.textual_private import screen_text
from .ask import Ask

ABOUT = f"{', '.join(f'{end}: {words}' for end, words in ENDINGS.items())}; Enter writes, Escape leaves"


def contents(screen: Screen[ScreenResultType], table: Table | None) -> Mapping[str, str]:
    """A screen as a picture, as text and its chart's numbers, by a file's ending; "" while there are no numbers."""
    return {".svg": screen.app.export_screenshot(title="gradsim"), ".txt": f"{screen_text(screen)}\n",
            ".csv": as_csv(table) if table else ""}  # fmt: skip


def export_window(texts: Mapping[str, str], suggestion: str) -> Ask:
    """Asks for a file and writes it; asks once more if it is there already."""
    asked: list[str] = []

    def check(text: str) -> str:
        path = typed_path(text)
        if not ending(path):
            return f"give a name that ends in {', '.join(ENDINGS)}"
        if not texts[ending(path)]:
            return "there is no run yet whose numbers could be written"
        if is_there(path) and text not in asked:
            asked.append(text)
            return f"{path.name} is there already; Enter again replaces it"
        try:
            write(path, texts[ending(path)])
        except UserError as error:
            return str(error)
        return ""

    return Ask("write the screen, or the chart's numbers, as", ABOUT, check, suggestion)


def written(then: Callable[[str], None]) -> Callable[[str | None], None]:
    """For the window's answer: calls `then` with a sentence on which file was written."""

    def done(text: str | None) -> None:
        if text:
            path = typed_path(text)
            then(f"{ENDINGS[ending(path)]} is in {path}")

    return done
