"""Scenarios as files: opened, compared with another one, and saved."""

from dataclasses import replace
from pathlib import Path

from ....sim.errors import UserError
from ....sim.scenario.file import save_scenario
from ....sim.scenario.presets import presets
from ....sim.scenario.scenario import without_stale_words
from ...state.comparing import alone, compare
from ...state.recent_files import is_there, remember, typed_path
from ...state.save import saved, slug, to_save
from ...state.session import Session, begin
from ..dialogs.ask import Ask
from ..dialogs.gallery import Gallery, Opened
from .host import Host


class Files:
    """Actions that ask for a scenario to open or to compare with, and for a path to save to."""

    ACTIONS = ("open", "compare", "save")

    def __init__(self, host: Host):
        self.host = host

    def open(self) -> None:
        """Show the gallery."""
        self.host.ask(Gallery(self.host.now.path), self._opened)

    def _opened(self, opened: Opened | None) -> None:
        if opened is not None:
            self.begin(opened)

    def begin(self, opened: Opened) -> None:
        """Start anew with another scenario."""
        remember_file(opened.path)
        quantity = self.host.now.quantity
        self.host.become(replace(begin(opened.scenario, opened.path), quantity=quantity), opened.scenario.summary)

    def compare(self) -> None:
        """Show the gallery, for another scenario beside this one."""
        window = Gallery(self.host.now.other_path, "compare with another scenario, as the second line", "compares")
        self.host.ask(window, lambda opened: self.put_beside(opened) if opened is not None else None)

    def put_beside(self, opened: Opened) -> None:
        """Another scenario as the second line."""
        remember_file(opened.path)
        self.host.become(*compare(self.host.now, opened.scenario, opened.path))

    def end_comparison(self) -> None:
        """The scenario alone again."""
        self.host.become(alone(self.host.now), "the comparison is over")

    def save(self) -> None:
        """Ask for a path, once more if the file is there already."""
        asked: list[str] = []

        def check(text: str) -> str:
            path = scenario_path(text)
            if not text:
                return "give a path, such as my-network.toml"
            if is_there(path) and text not in asked:
                asked.append(text)
                return f"{path.name} is there already; Enter again replaces it (its comments stay)"
            try:
                save_scenario(to_save(self.host.now, path), path)
            except UserError as error:
                return str(error)
            return ""

        path = default_path(self.host.now)
        own = not any(preset.path == path for preset in presets())
        suggestion = str(path if own else path.name)
        self.host.ask(Ask("save as", "a .toml file; Enter saves, Escape leaves", check, suggestion), self._saved)

    def _saved(self, text: str | None) -> None:
        if text:
            path = scenario_path(text)
            remember_file(path.resolve())
            session, note = saved(self.host.now, path.resolve())
            self.host.become(session, f"saved as {path}{note}")


def default_path(session: Session) -> Path:
    """Where saving suggests to put a scenario: its own file, or one of its title in this folder."""
    return session.path or Path(f"{slug(without_stale_words(session.scenario, session.origin).title)}.toml")


def scenario_path(text: str) -> Path:
    """The path that a text says, ending in .toml if the text has no ending and no such file is there."""
    path = typed_path(text)
    return path if path.suffix or not path.name or is_there(path) else Path(f"{path}.toml")


def remember_file(path: Path) -> None:
    """Put a user's file on the list of recent ones; presets are in the gallery anyway."""
    if not any(preset.path == path for preset in presets()):
        remember(path)
