"""What the map says in words: the point under the cursor, what all of it shows, how far it is, and its help."""

from collections.abc import Iterator

from ....sim.errors import printable
from ....sim.sweeps.cell import FAILED, GOOD, Cell
from ....sim.text import format_number
from ...state.map_view import MapView, point_label
from ...widgets.map_form import MapForm

SCREEN = (
    "Each point of the map is a network of its own: the scenario, with the fixes that are on, at the value of one key "
    "across and of another up. Coarse points come first, then those between; a blank is not made yet. A "
    "mark is the verdict of most seeds; of a number it is a level from low to high. Theory's line, where there is one, "
    "is the edge of chaos, or the depth up to which such networks train. A point that can't be is an E; the line below "
    "the map says why. The points are made in processes of low priority, which end when the map is left; the "
    "points stay until another scenario is opened."
)


def point_text(view: MapView) -> str:
    """What the point under the cursor is, and what is known of it."""
    cell = view.results.cell(view.x, view.y)
    return printable(f"{point_label(view)}: {_cell_text(view, cell)}")


def _cell_text(view: MapView, cell: Cell) -> str:
    if not cell.points:
        return "not made yet"
    failed = next((point.error for point in cell.points if point.error), "")
    if cell.share([FAILED]) == 1:
        return f"{FAILED}: {failed}"
    words = ", ".join(
        f"{count} {word}" for word, count in sorted(cell.words.items(), key=lambda one: one[0] not in GOOD)
    )
    verdicts = cell.word if len(cell.points) == 1 else f"of {len(cell.points)} seeds {words}"
    if view.sweep.quantity.words:
        return f"{verdicts} ({failed})" if failed else verdicts
    low, median, high = cell.quartiles
    number = f"{view.sweep.quantity.name} {format_number(median)}"
    if len(cell.points) > 1:
        number += f" ({format_number(low)} to {format_number(high)})"
    return f"{number}; {verdicts}"


def whole_text(view: MapView) -> str:
    """What all of it shows, and theory."""
    return printable(". ".join(part[:1].upper() + part[1:] for part in (view.results.answer, view.theory) if part))


def help_sections() -> Iterator[tuple[str, str]]:
    """What the screen and its parts say."""
    yield "the map", SCREEN
    yield "choosing", MapForm.help
