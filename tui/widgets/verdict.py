"""The verdict of both runs: a mark, a word and a sentence of why, always on the screen."""

from typing import ClassVar, Protocol

from ...sim.errors import printable
from ..charts.plot.grid import Row
from ..terminal.glyphs import fit, glyphs, wrap
from .text_rows import TextRows

NAME = 12  # columns of "with fixes"
WORD = 12  # columns of "v VANISHING"
CUT = " w"


class Judgement(Protocol):
    """A word and a sentence, of a pass or of a training run."""

    @property
    def kind(self) -> str:
        """The word."""

    @property
    def why(self) -> str:
        """The sentence."""


class Judged(Protocol):
    """A pass or a training run."""

    @property
    def verdict(self) -> Judgement:
        """What became of it."""


class VerdictPanel(TextRows):
    """As it is, and with fixes."""

    help: ClassVar[str] = (
        "healthy: the first layer's gradient is within a thousandth to a thousand times the last layer's. "
        "vanishing: it is smaller. exploding: it is larger. nonfinite: a number overflowed to inf or NaN. "
        "dead: it is exactly zero, nothing can be learnt."
    )

    def __init__(self, *, id: str | None = None):  # noqa: A002
        super().__init__(id=id)
        self._baseline: Judgement | None = None
        self._with_fixes: Judgement | None = None
        self._missing = ("", "")
        self._most = 2
        self._stale = False

    def show(self, baseline: Judged | None, with_fixes: Judged | None, missing: tuple[str, str], most: int = 2,
             stale: bool = False) -> None:  # fmt: skip
        """Say the verdicts, or what stands where a run is missing; at most so many lines each.

        A long sentence may use the lines that a short one leaves. Stale verdicts are of another scenario.
        """
        self._stale = stale
        self._baseline = baseline.verdict if baseline else None
        self._with_fixes = with_fixes.verdict if with_fixes else None
        self._missing, self._most = missing, most
        self.redraw()

    def rows(self, width: int) -> list[Row]:
        """The verdicts below each other."""
        room, total = width - NAME - 1, 2 * self._most
        needed = [
            len(wrap(verdict.why, room, 9, WORD)) if verdict else 1 for verdict in (self._baseline, self._with_fixes)
        ]
        most = [max(self._most, total - other) for other in reversed(needed)]
        with_fixes = _rows("with fixes", "fixed", self._with_fixes, self._missing[1], room, most[1])
        name = "as it was" if self._stale else "as it is"
        rows = [*_rows(name, "baseline", self._baseline, self._missing[0], room, most[0]), *with_fixes]
        return [_was(row) for row in rows] if self._stale else rows


def _was(row: Row) -> Row:
    """A row of what is no longer so."""
    head, *others = row
    return (head, *((text, "label") for text, _ in others)) if others else row


def _rows(name: str, role: str, verdict: Judgement | None, otherwise: str, room: int, most: int) -> list[Row]:
    """One verdict in at most so many lines."""
    head = (f" {name}".ljust(NAME), role)
    if verdict is None:
        return [(head, (otherwise, "label"))]
    word = f"{glyphs().kinds[verdict.kind]} {verdict.kind.upper()}"
    lines = wrap(printable(verdict.why), room, len(verdict.why), WORD)
    if len(lines) > most:  # the key that shows it whole
        rest, indent = " ".join(lines[most - 1 :]), WORD if most == 1 else 0
        lines = [*lines[: most - 1], f"{fit(rest, room - indent - len(CUT))}{CUT}"]
    first: Row = (head, (word, verdict.kind), (" " * (WORD - len(word)), ""), (lines[0], ""))
    return [first, *(((" " * NAME, ""), (line, "")) for line in lines[1:])]
