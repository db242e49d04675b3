"""The gallery: presets and recent files, found by typing."""

import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from ....sim.errors import UserError, printable
from ....sim.scenario.file import load_scenario
from ....sim.scenario.scenario import Scenario
from ...state.course import meanings, nearest_word, topics, words_of
from ...state.recent_files import recent, typed_path
from ...terminal.glyphs import wrap
from ...terminal.textual_private import Window
from .entries import Entries, step

TITLE = "open a scenario"
NOWHERE = 9
RECENT = "Recent files"
LINES, MORE = 3, 7  # of a summary, and of a file's mistakes; see gradsim.tcss


@dataclass(frozen=True)
class GalleryRow:
    """A scenario file that can be opened, under its heading."""

    name: str
    title: str
    summary: str
    path: Path
    topic: str = ""

    def rank(self, words: list[str]) -> int:
        """Where all words are met: 0 in name and title, 1 in summary and topic, 2 by what they mean, NOWHERE not."""
        return max(map(self._rank, words), default=0)

    def _rank(self, word: str) -> int:
        if word in f"{self.name} {self.name.replace('_', ' ')} {self.title}".lower():
            return 0
        if word in f"{self.summary} {self.topic}".lower():
            return 1
        meant, (own, fixes) = meanings(word), words_of(self.path)
        return 2 if meant & own else 3 if meant & fixes else NOWHERE


@dataclass(frozen=True)
class Opened:
    """The scenario that was chosen, and its file."""

    scenario: Scenario
    path: Path


class Gallery(Window[Opened | None]):
    """Type to filter, by any word for it; Enter opens; a path opens any file."""

    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (110, "-wide")]  # noqa: RUF012
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "leave", id="gallery.leave"),
        Binding("down", "move(1)", "next", id="gallery.down", priority=True),
        Binding("up", "move(-1)", "previous", id="gallery.up", priority=True),
        Binding("pagedown", "move(8)", "on", id="gallery.page_down", priority=True),
        Binding("pageup", "move(-8)", "back", id="gallery.page_up", priority=True),
    ]

    def __init__(self, current: Path | None = None, title: str = TITLE, verb: str = "opens"):
        super().__init__()
        self._current, self._title, self._verb = current, title, verb
        self._shown: list[GalleryRow | None] = []  # None is a heading

    def compose(self) -> ComposeResult:
        """Filter, list, summary."""
        with Vertical(classes="window"):
            yield Static(Content(self._title), id="heading", classes="heading")
            yield Input(placeholder="type a word or a symptom, as resnet or nan, or a path", id="filter", compact=True)
            yield Entries(id="entries", compact=True, markup=False)
            yield Static("", id="summary", markup=False)
            yield Static(Content(f"up/down choose   Enter {self._verb}   Escape leaves"), classes="foot")

    def on_mount(self) -> None:
        """List everything."""
        self._all = entries()
        self._fill("")
        here = next((i for i, e in enumerate(self._shown) if e is not None and e.path == self._current), None)
        if here is not None:
            self.query_one(OptionList).highlighted = here

    @on(Input.Changed)
    def _filter(self, event: Input.Changed) -> None:
        self._fill(event.value)

    @on(OptionList.OptionHighlighted)
    def _highlighted(self) -> None:
        chosen = self._chosen  # other than the event's if typing has filtered the list since
        if chosen is not None:
            self._say(chosen.summary, wrong=False, path=chosen.path)

    @on(Input.Submitted)
    def _submitted(self) -> None:
        chosen = self._chosen
        self._open(chosen.path if chosen is not None else typed_path(self.query_one(Input).value))

    @on(OptionList.OptionSelected)
    def _selected(self, event: OptionList.OptionSelected) -> None:
        listed, index = event.option_list, event.option_index
        same = index < listed.option_count and listed.get_option_at_index(index) is event.option
        if same and (chosen := self._shown[index]) is not None:
            self._open(chosen.path)

    @property
    def _chosen(self) -> GalleryRow | None:
        """The entry that Enter takes."""
        index = self.query_one(OptionList).highlighted
        return self._shown[index] if index is not None and index < len(self._shown) else None

    def action_move(self, by: int) -> None:
        """Move the choice while typing goes on."""
        step(self.query_one(OptionList), by)

    def _fill(self, text: str) -> None:
        """The entries for what is typed: by topic as a course, or the best first once something is."""
        rows, meant = matching(self._all, text)
        listed = self.query_one(OptionList)
        listed.clear_options()
        widest = max((len(entry.name) for entry in self._all), default=0)
        topic, self._shown = "", []
        for entry in rows:
            if not text.strip() and entry.topic != topic:
                topic = entry.topic
                self._shown.append(None)
                listed.add_option(Option(Content.assemble((topic, "$heading bold")), disabled=True))
            self._shown.append(entry)
            listed.add_option(Option(Content.assemble((f"{entry.name.ljust(widest)}  ", "bold"), entry.title)))
        if rows:
            listed.highlighted = next(i for i, entry in enumerate(self._shown) if entry is not None)
        else:
            self._say(f'nothing found; Enter {self._verb} "{text.strip()}" as a file', wrong=False)
        heading = f'nothing found for "{text.strip()}"; the nearest, "{meant}":' if meant and rows else self._title
        self.query_one("#heading", Static).update(Content(printable(heading)))

    def _open(self, path: Path) -> None:
        try:
            self.dismiss(Opened(load_scenario(path), path))
        except UserError as error:
            self._say(str(error), wrong=True, path=path)

    def _say(self, text: str, wrong: bool, path: Path | None = None) -> None:
        summary = self.query_one("#summary", Static)
        summary.set_class(wrong, "-wrong")
        if path is not None and "\n" in text:
            text = fitted(text, path, summary.size.width, MORE if wrong else LINES)
        summary.update(Content(printable(text)))


