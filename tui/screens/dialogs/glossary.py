"""The glossary: any word of the screen in two sentences with its paper, searched by typing."""

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from ....sim.errors import printable
from ...state.glossary import Term, on_screen, search, terms
from ...terminal.glyphs import glyphs
from ...terminal.textual_private import Window
from .entries import Entries, step


class Glossary(Window[None]):
    """Type to search; the words that stand on the screen come first. Escape leaves."""

    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (110, "-wide")]  # noqa: RUF012
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "leave", id="glossary.leave"),
        Binding("down", "move(1)", "next", id="glossary.down", priority=True),
        Binding("up", "move(-1)", "previous", id="glossary.up", priority=True),
        Binding("pagedown", "move(8)", "on", id="glossary.page_down", priority=True),
        Binding("pageup", "move(-8)", "back", id="glossary.page_up", priority=True),
    ]

    def __init__(self, seen: str = ""):
        super().__init__()
        known = terms()
        self._seen = on_screen(seen, known)
        self._all = (*self._seen, *(term for term in known if term not in self._seen))
        self._shown: tuple[Term, ...] = ()

    def compose(self) -> ComposeResult:
        """Search, list, the sentences of the chosen word."""
        with Vertical(classes="window"):
            yield Static(Content("words of the screen"), classes="heading")
            yield Input(placeholder=f"type to search, as resnet or fp16; {self._mark} is on the screen", id="filter",
                        compact=True)  # fmt: skip
            yield Entries(id="entries", compact=True, markup=False)
            yield Static("", id="meaning", markup=False)
            yield Static(Content("up/down choose   Escape leaves"), classes="foot")

    @property
    def _mark(self) -> str:
        return glyphs().point

    def on_mount(self) -> None:
        """List everything."""
        self._fill("")

    @on(Input.Changed)
    def _filter(self, event: Input.Changed) -> None:
        self._fill(event.value)

    @on(OptionList.OptionHighlighted)
    def _highlighted(self, event: OptionList.OptionHighlighted) -> None:
        index = event.option_list.highlighted
        if index is not None and index < len(self._shown):
            self._explain(self._shown[index])

    def action_move(self, by: int) -> None:
        """Move the choice while typing goes on."""
        step(self.query_one(OptionList), by)

    def _fill(self, text: str) -> None:
        self._shown = search(text, self._all)
        listed = self.query_one(OptionList)
        listed.clear_options()
        widest = max((len(term.word) for term in self._all), default=0)
        listed.add_options(Option(self._line(term, widest)) for term in self._shown)
        if self._shown:
            listed.highlighted = 0
        else:
            self.query_one("#meaning", Static).update(Content("nothing found"))

    def _line(self, term: Term, widest: int) -> Content:
        mark = self._mark if term in self._seen else " "
        return Content.assemble(
            f"{mark} ", (printable(term.word).ljust(widest), "bold"), (f"  {term.sort}", "$text-muted")
        )

    def _explain(self, term: Term) -> None:
        source = f"\n{glyphs().dash} {term.source}" if term.source else ""
        parts = (term.word, "bold"), f": {printable(term.text)}", (printable(source), "$text-muted")
        self.query_one("#meaning", Static).update(Content.assemble(*parts))
