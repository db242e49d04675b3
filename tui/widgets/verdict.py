"""The verdict of both runs: a mark, a word and a sentence of why, always on the screen."""

from typing import ClassVar

from ...sim.problems import printable
from ...sim.trace import Trace, Verdict
from ..charts.drawing import Row
from ..glyphs import glyphs, wrap
from .lines import Lines

NAME = 12  # columns of "with fixes"
WORD = 12  # columns of "v VANISHING"


class VerdictPanel(Lines):
    """As it is, and with fixes."""

    help: ClassVar[str] = (
        "healthy: the first layer's gradient is within a thousandth to a thousand times the last layer's. "
        "vanishing: it is smaller. exploding: it is larger. nonfinite: a number overflowed to inf or NaN. "
        "dead: it is exactly zero, nothing can be learnt."
    )

    def __init__(self, *, id: str | None = None):  # noqa: A002
        super().__init__(id=id)
        self._baseline: Verdict | None = None
        self._fixed: Verdict | None = None
        self._invitation = ""
        self._most = 2

    def show(self, baseline: Trace | None, fixed: Trace | None, invitation: str, most: int = 2) -> None:
        """Say the verdicts; the invitation stands where a run is missing; at most so many lines each.

        A single verdict may take three lines.
        """
        self._baseline = baseline.verdict if baseline else None
        self._fixed = fixed.verdict if fixed else None
        self._invitation, self._most = invitation, most
        self.redraw()

    def rows(self, width: int) -> list[Row]:
        """The verdicts below each other."""
        alone = self._baseline is not None and self._fixed is None and self._most > 1
        return [
            *self._verdict("as it is", "baseline", self._baseline, "simulating", width, self._most + alone),
            *self._verdict("with fixes", "fixed", self._fixed, self._invitation, width, self._most),
        ]

    def _verdict(
        self, name: str, role: str, verdict: Verdict | None, otherwise: str, width: int, most: int
    ) -> list[Row]:
        head = (f" {name}".ljust(NAME), role)
        if verdict is None:
            return [(head, (otherwise, "label"))]
        word = f"{glyphs().kinds[verdict.kind]} {verdict.kind.upper()}"
        lines = wrap(printable(verdict.why), width - NAME - WORD - 1, most)
        first: Row = (head, (word, verdict.kind), (" " * (WORD - len(word)), ""), (lines[0], ""))
        return [first, *(((" " * (NAME + WORD), ""), (line, "")) for line in lines[1:])]