def fitted(text: str, path: Path, width: int, most: int) -> str:
    """As many of a file's mistakes, one a line, as fit into some lines, and how many more there are."""
    first, *others = text.split("\n")
    mistakes = [first, *(line.removeprefix(f"{path}: ") for line in others)]
    for shown in range(len(mistakes), 0, -1):
        more = len(mistakes) - shown
        tail = wrap(f"and {more} more: gradsim check {shlex.quote(str(path))}", width, most - 1) if more else []
        lines = [line for mistake in mistakes[:shown] for line in wrap(mistake, width, most)]
        if len(lines) + len(tail) <= most:
            break
    return "\n".join([*lines[: most - len(tail)], *tail])


def matching(rows: list[GalleryRow], text: str) -> tuple[list[GalleryRow], str]:
    """The rows for what is typed, the best first; where there are none, those for the nearest word, and that word."""
    words = text.lower().split()
    ranks = {row: row.rank(words) for row in rows}
    fits = sorted((row for row in rows if ranks[row] < NOWHERE), key=lambda row: ranks[row])
    if fits or not words or any(mark in text for mark in "/.~"):  # or a path
        return fits, ""
    known = [word for row in rows for word in f"{row.name} {row.title.lower()}".split()]
    near = [word if any(row.rank([word]) < NOWHERE for row in rows) else nearest_word(word, known) for word in words]
    meant = " ".join(word for word in near if word is not None)
    if None in near or meant == text.lower():
        return [], ""
    return matching(rows, meant)[0], meant


def entries() -> list[GalleryRow]:
    """Recent files first, then the presets by topic."""
    shipped = [GalleryRow(p.name, printable(p.title), printable(p.summary), p.path, topic.title)
               for topic in topics() for p in topic.presets]  # fmt: skip
    known = {entry.path.resolve() for entry in shipped}
    files = [_file(path) for path in recent() if path.resolve() not in known]
    return [*files, *shipped]


def _file(path: Path) -> GalleryRow:
    try:
        scenario = load_scenario(path)
        summary = f"{printable(scenario.summary)} {path}".strip()
        return GalleryRow(printable(path.name), printable(scenario.title), summary, path, RECENT)
    except UserError as error:
        return GalleryRow(printable(path.name), "can't be used", str(error), path, RECENT)
