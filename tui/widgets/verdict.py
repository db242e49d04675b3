"""The verdict of both runs: a mark, a word and a sentence of why, always on the screen."""

from typing import ClassVar, Protocol

from ...sim.errors import printable
from ..charts.plot.grid import Row
from ..charts.plot.legend import NAMES
from ..state.doubts import Doubts
from ..terminal.glyphs import fit, glyphs, wrap
from .large_verdict import Large, large_rows
from .text_rows import TextRows

NAME = 12  # columns of "with fixes"
WORD = 12  # columns of "v VANISHING"
CUT = " (w)"  # the key that tells it whole
ROOMY = 38  # lines of a screen from which letters are five rows high


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
        "healthy: the first layer's gradient is within a thousandth to a thousand times the last layer's; in amber "
        f"and with {glyphs().kinds['borderline']} borderline, for the reason below. "
        "vanishing: it is smaller. exploding: it is larger. nonfinite: a number overflowed to inf or NaN. "
        "dead: it is exactly zero, nothing can be learnt. The line below says whether the network will train, as far "
        "as one pass can tell: doubtful, if anything counts against it."
    )

    def __init__(self, *, id: str | None = None):  # noqa: A002
        super().__init__(id=id)
        self._baseline: Judgement | None = None
        self._with_fixes: Judgement | None = None
        self._doubts: tuple[Doubts, Doubts] = (Doubts(), Doubts())
        self._missing = ("", "")
        self._most = 2
        self._stale = False
        self._walking = ""
        self._names = NAMES[0]
        self._large: tuple[str, str] | None = None

    def show(self, baseline: Judged | None, with_fixes: Judged | None, missing: tuple[str, str], most: int = 2,
             stale: bool = False, doubts: tuple[Doubts, Doubts] = (Doubts(), Doubts()),
             walking: str = "", names: tuple[str, str] = NAMES[0],
             large: tuple[str, str] | None = None) -> None:  # fmt: skip
        """Say the verdicts and their doubts, or what stands where a run is missing; at most so many lines each.

        A long sentence may use the lines that a short one leaves. Stale verdicts are of another scenario.
        While one is `walking` these words stand in their place, in as many lines. For an audience they are `large`,
        below these names.
        """
        self._walking, self._names, self._large = walking, names, large
        self._stale, self._doubts = stale, doubts
        self._baseline = baseline.verdict if baseline else None
        self._with_fixes = with_fixes.verdict if with_fixes else None
        self._missing, self._most = missing, most
        self.redraw()

    def rows(self, width: int) -> list[Row]:
        """The verdicts below each other, or large beside each other."""
        if self._large is not None:
            return self._large_rows(width, self._large)
        column = max(NAME, *(len(name) + 2 for name in self._names))
        room, total = width - column - 1, 2 * self._most
        needed = [
            len(wrap(verdict.why, room, 9, WORD)) + bool(doubts.text) if verdict else bool(missing)
            for verdict, doubts, missing in zip(
                (self._baseline, self._with_fixes), self._doubts, self._missing, strict=True
            )
        ]
        most = [max(self._most, total - other) for other in reversed(needed)]
        first, second = self._doubts
        with_fixes = _rows(
            self._names[1].ljust(column - 1), "fixed", self._with_fixes, second, self._missing[1], room, most[1]
        )
        name = "as it was" if self._stale and self._names == NAMES[0] else self._names[0]
        rows = [
            *_rows(name.ljust(column - 1), "baseline", self._baseline, first, self._missing[0], room, most[0]),
            *with_fixes,
        ]
        if self._walking:
            return [_hidden(row, self._walking if i == 0 else "") for i, row in enumerate(rows)]
        return [_was(row) for row in rows] if self._stale else rows

    def _large_rows(self, width: int, names: tuple[str, str]) -> list[Row]:
        verdicts = (self._baseline, self._with_fixes)
        parts = [self._part(*part) for part in zip(names, ("baseline", "fixed"), verdicts, self._missing, self._doubts,
                                                   strict=True) if part[2] or part[3]]  # fmt: skip
        roomy = self.screen.size.height >= ROOMY if self.is_attached else False
        rows = large_rows(parts, width, 2 if self._most > 1 else 0, roomy) if parts else []
        if not self._walking:  # else as many rows, so that nothing moves
            return rows
        return [rows[0], ((f"  {self._walking}", "label"),), *[()] * (len(rows) - 2)]

    def _part(self, name: str, role: str, verdict: Judgement | None, missing: str, doubts: Doubts) -> Large:
        """What is said of a run in large letters."""
        if verdict is None:
            return Large(name, role, "", "", missing)
        kind = "borderline" if doubts.borderline else verdict.kind
        return Large(name, role, verdict.kind.upper(), "label" if self._stale else kind, verdict.why)


def _hidden(row: Row, words: str) -> Row:
    """A row with its name, and other words in place of what it says."""
    return (row[0], (words, "label"))


def _was(row: Row) -> Row:
    """A row of what is no longer so."""
    head, *others = row
    return (head, *((text, "label") for text, _ in others)) if others else row


def _rows(name: str, role: str, verdict: Judgement | None, doubts: Doubts, otherwise: str, room: int,
          most: int) -> list[Row]:  # fmt: skip
    """One verdict in at most so many lines, the last of them what makes it doubtful, if there is room or reason."""
    head = (f" {name}", role)
    if verdict is None:
        return [(head, (otherwise, "label"))] if otherwise else []
    word = f"{glyphs().kinds['borderline' if doubts.borderline else verdict.kind]} {verdict.kind.upper()}"
    lines = wrap(printable(verdict.why), room, len(verdict.why), WORD)
    tells = bool(doubts.text) and most > 1 and (doubts.borderline or len(lines) < most)
    most -= tells
    if len(lines) > most:  # the key that shows it whole
        rest, indent = " ".join(lines[most - 1 :]), WORD if most == 1 else 0
        lines = [*lines[: most - 1], f"{fit(rest, room - indent - len(CUT))}{CUT}"]
    kind = "borderline" if doubts.borderline else verdict.kind
    first: Row = (head, (word, kind), (" " * (WORD - len(word)), ""), (lines[0], ""))
    margin = " " * len(head[0])
    more = [((margin, ""), (line, "")) for line in lines[1:]]
    return [first, *more, *(_doubts(doubts, room, margin) if tells else ())]


def _doubts(doubts: Doubts, room: int, indent: str) -> list[Row]:
    text = printable(doubts.text)
    line = text if len(text) <= room else f"{fit(text, room - len(CUT))}{CUT}"
    return [((indent, ""), (line, "note" if doubts.borderline else "label"))]
