"""The window of what was tried: fixes alone and in pairs, the best first, each with what came of it."""

from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from ...charts.plot.grid import Row
from ...state.fix_labels import labels
from ...state.outcome import outcome
from ...terminal.glyphs import glyphs, wrap
from ...terminal.textual_private import Window
from ...widgets.text_rows import TextRows

if TYPE_CHECKING:
    from ....sim.training.tried import Tried
    from ...workers.cures import Cures

HANDS_OFF = "Enter switches exactly these on   up/down choose   Escape leaves"


class CureList(TextRows):
    """The list, whose chosen entry stays the chosen one while better ones come in above it."""

    DEFAULT_CSS = "CureList { height: 1fr; }"

    def __init__(self, training: bool):
        super().__init__(id="cures")
        self._training = training
        self._ranked: tuple[Tried, ...] = ()
        self._chosen = 0
        self._moved = False

    @property
    def chosen(self) -> "Tried | None":
        """The entry that Enter takes."""
        return self._ranked[self._chosen] if self._ranked else None

    def show(self, ranked: "tuple[Tried, ...]") -> None:
        """List what was tried."""
        before, self._ranked = self.chosen, ranked
        names = [one.fixes for one in ranked]
        keeps = self._moved and before is not None and before.fixes in names
        self._chosen = names.index(before.fixes) if keeps and before is not None else 0
        self.redraw()

    def choose(self, by: int) -> None:
        """Another entry."""
        self._moved = True
        self._chosen = min(max(self._chosen + by, 0), max(len(self._ranked) - 1, 0))
        self.redraw()

    def rows(self, width: int) -> list[Row]:
        """As many entries as fit whole around the chosen one."""
        entries = [self._entry(i, width) for i in range(len(self._ranked))]
        room, first = max(self.size.height, 1), self._chosen
        height = len(entries[first]) if entries else 0
        while first > 0 and height + len(entries[first - 1]) <= max(room // 2, height):
            first -= 1
            height += len(entries[first])
        total = sum(map(len, entries[first:]))
        while first > 0 and total + len(entries[first - 1]) <= room:
            first -= 1
            total += len(entries[first])
        return [row for entry in entries[first:] for row in entry][:room]

    def _entry(self, index: int, width: int) -> list[Row]:
        one, chosen = self._ranked[index], index == self._chosen
        result = outcome(one, self._training)
        point = glyphs().point if chosen else " "
        head: Row = ((f"{point} ", "key"), (result.mark, result.role), (f" {result.number:>5}  ", "label"),
                     (labels(one.fixes), "strong" if chosen else ""))  # fmt: skip
        lines = wrap(one.text.partition(": ")[2], width - 11, 3)
        lines += wrap(one.reason, width - 11, 3) if chosen and one.reason else []
        return [head, *(((" " * 10, ""), (line, "label")) for line in lines)]


class CureWindow(Window["tuple[str, ...] | None"]):
    """Returns the fixes to switch on, None after Escape; it may be left and opened again while more is tried."""

    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (110, "-wide")]  # noqa: RUF012
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,A", "dismiss(None)", "leave", id="cures.leave"),
        Binding("enter", "take", "switch on", id="cures.take"),
        Binding("down", "choose(1)", "next", id="cures.down"),
        Binding("up", "choose(-1)", "previous", id="cures.up"),
        Binding("pagedown", "choose(5)", "on", id="cures.page_down"),
        Binding("pageup", "choose(-5)", "back", id="cures.page_up"),
        Binding("home", "choose(-999)", "first", id="cures.first"),
        Binding("end", "choose(999)", "last", id="cures.last"),
    ]

    def __init__(self, cures: "Cures", training: bool):
        super().__init__()
        self._cures, self._training = cures, training

    def compose(self) -> ComposeResult:
        """What it is of, the list, and the keys."""
        with Vertical(classes="window"):
            yield Static("", id="cures-heading", classes="heading", markup=False)
            yield CureList(self._training)
            yield Static(Content(HANDS_OFF), classes="foot")

    def on_mount(self) -> None:
        """What is known so far."""
        self.show(self._cures)

    def show(self, cures: "Cures") -> None:
        """More is known."""
        self._cures = cures
        self.query_one("#cures-heading", Static).update(heading(cures))
        self.query_one(CureList).show(cures.ranked)

    def action_choose(self, by: int) -> None:
        """Another entry."""
        self.query_one(CureList).choose(by)

    def action_take(self) -> None:
        """Switch the chosen fixes on."""
        chosen = self.query_one(CureList).chosen
        if chosen is not None:
            self.dismiss(chosen.fixes)


def heading(cures: "Cures") -> str:
    """What was tried, and how far that is."""
    what = "what would have prevented it" if cures.failed else "fixes, tried"
    if cures.scenario.loss.is_probe:
        what += " on the pass alone, as a probe has nothing to learn"
    if cures.since:
        what += f", tried from update {cures.since}, the last healthy one"
    if not cures.done:
        return f"{what}: {f'{cures.answered} of at most {cures.steps} so far' if cures.steps else 'starting'}"
    if cures.summary:
        return f"{what}: {cures.summary}"
    return f"{what}, the best first" if cures.whole else f"{what}, the best first; time was over before all were tried"
