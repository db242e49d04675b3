"""The panel that opens when a run breaks: the chain of causes in words, and the fixes that apply."""

from typing import ClassVar

from ...sim.errors import printable
from ...sim.training.run_snapshot import RunSnapshot
from ..charts.plot.grid import Row, Span
from ..charts.plot.rule import ruled
from ..terminal.glyphs import has_braille, wrap
from .fixes import FixRow
from .text_rows import TextRows, length

MOST = 9  # rows


class FailurePanel(TextRows):
    """What broke a run, update by update, and which fixes cure it, each with its digit."""

    help: ClassVar[str] = (
        "It opens when the first number of a run is not finite any more: what happened, update by update, and which "
        "fixes apply, which come first in the panel, each with the digit that switches it. Once the run has ended they "
        "are tried: each is trained on from the last healthy update, and those that learn on from there stand first, "
        "with the loss that they reach (in % of the constant-prediction baseline). A lists them all, x goes to the "
        "place, Escape closes it, w tells it all."
    )

    def __init__(self, *, id: str | None = None):  # noqa: A002
        super().__init__(id=id)
        self._name, self._role = "", "baseline"
        self._record: RunSnapshot | None = None
        self._offers: tuple[tuple[str, FixRow], ...] = ()
        self._most = MOST
        self._since: int | None = None

    def show(self, name: str, record: RunSnapshot | None, offers: tuple[tuple[str, FixRow], ...], most: int = MOST,
             since: int | None = None, role: str = "baseline") -> None:  # fmt: skip
        """Tell of a run that broke; offers are fixes with the keys that switch them.

        Those that were tried, `since` an update, have prevented it there.
        """
        self._name, self._record, self._offers, self._most = name, record, offers, most
        self._since = since
        self._role = role
        self.redraw()

    def rows(self, width: int) -> list[Row]:
        """Events with their updates, then the fixes; events give way where there is little room."""
        if self._record is None:
            return []
        broke = self._record.verdict.kind == "nonfinite"
        where = f", from update {self._since} on" if self._since else ""
        heading = " worth a try:  " if self._since is None else f" prevents it{where}:  "
        offers = offer_rows(self._offers, heading, width) if broke or self._offers else []
        head: Row = ((f"  {self._name}", self._role), (" broke" if broke else " went on after this", "title"),
                     ("   x goes there, w tells all, Esc closes", "label"))  # fmt: skip
        return [
            ruled(head, width, has_braille()),
            *event_rows(self._record, width, self._most - 1 - len(offers)),
            *offers,
        ]


def event_rows(record: RunSnapshot, width: int, most: int) -> list[Row]:
    """One event after the other, each whole and with its update: the first, and as many of the last as fit."""
    widest = max((len(str(event.iteration)) for event in record.failure_events), default=1)
    events: list[list[Row]] = []
    for event in record.failure_events:
        head = f" update {event.iteration:>{widest}}  "
        first, *more = wrap(printable(event.text), width - len(head) - 1, 3)
        events.append([((head, "key"), (first, "")), *(((" " * len(head), ""), (line, "")) for line in more)])
    shown: set[int] = set()
    for i in (0, *range(len(events) - 1, 0, -1)):
        if not shown or sum(len(events[j]) for j in {*shown, i}) <= most:
            shown.add(i)
    return [row for i in sorted(shown) for row in events[i]]


def offer_rows(offers: tuple[tuple[str, FixRow], ...], heading: str, width: int) -> list[Row]:
    """The fixes that apply in at most two lines, as many as fit whole, and what came of those that were tried."""
    if not offers:
        return [((" no fix is known for this", "label"),)]
    rows: list[list[Span]] = [[(heading, "title")]]
    for key, fix in offers:
        outcome = f" {fix.outcome}" if fix.outcome else ""
        text = f"{fix.label}{' (on)' if fix.on else ''}"
        if length(rows[-1]) + len(key) + 3 + len(text + outcome) > width:
            if len(rows) == 2:
                break
            rows.append([(" " * len(heading), "")])
        rows[-1] += [(key, "key"), (f" {text}", "on" if fix.on else "")]
        rows[-1] += [(outcome, fix.outcome.role)] if fix.outcome else []
        rows[-1].append(("  ", ""))
    return [tuple(row) for row in rows]
