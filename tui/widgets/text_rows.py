"""The base of all text on the screen: rows of spans with roles, of which only changed ones are repainted."""

from collections.abc import Sequence
from itertools import zip_longest
from typing import ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from textual.geometry import Region, Size
from textual.strip import Strip
from textual.widget import Widget

from ..charts.plot.grid import Row, changed_columns

ROLES = ("title", "label", "axis", "strong", "key", "baseline", "fixed", "on", "chosen", "error", "note",
         "healthy", "vanishing", "exploding", "nonfinite", "dead", "learning", "stalled", "diverging",
         "undecided", "borderline")  # fmt: skip

BACKED = ("chosen", "nonfinite", "dead")  # roles that show even on a blank


class TextRows(Widget):
    """Draws `rows(width)`; subclasses keep their state, change it in `show(...)` and call `redraw()`."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {f"lines--{role}" for role in ROLES}
    DEFAULT_CSS = """
    TextRows {
        width: 1fr; height: auto;
        & > .lines--title { text-style: bold; color: $heading; }
        & > .lines--label { color: $text-muted; }
        & > .lines--axis { color: $text-disabled; }
        & > .lines--strong { text-style: bold; }
        & > .lines--key { text-style: bold; }
        & > .lines--baseline { color: $text-warning; }
        & > .lines--fixed { color: $text-accent; }
        & > .lines--on { text-style: bold; color: $text-accent; }
        & > .lines--chosen { text-style: reverse; }
        & > .lines--error { text-style: bold; color: $text-error; }
        & > .lines--note { color: $text-warning; }
        & > .lines--healthy, & > .lines--learning { text-style: bold; color: $text-success; }
        & > .lines--undecided { text-style: bold; }
        & > .lines--vanishing, & > .lines--stalled, & > .lines--borderline { text-style: bold; color: $text-warning; }
        & > .lines--exploding, & > .lines--diverging { text-style: bold; color: $text-error; }
        & > .lines--nonfinite { text-style: bold reverse; color: $text-error; }
        & > .lines--dead { text-style: bold reverse; }
    }
    """
    help: ClassVar[str] = ""

    def __init__(self, *, id: str | None = None, classes: str | None = None):  # noqa: A002
        super().__init__(id=id, classes=classes)
        self._shown: list[Row] = []
        self._strips: dict[int, Strip] = {}

    def rows(self, width: int) -> list[Row]:
        """What to draw at a width; pure in the widget's state."""
        raise NotImplementedError

    def text(self) -> str:
        """What is on the screen, as plain text."""
        return "\n".join(plain(row) for row in self.rows(self.size.width))

    def redraw(self) -> None:
        """Repaint the columns that differ from what is on the screen."""
        if not self.is_mounted or not self.size.width:
            return
        old, self._shown = self._shown, list(self.rows(self.size.width))
        if len(old) != len(self._shown) and self.styles.is_auto_height:
            self._strips.clear()
            self.refresh(layout=True)
            return
        regions = []
        for y, (before, after) in enumerate(zip_longest(old, self._shown, fillvalue=())):
            if before != after:
                self._strips.pop(y, None)
                first, end = self._differing(before, after)
                regions += [Region(first, y, end - first, 1)] * (first < end)
        if regions:
            self.refresh(*regions)

    def _differing(self, before: Row, after: Row) -> tuple[int, int]:
        """The columns that differ; the whole row if a character takes two of them, or a role shows on blanks."""
        narrow = all(cell_len(text) == len(text) and role not in BACKED for text, role in (*before, *after))
        return changed_columns(before, after) if narrow else (0, self.size.width)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002
        """As many lines as there are rows."""
        return len(self.rows(width))

    def render_line(self, y: int) -> Strip:
        """One row."""
        if y not in self._strips:
            row = self._shown[y] if y < len(self._shown) else ()
            segments = [
                Segment(text, self.get_component_rich_style(f"lines--{role}") if role else self.rich_style)
                for text, role in row
            ]
            self._strips[y] = Strip(segments).adjust_cell_length(self.size.width, self.rich_style)
        return self._strips[y]

    def notify_style_update(self) -> None:
        """A new theme has new colours for the same rows."""
        super().notify_style_update()
        self._strips.clear()

    def on_resize(self) -> None:
        """Another width may break lines elsewhere."""
        self._strips.clear()
        self._shown = list(self.rows(self.size.width))
        self.refresh()


def plain(row: Row) -> str:
    """A row without its roles."""
    return "".join(text for text, _ in row)


def length(row: Sequence[tuple[str, str]]) -> int:
    """The number of characters of a row."""
    return sum(len(text) for text, _ in row)
