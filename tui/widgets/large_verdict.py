"""The verdicts for an audience: one word or two beside each other in large letters, and below each its sentence."""

from itertools import zip_longest
from typing import NamedTuple

from ...sim.errors import printable
from ..charts.plot.grid import Row, merged
from ..charts.plot.letters import written
from ..terminal.glyphs import fit, has_braille, wrap

MARGIN, GAP = 2, 3  # columns before the first word and between two


class Large(NamedTuple):
    """What is said of a run: its name, its word and sentence (what it waits for without a word), and their roles."""

    name: str
    role: str
    word: str
    kind: str
    why: str


def large_rows(runs: list[Large], width: int, lines: int, tall: bool) -> list[Row]:
    """Each run in its columns: the name, the word, at most so many lines of the sentence."""
    room = (width - MARGIN - GAP * (len(runs) - 1)) // max(len(runs), 1) - MARGIN // len(runs)
    columns = [_column(run, room, lines, tall) for run in runs]
    blank = (" " * room, "")
    return [merged([(" " * MARGIN, ""), *((part if i == 0 else (" " * GAP + part[0], part[1]))
                                         for i, part in enumerate(parts))])
            for parts in zip_longest(*columns, fillvalue=blank)]  # fmt: skip


def _column(run: Large, room: int, lines: int, tall: bool) -> list[tuple[str, str]]:
    letters = written(run.word, room, tall, has_braille()) if run.word else []
    sentence = _sentence(printable(run.why), room, lines) if lines else []
    rows = [(fit(run.name, room), run.role), *((row, run.kind) for row in letters), *((line, "") for line in sentence)]
    return [(text.ljust(room), role) for text, role in rows]


def _sentence(why: str, room: int, lines: int) -> list[str]:
    """A sentence in so many lines: without its reasons where these have no room."""
    clause = why.partition(": ")[0]
    return wrap(why if len(wrap(why, room, lines + 1)) <= lines else clause, room, lines)
