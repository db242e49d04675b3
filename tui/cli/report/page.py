"""How wide printed text and charts may be."""

import shutil
import textwrap
from collections.abc import Sequence

import click

AS_IT_IS, WITH_FIXES = "as it is", "with fixes"
KEY = "gradsim.width"  # of click's meta: what --width says, for as long as a command runs
WIDTH = 80
LEAST, MOST = 40, 1000
NAME = 12  # columns of a run's name above its numbers


def columns() -> int:
    """Columns of text: as --width says, else 80."""
    context = click.get_current_context(silent=True)
    return int(context.meta.get(KEY, WIDTH)) if context else WIDTH


def chart_size() -> tuple[int, int]:
    """Columns and lines of a chart: as --width says, else the terminal's (80x24 without one), at most 200 columns."""
    size = shutil.get_terminal_size((WIDTH, 24))
    context = click.get_current_context(silent=True)
    chosen = context.meta.get(KEY) if context else None
    return chosen or max(20, min(size.columns, 200)), size.lines


def pairs_that_fit(first: int, each: int, there_are: int) -> int:
    """How many of the equally wide columns behind a first one fit; one at least."""
    return max(1, min(there_are, (columns() - first) // each))


def headings(first: str, quantities: Sequence[str], names: tuple[str, str]) -> list[str]:
    """Two rows: each quantity over the two runs whose numbers stand below it."""
    pair = "".join(f"{name[: NAME - 1]:>{NAME}}" for name in names)
    return [" " * 6 + "".join(f"{word:>{2 * NAME}}" for word in quantities), f"{first:>6}" + pair * len(quantities)]


def left_out(count: int, there_are: int, what: str) -> list[str]:
    """That some rows of a table are not shown, and what shows them; nothing if all are."""
    text = f"{count} of {there_are} {what} are left out; --format csv has them all"
    return textwrap.wrap(text, columns()) if count else []
