"""Thin rules with titles, which keep the parts of a screen apart in place of boxes."""

from .grid import Row, merged

LINES = {True: "─", False: "-"}
MARGIN = 2  # columns of the rule before its first words
LEAST = 3  # blanks in a row that become rule


def ruled(row: Row, width: int, braille: bool = True) -> Row:
    """A row whose long blanks are a rule, "─ fixes ───── f 1/6 ─": one blank stays on either side of words."""
    cells = [cell for text, role in row for cell in ((character, role) for character in text)][: max(width, 0)]
    cells += [(" ", "")] * (width - len(cells))
    start = 0
    while start < len(cells):
        end = start
        while end < len(cells) and cells[end][0] == " ":
            end += 1
        first, last = (start + (start > 0), end - (end < len(cells)))
        if end - start >= LEAST or start == 0 or end == len(cells):
            cells[first:last] = [(LINES[braille], "axis")] * (last - first)
        start = end + 1
    return merged(cells)
