"""What a frame sends to the terminal: of each row only the columns that differ from what is on the terminal already.

Textual sends a changed row from its widget's left edge on, and all rows of all widgets after each change of the layout;
over a slow line a held arrow key then runs ahead of the screen.
"""

from collections.abc import Iterator

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

Cell = tuple[str, object] | None
"""A character and what shows of its style; None where it is not known."""
CLOSE = 8  # columns that cost less than to move the terminal's cursor and name a style anew


class Painter:
    """Knows what is on the terminal, so that a frame needs to send only what is not."""

    def __init__(self) -> None:
        self._rows: dict[int, list[Cell]] = {}

    def forget(self) -> None:
        """The terminal may show anything."""
        self._rows.clear()

    def paint(self, y: int, x: int, strip: Strip) -> Iterator[tuple[int, Strip]]:
        """The parts of a strip that are not on the terminal, with their columns; they are from now on."""
        cells = _cells(strip)
        row = self._rows.setdefault(y, [])
        row.extend([None] * (x + strip.cell_length - len(row)))
        if cells is None:
            row[x : x + strip.cell_length] = [None] * strip.cell_length
            yield x, fewer(strip)
            return
        old, row[x : x + len(cells)] = row[x : x + len(cells)], cells
        for first, last in _differing(old, cells):
            yield x + first, fewer(strip.crop(first, last))


def _cells(strip: Strip) -> list[Cell] | None:
    """The cells of a strip; None if a character takes two of them."""
    cells: list[Cell] = []
    for text, style, _ in strip:
        shown: object = style if style is None or _lined(style) else style.bgcolor
        cells += [(character, shown if character == " " else style) for character in text]
    return cells if len(cells) == strip.cell_length else None


def _differing(old: list[Cell], new: list[Cell]) -> list[tuple[int, int]]:
    """From which column to before which two rows differ, what is close in one."""
    spans: list[tuple[int, int]] = []
    for x, (one, other) in enumerate(zip(old, new, strict=True)):
        if one == other:
            continue
        if spans and x - spans[-1][1] < CLOSE:
            spans[-1] = (spans[-1][0], x + 1)
        else:
            spans.append((x, x + 1))
    return spans


def fewer(strip: Strip) -> Strip:
    """The strip in as few styles as show the same: a blank takes its neighbour's if both have one background."""
    segments: list[Segment] = []
    for segment in strip:
        before = segments[-1] if segments else None
        if before is None or not (before.style == segment.style or _blank(before, segment)):
            segments.append(segment)
        else:
            segments[-1] = Segment(before.text + segment.text, segment.style if before.text.isspace() else before.style)
    return Strip(segments)


def _blank(one: Segment, other: Segment) -> bool:
    """Whether either of two neighbours is blank and shows nothing but the background that both have."""
    if not (one.text.isspace() or other.text.isspace()) or one.style is None or other.style is None:
        return False
    return one.style.bgcolor == other.style.bgcolor and not (_lined(one.style) or _lined(other.style))


def _lined(style: Style) -> bool:
    """Whether a style shows on a blank."""
    return bool(style.reverse or style.underline or style.strike or style.overline or style.link)
